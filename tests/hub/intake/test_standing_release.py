"""A message that a paper covers is judged before it is written: the write lock waits for no work, and sees what moved."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from hub.formats.cap.write import write
from hub.intake.service import IngestResult
from hub.intake.standing_release import StandingReleases
from hub.rules.rule import Rule
from hub.signoff.submit import ATTEMPTS
from tests.hub.signoff.test_submit_holds_no_lock import WORK, Heard, OneTransaction
from tests.hub.signoff.test_submit_races import Deed, Interrupted, registers
from tests.stories.cast import SEISMIC_NAMES
from tests.stories.sensor import Sensor, quake
from tests.stories.town import Cast, Town

#: a message with places that are drawn is released by nobody but a person, and one section has no parts
UNASKED = {"select a part", "select anew", "intersect"}


@pytest.fixture
async def town(settle: Any) -> Town:
    """Earthquakes are the seismic agency's to tell."""
    settled: Town = await settle(Cast(kind="seismic", names=SEISMIC_NAMES, bridge=2, river=1, hills=0))
    return settled


async def sends_over(sensor: Sensor, database: Any, identifier: str = "quake-1") -> IngestResult:
    """What becomes of a message at a hub whose database is this one."""
    town = sensor.town
    ingest = replace(town.hub.ingest, transactions=replace(town.hub.transactions, db=database))
    return await ingest.take(sensor.caller, write(quake(town.clock.now(), identifier)))


async def interrupted(sensor: Sensor, *deeds: Deed) -> IngestResult:
    """What becomes of a message where something happens each time it was judged."""
    return await sends_over(sensor, Interrupted(sensor.town.hub.db, list(deeds)))


async def licensed(town: Town, **changes: Any) -> Sensor:
    sensor = await Sensor.known(town)
    await sensor.licensed(**changes)
    return sensor


def released_by_another(sensor: Sensor) -> Deed:
    return lambda: sensor.sends(quake(sensor.town.clock.now(), "quake-2"))


async def hears(town: Town, database: Any, monkeypatch: pytest.MonkeyPatch) -> Heard:
    sensor, heard = await licensed(town), Heard()
    with monkeypatch.context() as patched:
        heard.listen(patched)
        assert (await sends_over(sensor, database)).stage == "released"
    return heard


async def test_nothing_is_rendered_selected_or_intersected_under_the_write_lock(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = await hears(town, town.hub.db, monkeypatch)
    assert heard.done >= WORK.keys() - UNASKED
    assert heard.under_lock == set()


async def test_a_release_that_judges_where_it_writes_is_heard(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = await hears(town, OneTransaction(town.hub.db), monkeypatch)
    assert heard.under_lock == heard.done != set()


async def test_under_a_paper_that_is_revoked_while_it_is_judged_nothing_is_released(town: Town) -> None:
    sensor = await Sensor.known(town)
    paper, releaser = await sensor.licensed(), town.officials["releaser"]
    revoke = partial(town.hub.standings.revoke, official=releaser, standing=paper.id, reason="under repair")
    taken = await interrupted(sensor, lambda: town.hub.transactions.write(releaser.name, revoke))
    assert (taken.stage, taken.standing, [each["rule"] for each in taken.why_not]) == ("draft", None, ["standing-none"])


async def test_the_uses_of_a_paper_are_counted_under_lock(town: Town) -> None:
    sensor = await licensed(town, most_per_hour=1)
    taken = await interrupted(sensor, released_by_another(sensor))
    assert (taken.stage, [each["rule"] for each in taken.why_not]) == ("draft", ["standing-rate"])


async def test_without_the_second_look_a_paper_is_used_too_often(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out."""
    monkeypatch.setattr(StandingReleases, "_confirm", lambda _self, _tx, judged: judged)
    sensor = await licensed(town, most_per_hour=1)
    assert (await interrupted(sensor, released_by_another(sensor))).stage == "released"


async def test_a_message_that_arrives_again_while_it_is_judged_is_one_warning(town: Town) -> None:
    sensor = await licensed(town)
    message = quake(town.clock.now())
    taken = await interrupted(sensor, lambda: sensor.sends(message))
    assert taken.stage == "released"
    assert (taken.alert, len((await town.hub.alerts.page(None, 10, None)).items)) == (1, 1)


async def test_a_unit_that_is_registered_meanwhile_costs_a_second_look_and_no_release(town: Town) -> None:
    sensor = await licensed(town)
    assert (await interrupted(sensor, registers(town, "延安市水务局"))).stage == "released"


async def test_what_others_change_each_time_stays_a_draft_that_says_so(town: Town) -> None:
    sensor = await licensed(town)
    taken = await interrupted(sensor, *(registers(town, f"延安市第{number}站") for number in range(ATTEMPTS)))
    assert (taken.stage, [each["rule"] for each in taken.why_not]) == ("draft", [Rule.SUBMIT_OVERTAKEN])
