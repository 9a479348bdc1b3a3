"""Channels of one medium that stand for each other: a person is told over one of them, and over the next if it fails.

In the steps of a plan they are the pairs that lead both ways; every other step of one of them is a step of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, permutations, product

Steps = tuple[tuple[str, str], ...]
Pool = tuple[str, ...]


def pools_of(channels: Sequence[str], columns: Mapping[str, str], steps: Steps) -> tuple[Pool, ...]:
    """The channels that share a column of the register, where no configured steps put one of them before another."""
    by_column: dict[str, list[str]] = {}
    for name in channels:
        if name in columns:
            by_column.setdefault(columns[name], []).append(name)
    ordered = {frozenset(step) for step in order_of(steps)}
    found = (tuple(names) for names in by_column.values() if len(names) > 1)
    return tuple(pool for pool in found if not any(frozenset(pair) in ordered for pair in combinations(pool, 2)))


def order_of(steps: Steps) -> frozenset[tuple[str, str]]:
    """Which channel the steps put before which, at once or through others; one before itself where they lead back."""
    order = set(steps)
    while further := {(a, d) for a, b in order for c, d in order if b == c} - order:
        order |= further
    return frozenset(order)


def pools_in(steps: Steps) -> tuple[Pool, ...]:
    """The pools of a plan, by its steps that lead both ways."""
    found: dict[str, list[str]] = {}
    for before, then in steps:
        if (then, before) in steps:
            mates = found.setdefault(before, found.get(then, [before]))
            found[then] = mates
            mates += [name for name in (before, then) if name not in mates]
    return tuple(dict.fromkeys(tuple(mates) for mates in found.values()))


def pool_with(channel: str, steps: Steps) -> Pool:
    """The pool of a channel; itself alone where it stands for no other."""
    return next((pool for pool in pools_in(steps) if channel in pool), (channel,))


def pool_steps(steps: Steps, pools: Iterable[Pool]) -> Steps:
    """The steps with those of each channel taken by its whole pool, and both ways within it."""
    of = {name: pool for pool in pools for name in pool}
    wide = (
        step
        for before, then in steps
        if of.get(before, (before,)) is not of.get(then)
        for step in product(of.get(before, (before,)), of.get(then, (then,)))
    )
    within = (pair for pool in pools for pair in permutations(pool, 2))
    return tuple(dict.fromkeys((*wide, *within)))


def first_of_each(steps: Steps) -> Steps:
    """The steps without the pools: of each its first channel stands for all."""
    others = {name for pool in pools_in(steps) for name in pool[1:]}
    return tuple(step for step in steps if others.isdisjoint(step))
