"""Who may be inside a shape and cannot be placed: people registered without coordinates where it covers a part.

A shape finds nobody without coordinates (targeting.select). Of each township that it covers a part of it is said how
many there are and how large that part is, so that the author includes them or leaves them out with open eyes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import shapely
from pyroaring import BitMap
from sqlalchemy import Connection

from hub.audience.jurisdiction import COUNTY, homes_of, regions_covered
from hub.errors import Invalid
from hub.registry.grounds import load_extents
from hub.rules.rule import Rule
from hub.settings.settings import LevelShare
from hub.store.register import bitmaps, regions
from hub.store.register.directory import SqlDirectory
from targeting.audience import Audience, Groups
from targeting.region import level_of, parent_of
from targeting.select import located_anywhere, select, shapes_of

RULES = frozenset({Rule.UNLOCATED_LEFT_OUT, Rule.UNLOCATED_INCLUDED})
LOCATED_LEAST = 5  #: residents with coordinates of a township that tell how much of it a shape covers
COUNTIES_MOST = 40  #: a shape over more counties is judged county by county
NAMED = 3  #: places that hold nobody, named by the refusal of an audience that is empty; its findings name every one
ELSEWHERE = "mend the places or the groups of the draft"
SHOWN = 20  #: findings of one draft; the estimate names every place

OUTLINE, RESIDENTS, ABOVE, EXTENT = "outline", "residents", "county", "extent"  #: what a share was judged by


@dataclass(frozen=True, slots=True)
class Unplaced:
    """People of a region who are registered without coordinates and may be inside: `share` of the region is covered.

    `by` says what tells the share: the region's outline, where its located residents stand, its county, or the box its
    county lies in. `included` are those whom the audience means all the same. Where residents tell it, `inside` of
    `located` ones stand inside: the fewer, the less the share is worth.
    """

    key: str
    name: str
    persons: int
    share: float
    by: str
    included: bool
    inside: int = 0
    located: int = 0

    @property
    def ground(self) -> str:
        """What the share rests on, in words."""
        if self.by != RESIDENTS:
            return f"by its {self.by}"
        return f"{self.inside} of its {self.located} residents whose place is known are inside"


@dataclass(frozen=True, slots=True)
class _Share:
    """How much of a region is covered, what tells it, and of residents that tell it how many there are."""

    of: float
    by: str
    inside: int = 0
    located: int = 0


def count_unplaced(connection: Connection, audience: Audience) -> tuple[Unplaced, ...]:
    """By region, most persons first. Who is meant by a region that is named is in no doubt. Raises ShapeRefused."""
    if not audience.has_shapes:
        return ()
    found = list(_Looking(connection, audience).regions())
    names = regions.names_by_key(connection, [each.key for each in found])
    named = (replace(each, name=names.get(each.key, each.key)) for each in found)
    return tuple(sorted(named, key=lambda each: (-each.persons, each.key)))


def with_usual(connection: Connection, audience: Audience, shares: LevelShare, level: str) -> Audience:
    """The audience with those without coordinates of every region of which so much is covered, as the level has it."""
    least = shares.of(level)
    if least is None:
        return audience
    usual = (each.key for each in count_unplaced(connection, audience) if each.share >= least)
    return replace(audience, unlocated=audience.unlocated.union(usual))


def must_hold_somebody(connection: Connection, audience: Audience, unheard: Sequence[Mapping[str, Any]]) -> None:
    """Raises Invalid for an audience that selected nobody: whether it may hold people all the same is said apart.

    `unheard` are the findings of what holds nobody. Raises ShapeRefused.
    """
    maybe = count_unplaced(connection, audience)
    if not maybe:
        raise Invalid(
            _nobody(unheard), rule=Rule.AUDIENCE_EMPTY, place="audience", remedy=ELSEWHERE, findings=[*unheard]
        )
    persons, most = sum(each.persons for each in maybe), maybe[0]
    text = (
        f"nobody who can be placed is inside, and {persons} persons without coordinates may be, most of them of "
        f"{most.name}: include them (unlocated={most.key}), or name the place instead of drawing it"
    )
    raise Invalid(text, rule=Rule.AUDIENCE_UNPLACED, place="unlocated", findings=[*unheard, *findings_of(maybe)])


def _nobody(unheard: Sequence[Mapping[str, Any]]) -> str:
    """That nobody is meant, with the first places that hold nobody and why: what is wrong in them comes first."""
    named = [f"{each['element']} {each['text']}" for each in unheard[:NAMED]]
    more = f"; {len(unheard) - NAMED} places more hold nobody" if len(unheard) > NAMED else ""
    return "; ".join(["the audience is empty: nobody known lives there", *named]) + more


def findings_of(found: Iterable[Unplaced]) -> list[dict[str, Any]]:
    """For whoever signs: who cannot be placed, and whether they are told; in the form findings are kept."""
    return [_finding(each) for each in list(found)[:SHOWN]]


def _finding(each: Unplaced) -> dict[str, Any]:
    told = "they are included" if each.included else "they are not told, unless they are included in the plan"
    text = (
        f"{each.persons} persons of {each.name} cannot be placed: they are registered without coordinates; the shapes "
        f"cover about {each.share:.0%} of it ({each.ground}); {told}"
    )
    values = {"region": each.key, "name": each.name, "persons": each.persons, "share": each.share, "by": each.by}
    if each.by == RESIDENTS:
        values |= {"inside": each.inside, "located": each.located}
    rule = Rule.UNLOCATED_INCLUDED if each.included else Rule.UNLOCATED_LEFT_OUT
    return {"rule": rule, "element": f"region {each.key}", "level": "warn", "text": text, "values": values}


@dataclass(frozen=True)
class _Looking:
    """What every region is judged by, looked up once. A place people chose beside their own is not where they are."""

    connection: Connection
    audience: Audience

    @cached_property
    def _directory(self) -> SqlDirectory:
        return SqlDirectory(self.connection, chosen=False)

    @cached_property
    def _with_coordinates(self) -> BitMap:
        return located_anywhere(self._directory)

    @cached_property
    def _inside(self) -> BitMap:
        """Everyone located in the shapes, whoever they are."""
        drawn = replace(
            self.audience, regions=frozenset(), unlocated=frozenset(), groups=Groups(), languages=frozenset()
        )
        return select(self._directory, drawn).bits

    @cached_property
    def _ground(self) -> Any:
        """What the shapes cover (lon lat); between their two outlines only distance decides, which is fine enough."""
        shapes = (shape for _, _, shape in shapes_of(self.audience))
        return shapely.union_all([shape.inner if shape.inner.area > 0 else shape.outer for shape in shapes])

    @cached_property
    def _by_region(self) -> BitMap:
        """Everyone the audience means by a region it names."""
        return bitmaps.union(self.connection, bitmaps.REGION, self.audience.regions)

    def regions(self) -> Iterator[Unplaced]:
        counties = self._counties()
        ids = regions.ids_by_key(self.connection, counties)
        keys = {ids[key]: key for key in counties if key in ids}
        below = regions.below(self.connection, keys) if len(keys) <= COUNTIES_MOST else []
        held = bitmaps.read(self.connection, bitmaps.REGION, [*keys.values(), *(key for _, _, key, _ in below)])
        outlines = self._directory.outlines(held.keys())
        for number, county in keys.items():
            everyone = held.get(county, BitMap())
            share = self._share(county, everyone, outlines, least=1) or self._by_extent(county)
            above = _Share(share.of, ABOVE)
            inside = [key for parent, _, key, _ in below if parent == number and key in held]
            for key in inside:
                own = self._share(key, held[key], outlines, LOCATED_LEAST)
                yield from self._judge(key, held[key], own or above)
            # Who is registered in the county itself and in no place below it; all of it where it is not looked into.
            yield from self._judge(county, everyone - BitMap.union(BitMap(), *(held[key] for key in inside)), share)

    def _judge(self, key: str, registered: BitMap, share: _Share) -> Iterator[Unplaced]:
        persons = registered - self._with_coordinates - self._by_region
        if persons and share.of > 0:
            included = key in self.audience.unlocated
            counted = (share.inside, share.located)
            yield Unplaced(key, key, len(persons), round(share.of, 4), share.by, included, *counted)

    def _counties(self) -> frozenset[str]:
        """Where anyone located inside is registered, and whose ground is covered; by boxes where neither is known."""
        found = homes_of(self.connection, self._inside, COUNTY) | regions_covered(self.connection, self.audience)
        if found:
            return frozenset(map(_county_of, found))
        boxes = ((key, box) for key, box in load_extents().items() if not key[6:].strip("0") and key[4:6] != "00")
        return frozenset(key for key, box in boxes if self._ground.intersects(_box(box)))

    def _share(self, key: str, registered: BitMap, outlines: Mapping[str, Any], least: int) -> _Share | None:
        """How much of it is covered: by outline, else by its located residents where there are enough to tell."""
        if (outline := outlines.get(key)) is not None:
            return _Share(float(self._ground.intersection(outline).area / outline.area), OUTLINE)
        located = registered & self._with_coordinates
        if len(located) < least:
            return None
        inside = located.intersection_cardinality(self._inside)
        return _Share(inside / len(located), RESIDENTS, inside, len(located))

    def _by_extent(self, key: str) -> _Share:
        """The last resort: the box the county lies in."""
        extent = load_extents().get(key)
        if extent is None:
            return _Share(0.0, EXTENT)
        box = _box(extent)
        return _Share(float(self._ground.intersection(box).area / box.area), EXTENT)


def _county_of(key: str) -> str:
    """The county that a place below one lies in; whatever is no lower than a county, itself."""
    while level_of(key) > COUNTY and (above := parent_of(key)) is not None:
        key = above
    return key


def _box(extent: Any) -> Any:
    return shapely.box(extent.west, extent.south, extent.east, extent.north)
