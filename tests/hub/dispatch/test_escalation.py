"""Who is tried on the next channel, and when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.dispatch.escalation import Escalator, patience_ms
from hub.settings.settings import EscalationSettings, Settings
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow
from hub.store.delivery import campaigns
from tests.hub.rows import alert_row
from tests.stories.town import BRIDGE, Cast, Town

HOUR = 3_600_000


def row_of(released: int, expires: int) -> AlertRow:
    return alert_row(released_at=released, expires_at=expires)


@given(st.integers(0, HOUR), st.integers(0, 48 * HOUR), st.floats(0, 600), st.floats(0.01, 1))
def test_patience_never_outlasts_its_share_of_the_warning(start: int, whole: int, after: float, share: float) -> None:
    settings = Settings(escalation=EscalationSettings(after_s=after, share=share))
    patience = patience_ms(row_of(start, start + whole), settings)
    assert 0 <= patience <= share * whole
    assert patience <= after * 1000


def test_a_warning_of_a_minute_leaves_twelve_seconds_for_the_first_channel() -> None:
    assert patience_ms(row_of(0, 60_000), Settings()) == 12_000
    assert patience_ms(row_of(0, HOUR), Settings()) == 60_000


async def test_a_person_without_the_next_channel_is_not_tried_on_it(town: Town) -> None:
    await town.moves("bridge-0", BRIDGE, without="voice")
    town.fate("bridge-0", sms="off")
    flood = await town.warns()
    await town.rests()
    await town.inbox("voice").expects(flood, ())
    assert (await town.hub.alerts.progress(flood.id)).persons.failed == 1


async def test_a_climb_run_again_finds_nobody_new(town: Town) -> None:
    town.fate("bridge-0", sms="off")
    town.fate("bridge-1", sms="silent")
    flood = await town.warns()
    await town.rests()

    def look(connection):
        return Escalator(town.hub.settings).look(connection, alerts.get(connection, flood.id), 10**14).climbs

    def climb(connection, climbs):
        return [ticket for each in climbs for ticket in campaigns.extend(connection, each.cut)]

    climbs = await town.hub.db.read(look)
    assert sum(cause.people for each in climbs for cause in each.causes) == 1, "bridge-0 is called already"
    await town.hub.db.write(lambda connection: climb(connection, climbs))
    assert await town.hub.db.read(look) == (), "nobody is counted as climbing twice"
    assert await town.hub.db.write(lambda connection: climb(connection, climbs)) == [], "what was found is old by now"


async def test_without_a_second_channel_in_the_plan_nobody_climbs(town: Town) -> None:
    town.fate("bridge-0", sms="off")
    flood = await town.warns(channels=("sms",))
    await town.rests()
    assert set(await town.campaigns(flood)) == {"sms"}


async def test_a_ladder_of_three_steps_is_climbed_one_by_one(settle) -> None:
    ladder = EscalationSettings(steps=(("sms", "voice"), ("voice", "email")))
    town = await settle(Cast(bridge=3, river=0, channels=("sms", "voice", "email"), settings={"escalation": ladder}))
    town.fate("bridge-0", sms="off", voice="off")
    town.fate("bridge-1", sms="off")
    flood = await town.warns()
    await town.rests()
    await town.inbox("voice").expects(flood, {"bridge-0", "bridge-1"})
    assert set(await town.states(flood, "email")) == {"bridge-0"}
    assert (await town.hub.alerts.get(flood.id)).escalation == ladder.steps, "whoever looks at it sees the steps"


async def test_nobody_is_called_about_a_warning_that_was_cancelled_meanwhile(town: Town) -> None:
    town.fate("bridge-0", sms="silent")
    flood = await town.warns()
    await town.rests()
    await town.cancels(flood)
    town.clock.advance(61)
    await town.rests()
    await town.inbox("voice").expects(flood, ())
