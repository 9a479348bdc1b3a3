"""That what is configured can be composed and addressed: asked at start, so that no draft finds it out."""

from __future__ import annotations

from collections.abc import Mapping

from channels.driver import Driver, Reach
from channels.settings import BlockSource, ChannelRefused
from hub.registry.rows import ADDRESSES
from templates.catalog import Catalog


def must_have_media(drivers: Mapping[str, Driver], catalog: Catalog, source: BlockSource) -> None:
    """Raises ChannelRefused naming file and key of the first channel whose medium has no templates, or which sends to
    persons while the register has no column for their addresses.
    """
    for channel, driver in drivers.items():
        medium, place = driver.medium, f"{source.of(channel, 'driver')}: {channel}.driver: {driver.name} carries"
        if missing := catalog.missing(medium.templates) if medium.templates.body else "":
            raise ChannelRefused(f"{place} {medium.name}, and templates/{missing} is missing: write it")
        if driver.reach is Reach.PERSON and medium.column not in ADDRESSES:
            remedy = "give the medium a column and a line in channels/media/registry.py"
            raise ChannelRefused(f"{place} {medium.name}, and no register holds addresses of it: {remedy}")
