"""The drivers of a hub: every channel that is configured, able to compose, to address and to outlive its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.driver import Driver
from channels.registry import open_drivers
from channels.settings import BlockSource, ChannelRefused, DriverContext, check_name, variables_of, with_environment
from hub.clock import Clock
from hub.compose.media import must_have_media
from hub.dispatch.lease_margin import must_outlive_answers
from hub.settings.settings import Settings, channels_file
from templates.catalog import Catalog


def configured_drivers(
    settings: Settings,
    clock: Clock,
    channels: Mapping[str, Mapping[str, Any]],
    catalog: Catalog,
    environ: Mapping[str, str],
) -> Mapping[str, Driver]:
    """Every driver that is configured. Raises ChannelRefused, SettingsRefused."""
    for channel in channels:
        check_name(channel, channels_file(environ))
    blocks, source = with_environment(channels, environ), BlockSource(channels_file(environ), variables_of(environ))
    drivers = open_drivers(blocks, DriverContext(settings.public_url, clock.now, source))
    must_have_media(drivers, catalog, source)
    must_be_weighed(drivers, source)
    must_outlive_answers(settings, {channel: blocks[channel] for channel in drivers}, source)
    return drivers


def must_be_weighed(drivers: Mapping[str, Driver], source: BlockSource) -> None:
    """Raises ChannelRefused where several channels share a medium and the weight of each is 0: nobody is chosen then,
    and the hub would share evenly what was meant to be left out.
    """
    by_medium: dict[str, list[str]] = {}
    for channel, driver in drivers.items():
        by_medium.setdefault(driver.medium.name, []).append(channel)
    for medium, members in by_medium.items():
        if len(members) > 1 and not any(drivers[channel].limits.weight for channel in members):
            rule = f"0 as of every channel of {medium} ({', '.join(members)}): give one more, or say enabled = false"
            raise ChannelRefused(f"{source.of(members[0], 'weight')}: {members[0]}.weight: {rule}")
