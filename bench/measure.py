"""What the benchmark scripts share: one row per figure, and the cost of the process that made it."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; `limit` is measured in the same run, `ratio` is value over limit."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    ratio: float | None = None
    n: int = 0
    cpu_s_per_100k: float | None = None
    peak_mb: float | None = None


@dataclass(slots=True)
class Cost:
    """Wall and CPU seconds of this process over a stretch."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    runs: list[float] = field(default_factory=list)


@contextmanager
def costing(cost: Cost) -> Iterator[None]:
    """Adds what happens inside to `cost`."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    cost.wall_s += time.perf_counter() - wall
    cost.cpu_s += time.process_time() - cpu
    cost.runs.append(time.perf_counter() - wall)


def peak_mb() -> float:
    """The largest resident size of this process so far (Linux reports KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def show(figures: Sequence[Figure]) -> None:
    """A JSON list with --json, otherwise a table."""
    if "--json" in sys.argv:
        print(json.dumps([asdict(figure) for figure in figures], ensure_ascii=False))
        return
    for each in figures:
        limit = f"limit {each.limit:,.1f}" if each.limit is not None else ""
        ratio = f"ratio {each.ratio:.2f}" if each.ratio is not None else ""
        cpu = f"cpu {each.cpu_s_per_100k:.2f} s/100k" if each.cpu_s_per_100k is not None else ""
        print(f"{each.name:<42} {each.value:>12,.1f} {each.unit:<6} {limit:<18} {ratio:<11} n={each.n:,} {cpu}")
