"""What the areas of a warning are called, held against the regions they are coded as (CAP 1.2 §3.2.4).

A form names its places by areaDesc, and its people are found by geocode: where the two differ, people are told of
another place than theirs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy import Connection

from approvals.public_name import visible
from hub.alert.alert import Alert, Area, Info, MsgType
from hub.alert.views import Finding
from hub.audience.plan import places_of
from hub.formats.cap.finding import quote
from hub.rules.rule import Rule
from hub.store.register import regions

_READ = 200  #: characters of one areaDesc that are looked through for names
_SHORTEST, _LONGEST = 2, 16  #: characters of a name
_EVERYWHERE = frozenset({"城区", "郊区", "矿区", "新区", "市区", "市辖区"})  #: names of districts that most towns have
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_JOINERS = "和与及至到或暨"
_SHOWN = 3  #: names of the coded regions that a finding lists


@dataclass(frozen=True, slots=True)
class _Registered:
    """The regions that bear a name, each with the keys of itself and all above it, lowest first."""

    chains: tuple[tuple[str, ...], ...]

    def is_related(self, coded: AbstractSet[str], above: AbstractSet[str]) -> bool:
        """Whether one of them is coded, holds what is coded, or lies within it."""
        return any(chain[0] in above or not coded.isdisjoint(chain) for chain in self.chains)


def misnamed_areas(connection: Connection, alert: Alert) -> list[Finding]:
    """A finding for each areaDesc that holds the registered name of a region that its block does not speak of.

    A Cancel says again what it ends.
    """
    if alert.msg_type is MsgType.CANCEL:
        return []
    known = _find_registered(
        connection, {name for info in alert.infos for area in info.areas for name in _candidates(area)}
    )
    return [
        found
        for number, info in enumerate(alert.infos, start=1)
        for found in _in_block(connection, number, info, known)
    ]


def _in_block(connection: Connection, number: int, info: Info, known: Mapping[str, _Registered]) -> Iterator[Finding]:
    if not known:
        return
    coded = places_of([info]).regions
    ids = regions.ids_by_key(connection, coded)
    if not ids:
        return
    above = {key for chain in regions.ancestors(connection, ids.values()).values() for _, key in chain}
    names = sorted(regions.names_by_key(connection, ids).values())
    called = "、".join(names[:_SHOWN]) + ("…" if len(names) > _SHOWN else "")
    for place, area in enumerate(info.areas, start=1):
        strange = [name for name in _names_in(area, known) if not known[name].is_related(coded, above)]
        for name in dict.fromkeys(strange):
            text = (
                f"the area is called {quote(name)}, and the block is coded as {called}: people are told one place and"
                " found in another: mend the name or the code"
            )
            values = {"said": name, "coded": called}
            element = f"alert/info[{number}]/area[{place}]/areaDesc"
            yield {"rule": Rule.AREA_NAME_DIFFERS, "element": element, "level": "warn", "text": text, "values": values}


def _candidates(area: Area) -> Iterator[str]:
    """Every run of characters in what an area is called that may be a name."""
    for run in _runs(area):
        for start in range(len(run)):
            for end in range(start + _SHORTEST, min(start + _LONGEST, len(run)) + 1):
                yield run[start:end]


def _names_in(area: Area, known: Collection[str]) -> Iterator[str]:
    """The registered names an area is called: at the head of a run, behind another name, or behind what joins two."""
    for run in _runs(area):
        at = 0
        while at < len(run):
            ends = range(min(at + _LONGEST, len(run)), at + _SHORTEST - 1, -1)
            name = next((run[at:end] for end in ends if run[at:end] in known), "")
            if name:
                yield name
                at += len(name)
            else:
                joined = next((place for place in range(at, len(run)) if run[place] in _JOINERS), len(run))
                at = joined + 1


def _runs(area: Area) -> list[str]:
    return _CHINESE.findall(visible(area.description[:_READ]))


def _find_registered(connection: Connection, names: Iterable[str]) -> dict[str, _Registered]:
    """Those of the names that regions bear."""
    bearers = regions.ids_by_name(connection, set(names) - _EVERYWHERE)
    chains = regions.ancestors(connection, {number for found in bearers.values() for number in found})
    return {
        name: _Registered(tuple(tuple(key for _, key in chains[number]) for number in found))
        for name, found in bearers.items()
    }
