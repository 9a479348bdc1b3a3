"""Who may not decides all the same, a signature is missing or gone, and something else is released."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace

from approvals.official import Right
from hub.store.access import officials
from tests.properties.office import Office
from tests.properties.statute import Clerk
from tests.properties.wrongs.honest import (
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
from tests.stories.town import BAOTA


async def strangers_decide(office: Office) -> None:
    """People with the right, elsewhere, of another kind of unit, or of one that merely could have issued it."""
    for why, event in (("area", "停电"), ("kind", "暴雨"), ("unit", "停电")):
        file = await asked(office, texts(office, event, area=BAOTA))
        for step in ("review", "sign"):
            stranger = pick(office, barred_by(office, why, step, file))
            for verdict in ("approve", "return", "reject"):
                await office.says(stranger, file, step, verdict=verdict, reason="地名有误")
        await signs(office, file)
        await office.releases(pick(office, barred_by(office, why, "release", file)), file)
        if why != "unit":  # who could have issued it drafts one of its own
            await office.drafts(pick(office, barred_by(office, why, "draft", file)), same(file))


async def strangers_take_it_back(office: Office) -> None:
    """People with the right, elsewhere or of another kind of unit, withdraw it; then one who may."""
    file = await asked(office, texts(office, "暴雨", area=BAOTA))
    for why in ("area", "kind"):
        await office.withdraws(pick(office, barred_by(office, why, "draft", file)), file)
    must(await office.withdraws(pick(office, office.able("draft", file)), file))


async def administrators_act(office: Office) -> None:
    """The administrator of the unit itself, on every step of the way."""
    file = await asked(office)
    clerks = sorted(office.arbiter.clerks.items())
    own = next(number for number, clerk in clerks if clerk.rights == {"administer"} and clerk.unit == file.unit)
    for step in ("review", "sign"):
        await office.says(own, file, step)
    await signs(office, file)
    await office.releases(own, file)
    await office.drafts(own, texts(office))


async def one_signature_is_missing(office: Office) -> None:
    await releases(office, await signed(office, but=1))


async def a_signer_is_gone(office: Office) -> None:
    """Everybody has signed; one of them leaves office, or loses the right, and the release is tried at once."""
    file = await signed(office)
    signer, step = office.dice.choice(file.approvals)
    await office.retires(signer.account)
    await releases(office, file)
    await office.retires(signer.account, active=True)
    await _holds(office, signer, signer.rights - {step} or {"monitor"})
    await releases(office, file)
    await _holds(office, signer, signer.rights)


async def _holds(office: Office, clerk: Clerk, rights: AbstractSet[str]) -> None:
    held = frozenset(map(Right, rights))
    await office.town.hub.db.write(lambda connection: officials.set_rights(connection, clerk.account, held))
    office.arbiter.clerks[clerk.account] = replace(clerk, rights=frozenset(rights))


async def the_warning_is_over(office: Office) -> None:
    """To the very moment at which a signed warning is over, before any sweep saw it."""
    file = await signed(office)
    office.town.clock.advance(max(0.0, file.expires - office.now))
    await releases(office, file)


async def something_else_is_released(office: Office) -> None:
    """By a digest that was never signed; edited after it was signed; again, edited or taken back when it is out."""
    file = await signed(office)
    author = pick(office, office.able("draft", file))
    await releases(office, file, "fh3:" + "7" * 64)
    await office.edits(author, file, same(file))
    must(await releases(office, file))
    await releases(office, file)
    await office.edits(author, file, same(file))
    await office.withdraws(author, file)
