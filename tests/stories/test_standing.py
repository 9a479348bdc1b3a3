"""A sensor releases by itself what officials signed beforehand, to the letter; everything else it sends is a draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from approvals.order import read_order
from hub.errors import Conflict, Forbidden, Invalid
from hub.evidence.acts_patrol import ActsPatrol
from hub.formats.cap.write import write
from hub.store.access.services import ServiceScope
from hub.store.alerts import acts, alerts
from hub.store.records import audit
from tests.stories.cast import SEISMIC_NAMES
from tests.stories.sensor import Sensor, cancel_of, paper, pen, quake
from tests.stories.town import BAOTA, ZHIDAN, Cast, Town


@pytest.fixture
async def town(settle: Any) -> Town:
    """Earthquakes are the seismic agency's to tell."""
    settled: Town = await settle(Cast(kind="seismic", names=SEISMIC_NAMES))
    return settled


def rules(taken: Any) -> set[str]:
    """Why a message was not released."""
    return {each["rule"] for each in taken.why_not}


async def audited(town: Town, action: str) -> int:
    entries = await town.hub.db.read(lambda connection: list(audit.entries(connection)))
    return sum(entry.action == action for entry in entries)


async def test_a_covered_warning_goes_out_with_nobody_at_a_desk(town: Town) -> None:
    sensor = await Sensor.known(town)
    held = await sensor.licensed()
    assert held.state == "in-force", held.wanted
    taken = await sensor.sends(quake(town.clock.now()))
    assert (taken.stage, taken.why_not, taken.standing) == ("released", (), {"id": held.id, "name": held.name})
    await town.rests()
    view = await town.hub.alerts.get(taken.alert)
    await town.inbox("sms").expects(view, town.people("bridge", "river"))
    assert await town.alarms() == []
    assert (await town.hub.transactions.read(lambda tx: town.hub.standings.get(tx, held.id))).uses == 1


async def test_the_order_names_the_paper_its_signers_and_the_service(town: Town) -> None:
    sensor = await Sensor.known(town)
    held = await sensor.licensed()
    taken = await sensor.sends(quake(town.clock.now()))
    kept = await town.hub.db.read(lambda connection: alerts.find_order(connection, taken.alert))
    order = read_order(kept.jws, town.hub.keys.order_public)
    assert order.rule.startswith(f"standing:{held.id}+")
    assert order.released_by == "service seismometers"
    signers = {each.official for each in held.decisions}
    assert {town.officials[name].id for name in order.authorized_by} <= signers
    assert order.authorized_by


async def test_the_same_message_twice_is_one_warning_and_one_answer(town: Town) -> None:
    sensor = await Sensor.known(town)
    await sensor.licensed()
    message = quake(town.clock.now())
    assert await sensor.sends(message) == await sensor.sends(message)
    await town.rests()
    assert set((await town.inbox("sms").got(await town.hub.alerts.get(1))).values()) == {1}


async def test_other_content_under_the_same_identifier_is_a_conflict(town: Town) -> None:
    sensor = await Sensor.known(town)
    await sensor.sends(quake(town.clock.now()))
    with pytest.raises(Conflict) as refused:
        await sensor.sends(quake(town.clock.now(), english={"headline": "Earthquake of magnitude 6"}))
    assert refused.value.rule == "L4"


async def test_without_a_paper_it_is_a_draft_of_the_services_unit_that_an_official_submits(town: Town) -> None:
    sensor = await Sensor.known(town)
    taken = await sensor.sends(quake(town.clock.now()))
    assert (taken.stage, rules(taken)) == ("draft", {"standing-none"})
    row = await town.hub.db.read(lambda connection: alerts.get(connection, taken.alert))
    assert (row.unit, row.service, row.created_by) == ("office", sensor.caller.service.id, 0)
    view = await town.hub.alerts.get(taken.alert)
    submitted = await town.submits(view, by="author")
    assert submitted.authors == ("author",)


async def test_a_service_without_the_scope_sends_only_drafts(town: Town) -> None:
    sensor = await Sensor.known(town)
    await sensor.licensed()
    plain = await Sensor.known(town, ServiceScope.INGEST, name="rain gauges", trusted=False)
    taken = await plain.sends(quake(town.clock.now(), "rain-1"))
    assert (taken.stage, rules(taken)) == ("draft", {"standing-scope"})


WORDS: list[tuple[dict[str, Any], str]] = [
    ({"chinese": {"headline": "宝塔区发生5.6级地震！"}}, "standing-text"),
    ({"chinese": {"headline": "宝塔区发生5.7级地震"}}, "standing-text"),
    ({"chinese": {"instruction": "请立即避险"}}, "standing-text"),
    ({"chinese": {"instruction": ""}}, "standing-text"),
    ({"chinese": {"event": "大地震"}}, "standing-text"),
    ({"chinese": {"event": "海啸"}}, "standing-event"),
    ({"chinese": {"sender_name": "地震局"}}, "standing-text"),
    ({"chinese": {"web": "https://example.org/"}}, "standing-text"),
    ({"chinese": {"contact": "12345"}}, "standing-text"),
    ({"chinese": {"language": "zh-TW"}}, "standing-text"),
    ({"chinese": {"urgency": "Expected"}}, "standing-emergency"),
    ({"chinese": {"certainty": "Possible"}}, "standing-emergency"),
    ({"english": {"headline": "Earthquake of magnitude 5.7"}}, "standing-text"),
    ({"note": "call 12345"}, "standing-text"),
    ({"source": "somebody"}, "standing-text"),
    ({"codes": ("call 12345 now",)}, "standing-text"),
    ({"sender": "other@sensor.example"}, "standing-sender"),
    ({"severity": "Moderate"}, "standing-level"),
    ({"identifier": "visit.evil.example"}, "standing-text"),
]


async def test_whatever_differs_from_the_paper_by_one_word_stays_a_draft(town: Town) -> None:
    sensor = await Sensor.known(town)
    await sensor.licensed()
    for number, (changes, rule) in enumerate(WORDS):
        taken = await sensor.sends(quake(town.clock.now(), **({"identifier": f"word-{number}"} | changes)))
        assert (taken.stage, rule in rules(taken)) == ("draft", True), (changes, taken.why_not)
    assert await town.tickets() == []


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"areas": [ZHIDAN]}, "standing-area"),
        ({"levels": ["orange"]}, "standing-level"),
        ({"events": ["地震预警"]}, "standing-event"),
        ({"longest_hours": 0.9}, "standing-hours"),
        ({"max_persons": 19}, "standing-persons"),
        ({"signed": True}, "standing-signature"),
        ({"max_persons": 20}, ""),
        ({"longest_hours": 1}, ""),
    ],
)
async def test_every_bound_of_the_paper_holds_just_outside_and_gives_way_just_inside(
    town: Town, changes: dict[str, Any], rule: str
) -> None:
    sensor = await Sensor.known(town)
    await sensor.licensed(**changes)
    taken = await sensor.sends(quake(town.clock.now()))
    assert (taken.stage, rules(taken)) == (("draft", {rule}) if rule else ("released", set()))


async def test_a_signed_message_opens_a_paper_that_demands_a_signature(town: Town) -> None:
    sensor = await Sensor.known(town)
    await sensor.licensed(signed=True)
    taken = await sensor.sends(quake(town.clock.now()), signed=True)
    assert (taken.stage, taken.signature["verdict"]) == ("released", "valid")


async def test_a_revoked_paper_releases_nothing_more_and_takes_nothing_back(town: Town) -> None:
    sensor = await Sensor.known(town)
    held = await sensor.licensed()
    first = await sensor.sends(quake(town.clock.now()))
    await town.hub.transactions.write(
        town.officials["releaser"].name,
        lambda tx: town.hub.standings.revoke(tx, town.officials["releaser"], held.id, "the sensor is being repaired"),
    )
    second = await sensor.sends(quake(town.clock.now(), "quake-2"))
    assert (second.stage, rules(second)) == ("draft", {"standing-none"})
    assert (await town.hub.alerts.get(first.alert)).stage == "released"
    assert await audited(town, "standing-revoke") == 1


@pytest.mark.parametrize(
    ("state", "statement"),
    [
        ("revoked", "SELECT 1"),
        ("revoked", "DELETE FROM acts WHERE subject = 'standing/1' AND number = {last}"),
        ("rejected", "SELECT 1"),
        ("rejected", "DELETE FROM standing_decisions WHERE verdict = 'reject'"),
    ],
)
async def test_a_no_to_a_paper_is_not_undone_in_sql(town: Town, state: str, statement: str) -> None:
    sensor = await Sensor.known(town)
    if state == "revoked":
        held = await sensor.licensed()
        await town.hub.transactions.write(
            town.officials["releaser"].name,
            lambda tx: town.hub.standings.revoke(
                tx, town.officials["releaser"], held.id, "the sensor is being repaired"
            ),
        )
    else:
        held = await town.hub.transactions.write(
            town.officials["author"].name,
            lambda tx: town.hub.standings.propose(tx, town.officials["author"], paper(town.clock.now())),
        )
        await sensor.decides(held, "reviewer", "review", "reject")
    entries = await town.hub.db.read(lambda connection: acts.sequence(connection, f"standing/{held.id}"))
    await town.sql(statement.format(last=len(entries)))
    await town.sql("UPDATE standing_authorisations SET state = 'in-force', revoked_at = NULL, revoked_by = NULL")
    taken = await sensor.sends(quake(town.clock.now()))
    assert (taken.stage, rules(taken)) == ("draft", {"acts"})
    await town.rests()
    assert town.sms.counts.received == 0
    assert [kind for kind, _ in await town.alarms()] == ["forged-decision"]
    await ActsPatrol(town.hub.db, town.hub.acts, town.clock).look()
    assert "acts-differ" in {kind for kind, _ in await town.alarms()}


async def test_a_paper_releases_from_its_first_moment_until_before_its_last(town: Town) -> None:
    sensor = await Sensor.known(town)
    start = town.clock.now() + timedelta(hours=1)
    until = start + timedelta(hours=2)
    period = {"valid_from": start, "review_by": until, "valid_until": until}
    await sensor.licensed(**{name: moment.isoformat() for name, moment in period.items()})
    stages = []
    for number, wait in enumerate((3599, 1, 7199, 1)):
        town.clock.advance(wait)
        stages.append((await sensor.sends(quake(town.clock.now(), f"quake-{number}"))).stage)
    assert stages == ["draft", "released", "released", "draft"]


async def test_a_paper_falls_with_a_signer_who_leaves_office(town: Town) -> None:
    sensor = await Sensor.known(town)
    await sensor.licensed()
    await town.sql("UPDATE officials SET active = ? WHERE name = 'signer'", False)
    taken = await sensor.sends(quake(town.clock.now()))
    assert taken.stage == "draft"
    assert "lacks" in taken.why_not[0]["text"]


async def test_a_paper_changed_or_signed_in_sql_releases_nothing_and_raises_an_alarm(town: Town) -> None:
    sensor = await Sensor.known(town)
    held = await sensor.licensed()
    await town.sql("UPDATE standing_decisions SET official = ? WHERE step = 'review'", town.officials["editor"].id)
    taken = await sensor.sends(quake(town.clock.now()))
    assert (taken.stage, rules(taken)) == ("draft", {"standing-seal"})
    await town.sql("UPDATE standing_authorisations SET document = replace(document, '请立即避险', '请勿惊慌')")
    other = await sensor.sends(quake(town.clock.now(), "quake-2", chinese={"instruction": "请勿惊慌。"}))
    assert "standing-digest" in rules(other)
    assert {kind for kind, _ in await town.alarms()} == {"forged-decision"}
    assert held.state == "in-force"


async def test_a_sensor_gone_mad_comes_to_an_end(town: Town) -> None:
    sensor = await Sensor.known(town)
    await sensor.licensed(most_per_hour=2)
    taken = [await sensor.sends(quake(town.clock.now(), f"quake-{number}")) for number in range(3)]
    assert [each.stage for each in taken] == ["released", "released", "draft"]
    assert rules(taken[2]) == {"standing-rate"}
    town.clock.advance(3601)
    assert (await sensor.sends(quake(town.clock.now(), "quake-9"))).stage == "released"


async def test_a_sensor_takes_back_its_own_warning_and_nobody_elses(town: Town) -> None:
    sensor = await Sensor.known(town)
    await sensor.licensed()
    message = quake(town.clock.now())
    taken = await sensor.sends(message)
    await town.rests()
    back = await sensor.sends(cancel_of(message, town.clock.now(), "quake-1-back"))
    assert (back.stage, back.why_not) == ("released", ())
    await town.later_rests()
    await town.inbox("sms").expects(await town.hub.alerts.get(back.alert), town.people("bridge", "river"))
    assert (await town.hub.alerts.get(taken.alert)).stage == "cancelled"


@pytest.mark.parametrize("severity", ["Severe", "Minor"])
async def test_a_sensors_own_cancel_is_judged_by_the_level_it_lifts(town: Town, severity: str) -> None:
    sensor = await Sensor.known(town)
    await sensor.licensed()
    message = quake(town.clock.now())
    await sensor.sends(message)
    await town.rests()
    back = cancel_of(message, town.clock.now(), "quake-1-back")
    back = replace(back, infos=tuple(replace(info, severity=severity) for info in back.infos))
    taken = await sensor.sends(back)
    assert (taken.stage, taken.why_not) == ("released", ())


async def test_an_update_and_a_cancel_of_what_officials_released_need_officials(town: Town) -> None:
    sensor = await Sensor.known(town)
    await sensor.licensed()
    message = quake(town.clock.now())
    mine = await sensor.sends(message)
    await town.sql("UPDATE alerts SET standing = NULL WHERE id = ?", mine.alert)
    back = await sensor.sends(cancel_of(message, town.clock.now(), "quake-1-back"))
    assert (back.stage, rules(back)) == ("draft", {"standing-type"})


async def test_an_old_message_waits_for_an_official(town: Town) -> None:
    sensor = await Sensor.known(town)
    await sensor.licensed()
    message = quake(town.clock.now())
    town.clock.advance(601)
    taken = await sensor.sends(message)
    assert (taken.stage, rules(taken)) == ("draft", {"standing-fresh"})


async def test_a_target_outside_the_units_area_is_refused_at_the_door(town: Town) -> None:
    sensor = await Sensor.known(town)
    county = replace(sensor.caller, unit=replace(sensor.caller.unit, area=BAOTA))
    with pytest.raises(Forbidden) as refused:
        await replace(sensor, caller=county).sends(quake(town.clock.now(), area=ZHIDAN))
    assert refused.value.rule == "LAW-18"


# --- signatures at the door


async def test_a_certificate_inside_the_message_alone_is_untrusted(town: Town) -> None:
    sensor = replace(await Sensor.known(town), pen=pen(town.clock.now()))
    with pytest.raises(Forbidden) as refused:
        await sensor.sends(quake(town.clock.now()), signed=True)
    assert refused.value.rule == "signature-untrusted"


async def test_a_trusted_certificate_beyond_its_area_is_refused_by_another_rule(town: Town) -> None:
    sensor = await Sensor.known(town)
    with pytest.raises(Forbidden) as refused:
        await sensor.sends(quake(town.clock.now(), area=ZHIDAN), signed=True)
    assert refused.value.rule == "signature-outside-area"


async def test_a_word_changed_after_signing_is_broken(town: Town) -> None:
    sensor = await Sensor.known(town)
    signed = sensor.pen.signs(write(quake(town.clock.now())))
    with pytest.raises(Forbidden) as refused:
        await sensor.sends(signed.replace(b"5.6", b"6.5"))
    assert refused.value.rule == "signature-broken"


# --- who may sign and end a paper


async def test_who_wrote_the_paper_does_not_sign_it_and_one_person_signs_once(town: Town) -> None:
    sensor = await Sensor.known(town)
    made = await town.hub.transactions.write(
        town.officials["author"].name,
        lambda tx: town.hub.standings.propose(tx, town.officials["author"], paper(town.clock.now())),
    )
    with pytest.raises(Forbidden) as refused:
        await sensor.decides(made, "author", "sign")
    assert refused.value.rule == "SEP-1"
    once = await sensor.decides(made, "signer", "sign")
    with pytest.raises(Forbidden) as refused:
        await sensor.decides(once, "signer", "sign")
    assert refused.value.rule == "SEP-2"
    assert (await town.hub.transactions.read(lambda tx: town.hub.standings.get(tx, made.id))).state == "proposed"


async def test_a_rejected_paper_is_over(town: Town) -> None:
    sensor = await Sensor.known(town)
    made = await town.hub.transactions.write(
        town.officials["author"].name,
        lambda tx: town.hub.standings.propose(tx, town.officials["author"], paper(town.clock.now())),
    )
    assert (await sensor.decides(made, "reviewer", "review", "reject")).state == "rejected"
    with pytest.raises(Conflict):
        await sensor.decides(made, "signer", "sign")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"grantor": "another office"}, "AUTH-3"),
        ({"grantee": "nobody"}, "service-unknown"),
        ({"areas": ["110101000000"]}, "region-unknown"),
        ({"areas": 5}, "standing-document"),
        ({"areas": "610602000000"}, "standing-document"),
        ({"areas": None}, "standing-document"),
        ({"channels": ["pigeon"]}, "channel-unknown"),
        ({"most_per_hour": 0}, "standing-document"),
        ({"longest_hours": 73}, "standing-document"),
        ({"levels": ["purple"]}, "standing-document"),
        ({"surprise": 1}, "standing-document"),
    ],
)
async def test_a_paper_that_cannot_be_is_refused_when_it_is_proposed(
    town: Town, changes: dict[str, Any], rule: str
) -> None:
    await Sensor.known(town)
    with pytest.raises((Invalid, Forbidden)) as refused:
        await town.hub.transactions.write(
            town.officials["author"].name,
            lambda tx: town.hub.standings.propose(tx, town.officials["author"], paper(town.clock.now(), **changes)),
        )
    assert refused.value.rule == rule


async def test_a_monitor_cannot_revoke_and_a_reason_is_required(town: Town) -> None:
    sensor = await Sensor.known(town)
    held = await sensor.licensed()
    with pytest.raises(Forbidden):
        await town.hub.transactions.write(
            town.officials["monitor"].name,
            lambda tx: town.hub.standings.revoke(tx, town.officials["monitor"], held.id, "why not"),
        )
    with pytest.raises(Invalid):
        await town.hub.transactions.write(
            town.officials["signer"].name,
            lambda tx: town.hub.standings.revoke(tx, town.officials["signer"], held.id, " "),
        )
    assert (await town.hub.transactions.read(lambda tx: town.hub.standings.get(tx, held.id))).state == "in-force"
