"""Strangers change or end a warning, or speak for it; its Update softens it; what was referred goes on."""

from __future__ import annotations

from dataclasses import replace

from hub.alert.alert import MsgType
from tests.properties import papers
from tests.properties.office import UNITS, Office, Text
from tests.properties.statute import LEVELS
from tests.properties.wrongs.honest import (
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
from tests.stories.town import BAOTA, CITY


async def strangers_continue(office: Office) -> None:
    """A unit of the same place that neither issued the warning nor stands above it changes it, or ends it."""
    file = await released(office, texts(office, "停电", area=BAOTA))
    stranger = pick(office, barred_by(office, "issuer", "draft", as_file(same(file), file)))
    await office.updates(stranger, file, same(file))
    await office.cancels(stranger, file)


async def strangers_speak_for_it(office: Office) -> None:
    """Their own message names another's warning as the one it changes or ends: so drafted, or edited into it."""
    text = texts(office, "山洪", area=BAOTA)
    stranger = pick(office, [n for n in office.able("draft", as_file(text)) if office.accounts[n].unit == UNITS[1][0]])
    mine = await office.drafts(stranger, text)
    if mine is None:
        raise Barred
    must(await office.submits(stranger, mine))
    await signs(office, mine)
    must(await releases(office, mine))
    theirs = await released(office, text)
    if stranger not in barred_by(office, "issuer", "draft", as_file(same(theirs), theirs)):
        raise Barred
    draft = await office.drafts(stranger, same(theirs))
    for msg_type in (MsgType.UPDATE, MsgType.CANCEL):
        for named in ((theirs,), (mine, theirs)):
            await office.refers(stranger, msg_type, named)
            if draft is not None:
                await office.refers(stranger, msg_type, named, draft)


async def a_red_warning_is_softened(office: Office) -> None:
    """Its Update is blue; the signatures of a blue one are not enough, and a stranger's never are. Nor for its end."""
    file = await released(office, texts(office, "停电", level="red", area=BAOTA))
    author = pick(office, office.able("draft", as_file(same(file, "blue"), file)))
    update = await office.updates(author, file, same(file, "blue"))
    if update is None:
        raise Barred
    must(await office.submits(author, update))
    await office.says(pick(office, barred_by(office, "issuer", "sign", update)), update, "sign")
    await signs(office, update, but=1)
    await releases(office, update)
    await signs(office, update)
    must(await releases(office, update))
    end = await office.cancels(author, update)
    if end is None:
        raise Barred
    must(await office.submits(author, end, office.dice.choice(("full", "emergency"))))
    await signs(office, end, but=1)
    await releases(office, end)
    await signs(office, end)
    must(await releases(office, end))
    await papers.shows(office, end)


async def what_was_referred_goes_on(office: Office) -> None:
    """In the inbox nobody may go on with it; a stranger may not adopt it; who referred it may not sign it after."""
    text = Text("山洪", office.dice.choice(LEVELS), office.dice.choice(SPOTS[CITY]))
    clerks = sorted(office.arbiter.clerks.items())
    below = [n for n, c in clerks if c.unit == "宝塔区人民政府" and "draft" in c.rights and c.active]
    own = await drafted(office, Text("停电", "red", (BAOTA,)))
    stranger = [n for n, c in clerks if c.unit not in (own.unit, "延安市人民政府") and "draft" in c.rights and c.active]
    await papers.refers(office, pick(office, stranger), own)
    file = await office.drafts(pick(office, below), text, "超出本级权限")
    if file is None:
        raise Barred
    able = office.able("draft", replace(file, unit=""))
    await office.edits(pick(office, able), file, text)
    await office.submits(pick(office, able), file)
    strange = [number for number in able if office.arbiter.clerks[number].unit != file.inbox]
    await papers.takes_up(office, pick(office, strange), file, "adopt")
    adopter = pick(office, [n for n in able if office.arbiter.clerks[n].unit == file.inbox])
    must(await papers.takes_up(office, adopter, file, "adopt"))
    must(await office.edits(adopter, file, text))  # in its own name
    must(await office.submits(pick(office, office.able("draft", file)), file))
    for number, clerk in clerks:
        if clerk.person in file.authors and "sign" in clerk.rights:
            await office.says(number, file, "sign")
    await signs(office, file)
