"""Keys turned, addresses shown, persons erased and old things forgotten, in a town that goes on being warned."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import aiohttp
import orjson
import pytest
from sqlalchemy import Connection, text

from approvals.official import Official, Right
from channels.message import Reply
from hub.access.administration.keys import SETTLED_S, key_kinds
from hub.access.administration.kind import Kind
from hub.app import Hub
from hub.clock import to_ms
from hub.crypto import secret_keys
from hub.crypto.keys import new_secret
from hub.crypto.secret_keys import SecretRing
from hub.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from hub.registry.privacy.disclosure import MOST_AN_HOUR
from hub.settings.settings import RetentionSettings
from hub.store.access import officials as office
from hub.store.access.officials import NewOfficial
from hub.store.records import audit
from hub.store.register import recipients as store
from tests.stories.needles import Needles
from tests.stories.test_no_address_anywhere import kept
from tests.stories.town import Cast, Town

WHY = "a caller asks who was warned"


@pytest.fixture(autouse=True)
def _second_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the keys is a second after the one before."""
    monkeypatch.setattr(secret_keys, "LOOK_EVERY_S", 0.0)


@pytest.fixture
async def town(settle: Callable[[Cast], Awaitable[Town]]) -> Town:
    return await settle(Cast(bridge=4, river=2, hills=1, channels=("sms",)))


async def keeper(town: Town) -> Official:
    new = NewOfficial("keeper", "office", "000000000000", frozenset({Right.REVEAL}), "meteorological")
    return await town.hub.db.write(lambda connection: office.add(connection, new, to_ms(town.clock.now())))


async def audited(town: Town, action: str) -> list[audit.Entry]:
    entries = await town.hub.db.read(lambda connection: list(audit.entries(connection)))
    return [entry for entry in entries if entry.action == action]


def key_kind(town: Town, name: str) -> Kind[object]:
    return next(kind for kind in key_kinds(town.hub.keys) if kind.name == name)


async def retires(town: Town, purpose: str, kid: str) -> None:
    """What two administrators agreed to."""
    kind = key_kind(town, "key-retire")
    payload = kind.read({"purpose": purpose, "kid": kid})
    await town.hub.db.write(lambda connection: kind.execute(connection, payload, to_ms(town.clock.now())))
    kind.finish(payload)


def settled(town: Town, purpose: str, kid: str) -> None:
    """The key was replaced a while ago."""
    long_ago = town.clock.now().timestamp() - SETTLED_S - 1
    os.utime(town.place.directory / "keys" / f"{purpose}-{kid}.key", (long_ago, long_ago))


async def test_both_keys_turn_in_the_middle_of_a_warning_and_the_old_ones_retire_when_nothing_needs_them(
    town: Town,
) -> None:
    flood = await town.warns(channels=("sms",))
    await town.dispatches(most=1)
    elsewhere = {name: SecretRing(town.hub.keys.seal.directory, name) for name in ("seal", "hash")}
    old = {name: ring.current.kid for name, ring in elsewhere.items()}
    for name, ring in elsewhere.items():
        assert ring.rotate(old[name], new_secret).kid != old[name]
        settled(town, name, old[name])
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))
    phone, number = town.phones["bridge-0"], town.ids["bridge-0"]
    await town.hub.inbox.take([Reply("sms", phone, "收到", town.clock.now(), "r1")])
    assert await town.hub.db.read(lambda c: store.by_address(c, town.hub.vault, "sms", phone)) == [number]
    for name in elsewhere:
        with pytest.raises(Conflict) as refused:
            await retires(town, name, old[name])
        assert refused.value.rule == "key-needed"
    told: list[int] = []
    rows = await town.hub.privacy.renewing.run("keeper", told.append)
    assert rows >= sum(told) >= len(town.ids)
    [entry] = await audited(town, "addresses-renewed")
    now = {name: town.hub.keys.secrets[name].current.kid for name in ("seal", "hash")}
    assert (entry.actor, orjson.loads(entry.detail)) == ("keeper", {"rows": rows, **now})
    assert await town.hub.privacy.renewing.count_left() == 0
    for name in elsewhere:
        await retires(town, name, old[name])
    assert [len(ring.current_keys.older) for ring in town.hub.keys.secrets.values()] == [0, 0]
    assert await town.hub.db.read(lambda c: store.by_address(c, town.hub.vault, "sms", phone)) == [number]
    storm = await town.warns(channels=("sms",))
    await town.rests()
    await town.inbox("sms").expects(storm, town.people("bridge", "river"))
    rows = await town.hub.db.read(lambda c: c.execute(text("SELECT recipient FROM feedback")).scalars().all())
    assert rows == [number], "an answer under the old hash is its person's"


async def test_a_key_replaced_a_moment_ago_and_the_one_in_force_do_not_retire(town: Town) -> None:
    ring = town.hub.keys.seal
    old = ring.current.kid
    new = ring.rotate(old, new_secret).kid
    assert ring.rotate(old, new_secret).kid == new, "asked twice it turns once"
    await town.hub.privacy.renewing.run("test")
    for kid, rule in ((old, "key-settling"), (new, "key-in-force"), ("0" * 16, "key-unknown")):
        with pytest.raises(Conflict) as refused:
            await retires(town, "seal", kid)
        assert refused.value.rule == rule


async def test_an_address_is_shown_with_the_right_and_a_reason_and_the_record_says_who_why_and_whose(
    town: Town,
) -> None:
    official, phone, number = await keeper(town), town.phones["bridge-1"], town.ids["bridge-1"]
    token = town.hub.tokens.issue(official.id, official.name, official.rights)
    other = town.officials["monitor"]
    url = f"{town.hub.settings.public_url}/api/v1/recipients/{number}/reveal"
    async with aiohttp.ClientSession() as client:
        body = {"channel": "sms", "reason": f"{WHY}, {phone}"}
        async with client.post(url, json=body, headers={"Authorization": f"Bearer {token}"}) as answer:
            assert (answer.status, await answer.json()) == (200, {"channel": "sms", "address": phone})
        theirs = town.hub.tokens.issue(other.id, other.name, other.rights)
        async with client.post(url, json=body, headers={"Authorization": f"Bearer {theirs}"}) as answer:
            assert answer.status == 403
    [entry] = await audited(town, "address-revealed")
    assert (entry.actor, entry.subject) == ("keeper", f"recipient/{number}")
    assert WHY in entry.detail
    assert not Needles(town.phones.values()).within(await kept(town))


async def erases(hub: Hub, external_id: str, reason: str) -> int:
    return await hub.transactions.write("keeper", lambda tx: hub.privacy.erasing.erase(tx, external_id, reason))


async def test_nobody_reveals_without_right_reason_or_measure(town: Town) -> None:
    official, number = await keeper(town), town.ids["bridge-1"]
    show = town.hub.privacy.disclosure.reveal
    with pytest.raises(Forbidden):
        await show(town.officials["author"], number, "sms", WHY)
    with pytest.raises(Invalid):
        await show(official, number, "sms", " ")
    with pytest.raises(NotFound):
        await show(official, 999, "sms", WHY)
    for _ in range(MOST_AN_HOUR - 1):
        await show(official, number, "sms", WHY)
    with pytest.raises(TooMany):
        await show(official, number, "sms", WHY)
    town.clock.advance(3600)
    assert await show(official, number, "sms", WHY) == town.phones["bridge-1"]
    assert len(await audited(town, "address-revealed")) == MOST_AN_HOUR


async def test_an_official_reveals_nobody_of_another_area_and_a_look_in_vain_is_written_down_and_counts(
    town: Town,
) -> None:
    elsewhere = replace(await keeper(town), area="110000000000")
    show, number = town.hub.privacy.disclosure.reveal, town.ids["bridge-1"]
    for _ in range(MOST_AN_HOUR):
        with pytest.raises(NotFound):
            await show(elsewhere, number, "sms", WHY)
    with pytest.raises(TooMany):
        await show(elsewhere, number, "sms", WHY)
    assert {entry.subject for entry in await audited(town, "refused")} == {f"recipient/{number}"}
    assert await audited(town, "address-revealed") == []


async def notes_export(town: Town, by: Official | None, reason: str, persons: int) -> None:
    disclosure, actor = town.hub.privacy.disclosure, by.name if by else "command line"
    await town.hub.transactions.write(actor, lambda tx: disclosure.note_export(tx, by, reason, persons))


async def test_addresses_leave_only_after_who_took_how_many_and_why_is_written_down(town: Town) -> None:
    official = await keeper(town)

    async def note(by: Official | None, reason: str, persons: int) -> None:
        await notes_export(town, by, reason, persons)

    with pytest.raises(Forbidden) as refused:
        await note(town.officials["author"], WHY, 7)
    assert refused.value.rule == "right"
    with pytest.raises(Invalid):
        await note(official, " ", 7)
    assert await audited(town, "addresses-exported") == []
    await note(official, WHY, 7)
    await note(None, WHY, 5)
    entries = await audited(town, "addresses-exported")
    assert [(entry.actor, orjson.loads(entry.detail)) for entry in entries] == [
        ("keeper", {"persons": 7, "reason": WHY}),
        ("command line", {"persons": 5, "reason": WHY}),
    ]


async def test_who_has_the_machine_takes_no_addresses_once_there_are_two_administrators(town: Town) -> None:
    def appoint(connection: Connection) -> None:
        for name in ("ann", "bob"):
            new = NewOfficial(name, "office", "000000000000", frozenset({Right.ADMINISTER}), "meteorological")
            office.add(connection, new, to_ms(town.clock.now()))

    await town.hub.db.write(appoint)
    with pytest.raises(Forbidden) as refused:
        await notes_export(town, None, WHY, 7)
    assert refused.value.rule == "reveal-official"
    assert await audited(town, "addresses-exported") == []


async def test_who_administers_cannot_hold_the_right_to_reveal(town: Town) -> None:
    new = NewOfficial("both", "office", "000000000000", frozenset({Right.REVEAL, Right.ADMINISTER}), "meteorological")
    with pytest.raises(Invalid) as refused:
        await town.hub.db.write(lambda connection: office.add(connection, new, 1))
    assert refused.value.rule == "rights-apart"


async def test_an_erased_person_gets_nothing_more_is_found_by_nothing_and_comes_back_as_somebody_else(
    town: Town,
) -> None:
    phone, number = town.phones["bridge-2"], town.ids["bridge-2"]
    flood = await town.warns(channels=("sms",))
    await town.rests()
    said = "我在屋顶，请来救我"
    await town.hub.inbox.take([Reply("sms", phone, said, town.clock.now(), "r1")])
    assert await erases(town.hub, "bridge-2", f"asked by letter, {phone}") == number
    storm = await town.warns(channels=("sms",))
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))
    await town.inbox("sms").expects(storm, town.people("bridge", "river") - {"bridge-2"})
    assert await town.hub.db.read(lambda c: store.by_address(c, town.hub.vault, "sms", phone)) == []
    [row] = await town.hub.db.read(lambda c: c.execute(text("SELECT text, recipient, source FROM feedback")).all())
    assert (row.text, row.recipient, bytes(row.source)) == ("", None, b"")
    [entry] = await audited(town, "recipient-erased")
    assert "bridge-2" not in entry.detail
    assert "[number]" in entry.detail
    await town.moves("bridge-2", "610602001000")
    assert await town.hub.db.read(lambda c: store.by_external_id(c, "bridge-2")) not in {None, number}
    report = await town.hub.alerts.report(flood.id)
    assert report["persons"]["targeted"] == 6, "that somebody was warned stays evidence"


async def test_on_sqlite_what_was_erased_is_not_in_the_file_either(town: Town) -> None:
    if not town.place.store_url.startswith("sqlite"):
        pytest.skip("what PostgreSQL leaves in its files is its vacuum's")
    said = "屋顶上的人叫王小明"
    await town.hub.inbox.take([Reply("sms", town.phones["bridge-2"], said, town.clock.now(), "r1")])
    assert said.encode() in await kept(town)
    await erases(town.hub, "bridge-2", "asked by letter")
    await town.hub.aclose()
    left = await kept_closed(town)
    assert said.encode() not in left
    assert b"bridge-2" not in left
    assert b"bridge-1" in left


async def kept_closed(town: Town) -> bytes:
    """The file after the last connection is gone: the log of changes is folded into it."""
    files = town.place.directory.glob("hub.db*")
    return b"".join(file.read_bytes() for file in files if file.is_file())


async def test_retention_says_what_would_go_and_then_it_is_gone_and_evidence_stays(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    await town.rests()
    await town.hub.inbox.take([Reply("sms", town.phones["bridge-0"], "水到门口了", town.clock.now(), "r1")])
    await town.sql("UPDATE alerts SET ended_at = ? WHERE id = ?", to_ms(town.clock.now()), flood.id)
    retention = town.hub.privacy.retention
    assert set((await town.hub.transactions.read(retention.due)).values()) == {0}
    town.clock.advance(366 * 24 * 3600)
    due = await town.hub.transactions.read(retention.due)
    assert due["feedback_texts"] == 1
    assert due["delivery_references"] == 6
    assert (due["deliveries"], due["audiences_covered"]) == (0, 0), "evidence has three years"
    assert due["recipient_lists"] > 0, "what the release was cut into was for the release only"
    assert await retention.apply("test") == due
    assert set((await town.hub.transactions.read(retention.due)).values()) == {0}
    assert set((await town.states(flood, "sms")).values()) == {"DELIVERED"}
    [entry] = await audited(town, "retention-applied")
    assert (entry.actor, orjson.loads(entry.detail)) == ("test", {name: count for name, count in due.items() if count})
    shorter = replace(retention, settings=RetentionSettings(deliveries_days=1.0, receipts_days=1.0))
    until = town.clock.now() + timedelta(days=10)

    async def assesses(day: datetime) -> None:
        await town.hub.transactions.write(
            "keeper", lambda tx: retention.assess(tx, flood.id, day, "an inquiry is open")
        )

    with pytest.raises(Invalid):
        await assesses(town.clock.now())
    await assesses(until)
    assert set((await shorter.apply("test")).values()) == {0}, "somebody has assessed that it is needed"
    town.clock.advance(11 * 24 * 3600)
    gone = await shorter.apply("test")
    assert (gone["deliveries"], gone["audiences_ordered"], gone["audiences_covered"]) == (6, 1, 1)
    [entry] = await audited(town, "retention-assessed")
    assert (entry.actor, entry.subject) == ("keeper", f"alert/{flood.id}")
    assert orjson.loads(entry.detail) == {"until": until.isoformat(), "reason": "an inquiry is open"}
