"""Places of a person's own choosing beside the one they are registered in: where the parents live, where they work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from hub.errors import Conflict, Invalid
from hub.rules.rule import Rule
from hub.store.alerts import areas
from hub.store.register import regions
from hub.store.register.preferences import Preferences
from targeting.region import normalise

MOST = 10  #: places of one person: enough for a family, too few to listen to a whole province


def find_regions(connection: Connection, text: str) -> frozenset[str]:
    """The region of a key, or the regions of the named area of a name: the lowest ones, as people are registered.

    An area stands for what it holds now. Raises Invalid for an unknown one, for a region that has others below it, and
    for an area that is drawn rather than made of regions.
    """
    text = text.strip()[:96]
    region = regions.by_key(connection, normalise("", text)) if text else None
    if region is not None:
        if "," in region.key or regions.children(connection, region.id):
            raise Invalid("choose the place down to the last list", rule=Rule.REGION, place="place")
        return frozenset({region.key})
    area = areas.by_name(connection, (text,)).get(text)
    if area is None:
        raise Invalid("there is no such region or area", rule=Rule.PLACE_UNKNOWN, place="place")
    if area.places.has_shapes:
        raise Invalid("this area is drawn: choose its townships instead", rule=Rule.PLACE_DRAWN, place="place")
    return _lowest(connection, area.places.regions)


def adding(choice: Preferences, places: Iterable[str]) -> Preferences:
    """The choice with these places too. Raises Conflict beyond MOST."""
    wanted = choice.places | frozenset(places)
    if len(wanted) > MOST:
        raise Conflict(f"a person chooses at most {MOST} places", rule=Rule.PLACES_MOST, place="place")
    return replace(choice, places=wanted)


def leaving(choice: Preferences, places: Iterable[str]) -> Preferences:
    """The choice without these places."""
    return replace(choice, places=choice.places - frozenset(places))


def _lowest(connection: Connection, keys: Iterable[str]) -> frozenset[str]:
    below = [
        each
        for key in keys
        if (top := regions.by_key(connection, key)) is not None
        for each in regions.descendants(connection, top.id)
    ]
    parents = {each.parent for each in below}
    return frozenset(each.key for each in below if each.id not in parents)
