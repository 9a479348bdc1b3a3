"""The plan of a release: to whom and over which channels; frozen at submit and covered by the digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from hub.alert import Alert
from targeting.audience import Audience, Circle, Polygon
from targeting.region import normalise


@dataclass(frozen=True, slots=True)
class Plan:
    """`ladder` holds (from, to) channel steps, in order: who is not reached on the first is tried on the second.

    `added` are the regions an official named beyond the alert's own areas; they are part of the audience already, and
    an Update keeps them.
    """

    audience: Audience
    channels: tuple[str, ...]
    ladder: tuple[tuple[str, str], ...] = ()
    added: frozenset[str] = frozenset()

    @property
    def first_channels(self) -> tuple[str, ...]:
        """Channels that start at once; the others wait for the ladder."""
        later = {to for _, to in self.ladder}
        return tuple(channel for channel in self.channels if channel not in later)

    def to_json(self) -> str:
        """As the store keeps it; sets sorted."""
        audience = {
            "regions": sorted(self.audience.regions),
            "polygons": [polygon.ring for polygon in self.audience.polygons],
            "circles": [(circle.lat, circle.lon, circle.radius_km) for circle in self.audience.circles],
            "groups": sorted(self.audience.groups),
        }
        plan = {"audience": audience, "channels": self.channels, "ladder": self.ladder, "added": sorted(self.added)}
        return orjson.dumps(plan).decode()

    @classmethod
    def from_json(cls, text: str) -> Plan:
        tree: Mapping[str, Any] = orjson.loads(text)
        audience = tree["audience"]
        return cls(
            audience=Audience(
                regions=frozenset(audience["regions"]),
                polygons=tuple(Polygon(tuple((lat, lon) for lat, lon in ring)) for ring in audience["polygons"]),
                circles=tuple(Circle(lat, lon, radius) for lat, lon, radius in audience["circles"]),
                groups=frozenset(audience["groups"]),
            ),
            channels=tuple(tree["channels"]),
            ladder=tuple((first, then) for first, then in tree["ladder"]),
            added=frozenset(tree["added"]),
        )


def audience_of(alert: Alert, regions: frozenset[str], groups: frozenset[str]) -> Audience:
    """The places of every language's areas united, with the regions and groups the official added."""
    areas = [area for info in alert.infos for area in info.areas]
    codes = {normalise(code.name, code.value) for area in areas for code in area.geocodes}
    # The blocks of several languages repeat the same shapes: each is kept once.
    polygons = tuple(dict.fromkeys(polygon for area in areas for polygon in area.polygons))
    circles = tuple(dict.fromkeys(circle for area in areas for circle in area.circles))
    return Audience(frozenset(codes) | regions, polygons, circles, groups)
