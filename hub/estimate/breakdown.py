"""Sets of people as counts with names: by township, group, language and channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from hub.estimate import gaps
from hub.estimate.estimator import Estimator, Subject
from hub.estimate.judgement import Measurement, budgets, over
from hub.estimate.view import KeyCount, RecentMessages, RegionalSpread, Unreachable
from hub.store.register import bitmaps, regions
from targeting.group import Group

SHOWN = 200  #: townships of one list


@dataclass(frozen=True, slots=True)
class BreakdownReader:
    """Turns the bitmaps of one look into what is shown."""

    connection: Connection
    estimator: Estimator
    subject: Subject

    def spread_of(self, counts: Mapping[str, int]) -> RegionalSpread:
        """Counts by region key, the first of them with their names."""
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        first, rest = ranked[:SHOWN], ranked[SHOWN:]
        names = regions.names_by_key(self.connection, [key for key, _ in first])
        shown = tuple(KeyCount(key, names.get(key, key), count) for key, count in first)
        return RegionalSpread(shown, len(rest), sum(count for _, count in rest))

    def groups(self, counts: Mapping[str, int]) -> tuple[KeyCount, ...]:
        """By group, most first."""
        return list_counts(counts, self.estimator.groups)

    def unreachable(self, look: Measurement, where: Mapping[str, int]) -> Unreachable:
        """Whom no chosen channel reaches, `where` they are by region, and what would."""
        bits, chosen = look.unreachable, self.subject.channels
        asked = set(self.estimator.personal(chosen).values())
        every = self.estimator.personal(tuple(self.estimator.drivers))
        having = bitmaps.tally(self.connection, bitmaps.ADDRESS_COLUMN, bits, set(every.values()))
        return Unreachable(
            persons=len(bits),
            served=len(gaps.served_by_endpoints(self.connection, bits, self.estimator.broad(chosen))) if bits else 0,
            townships=self.spread_of(where),
            groups=self.groups(bitmaps.tally(self.connection, bitmaps.GROUP, bits)),
            others=list_counts({name: having[at] for name, at in every.items() if at not in asked and at in having}),
        )

    def over_budget(self, look: Measurement) -> tuple[BitMap, ...]:
        """Window by window who had as many warnings as they may, or where there is no bound, who had any."""
        allowed = budgets(self.estimator.settings, self.subject.level)
        loads = look.loads.items()
        return tuple(over(load, budget) if (budget := allowed[hours]) else load.having(1) for hours, load in loads)

    def recent(self, look: Measurement, where: Sequence[Mapping[str, int]]) -> tuple[RecentMessages, ...]:
        """What they were sent, window by window; `where` the burdened are by region."""
        allowed = budgets(self.estimator.settings, self.subject.level)
        found = []
        for (hours, load), counted in zip(look.loads.items(), where, strict=True):
            counts = (load.alerts, len(load.having(1)), load.histogram)
            tired, places = len(over(load, allowed[hours])), self.spread_of(counted)
            found.append(RecentMessages(hours, *counts, budget=allowed[hours], over=tired, townships=places))
        return tuple(found)


def list_counts(counts: Mapping[str, int], groups: Mapping[str, Group] | None = None) -> tuple[KeyCount, ...]:
    """Most first; keys that name no group stand for themselves."""
    known = groups or {}
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(KeyCount(key, known[key].name("zh") if key in known else key, count) for key, count in ranked)
