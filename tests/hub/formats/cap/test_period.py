"""When a warning ends: settled exactly where strict writing has nothing against it, and settled by every answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.alert.alert import Alert, Info, MsgType, Scope, Status
from hub.formats.cap.check import cross_breaches
from hub.formats.cap.period import PERIOD_RULES, begins, begins_later, ending_after, has_settled_end, period_fault
from hub.formats.cap.repair import emittable
from hub.formats.cap.rules import judge

SENT = datetime(2026, 7, 12, 1, 0, tzinfo=UTC)
hours = st.none() | st.integers(-3, 3).map(lambda number: SENT + timedelta(hours=number))
periods = st.lists(st.tuples(hours, hours, hours), min_size=1, max_size=3)


def alert_with(times: list[tuple[datetime | None, ...]], scope: Scope = Scope.PUBLIC) -> Alert:
    info = Info("Flood", "Immediate", "Severe", "Observed", ("Met",), language="en-US")
    infos = tuple(replace(info, effective=one[0], onset=one[1], expires=one[2]) for one in times)
    restriction = "r" if scope is Scope.RESTRICTED else ""
    whole = Alert("a", "b", SENT, Status.ACTUAL, MsgType.ALERT, scope=scope, restriction=restriction, infos=infos)
    return emittable(whole, now=SENT)[0]


def naive(info: Info) -> bool:
    """Whether the end is known, said without the words of the hub."""
    start = info.effective if info.effective is not None else SENT
    return (
        info.expires is not None
        and info.expires > start
        and info.expires >= SENT
        and (info.onset is None or info.expires > info.onset)
    )


@given(times=periods)
def test_an_end_is_settled_exactly_where_strict_writing_finds_nothing_wrong_with_it(times) -> None:
    alert = alert_with(times)
    wrong = [each for each in judge(cross_breaches(alert), "emission") if each.rule in PERIOD_RULES]
    assert has_settled_end(alert) == (not wrong) == all(naive(info) for info in alert.infos)


@given(times=periods, lasts=st.integers(1, 48).map(lambda number: timedelta(hours=number)))
def test_a_period_from_the_beginning_settles_what_was_open_and_leaves_alone_what_was_not(times, lasts) -> None:
    alert = alert_with(times)
    whole = ending_after(alert, lasts)
    assert has_settled_end(whole)
    for before, after in zip(alert.infos, whole.infos, strict=True):
        wanted = before.expires if naive(before) else max(begins(alert, before), before.effective or SENT) + lasts
        assert after == replace(before, expires=wanted)


@given(times=periods)
def test_a_beginning_is_told_exactly_where_every_block_begins_after_it_was_sent(times) -> None:
    alert = alert_with(times)
    starts = [info.onset or info.effective or SENT for info in alert.infos]
    assert begins_later(alert, alert.infos) == (min(starts) if min(starts) > SENT else None)


@given(times=periods)
def test_a_message_that_is_not_public_need_not_end(times) -> None:
    endless = [(effective, onset, None) for effective, onset, _ in times]
    alert = alert_with(endless, Scope.RESTRICTED)
    assert {period_fault(alert, info) for info in alert.infos} == {None}
