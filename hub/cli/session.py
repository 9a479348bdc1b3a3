"""A hub for the length of one command."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

import structlog

from channels.registry import DRIVERS
from channels.settings import BlockSource, read_block, with_environment
from hub.app import Hub, build, load_keys, wire
from hub.clock import SystemClock
from hub.configuration import GROUPS_FILE, read_configuration
from hub.evidence.configuration import Configuration, fingerprints, parts_of
from hub.logging import configure
from hub.settings.settings import channels_file, load, load_channels
from hub.store.upgrade.migrate import migrate_and_compare
from targeting import group

log = structlog.get_logger(__name__)

T = TypeVar("T")


@contextmanager
def open_hub() -> Iterator[Hub]:
    """The hub of the settings in force, for synchronous commands; closed at the end."""
    hub = _build()
    try:
        yield hub
    finally:
        asyncio.run(hub.aclose())


@asynccontextmanager
async def running() -> AsyncIterator[Hub]:
    """The hub of the settings in force, inside a running loop; closed at the end."""
    hub = _build()
    try:
        yield hub
    finally:
        await hub.aclose()


@asynccontextmanager
async def starting() -> AsyncIterator[Hub]:
    """A hub that goes into service: on a database that is the one this version is written against (decision 40), and
    what it is configured with is noted where it has changed. Every file is read before anything is written: what is
    refused upgrades nothing. Raises SchemaDiffers, SchemaRefused, what a file is refused for.
    """
    configuration = read_configuration(os.environ)
    settings = configuration.settings
    configure(settings.log)
    if not configuration.drivers:
        log.warning("no_channel_enabled", file=channels_file(os.environ), remedy="say enabled = true in a block of it")
    keys = load_keys(settings, os.environ)
    for each in migrate_and_compare(settings.store_url, patience_s=settings.store.patience_s):
        log.warning("schema_differs", place=each.place, text=each.text)
    hub = wire(configuration, keys, SystemClock())
    try:
        await note_configuration(hub, os.environ)
        yield hub
    finally:
        await hub.aclose()


async def note_configuration(hub: Hub, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Notes settings, channels, policy, groups and keys in the audit log as far as they changed; what it noted."""
    blocks = with_environment(load_channels(environ), environ)
    channels = {
        name: read_block(name, block, DRIVERS[str(block["driver"])].settings, BlockSource())
        for name, block in blocks.items()
        if name in hub.drivers
    }
    groups = group.load(GROUPS_FILE)
    parts = parts_of(hub.settings, channels, hub.policy, groups, hub.keys)
    return await Configuration(hub.db, hub.clock).note(parts, fingerprints(hub.keys))


def run(command: Callable[[Hub], Awaitable[T]]) -> T:
    """Runs one asynchronous command on a hub of its own."""

    async def main() -> T:
        async with running() as hub:
            return await command(hub)

    return asyncio.run(main())


def _build() -> Hub:
    settings = load(os.environ)
    configure(settings.log)
    return build(settings, load_channels(os.environ))
