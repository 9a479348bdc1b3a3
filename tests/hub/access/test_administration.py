"""Four eyes on administration: who asks does not agree, and whatever happens is in the log."""

from __future__ import annotations

from dataclasses import replace

import pytest

from approvals.official import Right
from hub.access.identity.proofs import Proofs
from hub.clock import to_ms
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.settings.settings import AuthSettings
from hub.store.access import officials, units
from hub.store.access.admin_requests import State
from hub.store.records import alarms
from hub.store.register import endpoints, partners, regions
from hub.store.register.regions import NewRegion
from tests.hub.bureau import Bureau

NATION = "000000000000"
OFFICE = {"unit": "Office", "area": NATION, "kind": "government"}
ADMINISTER = frozenset({Right.ADMINISTER})
ROBOT = "https://robot.example.org/send?key=very-secret-key"


async def test_a_right_is_held_only_after_a_second_administrator_agreed(bureau):
    request = await bureau.asks("right-grant", official=bureau.wang.id, right="sign")
    assert not (await bureau.record(bureau.wang)).official.may(Right.SIGN)
    answer = await bureau.office.approve(bureau.bob, request.id, request.digest)
    assert (await bureau.record(bureau.wang)).official.may(Right.SIGN)
    assert (answer.done, answer.request.state, answer.request.decided_by) == (True, "approved", "Bob")
    actor, action, detail = await bureau.last()
    assert (actor, action, detail["digest"]) == ("Bob", "approve-right-grant", request.digest)
    assert detail["requested_by"] == bureau.ann.id


@pytest.mark.parametrize("who", ["ann", "again"])
async def test_case_8_who_asked_cannot_agree_with_whatever_account(bureau, who):
    request = await bureau.asks("right-grant", official=bureau.wang.id, right="sign")
    with pytest.raises(Forbidden) as refused:
        await bureau.office.approve(getattr(bureau, who), request.id, request.digest)
    assert refused.value.rule == "SEP-5"
    assert not (await bureau.record(bureau.wang)).official.may(Right.SIGN)
    _, action, detail = await bureau.last()
    assert (action, detail["rule"]) == ("refuse-approve-request", "SEP-5")


async def test_who_does_not_administer_neither_asks_nor_agrees(bureau):
    with pytest.raises(Forbidden):
        await bureau.asks("right-grant", by=bureau.wang, official=bureau.wang.id, right="sign")
    request = await bureau.asks("right-grant", official=bureau.wang.id, right="sign")
    with pytest.raises(Forbidden) as refused:
        await bureau.office.approve(bureau.wang, request.id, request.digest)
    assert refused.value.rule == "right-missing"


async def test_who_administers_no_more_cannot_agree_with_a_token_of_yesterday(bureau):
    carol = await bureau.enters("Carol", ADMINISTER)
    request = await bureau.asks("right-grant", official=bureau.wang.id, right="sign")
    await bureau.office.propose(bureau.ann, "official-retire", {"official": carol.id})
    with pytest.raises(Forbidden):
        await bureau.office.approve(carol, request.id, request.digest)


async def test_what_somebody_asked_who_administers_no_more_is_not_agreed_to(bureau):
    carol = await bureau.enters("Carol", ADMINISTER)
    request = await bureau.asks("right-grant", by=carol, official=bureau.wang.id, right="sign")
    await bureau.office.propose(bureau.ann, "official-retire", {"official": carol.id})
    with pytest.raises(Conflict) as refused:
        await bureau.office.approve(bureau.bob, request.id, request.digest)
    assert refused.value.rule == "requester-left"


async def test_only_the_request_that_was_shown_is_agreed_to(bureau):
    request = await bureau.asks("right-grant", official=bureau.wang.id, right="sign")
    with pytest.raises(Conflict) as refused:
        await bureau.office.approve(bureau.bob, request.id, "fa:" + "0" * 64)
    assert refused.value.rule == "SEP-3"
    assert [one.id for one in await bureau.office.list_requests(State.PENDING)] == [request.id]


async def test_a_second_request_for_the_same_is_refused_while_the_first_waits(bureau):
    request = await bureau.asks("right-grant", official=bureau.wang.id, right="sign")
    with pytest.raises(Conflict) as refused:
        await bureau.asks("right-grant", by=bureau.bob, official=bureau.wang.id, right="sign")
    assert refused.value.rule == "request-pending"
    await bureau.asks("right-grant", by=bureau.bob, official=bureau.wang.id, right="review")
    await bureau.office.reject(bureau.bob, request.id, "not needed")
    assert await bureau.asks("right-grant", by=bureau.bob, official=bureau.wang.id, right="sign")


async def test_a_second_request_for_something_else_about_the_same_is_told_in_what_the_first_differs(bureau):
    await bureau.asks("unit-open", name="气象局", area=NATION, kind="meteorological")
    with pytest.raises(Conflict, match="waits, with another kind: agree to it or reject it") as refused:
        await bureau.asks("unit-open", name="气象局", area=NATION, kind="government")
    assert refused.value.rule == "request-pending"
    with pytest.raises(Conflict, match="asks for the same already"):
        await bureau.asks("unit-open", name="气象局", area=NATION, kind="meteorological")


async def test_a_request_is_shown_with_the_names_of_its_numbers_and_regions(bureau):
    await bureau.db.write(lambda connection: regions.upsert(connection, [NewRegion(NATION, "全国", None, 0)]))
    request = await bureau.asks("right-grant", official=bureau.wang.id, right="sign")
    assert request.names == {"official": "Wang, Office"}
    opened = await bureau.asks("unit-open", name="气象局", area=NATION, kind="meteorological")
    assert opened.names == {"area": "全国"}
    carol = await bureau.enters("Carol", frozenset({Right.REVIEW}))
    linked = await bureau.asks("account-link", official=bureau.wang.id, account_of=carol.id)
    assert linked.names == {"official": "Wang, Office", "account_of": "Carol, Office"}


async def test_a_request_waits_an_hour_and_no_longer(bureau):
    request = await bureau.asks("right-grant", official=bureau.wang.id, right="sign")
    bureau.clock.advance(3600)
    with pytest.raises(Conflict) as refused:
        await bureau.office.approve(bureau.bob, request.id, request.digest)
    assert refused.value.rule == "request-expired"
    assert [one.state for one in await bureau.office.list_requests()] == ["expired"]
    assert [entry.action for entry in await bureau.log()].count("expire-right-grant") == 1


async def test_an_approved_request_is_not_approved_again(bureau):
    answer = await bureau.does("right-grant", official=bureau.wang.id, right="sign")
    await bureau.office.propose(bureau.ann, "right-revoke", {"official": bureau.wang.id, "right": "sign"})
    with pytest.raises(Conflict) as refused:
        await bureau.office.approve(bureau.bob, answer.request.id, answer.request.digest)
    assert refused.value.rule == "request-closed"
    assert not (await bureau.record(bureau.wang)).official.may(Right.SIGN)


async def test_rejecting_needs_a_reason(bureau):
    request = await bureau.asks("right-grant", official=bureau.wang.id, right="sign")
    with pytest.raises(Invalid) as refused:
        await bureau.office.reject(bureau.bob, request.id, " ")
    assert refused.value.rule == "SEP-7"
    view = await bureau.office.reject(bureau.ann, request.id, "a mistake")
    assert (view.state, view.reason, view.decided_by) == ("rejected", "a mistake", "Ann")


async def test_taking_a_right_away_needs_no_second(bureau):
    answer = await bureau.office.propose(bureau.ann, "right-revoke", {"official": bureau.wang.id, "right": "draft"})
    assert answer.done
    assert not (await bureau.record(bureau.wang)).official.rights
    assert (await bureau.last())[1] == "right-revoke"


async def test_two_administrators_are_always_left(bureau):
    with pytest.raises(Conflict) as refused:
        await bureau.office.propose(bureau.ann, "official-retire", {"official": bureau.bob.id})
    assert refused.value.rule == "administrators-left"
    with pytest.raises(Conflict):
        await bureau.office.propose(bureau.ann, "unit-close", {"name": "Office"})
    with pytest.raises(Conflict):  # two accounts that become one person
        await bureau.asks("account-link", official=bureau.bob.id, account_of=bureau.ann.id)
    assert (await bureau.record(bureau.bob)).active


@pytest.mark.parametrize("right", ["draft", "review", "sign", "release"])
async def test_an_administrator_gets_no_right_on_the_release_path(bureau, right):
    with pytest.raises(Invalid) as refused:
        await bureau.asks("right-grant", official=bureau.bob.id, right=right)
    assert refused.value.rule == "rights-apart"
    payload = {"name": "Bob too", "unit": "Office", "rights": [right], "account_of": bureau.bob.id}
    with pytest.raises(Invalid):  # nor by way of a second account
        await bureau.asks("official-enrol", **payload)


async def test_an_administrator_cannot_be_linked_to_an_account_that_drafts(bureau):
    await bureau.enters("Carol", ADMINISTER)
    with pytest.raises(Invalid) as refused:
        await bureau.asks("account-link", official=bureau.wang.id, account_of=bureau.bob.id)
    assert refused.value.rule == "rights-apart"


async def test_an_official_is_entered_into_the_unit_as_it_is(bureau):
    await bureau.does("unit-open", name="气象局", area=NATION, kind="meteorological")
    answer = await bureau.does("official-enrol", name="Li", unit="气象局", rights=["sign", "review"], office="duty")
    record = await bureau.db.read(lambda connection: officials.by_id(connection, answer.result["official"]))
    assert (record.official.kind, record.official.office, record.active) == ("meteorological", "duty", True)
    with pytest.raises(Conflict) as refused:
        await bureau.asks("official-enrol", name="Xu", unit="气象局", rights=["sign"], kind="government")
    assert refused.value.rule == "unit-kind"


async def test_moving_and_returning_to_office_take_two(bureau):
    await bureau.does("unit-open", name="水利局", area=NATION, kind="water")
    await bureau.does("official-move", official=bureau.wang.id, unit="水利局", office="leader")
    moved = (await bureau.record(bureau.wang)).official
    assert (moved.unit, moved.kind, moved.office) == ("水利局", "water", "leader")
    await bureau.office.propose(bureau.ann, "official-retire", {"official": bureau.wang.id})
    assert not (await bureau.record(bureau.wang)).active
    await bureau.does("official-reinstate", official=bureau.wang.id)
    assert (await bureau.record(bureau.wang)).active


async def test_closing_a_unit_puts_its_people_out_of_office_and_opening_it_takes_two(bureau):
    await bureau.does("unit-open", name="水利局", area=NATION, kind="water")
    await bureau.does("official-move", official=bureau.wang.id, unit="水利局")
    await bureau.office.propose(bureau.ann, "unit-close", {"name": "水利局"})
    assert not (await bureau.record(bureau.wang)).active
    await bureau.does("unit-reopen", name="水利局")
    assert (await bureau.record(bureau.wang)).active
    assert [unit.name for unit in await bureau.db.read(units.everything)] == ["Office", "水利局"]


@pytest.mark.parametrize(
    "url", ["http://robot.example.org/x", "https://10.0.0.1/x", "https://metadata.internal/x", "https://127.1/x"]
)
async def test_an_endpoint_in_our_own_network_is_refused_when_it_is_asked_for(bureau, url):
    with pytest.raises(Invalid) as refused:
        await bureau.asks("endpoint-register", channel="wecom", name="square", url=url)
    assert refused.value.rule == "endpoint-target"
    assert url not in str(refused.value)


async def test_an_address_is_sealed_and_nowhere_shown(bureau):
    request = await bureau.asks("endpoint-register", channel="wecom", name="square", url=ROBOT, secret="sig-secret")
    await bureau.office.approve(bureau.bob, request.id, request.digest)
    [contact] = await bureau.db.read(lambda connection: endpoints.contacts(connection, bureau.vault, [1]))
    assert (contact.target, contact.secret) == (ROBOT, "sig-secret")
    kept = await bureau.db.read(lambda connection: connection.exec_driver_sql("SELECT * FROM admin_requests").all())
    for text in (str(kept), str(await bureau.log()), str(await bureau.office.list_requests())):
        assert "very-secret-key" not in text
        assert "sig-secret" not in text
    assert request.payload["target"].startswith("robot.example.org#")


async def test_a_partner_gets_in_with_the_token_that_was_told_once(bureau):
    answer = await bureau.office.propose(bureau.ann, "partner-register", {"name": "Radio", "push_url": ROBOT})
    assert set(answer.told) == {"token", "secret", "proof_secret"}
    assert await bureau.db.read(partners.list_all) == []
    await bureau.office.approve(bureau.bob, answer.request.id, answer.request.digest)
    [partner] = await bureau.db.read(partners.list_all)
    assert answer.told["token"] not in str(await bureau.log())
    await bureau.office.propose(bureau.bob, "partner-retire", {"partner": partner.id})
    [endpoint] = await bureau.db.read(endpoints.list_all)
    assert not endpoint.active


async def test_an_order_key_is_rotated_by_two_and_revoked_by_one(bureau):
    ring = bureau.keys.order
    old = ring.current.kid
    request = await bureau.asks("key-rotate", purpose="order", kid=old)
    assert ring.current.kid == old
    answer = await bureau.office.approve(bureau.bob, request.id, request.digest)
    assert answer.result["kid"] == ring.current.kid != old
    assert old in ring
    _, action, detail = await bureau.last()
    assert (action, detail) == ("key-rotate-done", {"retired": old, "kid": ring.current.kid})
    with pytest.raises(Conflict) as refused:
        await bureau.asks("key-rotate", purpose="order", kid=old)
    assert refused.value.rule == "key-other"
    await bureau.office.propose(bureau.ann, "key-revoke", {"purpose": "order", "kid": old})
    assert old not in ring
    assert [alarm.kind for alarm in await bureau.db.read(alarms.recent)] == ["key-revoked"]


async def test_the_key_in_force_is_not_revoked(bureau):
    payload = {"purpose": "token", "kid": bureau.keys.token.current.kid}
    with pytest.raises(Conflict) as refused:
        await bureau.office.propose(bureau.ann, "key-revoke", payload)
    assert refused.value.rule == "key-in-force"


@pytest.mark.parametrize(
    ("kind", "payload", "rule"),
    [
        ("right-grunt", {}, "admin-kind"),
        ("right-grant", {"official": 4}, "admin-payload"),
        ("right-grant", {"official": 4, "right": "sign", "by": 1}, "admin-payload"),
        ("right-grant", {"official": "4", "right": "sign"}, "admin-payload"),
        ("right-grant", {"official": 99, "right": "sign"}, "official-unknown"),
        ("official-move", {"official": 4, "unit": "nowhere"}, "unit-unknown"),
        ("unit-open", {"name": "X", "area": "999999999999", "kind": "water"}, "region-unknown"),
        ("unit-open", {"name": "X", "area": NATION, "kind": "fire"}, "kind-unknown"),
        ("official-move", {"official": 4, "unit": "Office", "office": "king"}, "office-unknown"),
        ("endpoint-register", {"channel": "sms", "name": "x", "url": ROBOT}, "endpoint-channel"),
        ("partner-register", {"name": "Radio", "token": "mine"}, "partner-secret"),
    ],
)
async def test_a_request_that_makes_no_sense_is_refused_when_it_is_filed(bureau, kind, payload, rule):
    with pytest.raises((Invalid, NotFound)) as refused:
        await bureau.office.propose(bureau.ann, kind, payload)
    assert refused.value.rule == rule
    assert await bureau.office.list_requests() == ()


async def test_the_machine_enters_two_administrators_and_then_its_door_is_shut(db, clock, tmp_path):
    bureau = Bureau(db, clock, tmp_path)
    for name in ("Ann", "Bob"):
        await bureau.office.bootstrap("official-enrol", {"name": name, **OFFICE, "rights": ["administer"]})
    with pytest.raises(Forbidden) as refused:
        await bureau.office.bootstrap("official-enrol", {"name": "Eve", "unit": "Office", "rights": ["sign"]})
    assert refused.value.rule == "SEP-5"
    assert [entry.action for entry in await bureau.log()] == ["bootstrap-official-enrol"] * 2


async def test_a_refusal_that_stands_in_the_log_says_so_and_is_not_noted_twice(bureau):
    request = await bureau.asks("right-grant", official=bureau.wang.id, right="sign")
    with pytest.raises(Forbidden) as refused:
        await bureau.office.approve(bureau.ann, request.id, request.digest)
    assert refused.value.audited
    assert [entry.action for entry in await bureau.log()].count("refuse-approve-request") == 1


async def test_an_agreement_spends_a_second_factor_shown_for_the_very_request(bureau):
    proofs = Proofs(AuthSettings(), bureau.vault)
    office = replace(bureau.office, proofs=proofs)
    request = await bureau.asks("right-grant", official=bureau.wang.id, right="sign")
    now = to_ms(bureau.clock.now())
    given = {"official": bureau.bob.id, "session": "", "method": "otp", "now_ms": now}
    other = await bureau.db.write(lambda c: proofs.grant(c, digest="fa:" + "0" * 64, **given))
    for proof in ("", other.proof):
        with pytest.raises(Forbidden) as refused:
            await office.approve(bureau.bob, request.id, request.digest, proof)
        assert refused.value.rule == "second-factor"
    mine = await bureau.db.write(lambda c: proofs.grant(c, digest=request.digest, **given))
    answer = await office.approve(bureau.bob, request.id, request.digest, mine.proof)
    assert answer.done
