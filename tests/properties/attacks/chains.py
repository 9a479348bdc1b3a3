"""Strangers change or end a warning, or speak for it; its Update softens it; what was referred goes on."""

from __future__ import annotations

from dataclasses import replace

from hub.alert.alert import MsgType
from tests.properties import papers
from tests.properties.agency import UNITS, Agency, Text
from tests.properties.attacks.honest import (
    SPOTS,
    Barred,
    as_file,
    barred_by,
    drafted,
    must,
    pick,
    released,
    releases,
    same,
    signs,
    texts,
)
from tests.properties.policy_model import LEVELS
from tests.stories.town import BAOTA, CITY


async def strangers_continue(agency: Agency) -> None:
    """A unit of the same place that neither issued the warning nor stands above it changes it, or ends it."""
    file = await released(agency, texts(agency, "停电", area=BAOTA))
    stranger = pick(agency, barred_by(agency, "issuer", "draft", as_file(same(file), file)))
    await agency.updates(stranger, file, same(file))
    await agency.cancels(stranger, file)


async def strangers_speak_for_it(agency: Agency) -> None:
    """Their own message names another's warning as the one it changes or ends: so drafted, or edited into it."""
    text = texts(agency, "山洪", area=BAOTA)
    stranger = pick(agency, [n for n in agency.able("draft", as_file(text)) if agency.accounts[n].unit == UNITS[1][0]])
    mine = await agency.drafts(stranger, text)
    if mine is None:
        raise Barred
    must(await agency.submits(stranger, mine))
    await signs(agency, mine)
    must(await releases(agency, mine))
    theirs = await released(agency, text)
    if stranger not in barred_by(agency, "issuer", "draft", as_file(same(theirs), theirs)):
        raise Barred
    draft = await agency.drafts(stranger, same(theirs))
    for msg_type in (MsgType.UPDATE, MsgType.CANCEL):
        for named in ((theirs,), (mine, theirs)):
            await agency.refers(stranger, msg_type, named)
            if draft is not None:
                await agency.refers(stranger, msg_type, named, draft)


async def a_red_warning_is_softened(agency: Agency) -> None:
    """Its Update is blue; the signatures of a blue one are not enough, and a stranger's never are. Nor for its end."""
    file = await released(agency, texts(agency, "停电", level="red", area=BAOTA))
    author = pick(agency, agency.able("draft", as_file(same(file, "blue"), file)))
    update = await agency.updates(author, file, same(file, "blue"))
    if update is None:
        raise Barred
    must(await agency.submits(author, update))
    await agency.says(pick(agency, barred_by(agency, "issuer", "sign", update)), update, "sign")
    await signs(agency, update, but=1)
    await releases(agency, update)
    await signs(agency, update)
    must(await releases(agency, update))
    end = await agency.cancels(author, update)
    if end is None:
        raise Barred
    must(await agency.submits(author, end, agency.dice.choice(("full", "emergency"))))
    await signs(agency, end, but=1)
    await releases(agency, end)
    await signs(agency, end)
    must(await releases(agency, end))
    await papers.shows(agency, end)


async def what_was_referred_goes_on(agency: Agency) -> None:
    """In the inbox nobody may go on with it; a stranger may not adopt it; who referred it may not sign it after."""
    text = Text("山洪", agency.dice.choice(LEVELS), agency.dice.choice(SPOTS[CITY]))
    clerks = sorted(agency.oracle.clerks.items())
    below = [n for n, c in clerks if c.unit == "宝塔区人民政府" and "draft" in c.rights and c.active]
    own = await drafted(agency, Text("停电", "red", (BAOTA,)))
    stranger = [n for n, c in clerks if c.unit not in (own.unit, "延安市人民政府") and "draft" in c.rights and c.active]
    await papers.refers(agency, pick(agency, stranger), own)
    file = await agency.drafts(pick(agency, below), text, "超出本级权限")
    if file is None:
        raise Barred
    able = agency.able("draft", replace(file, unit=""))
    await agency.edits(pick(agency, able), file, text)
    await agency.submits(pick(agency, able), file)
    strange = [number for number in able if agency.oracle.clerks[number].unit != file.inbox]
    await papers.takes_up(agency, pick(agency, strange), file, "adopt")
    adopter = pick(agency, [n for n in able if agency.oracle.clerks[n].unit == file.inbox])
    must(await papers.takes_up(agency, adopter, file, "adopt"))
    must(await agency.edits(adopter, file, text))  # in its own name
    must(await agency.submits(pick(agency, agency.able("draft", file)), file))
    for number, clerk in clerks:
        if clerk.person in file.authors and "sign" in clerk.rights:
            await agency.says(number, file, "sign")
    await signs(agency, file)
