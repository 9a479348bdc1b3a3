"""Who is called next about a matter, pure: the order of calling, repeats, climbing, how much one person is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HOUR_MS = 3_600_000
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class CallingPace:
    """How fast a matter is called about, in ms. `tries` calls at `repeat`, then one every `slow`.

    `climb` is the limit by which somebody must have acted, else the next is called. `per_hour` bounds the calls to one
    official over one channel, whatever they are about (a voice provider takes 5 an hour and 1 a minute per number);
    repeats leave one of them to what nobody has told that official yet.
    """

    repeat: int
    climb: int
    tries: int
    slow: int
    per_hour: int


@dataclass(frozen=True, slots=True)
class Callee:
    """An official who can be called, and over which channels."""

    official: int
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call that was made. `failed`: it is known not to have arrived."""

    official: int
    channel: str
    at: int
    failed: bool = False
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class NextCalls:
    """Whom to call now over what, which step is reached, since when, and when to look again.

    `held` are those reached for who were never called about it, since they had all the calls of their hour. While there
    are any, nobody says that nobody is left.
    """

    calls: tuple[tuple[int, str], ...]
    step: int
    step_at: int
    next_at: int
    exhausted: bool = False
    held: tuple[int, ...] = ()


CallingStep = tuple[Callee, ...]


def rungs_of(
    able: Sequence[Callee], wanted: int, leaders: Sequence[Callee], superiors: Sequence[Sequence[Callee]]
) -> tuple[CallingStep, ...]:
    """The order in which people are called, each once: as many of those on duty who can act as are wanted, then the
    next one by one, then the leaders of the unit, then the duty of each unit above.

    Where those on duty cannot do it alone, the leaders are called with them at once.
    """
    first, after = tuple(able[:wanted]), [(each,) for each in able[wanted:]]
    begin = [(*first, *leaders)] if len(first) < wanted else [first, *after, tuple(leaders)]
    seen: set[int] = set()
    steps = []
    for step in (*begin, *map(tuple, superiors)):
        fresh = tuple({each.official: each for each in step if each.official not in seen}.values())
        seen |= {each.official for each in fresh}
        if fresh:
            steps.append(fresh)
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class CallingState:
    """Where the calling about a matter stands: step and since when, the calls about it, and the lately made ones of
    everybody, (official, channel) to their times.
    """

    step: int
    step_at: int
    made: Sequence[PastCall]
    recent: Mapping[tuple[int, str], Sequence[int]]


def next_calls(steps: Sequence[CallingStep], standing: CallingState, pace: CallingPace, now: int) -> NextCalls:
    """What is due now. Nobody who acknowledged is called again; what they leave undone climbs all the same."""
    if not steps:
        return NextCalls((), standing.step, standing.step_at, now + MINUTE_MS, exhausted=True)
    step, since, exhausted = min(standing.step, len(steps) - 1), standing.step_at, False
    if now >= since + pace.climb or _is_deaf(steps[: step + 1], standing.made):
        exhausted = step == len(steps) - 1
        step, since = (step, since) if exhausted else (step + 1, now)
    due, times = [], [since + pace.climb if not exhausted else now + MINUTE_MS]
    for callee in (each for reached in steps[: step + 1] for each in reached):
        for channel in callee.channels:
            at = _due_at(callee.official, channel, standing, pace, now)
            if at is not None and at <= now:
                due.append((callee.official, channel))
            elif at is not None:
                times.append(at)
    held = _held_by_limit(steps[: step + 1], standing.made, due)
    return NextCalls(tuple(due), step, since, max(min(times), now + 1), exhausted and not held, held)


def _held_by_limit(
    reached: Sequence[CallingStep], made: Sequence[PastCall], due: Sequence[tuple[int, str]]
) -> tuple[int, ...]:
    """Who is reached for, was called over nothing and is not called now either: that is the limit of the hour."""
    told = {each.official for each in made} | {official for official, _ in due}
    return tuple(each.official for step in reached for each in step if each.channels and each.official not in told)


def _due_at(official: int, channel: str, standing: CallingState, pace: CallingPace, now: int) -> int | None:
    """When this official is to be called over this channel next; None for not at all."""
    mine = [made for made in standing.made if made.official == official]
    if any(made.acknowledged for made in mine):
        return None
    times = [made.at for made in mine if made.channel == channel]
    at = now
    if times:
        at = max(times) + (pace.repeat if len(times) < pace.tries else pace.slow)
    lately = sorted(time for time in standing.recent.get((official, channel), ()) if time > now - HOUR_MS)
    most = max(1, pace.per_hour - 1) if times else pace.per_hour
    if len(lately) >= most:
        at = max(at, lately[-most] + HOUR_MS + 1)
    return at


def _is_deaf(reached: Sequence[CallingStep], made: Sequence[PastCall]) -> bool:
    """Whether everybody who was reached for was called, and nothing of it arrived: there is nobody to wait for."""
    callees = [each for step in reached for each in step]
    called = {(each.official, channel) for each in callees for channel in each.channels}
    arrived = {(each.official, each.channel) for each in made if not each.failed}
    return called <= {(each.official, each.channel) for each in made} and not arrived & called
