"""Who may not decides all the same, a signature is missing or gone, and something else is released."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace

from approvals.official import Right
from hub.store.access import officials
from tests.properties.agency import Agency
from tests.properties.attacks.honest import (
    asked,
    barred_by,
    must,
    pick,
    releases,
    same,
    signed,
    signs,
    texts,
)
from tests.properties.policy_model import Clerk
from tests.stories.town import BAOTA


async def strangers_decide(agency: Agency) -> None:
    """People with the right, elsewhere, of another kind of unit, or of one that merely could have issued it."""
    for why, event in (("area", "停电"), ("kind", "暴雨"), ("unit", "停电")):
        file = await asked(agency, texts(agency, event, area=BAOTA))
        for step in ("review", "sign"):
            stranger = pick(agency, barred_by(agency, why, step, file))
            for verdict in ("approve", "return", "reject"):
                await agency.says(stranger, file, step, verdict=verdict, reason="地名有误")
        await signs(agency, file)
        await agency.releases(pick(agency, barred_by(agency, why, "release", file)), file)
        if why != "unit":  # who could have issued it drafts one of its own
            await agency.drafts(pick(agency, barred_by(agency, why, "draft", file)), same(file))


async def strangers_take_it_back(agency: Agency) -> None:
    """People with the right, elsewhere or of another kind of unit, withdraw it; then one who may."""
    file = await asked(agency, texts(agency, "暴雨", area=BAOTA))
    for why in ("area", "kind"):
        await agency.withdraws(pick(agency, barred_by(agency, why, "draft", file)), file)
    must(await agency.withdraws(pick(agency, agency.able("draft", file)), file))


async def administrators_act(agency: Agency) -> None:
    """The administrator of the unit itself, on every step of the way."""
    file = await asked(agency)
    clerks = sorted(agency.oracle.clerks.items())
    own = next(number for number, clerk in clerks if clerk.rights == {"administer"} and clerk.unit == file.unit)
    for step in ("review", "sign"):
        await agency.says(own, file, step)
    await signs(agency, file)
    await agency.releases(own, file)
    await agency.drafts(own, texts(agency))


async def one_signature_is_missing(agency: Agency) -> None:
    await releases(agency, await signed(agency, but=1))


async def a_signer_is_gone(agency: Agency) -> None:
    """Everybody has signed; one of them leaves office, or loses the right, and the release is tried at once."""
    file = await signed(agency)
    signer, step = agency.dice.choice(file.approvals)
    await agency.retires(signer.account)
    await releases(agency, file)
    await agency.retires(signer.account, active=True)
    await _holds(agency, signer, signer.rights - {step} or {"monitor"})
    await releases(agency, file)
    await _holds(agency, signer, signer.rights)


async def _holds(agency: Agency, clerk: Clerk, rights: AbstractSet[str]) -> None:
    held = frozenset(map(Right, rights))
    await agency.town.hub.db.write(lambda connection: officials.set_rights(connection, clerk.account, held))
    agency.oracle.clerks[clerk.account] = replace(clerk, rights=frozenset(rights))


async def the_warning_is_over(agency: Agency) -> None:
    """To the very moment at which a signed warning is over, before any sweep saw it."""
    file = await signed(agency)
    agency.town.clock.advance(max(0.0, file.expires - agency.now))
    await releases(agency, file)


async def something_else_is_released(agency: Agency) -> None:
    """By a digest that was never signed; edited after it was signed; again, edited or taken back when it is out."""
    file = await signed(agency)
    author = pick(agency, agency.able("draft", file))
    await releases(agency, file, "fh3:" + "7" * 64)
    await agency.edits(author, file, same(file))
    must(await releases(agency, file))
    await releases(agency, file)
    await agency.edits(author, file, same(file))
    await agency.withdraws(author, file)
