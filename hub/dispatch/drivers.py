"""The drivers of a hub: every channel that is configured, able to compose, to address and to outlive its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.driver import Driver
from channels.registry import open_drivers
from channels.settings import BlockSource, DriverContext, variables_of, with_environment
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
    blocks, source = with_environment(channels, environ), BlockSource(channels_file(environ), variables_of(environ))
    drivers = open_drivers(blocks, DriverContext(settings.public_url, clock.now, source))
    must_have_media(drivers, catalog, source)
    must_outlive_answers(settings, {channel: blocks[channel] for channel in drivers}, source)
    return drivers
