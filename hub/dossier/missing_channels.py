"""Channels of a plan that nobody has configured any more: disabled, or taken out, since it was made."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from hub.errors import Conflict
from hub.rules.rule import Rule


def missing_channels(channels: Iterable[str], configured: Collection[str]) -> tuple[str, ...]:
    """Those of the channels that are not configured, in their order."""
    return tuple(name for name in channels if name not in configured)


def must_be_configured(channels: Iterable[str], configured: Collection[str], remedy: str) -> None:
    """Raises Conflict naming those of the channels that are not configured: whom they were for, nobody would tell."""
    if missing := ", ".join(missing_channels(channels, configured)):
        raise Conflict(text_of(missing), rule=Rule.CHANNEL_MISSING, place=f"channels: {missing}", remedy=remedy)


def text_of(missing: str) -> str:
    """What is said of channels that are missing."""
    return f"the plan names the channel {missing}, which is not enabled any more"


def finding_of(channels: Iterable[str], configured: Collection[str]) -> list[dict[str, Any]]:
    """That channels are missing, as a finding; none where all are there."""
    missing = ", ".join(missing_channels(channels, configured))
    if not missing:
        return []
    text = f"{text_of(missing)}: nobody is counted as told over it"
    return [{"rule": Rule.CHANNEL_MISSING, "element": "channels", "level": "warn", "text": text}]
