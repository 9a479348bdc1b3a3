"""Afterwards anyone can check who released what, to whom and by which authority, with one file and public keys."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from approvals.pack import PackBroken, PackPart, open_pack, write_pack
from approvals.signed import jwk_set
from hub.alert.alert import Alert
from hub.evidence.verify_pack import judge
from hub.formats.cap.write import write
from tests.stories.cast import SEISMIC_NAMES
from tests.stories.sensor import Sensor, quake
from tests.stories.town import BAOTA, Cast, Town
from tests.stories.warnings import alert_of


async def packed(town: Town, alert: int) -> bytes:
    hub = town.hub
    return await hub.transactions.read(lambda tx: hub.packer.pack(tx, alert))


async def sent_warning(town: Town) -> int:
    """Returned once, so that it has void decisions, then decided, released and delivered."""
    flood = await town.submits(await town.drafts(channels=("sms", "voice")))
    await town.decides(flood, "reviewer", "review")
    draft = await town.decides(flood, "second", "sign", verdict="return", reason="地名有误")
    flood = await town.releases(await town.approves(await town.submits(draft)))
    await town.rests()
    return flood.id


def remade(raw: bytes, change: Callable[[dict[str, object]], object]) -> bytes:
    """The same pack with changed parts, signed by a key of the changer's own that the file names as the hub's."""
    parts = dict(open_pack(raw).parts)
    change(parts)
    thief = Ed25519PrivateKey.generate()
    keys = parts.pop("keys")
    theirs = jwk_set({"thief": thief.public_key()})
    theirs["keys"] += keys["keys"]
    return write_pack([*(PackPart(*each) for each in parts.items()), PackPart("keys", theirs)], thief, "thief")


async def test_a_pack_is_judged_sound_with_public_keys_alone(town: Town) -> None:
    raw = await packed(town, await sent_warning(town))
    keys = {**town.hub.keys.order, **town.hub.keys.record}
    judged = judge(raw, keys)
    assert (judged.flaws, judged.released, judged.own_keys) == ((), True, False)
    assert judge(raw).own_keys is True
    names = list(open_pack(raw).parts)
    assert {"received", "content", "order", "delivery", "rule", "form/sms/zh-CN", "decision/4"} <= set(names)


async def test_a_pack_holds_no_address_and_no_person_of_the_audience(town: Town) -> None:
    text = (await packed(town, await sent_warning(town))).decode()
    assert not [name for name in town.ids if f'"{name}"' in text]
    assert not [phone for phone in town.phones.values() if phone[-8:] in text]


async def test_one_flipped_byte_anywhere_in_a_pack_is_found_and_its_part_named(town: Town) -> None:
    raw = await packed(town, await sent_warning(town))
    names = [*open_pack(raw).parts, "manifest"]
    dice = random.Random(20261121)
    for offset in dice.sample(range(len(raw)), 400):
        flipped = bytearray(raw)
        flipped[offset] ^= 1 << dice.randrange(8)
        with pytest.raises(PackBroken) as found:
            judge(bytes(flipped))
        line = raw[:offset].count(b"\n")
        assert found.value.part in names[line : line + 2], offset


async def countersigned_warning(town: Town, verdict: str = "approve") -> int:
    """Released the short way by one signature, and countersigned."""
    draft = await town.drafts(write(of_event(alert_of(town.clock.now(), "flood", BAOTA), "山洪")), channels=("sms",))
    author, reviewer = town.officials["author"], town.officials["reviewer"]
    view = await town.hub.submission.submit(author, draft.id, draft.version, "emergency")
    view = await town.releases(await town.decides(view, "signer", "sign"))
    await town.hub.countersigning.give(reviewer, view.id, verdict, view.digest or "", "属实")
    return view.id


def of_event(alert: Alert, event: str) -> Alert:
    return replace(alert, infos=tuple(replace(info, event=event) for info in alert.infos))


async def test_every_flipped_byte_of_a_countersignature_is_found_in_the_pack(settle: Any) -> None:
    town: Town = await settle(Cast(kind="water"))
    raw = await packed(town, await countersigned_warning(town))
    keys = {**town.hub.keys.order, **town.hub.keys.record}
    assert judge(raw, keys).flaws == ()
    names = [*open_pack(raw).parts, "manifest"]
    number = names.index("countersignature/1")
    lines = raw.split(b"\n")
    start = sum(len(line) + 1 for line in lines[:number])
    for offset in range(start, start + len(lines[number])):
        flipped = bytearray(raw)
        flipped[offset] ^= 1 << offset % 8
        with pytest.raises(PackBroken) as found:
            open_pack(bytes(flipped), keys)
        assert found.value.part in names[number : number + 2], offset


async def test_a_countersignature_rewritten_by_a_thief_is_not_the_one_that_was_sealed(settle: Any) -> None:
    town: Town = await settle(Cast(kind="water"))
    raw = await packed(town, await countersigned_warning(town))
    changes = {"verdict": "reject", "reason": "不实", "met_at": 1, "official": 1, "seal": ""}
    for field, value in changes.items():
        forged = remade(raw, replaced("countersignature/1", field, value))
        assert "countersignature/1" in {flaw.part for flaw in judge(forged).flaws}, field
    # Whoever signed or wrote may not countersign (SEP-1, SEP-2), whatever account the record names.
    for rule, name in (("SEP-1", "author"), ("SEP-2", "signer")):
        [flaw] = judge(remade(raw, replaced("countersignature/1", "person", town.officials[name].id))).flaws
        assert (flaw.part, flaw.text.partition(":")[0]) == ("countersignature/1", rule)


def replaced(name: str, field: str, value: object) -> Callable[[dict[str, object]], object]:
    return lambda parts: parts.update({name: {**parts[name], field: value}})


@pytest.mark.parametrize(
    ("change", "part", "text"),
    [
        (replaced("form/sms/zh-CN", "body", "一切平安"), "form/sms/zh-CN", "not the one that was frozen"),
        (replaced("decision/3", "step", "sign"), "decision/3", "differs from what was sealed: step"),
        (replaced("decision/4", "official", 1), "decision/4", "SEP-1"),
        (replaced("decision/4", "person", 3), "decision/4", "SEP-2"),
        (replaced("decision/4", "digest", "fh3:0"), "decision/4", "another content"),
        (replaced("audience", "persons", 19), "order", "number of persons"),
        (replaced("rule", "steps", {"review": 1, "sign": 2}), "order", "demands 2 x sign"),
        (replaced("frozen", "digest", "fh3:0"), "frozen", "is not that of the frozen document"),
        (lambda parts: parts["authors"].clear(), "authors", "not those that were frozen"),
        (lambda parts: parts.pop("form/voice/zh-CN"), "form/voice/zh-CN", "is not here"),
        (lambda parts: parts.pop("decision/4"), "order", "that was not taken"),
        (lambda parts: parts.pop("order"), "order", "its order is not here"),
        (lambda parts: parts.pop("act/003"), "act/003", "act 4 stands in its place"),
        (lambda parts: parts.update({"act/002": parts["act/001"]}), "act/002", "stands in its place"),
        (lambda parts: parts.pop("audit/000000003"), "audit/000000003", "missing"),
        (lambda parts: parts["audit/000000002"].update(actor="nobody"), "audit/000000002", "actor"),
        (
            lambda parts: [parts.pop(name) for name in list(parts) if name > "audit/000000004" and "audit" in name],
            "order",
            "does not tell of it",
        ),
    ],
)
async def test_a_pack_made_anew_by_a_thief_contradicts_itself(
    town: Town, change: Callable[[dict[str, object]], object], part: str, text: str
) -> None:
    raw = remade(await packed(town, await sent_warning(town)), change)
    flaws = judge(raw).flaws
    assert [flaw for flaw in flaws if flaw.part == part and text in flaw.text], flaws
    with pytest.raises(PackBroken, match="no key at hand"):
        judge(raw, {**town.hub.keys.order, **town.hub.keys.record})


@pytest.mark.parametrize(
    ("statement", "part", "text"),
    [
        ("UPDATE alerts SET stage = 'approved' WHERE id = {id}", "alert", "its stage is approved, and by the acts"),
        ("DELETE FROM acts WHERE number = {last} AND subject = 'alert/{id}'", "acts", "is not on record"),
        ("DELETE FROM acts WHERE subject = 'alert/{id}'", "act/001", "no act is on record"),
        ("UPDATE alerts SET submission = 1 WHERE id = {id}", "alert", "its submission is 1, and by the acts 2"),
    ],
)
async def test_the_pack_of_a_rejected_warning_turned_back_in_sql_is_not_sound(
    town: Town, statement: str, part: str, text: str
) -> None:
    flood = await town.prepares(channels=("sms",))
    await town.decides(flood, "second", "sign", verdict="return", reason="地名有误")
    again = await town.submits(await town.hub.alerts.get(flood.id))
    await town.decides(again, "second", "sign", verdict="reject", reason="不实")
    assert judge(await packed(town, flood.id)).flaws == ()
    await town.sql(statement.format(id=flood.id, last=len(await town.acts_of(flood))))
    flaws = judge(await packed(town, flood.id)).flaws
    assert [flaw for flaw in flaws if flaw.part == part and text in flaw.text], flaws


async def test_a_decision_forged_in_sql_stands_out_in_the_pack(town: Town) -> None:
    flood = await town.prepares(channels=("sms",))
    await town.sql("UPDATE decisions SET seal = '' WHERE step = 'sign'")
    flaws = judge(await packed(town, flood.id)).flaws
    assert [(flaw.part, flaw.text) for flaw in flaws] == [("decision/2", "it carries no seal")]


async def test_a_pack_of_a_draft_or_a_rejected_warning_says_that_nothing_was_released(town: Town) -> None:
    draft = await town.drafts(channels=("sms",))
    judged = judge(await packed(town, draft.id))
    assert (judged.released, judged.digest, judged.flaws) == (False, "", ())
    rejected = await town.decides(await town.submits(draft), "reviewer", "review", verdict="reject", reason="误报")
    judged = judge(await packed(town, rejected.id))
    assert (judged.released, judged.flaws) == (False, ())
    assert json.loads((await packed(town, rejected.id)).splitlines()[0])["value"]["stage"] == "rejected"


async def test_the_pack_of_a_release_by_a_standing_authorisation_carries_the_paper_and_is_sound(settle: Any) -> None:
    town: Town = await settle(Cast(kind="seismic", names=SEISMIC_NAMES))
    sensor = await Sensor.known(town)
    await sensor.licensed()
    taken = await sensor.sends(quake(town.clock.now()))
    raw = await packed(town, taken.alert)
    assert judge(raw).flaws == ()
    assert open_pack(raw).parts["standing"]["paper"]["id"] == taken.standing["id"]
    forged = remade(raw, lambda parts: parts["standing"]["decisions"][0].update(official=1))
    assert [flaw for flaw in judge(forged).flaws if flaw.part == "standing" and "differs from what was" in flaw.text]
