"""The duty roster: good lines are kept and bad ones named, its unit keeps it, and no address comes out again."""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from approvals.official import Official, Right
from hub.app import Hub
from hub.crypto.vault import Sealer, VaultRefused
from hub.errors import Forbidden, Invalid, NotFound
from hub.registry.duty_roster.permission import MACHINE
from hub.registry.privacy.renewing import Renewing
from hub.store.register import renewal, roster
from tests.stories.duty import HEADER, Duty, import_roster
from tests.stories.town import BAOTA, CITY, ZHIDAN, Cast

UNIT = Cast(bridge=1, river=0, hills=0, officials_of=BAOTA)
CSV = {"Content-Type": "text/csv"}


async def test_a_unit_keeps_its_own_roster_and_no_other(settle) -> None:
    duty = Duty(await settle(UNIT))
    await duty.appoints("head", "office", BAOTA, Right.MONITOR, kind="meteorological", office="leader")
    await duty.appoints("admin", "city", CITY, Right.ADMINISTER, kind="meteorological")
    await duty.appoints("stranger", "zhidan", ZHIDAN, Right.ADMINISTER, kind="meteorological", office="leader")
    for keeper in ("head", "admin"):
        status, report = await duty.asks(
            keeper, "POST", "/roster/import", data=(HEADER + duty.line("signer")).encode(), headers=CSV
        )
        assert (status, report["shifts"], report["contacts"], report["refused"]) == (200, 1, 1, [])
    for other in ("stranger", "signer"):
        status, report = await duty.asks(
            other, "POST", "/roster/import", data=(HEADER + duty.line("reviewer")).encode(), headers=CSV
        )
        assert (status, report["shifts"]) == (200, 0)
        assert [(row["row"], row["column"]) for row in report["refused"]] == [(2, "unit")]
    # Everybody says how they are called themselves, and puts nobody on duty, themselves neither.
    assert (await duty.asks("signer", "PUT", "/roster", json={"official": "signer", "sms": "13812345678"}))[0] == 200
    shift = {"official": "signer", "from": "2026-07-12 08:00", "until": "2026-07-12 20:00"}
    assert (await duty.asks("signer", "PUT", "/roster", json=shift))[0] == 403
    assert (await duty.asks("signer", "PUT", "/roster", json={"official": "reviewer", "sms": "13812345678"}))[0] == 403
    status, rows = await duty.asks("monitor", "GET", "/roster?unit=office")
    assert (status, [(row["official"], row["role"], row["media"]) for row in rows]) == (
        200,
        [("signer", "duty", ["sms"])],
    )
    assert (await duty.asks("signer", "POST", f"/roster/shifts/{rows[0]['id']}/remove"))[0] == 403
    assert (await duty.asks("head", "POST", f"/roster/shifts/{rows[0]['id']}/remove"))[0] == 200
    assert (await duty.asks("monitor", "GET", "/roster"))[1] == []


async def test_without_the_question_whose_roster_it_is_a_stranger_would_write_it(settle, monkeypatch) -> None:
    duty = Duty(await settle(UNIT))
    stranger = await duty.appoints("stranger", "zhidan", ZHIDAN, Right.ADMINISTER, kind="meteorological")
    text = HEADER + duty.line("signer")
    assert (await import_roster(duty.town.hub, stranger, text)).shifts == 0
    monkeypatch.setattr("hub.registry.duty_roster.permission.keeps_roster", lambda *_: True)
    assert (await import_roster(duty.town.hub, stranger, text)).shifts == 1


HOSTILE = (
    ("nobody,2026-07-12 08:00,2026-07-12 20:00,duty,1,,", "official"),
    (",2026-07-12 08:00,2026-07-12 20:00,duty,1,,", "official"),
    ("signer,2026-07-12 20:00,2026-07-12 08:00,duty,1,,", "until"),
    ("signer,2026-07-12 08:00,2062-07-12 20:00,duty,1,,", "until"),
    ("signer,0001-01-01 00:00,0001-01-01 08:00,duty,1,,", "from"),
    ("signer,yesterday,2026-07-12 20:00,duty,1,,", "from"),
    ("signer,2026-07-12 08:00,,duty,1,,", "until"),
    ("signer,2026-07-12 08:00,2026-07-12 20:00,king,1,,", "role"),
    ("signer,2026-07-12 08:00,2026-07-12 20:00,duty,0,,", "order"),
    ("signer,2026-07-12 08:00,2026-07-12 20:00,duty,１,,", "order"),
    ("signer,,,duty,,13812345678,", "from"),
    ("signer,,,,,12,", "sms"),
    ("signer,,,,,,+86138123456789012", "voice"),
    ("signer,,,,,,", "row"),
    ("signer,2026-07-12 08:00", "row"),
    ('signer,"2026-07-12 08:00,,,,,', "row"),
    ("sig\0ner,,,,,13812345678,", "row"),
    ("x" * 9000 + ",,,,,13812345678,", "row"),
    ("sig\udcffner,,,,,13812345678,", "row"),
)


async def test_a_hostile_line_costs_itself_and_nothing_else(settle) -> None:
    duty = Duty(await settle(UNIT))
    lines = "".join(line + "\n" for line, _ in HOSTILE)
    report = await import_roster(duty.town.hub, None, HEADER + duty.line("signer") + lines + duty.line("reviewer"))
    assert (report.read, report.shifts, report.contacts) == (len(HOSTILE) + 2, 2, 2)
    wanted = [(row, column) for row, (_, column) in enumerate(HOSTILE, 3)]
    assert [(refused.row, refused.column) for refused in report.refused] == wanted
    assert not any("138123" in refused.rule for refused in report.refused)


async def test_a_file_without_a_header_we_know_keeps_nothing(settle) -> None:
    duty = Duty(await settle(UNIT))
    for header in ("", "official,official", "from,until", "official,rights", "official,\u202e"):
        with pytest.raises(Invalid):
            await import_roster(duty.town.hub, None, f"{header}\nsigner,\n")


async def test_a_shift_entered_again_is_replaced_and_times_without_an_offset_are_beijings(settle) -> None:
    hub = (await settle(UNIT)).hub
    shift = {"official": "signer", "from": "2026-07-12 08:00", "until": "2026-07-12 20:00"}
    await hub.transactions.write(MACHINE, partial(hub.roster.put, actor=None, cells=shift))
    again = {**shift, "from": "2026-07-12T00:00:00Z", "role": "带班领导", "order": "2"}
    await hub.transactions.write(MACHINE, partial(hub.roster.put, actor=None, cells=again))
    (row,) = await hub.transactions.read(lambda tx: hub.roster.list_shifts(tx, None, *_day(2026, 7, 12)))
    assert (row.role, row.order, row.begins.isoformat()) == ("leader", 2, "2026-07-12T00:00:00+00:00")


async def test_once_there_are_two_administrators_the_machine_alone_keeps_no_roster(settle) -> None:
    duty = Duty(await settle(UNIT))
    await duty.rosters(duty.line("signer"))
    await duty.appoints("first", "office", BAOTA, Right.ADMINISTER, kind="meteorological")
    await duty.appoints("other", "office", BAOTA, Right.ADMINISTER, kind="meteorological")
    with pytest.raises(Forbidden):
        await import_roster(duty.town.hub, None, HEADER + duty.line("reviewer"))


async def test_no_number_of_an_official_is_readable_in_the_database_in_an_answer_or_in_a_log(settle, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    duty = Duty(await settle(UNIT))
    await duty.appoints("head", "office", BAOTA, Right.MONITOR, kind="meteorological", office="leader")
    file = (HEADER + duty.line("signer") + "signer,,,,,138123400,\n").encode()
    told = [await duty.asks("head", "POST", "/roster/import", data=file, headers=CSV)]
    told.append(await duty.asks("head", "PUT", "/roster", json={"official": "signer", "voice": duty.number("signer")}))
    told.append(await duty.asks("head", "GET", "/roster"))
    for text in (repr(told), caplog.text, await duty.stored()):
        assert "138123400" not in text


async def test_a_rotation_of_keys_takes_the_contacts_of_officials_along(settle) -> None:
    duty = Duty(await settle(UNIT))
    await duty.rosters(duty.line("signer"))
    hub = duty.town.hub
    old = _rotate(hub)
    assert await _needing(hub, old) == [1, 1]
    await Renewing(hub.db, hub.clock, hub.vault).run("test")
    assert await _needing(hub, old) == [0, 0]
    number = duty.number("signer")
    holders = await hub.db.read(lambda c: roster.holders(c, "sms", hub.vault.fingerprints("sms", number)))
    assert holders == (duty.town.officials["signer"].id,)


@pytest.mark.parametrize(("column", "value"), [("role", "king"), ("from_at", -1), ("official", 999)])
async def test_a_shift_that_somebody_wrote_by_hand_is_taken_out_by_who_keeps_the_roster(
    settle, column: str, value: object
) -> None:
    duty = Duty(await settle(UNIT))
    await duty.appoints("admin", "city", CITY, Right.ADMINISTER, kind="meteorological")
    await duty.appoints("stranger", "zhidan", ZHIDAN, Right.MONITOR, kind="meteorological", office="leader")
    await duty.rosters(duty.line("signer"))
    await duty.town.sql(f"UPDATE shifts SET {column} = ? WHERE id = 1", value)
    hub = duty.town.hub

    async def remove(by: Official, number: int) -> None:
        await hub.transactions.write(by.name, lambda tx: hub.roster.remove(tx, by, number))

    with pytest.raises(Forbidden):
        await remove(duty.town.officials["stranger"], 1)
    await remove(duty.town.officials["admin"], 1)
    with pytest.raises(NotFound):
        await remove(duty.town.officials["admin"], 1)


@pytest.mark.parametrize("sealed", ["x", b"\0" * 40], ids=["a word", "bytes of no key"])
async def test_a_contact_that_does_not_open_stops_no_rotation(settle, sealed: str | bytes) -> None:
    old, hub = await _rotates_with(settle, sealed)
    assert await _needing(hub, old) == [1, 1]
    await Renewing(hub.db, hub.clock, hub.vault).run("test")
    assert await _needing(hub, old) == [0, 0]


async def test_without_passing_over_it_a_contact_that_does_not_open_stops_the_rotation(
    settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sealer, "try_open", Sealer.open)
    _, hub = await _rotates_with(settle, b"\0" * 40)
    with pytest.raises(VaultRefused):
        await Renewing(hub.db, hub.clock, hub.vault).run("test")


async def _rotates_with(settle: Any, sealed: str | bytes) -> tuple[Sealer, Hub]:
    """The keys are rotated where one contact opens, and another was written by hand. The keys of before, and the hub."""
    duty = Duty(await settle(UNIT))
    await duty.rosters(duty.line("reviewer"), duty.line("signer"))
    if isinstance(sealed, str) and duty.town.hub.db.dialect != "sqlite":
        pytest.skip("PostgreSQL keeps no word in a column of bytes")
    mine = duty.town.officials["reviewer"].id
    await duty.town.sql("UPDATE official_contacts SET sealed = ? WHERE official = ?", sealed, mine)
    return _rotate(duty.town.hub), duty.town.hub


def _rotate(hub: Hub) -> Sealer:
    """New keys to seal and to hash with; those of before."""
    old = hub.vault.box
    for ring, kid in ((hub.keys.seal, old.seal_kid), (hub.keys.hash, old.hash_kid)):
        ring.rotate(kid, lambda: secrets.token_bytes(32))
    return old


async def _needing(hub: Hub, old: Sealer) -> list[int]:
    """Contacts that still need the old seal key, and the old hash key."""
    box = hub.vault.box
    kids = {"seal": old.seal_kid, "hash": old.hash_kid}
    found = [await hub.db.read(lambda c, each=each: renewal.needs(c, *each, box)) for each in kids.items()]
    return [needed.get("official_contacts", 0) for needed in found]


def _day(*date: int) -> tuple[datetime, datetime]:
    start = datetime(*date, tzinfo=UTC)
    return start, start + timedelta(days=1)
