"""The digest an approval binds to: one hash over everything that can reach anyone, equal in every process (SEP-3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from approvals.level import Level
from targeting.audience import Audience

SCHEME = "fh1"  #: grows with any change of what is hashed or how


class FrozenForm(Protocol):
    """What the digest needs of a form; `channels.message.Form` is one."""

    @property
    def channel(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def digest(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Frozen:
    """All that submit freezes. `content` is the alert as strict CAP 1.2; `ladder` the (from, to) channel steps;
    `references` the CAP triples of what it changes.
    """

    content: bytes
    forms: Sequence[FrozenForm]
    audience: Audience
    channels: frozenset[str]
    ladder: tuple[tuple[str, str], ...]
    expires: datetime
    world: str
    level: Level
    references: tuple[str, ...] = ()


def frozen_digest(frozen: Frozen) -> str:
    """``fh1:`` and 64 hex digits. Order of sets, of forms and of places never changes it; anything else does.

    Raises ValueError for a time without a zone or two forms of one channel and language.
    """
    if frozen.expires.tzinfo is None:
        raise ValueError("expires: a time without a zone cannot be approved")
    forms = sorted([form.channel, form.language, form.digest] for form in frozen.forms)
    if len({(channel, language) for channel, language, _ in forms}) != len(forms):
        raise ValueError("forms: two forms of one channel and language")
    document = {
        "scheme": SCHEME,
        "content": hashlib.sha256(frozen.content).hexdigest(),
        "forms": forms,
        "audience": _audience(frozen.audience),
        "channels": sorted(frozen.channels),
        "ladder": [list(step) for step in frozen.ladder],  # its order means something
        "expires": frozen.expires.astimezone(UTC).isoformat(timespec="milliseconds"),
        "world": frozen.world,
        "level": frozen.level.word,
        "references": sorted(frozen.references),
    }
    return f"{SCHEME}:{hashlib.sha256(canonical(document).encode()).hexdigest()}"


def canonical(document: Any) -> str:
    """JSON in one spelling: sorted keys, no spaces, no NaN (after RFC 8785). Raises ValueError, TypeError."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _audience(audience: Audience) -> dict[str, Any]:
    return {
        "regions": sorted(audience.regions),
        "polygons": sorted([_numbers(point) for point in polygon.ring] for polygon in audience.polygons),
        "circles": sorted(_numbers((circle.lat, circle.lon, circle.radius_km)) for circle in audience.circles),
        "groups": sorted(audience.groups),
    }


def _numbers(values: Sequence[float]) -> list[float]:
    """30 and 30.0, 0.0 and -0.0 are one place and must be one spelling."""
    return [float(value) + 0.0 for value in values]
