"""The window of a destination: who gets its slots, and what its answers teach."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.message import Accepted, Ambiguous, Deferred, FailureReason, Outcome, Refused
from hub.dispatch import concurrency_limit as module
from hub.dispatch.concurrency_limit import START, ConcurrencyLimit

OK = Accepted("SM1")
GONE = Deferred(FailureReason.UNREACHABLE)
SLOW_DOWN = Deferred(FailureReason.THROTTLED)
RED, BLUE = 0, 3
answers = st.sampled_from([OK, GONE, SLOW_DOWN, Ambiguous(), Refused(FailureReason.BAD_ADDRESS)])


class HandLoop:
    """The timers of the loop, called by hand."""

    def __init__(self) -> None:
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def call_later(self, delay: float, call: Callable[[], None]) -> None:
        self.timers.append((delay, call))

    def create_future(self) -> asyncio.Future[bool]:
        return asyncio.get_event_loop().create_future()

    def ring(self) -> float:
        delay, call = self.timers.pop(0)
        call()
        return delay


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> HandLoop:
    """Probes are due when the test says so, not when time passes."""
    loop = HandLoop()
    monkeypatch.setattr(module.asyncio, "get_running_loop", lambda: loop)
    return loop


def fill(window: ConcurrencyLimit) -> int:
    taken = 0
    while window.try_enter(BLUE):
        taken += 1
    return taken


def answer(window: ConcurrencyLimit, outcome: Outcome, times: int) -> None:
    """`times` answers to messages under way, each slot given back."""
    for _ in range(times):
        if window.keep(outcome, BLUE):
            window.leave()


def test_no_more_slots_than_the_contract_even_after_a_thousand_good_answers() -> None:
    window = ConcurrencyLimit(20)
    for _ in range(100):
        answer(window, OK, fill(window))
    assert fill(window) == 20


def test_a_small_contract_is_kept_from_the_first_message_on() -> None:
    assert fill(ConcurrencyLimit(1)) == 1


def test_one_clean_window_adds_one_slot() -> None:
    window = ConcurrencyLimit(100)
    answer(window, OK, fill(window))
    assert START + 0.9 < window.limit <= START + 1


def test_a_window_that_is_not_used_does_not_grow() -> None:
    window = ConcurrencyLimit(1000)
    for _ in range(5000):
        assert window.try_enter(BLUE)
        answer(window, OK, 1)
    assert window.limit <= 1 + START + 1


@pytest.mark.parametrize("outcome", [Refused(FailureReason.BAD_ADDRESS), Deferred(FailureReason.REVOKED)])
def test_what_is_no_acceptance_does_not_widen_the_window(outcome: Outcome) -> None:
    window = ConcurrencyLimit(100)
    answer(window, outcome, fill(window))
    assert window.limit == START


@pytest.mark.parametrize("outcome", [SLOW_DOWN, GONE])
def test_a_run_of_failures_halves_the_window_once(outcome: Outcome) -> None:
    window = ConcurrencyLimit(64, start=64)
    fill(window)
    answer(window, outcome, 40)
    assert window.limit == 32


def test_answers_to_what_was_sent_before_the_step_down_cause_no_second_step() -> None:
    window = ConcurrencyLimit(64, start=64)
    fill(window)
    for _ in range(20):  # a provider that takes two of three, all sent before it began to refuse
        answer(window, SLOW_DOWN, 1)
        answer(window, OK, 2)
    assert 30 <= window.limit <= 40


def test_a_new_run_of_failures_halves_it_again() -> None:
    window = ConcurrencyLimit(64, start=64)
    answer(window, SLOW_DOWN, fill(window))
    answer(window, OK, fill(window))
    widest = window.limit
    answer(window, SLOW_DOWN, fill(window))
    assert window.limit == pytest.approx(widest / 2)


def test_the_window_never_closes_on_a_destination_that_asks_to_slow_down() -> None:
    window = ConcurrencyLimit(64)
    for _ in range(50):
        answer(window, SLOW_DOWN, max(1, fill(window)))
        assert window.try_enter(BLUE)
        answer(window, OK, 1)
    assert not window.is_dead


@pytest.mark.parametrize("outcome", [GONE, Ambiguous()])
def test_a_destination_that_fails_whole_windows_is_dead_and_probed_with_one(timers: HandLoop, outcome: Outcome) -> None:
    window = ConcurrencyLimit(8)
    rounds = 0
    while not window.is_dead:
        answer(window, outcome, fill(window))
        rounds += 1
    assert 1 <= rounds <= 4
    assert fill(window) == 0, "until the probe is due nothing leaves"
    timers.ring()
    assert fill(window) == 1, "the probe, and nothing beside it"


def test_the_wait_for_the_next_probe_doubles_with_each_failed_probe_up_to_a_minute(timers: HandLoop) -> None:
    window = ConcurrencyLimit(8)
    while not window.is_dead:
        answer(window, GONE, fill(window))
    waits = []
    for _ in range(9):
        waits.append(timers.ring())
        assert window.try_enter(BLUE)
        answer(window, GONE, 1)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert len(timers.timers) == 1


def test_stragglers_of_the_moment_of_death_do_not_put_off_the_probe(timers: HandLoop) -> None:
    window = ConcurrencyLimit(200, start=200)
    answer(window, GONE, fill(window))
    window_was_dead = window.is_dead
    while not window.is_dead:
        answer(window, GONE, fill(window))
    assert (window_was_dead, len(timers.timers), timers.timers[0][0]) == (True, 1, 1.0)


def test_a_probe_that_is_answered_revives_the_destination(timers: HandLoop) -> None:
    window = ConcurrencyLimit(8)
    while not window.is_dead:
        answer(window, GONE, fill(window))
    timers.ring()
    assert window.try_enter(BLUE)
    answer(window, OK, 1)
    assert not window.is_dead
    assert fill(window) >= 1


async def test_nobody_waits_for_a_destination_that_is_dead_or_dies(timers: HandLoop) -> None:
    window = ConcurrencyLimit(1)
    assert await window.enter(BLUE)
    waiting = [asyncio.create_task(window.enter(urgency)) for urgency in (BLUE, RED)]
    await asyncio.sleep(0)
    while not window.is_dead:
        window._learn(GONE)
    assert await asyncio.gather(*waiting) == [False, False]
    window.leave()
    assert window.rest_s == 1
    assert not await window.enter(RED)
    timers.ring()
    assert window.rest_s == 0, "it may be probed"
    assert await window.enter(BLUE)
    waiting = [asyncio.create_task(window.enter(RED))]
    await asyncio.sleep(0)
    answer(window, GONE, 1)
    assert await asyncio.gather(*waiting) == [False], "the probe has failed, too"
    assert window.rest_s == 2


async def test_a_freed_slot_goes_to_the_most_urgent_and_then_to_the_longest_waiting() -> None:
    window = ConcurrencyLimit(1)
    window.try_enter(BLUE)
    order: list[str] = []

    async def enter(name: str, urgency: int) -> None:
        await window.enter(urgency)
        order.append(name)
        window.leave()

    waiters = [("blue 1", BLUE), ("blue 2", BLUE), ("red", RED), ("orange", 1)]
    tasks = [asyncio.create_task(enter(*waiter)) for waiter in waiters]
    await asyncio.sleep(0)
    window.leave()
    await asyncio.gather(*tasks)
    assert order == ["red", "orange", "blue 1", "blue 2"]


async def test_who_holds_a_slot_gives_it_up_for_someone_more_urgent_and_for_nobody_else() -> None:
    window = ConcurrencyLimit(1)
    window.try_enter(BLUE)
    blue = asyncio.create_task(window.enter(BLUE))
    await asyncio.sleep(0)
    assert window.keep(OK, BLUE), "another blue one has to wait"
    red = asyncio.create_task(window.enter(RED))
    await asyncio.sleep(0)
    assert not window.keep(OK, BLUE)
    assert await red
    assert not blue.done()
    window.leave()
    assert await blue


async def test_a_newcomer_does_not_overtake_an_equal_that_waits() -> None:
    window = ConcurrencyLimit(2)
    window.used = 2
    waiting = asyncio.create_task(window.enter(BLUE))
    await asyncio.sleep(0)
    window.used = 1
    assert not window.try_enter(BLUE)
    assert window.try_enter(RED)
    waiting.cancel()


@pytest.mark.parametrize("handed", [False, True])
async def test_a_cancelled_waiter_costs_no_slot(handed: bool) -> None:
    window = ConcurrencyLimit(1)
    window.try_enter(BLUE)
    first, second = (asyncio.create_task(window.enter(BLUE)) for _ in range(2))
    await asyncio.sleep(0)
    if handed:  # the slot is already on its way to the one who is cancelled
        window.leave()
    first.cancel()
    await asyncio.wait([first])
    if not handed:
        window.leave()
    assert await second
    assert window.used == 1


@pytest.mark.parametrize("handed", [False, True])
async def test_a_wait_that_is_called_off_says_so_and_costs_no_slot(handed: bool) -> None:
    window, waiting = ConcurrencyLimit(1), set()
    window.try_enter(BLUE)
    waiter = asyncio.create_task(window.enter(BLUE, waiting))
    await asyncio.sleep(0)
    if handed:
        window.leave()
    for turn in waiting:
        if not turn.done():
            turn.set_result(False)
    assert await waiter is handed
    assert not waiting
    assert window.used == 1


@given(st.lists(st.one_of(st.tuples(st.just("enter"), st.integers(0, 3)), st.just("cancel"), answers), max_size=80))
def test_slots_in_use_never_pass_the_limit_and_none_is_lost(steps: list[object]) -> None:
    asyncio.run(_walk(steps))


async def _walk(steps: list[object]) -> None:
    window = ConcurrencyLimit(6, start=3)
    waiting: list[asyncio.Task[bool]] = []
    inside = 0
    for step in steps:
        if isinstance(step, tuple):
            waiting.append(asyncio.create_task(window.enter(step[1])))
        elif step == "cancel":
            if waiting:
                waiting[len(waiting) // 2].cancel()
        elif inside:
            kept = window.keep(step, BLUE)  # type: ignore[arg-type]
            if kept:
                window.leave()
            inside -= 1
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        inside += sum(task.done() and not task.cancelled() and task.result() for task in waiting)
        waiting = [task for task in waiting if not task.done()]
        assert window.used == inside <= 6
        assert not waiting or window.is_dead or inside >= int(window.limit), "someone waits beside a free slot"
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert window.used == inside
