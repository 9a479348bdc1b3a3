"""Everybody can ask who must still sign a warning, and what they may do themselves."""

from __future__ import annotations

from approvals.official import Official, Right
from hub.dossier.authority import AlertAuthority
from tests.stories.town import BAOTA, Town
from tests.stories.warnings import because


async def test_every_step_says_how_many_are_still_wanted_and_what_the_caller_may_do(town: Town) -> None:
    flood = await town.submits(await town.drafts(channels=("sms",)))

    async def ask(official: Official, alert: int) -> AlertAuthority:
        return await town.hub.transactions.read(lambda tx: town.hub.authority.of_alert(tx, official, alert))

    before = await ask(town.officials["signer"], flood.id)
    assert [(step.step, step.wanted, step.missing) for step in before.steps] == [("review", 1, 1), ("sign", 1, 1)]
    assert (before.rule, before.path, before.emergency) == ("MET-30", "full", None)
    assert {act: told.answer for act, told in before.you.items()} == {
        "draft": "denied",
        "review": "denied",
        "sign": "allowed",
        "release": "denied",
    }
    await town.decides(flood, "signer", "sign")
    after = await ask(town.officials["signer"], flood.id)
    assert [(step.step, step.missing) for step in after.steps] == [("review", 1), ("sign", 0)]
    assert after.you["sign"].rule == "SEP-2"
    assert (await ask(town.officials["author"], flood.id)).you["sign"].rule == "SEP-1"


async def test_a_cancel_may_be_shortened_and_owes_its_paper(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    cancel = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("over"))
    told = await town.hub.transactions.read(
        lambda tx: town.hub.authority.of_alert(tx, town.officials["signer"], cancel.id)
    )
    assert told.emergency is not None
    assert (dict(told.emergency.steps), told.emergency.countersign_minutes) == ({"sign": 1}, 120)


async def test_another_unit_may_not_end_the_warning_of_the_one_that_issued_it(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    cancel = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("over"))
    await town.sql("INSERT INTO units (name, area, kind, active, created_at) VALUES ('other', ?, 'meteorological', ?, 1)", BAOTA, True)  # fmt: skip
    await town.sql("UPDATE officials SET unit = 'other', area = ? WHERE name = 'signer'", BAOTA)
    told = await town.hub.transactions.read(
        lambda tx: town.hub.authority.explain_alert(tx, "signer", cancel.id, Right.SIGN)
    )
    assert (told.answer, told.rule) == ("denied", "UNIT")
    assert (
        await town.hub.transactions.read(
            lambda tx: town.hub.authority.explain_alert(tx, "second", cancel.id, Right.SIGN)
        )
    ).answer == "allowed"
