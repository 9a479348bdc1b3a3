"""Sets of people as counts with names: by township, group, language and channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from hub.estimate import gaps
from hub.estimate.estimator import Estimator, Subject
from hub.estimate.judgement import Look, budgets, over
from hub.estimate.view import Counted, Recent, Spread, Unreachable
from hub.store import bitmaps, regions
from hub.store.breakdown import by_region
from targeting.group import Group

SHOWN = 200  #: townships of one list


@dataclass(frozen=True, slots=True)
class Portraitist:
    """Turns the bitmaps of one look into what is shown."""

    connection: Connection
    estimator: Estimator
    subject: Subject

    def spread(self, bits: BitMap) -> Spread:
        """By township."""
        return self.named(by_region(self.connection, bits) if bits else {})

    def named(self, counts: Mapping[str, int]) -> Spread:
        """Counts by region key, the first of them with their names."""
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        first, rest = ranked[:SHOWN], ranked[SHOWN:]
        names = regions.names_by_key(self.connection, [key for key, _ in first])
        shown = tuple(Counted(key, names.get(key, key), count) for key, count in first)
        return Spread(shown, len(rest), sum(count for _, count in rest))

    def groups(self, counts: Mapping[str, int]) -> tuple[Counted, ...]:
        """By group, most first."""
        return listed(counts, self.estimator.groups)

    def unreachable(self, look: Look) -> Unreachable:
        """Whom no chosen channel reaches, and what would."""
        bits, chosen = look.unreachable, self.subject.channels
        spare = [name for name in self.estimator.personal(tuple(self.estimator.drivers)) if name not in chosen]
        return Unreachable(
            persons=len(bits),
            served=len(gaps.served(self.connection, bits, self.estimator.broad(chosen))) if bits else 0,
            townships=self.spread(bits),
            groups=self.groups(bitmaps.tally(self.connection, bitmaps.GROUP, bits)),
            others=listed(bitmaps.tally(self.connection, bitmaps.CHANNEL, bits, spare)),
        )

    def recent(self, look: Look) -> tuple[Recent, ...]:
        """What they were sent, window by window."""
        allowed = budgets(self.estimator.settings, self.subject.level)
        found = []
        for hours, load in look.loads.items():
            budget = allowed[hours]
            tired, warned = over(load, budget), load.having(1)
            where = self.spread(tired if budget else warned)
            counts = (load.alerts, len(warned), load.histogram)
            found.append(Recent(hours, *counts, budget=budget, over=len(tired), townships=where))
        return tuple(found)


def listed(counts: Mapping[str, int], groups: Mapping[str, Group] | None = None) -> tuple[Counted, ...]:
    """Most first; keys that name no group stand for themselves."""
    known = groups or {}
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Counted(key, known[key].name("zh") if key in known else key, count) for key, count in ranked)
