"""A warning of another day, as if it were issued now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hub.alert.alert import Alert, Info, MsgType, NamedValue, Reference, Scope, Status, cap_time
from hub.local.demo.redate import AT_LEAST, demonstrable, reissue, standing_alone

SENT = datetime(2025, 3, 5, 22, 34, tzinfo=UTC)
NOW = datetime(2026, 7, 1, 8, 0, 0, 900, tzinfo=UTC)
DAY = timedelta(days=1)


def watch(**changes: object) -> Alert:
    info = Info("wind", "Future", "Severe", "Possible", ("Met",), onset=SENT + DAY, expires=SENT + 2 * DAY)
    alert = Alert("w1", "sender", SENT, Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC, infos=(info,))
    return replace(alert, infos=(replace(info, **changes),))  # type: ignore[arg-type]


def test_every_time_keeps_its_distance_from_the_moment_of_sending() -> None:
    alert, changes = reissue(watch(), NOW)
    assert changes == ()
    assert alert.sent == NOW.replace(microsecond=0)
    assert (alert.infos[0].onset, alert.infos[0].expires) == (alert.sent + DAY, alert.sent + 2 * DAY)


def test_a_warning_that_does_not_say_when_it_ends_is_given_an_end_after_it_begins_and_that_is_said() -> None:
    for expires in (None, SENT, SENT + DAY / 2):
        alert, changes = demonstrable(watch(expires=expires), NOW)
        assert (alert.infos[0].onset, alert.infos[0].expires) == (alert.sent + DAY, alert.sent + DAY + AT_LEAST)
        assert (changes[-1].rule, changes[-1].element) == ("X12", "alert/info/expires")
    assert demonstrable(watch(), NOW) == reissue(watch(), NOW)


def test_the_end_that_its_sender_states_beside_is_the_end_as_of_its_own_day() -> None:
    stated = (NamedValue("eventEndingTime", cap_time(SENT + 2 * DAY)),)
    alert, _ = demonstrable(watch(expires=SENT + DAY / 2, parameters=stated), NOW)
    assert (alert.infos[0].onset, alert.infos[0].expires) == (alert.sent + DAY, alert.sent + 2 * DAY)


def test_a_cancel_of_a_warning_nobody_holds_is_shown_as_one_of_its_own_and_an_update_stays_one() -> None:
    before = (Reference("sender", "w0", cap_time(SENT)),)
    for kind, left in ((MsgType.CANCEL, (MsgType.ALERT, ())), (MsgType.UPDATE, (MsgType.UPDATE, before))):
        shown = standing_alone(replace(watch(), msg_type=kind, references=before))
        assert (shown.msg_type, shown.references) == left
