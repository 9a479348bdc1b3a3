"""The settings of leases and drivers, held against each other."""

from __future__ import annotations

from collections.abc import Mapping

from channels.registry import DRIVERS
from channels.settings import BlockSource, read_block
from hub.settings.settings import Settings
from hub.settings.sources import SettingsRefused

#: seconds by which a lease must be longer than a driver waits for an answer
LEASE_MARGIN_S = 5.0


def must_outlive_answers(settings: Settings, blocks: Mapping[str, Mapping[str, object]], source: BlockSource) -> None:
    """A lease must outlive the slowest answer, or the sweep takes rows from an owner that is well.

    Raises SettingsRefused naming the channel.
    """
    lease_s = settings.dispatch.lease_s
    for channel, block in blocks.items():
        timeout_s = read_block(channel, block, DRIVERS[str(block["driver"])].settings, source).timeout_s
        if timeout_s + LEASE_MARGIN_S > lease_s:
            rule = f"{timeout_s:g} s and a margin of {LEASE_MARGIN_S:g} s must fit into dispatch.lease_s, {lease_s:g} s"
            place = source.of(channel, "timeout_s")
            raise SettingsRefused(f"{place}: {channel}.timeout_s: {rule}: shorten the one or lengthen the other")
