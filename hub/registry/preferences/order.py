"""In which order the channels of a plan are tried with whom: the plan's, or a person's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pyroaring import BitMap
from sqlalchemy import Connection

from hub.errors import Invalid
from hub.registry.preferences.pool import first_of_each, pool_steps, pools_in
from hub.rules.rule import Rule
from hub.store.register import bitmaps
from hub.store.register.preferences import ORDER

LONGEST = 96  #: the names with commas: what the index keeps a set under

Steps = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EscalationOrder:
    """Steps and for whom they are: `only` these people, or everybody save those of the other orders (`others`)."""

    steps: Steps
    only: BitMap | None = None
    others: BitMap | None = None

    def of(self, bits: BitMap) -> BitMap:
        """Those of the people this order is for."""
        if self.only is not None:
            return bits & self.only
        return bits if self.others is None else bits - self.others


def read(names: Sequence[str], channels: Sequence[str]) -> tuple[str, ...]:
    """An order somebody asked for. Raises Invalid for a channel that is none of `channels`, or is there twice."""
    order = tuple(name.strip() for name in names if name.strip())
    if not set(order) <= set(channels) or len(",".join(order)) > LONGEST:
        raise Invalid(f"channels to order are {', '.join(sorted(channels))}", rule=Rule.ORDER_CHANNEL, place="order")
    if len(set(order)) != len(order):
        raise Invalid("a channel stands once in an order", rule=Rule.ORDER_TWICE, place="order")
    return order


def escalation_orders(
    connection: Connection, steps: Steps, columns: Mapping[str, str], *, override: bool
) -> tuple[EscalationOrder, ...]:
    """The plan's order of steps, and one for each order that people chose and that differs from it.

    Everybody is on exactly one. Where the law overrides what people chose, it is the plan's for all. People order
    columns of the register, `columns` has that of each channel: those of one column are tried as planned.
    """
    if override or not steps:
        return (EscalationOrder(steps),)
    chosen = bitmaps.all_of(connection, ORDER)
    alone, pools = first_of_each(steps), pools_in(steps)
    own = {key: pool_steps(reorder_channels(alone, _channels(alone, key.split(","), columns)), pools) for key in chosen}
    found = tuple(
        EscalationOrder(own[key], bits) for key, bits in sorted(chosen.items()) if set(own[key]) != set(steps)
    )
    others = BitMap.union(BitMap(), *(rungs.only for rungs in found if rungs.only is not None))
    return (EscalationOrder(steps, others=others), *found)


def reorder_channels(steps: Steps, order: Sequence[str]) -> Steps:
    """Steps in another order: the same channels, first those that are named, then the rest as planned.

    Channels that no step joins stay apart: only where one would come after another anyway is there a choice.
    """
    rank = {name: at for at, name in enumerate(order)}
    kept, own = list(steps), list[tuple[str, str]]()
    for part in _parts(steps):
        if not _agrees(part, rank):
            kept = [step for step in kept if step not in part]
            own += pairwise(sorted(_plan_part(part), key=lambda name: rank.get(name, len(rank))))
    return (*kept, *own)


def _channels(steps: Steps, order: Sequence[str], columns: Mapping[str, str]) -> list[str]:
    """The channels of the steps in the order of their columns, and as planned within one."""
    planned = _plan_part(steps)
    return [channel for name in order for channel in planned if columns.get(channel, channel) == name]


def _agrees(part: Steps, rank: dict[str, int]) -> bool:
    """Whether the plan's own steps already come in the order, and leave no choice between two that are named."""
    climbs = all(rank.get(before, len(rank)) <= rank.get(then, len(rank)) for before, then in part)
    beside = len({before for before, _ in part}) < len(part)
    return climbs and not (beside and len(rank.keys() & {name for step in part for name in step}) > 1)


def _parts(steps: Steps) -> list[Steps]:
    """Steps that hang together, in the plan's order."""
    groups: list[tuple[set[str], list[tuple[str, str]]]] = []
    for step in steps:
        touching = [group for group in groups if group[0] & set(step)]
        names = set(step).union(*(names for names, _ in touching))
        joined = [each for _, mine in touching for each in mine]
        groups = [group for group in groups if group not in touching] + [(names, [*joined, step])]
    return [tuple(mine) for _, mine in groups]


def _plan_part(part: Steps) -> list[str]:
    """The channels of joined steps, each after all that come before it; as they are named where steps go in a ring."""
    left = list(dict.fromkeys(name for step in part for name in step))
    found: list[str] = []
    while left:
        free = next(
            (name for name in left if not any(then == name and before in left for before, then in part)), left[0]
        )
        found.append(free)
        left.remove(free)
    return found
