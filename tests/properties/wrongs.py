"""Wrongs, one at a time: a warning is brought to where one thing stands between it and the people, and that is tried.

Each is done by whoever is best placed to do it: whoever has every right for it but the one that is in question.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import timedelta

from approvals.official import Right
from hub.alert import MsgType
from hub.store import officials
from tests.properties import papers
from tests.properties.arbiter import Paper
from tests.properties.office import UNITS, Answer, Office, Text
from tests.properties.statute import LEVELS, Clerk, File
from tests.properties.tampering import undone
from tests.stories.town import BAOTA, BRIDGE, CITY, HILLS, RIVER, ZHIDAN

Wrong = Callable[[Office], Awaitable[None]]

SPOTS = {BAOTA: ((BAOTA,), (BRIDGE,), (RIVER,)), ZHIDAN: ((ZHIDAN,), (HILLS,)), CITY: ((CITY,), (BAOTA, ZHIDAN))}
SHORT = ("山洪", "龙卷")  #: events for which the way may be shortened, by the policy of the suite
PUBLIC = ("停电", "山洪", "暴雨", "龙卷")


class Barred(Exception):
    """The honest way to the wrong was not open this time: nothing was shown."""


# --- the honest way there


def texts(office: Office, *events: str, level: str = "", area: str = "") -> Text:
    spots = SPOTS[area or office.dice.choice((BAOTA, BAOTA, ZHIDAN, CITY))]
    return Text(office.dice.choice(events or PUBLIC), level or office.dice.choice(LEVELS), office.dice.choice(spots))


def same(file: File, level: str = "") -> Text:
    return Text(file.event, level or file.level, tuple(sorted(file.areas)))


def as_file(text: Text, *before: File) -> File:
    return File(0, text.level, text.event, frozenset(text.areas), "Alert", "", 0.0, list(before))


def pick(office: Office, accounts: Sequence[int]) -> int:
    """One of them. Raises Barred where there is none."""
    if not accounts:
        raise Barred
    return office.dice.choice(accounts)


def must(answer: Answer) -> None:
    if not answer.taken:
        raise Barred


def barred_by(office: Office, why: str, right: str, file: File) -> list[int]:
    """Who has the right, and may not use it here for this reason."""
    clerks = office.arbiter.clerks
    return [number for number in office.unable(right, file) if office.arbiter.may(clerks[number], right, file) == why]


def signatories(office: Office, file: File) -> list[int]:
    """Drafters who, by this or another account, could also decide: the best placed to sign for themselves."""
    clerks = office.arbiter.clerks
    could = {clerks[number].person for step in ("review", "sign") for number in office.able(step, file)}
    return [number for number in office.able("draft", file) if clerks[number].person in could]


async def drafted(office: Office, text: Text) -> File:
    file = await office.drafts(pick(office, signatories(office, as_file(text))), text)
    if file is None:
        raise Barred
    return file


async def asked(office: Office, text: Text | None = None, path: str = "full") -> File:
    """Drafted and submitted by people who could sign it, too."""
    file = await drafted(office, text or texts(office))
    must(await office.submits(pick(office, signatories(office, file)), file, path))
    return file


async def signs(office: Office, file: File, but: int = 0) -> None:
    """Everybody the policy wants, but so many, says yes."""
    while sum((missing := office.arbiter.lacking(file)).values()) > but:
        step = "review" if "review" in missing else "sign"
        must(await office.says(pick(office, office.free(step, file)), file, step))


async def releases(office: Office, file: File, digest: str = "") -> Answer:
    """By somebody who may."""
    return await office.releases(pick(office, office.able("release", file)), file, digest)


async def signed(office: Office, text: Text | None = None, path: str = "full", but: int = 0) -> File:
    file = await asked(office, text, path)
    await signs(office, file, but)
    return file


async def released(office: Office, text: Text | None = None, path: str = "full") -> File:
    file = await signed(office, text, path)
    must(await releases(office, file))
    return file


# --- separation


async def authors_decide(office: Office) -> None:
    """Whoever drafted, edited or submitted it says yes, by the same account or another."""
    text = texts(office)
    file = await drafted(office, text)
    hands, editor = [set(file.authors)], pick(office, office.able("draft", file))
    for act in (lambda account: office.edits(account, file, text), lambda account: office.submits(account, file)):
        before = set(file.authors)
        clerks = office.arbiter.clerks
        must(await act(pick(office, [n for n in signatories(office, file) if clerks[n].person not in before])))
        hands.append(file.authors - before)
        await office.edits(editor, file, text, file.version - 1)  # by a version that somebody has changed since
    for persons in hands:
        for step in ("review", "sign"):
            if mine := [n for n in office.able(step, file) if office.arbiter.clerks[n].person in persons]:
                await office.says(pick(office, mine), file, step)


async def one_person_decides_twice(office: Office) -> None:
    """In another step, by every account they have, whichever came first; also when that one was closed meanwhile."""
    for order in (min, max):
        file = await asked(office)
        clerks = office.arbiter.clerks
        theirs: dict[int, list[int]] = {}
        for number in office.free("sign", file):
            theirs.setdefault(clerks[number].person, []).append(number)
        first = order(theirs[pick(office, [person for person, accounts in theirs.items() if len(accounts) > 1])])
        must(await office.says(first, file, "review" if "review" in clerks[first].rights else "sign"))
        accounts = theirs[clerks[first].person]
        for account in accounts:
            await office.says(account, file, "sign")
        await office.retires(first)
        for account in accounts:
            await office.says(account, file, "sign")
        await office.retires(first, active=True)


async def old_content_is_approved(office: Office) -> None:
    """What was shown is returned, edited and submitted anew; then somebody says yes to what they saw at first."""
    file = await asked(office)
    old = file.digest
    await changes_hands(office, file, edit=True)
    step = office.dice.choice(sorted(office.arbiter.lacking(file)))
    await office.says(pick(office, office.free(step, file)), file, step, digest=old)
    await signs(office, file)
    await releases(office, file, old)


async def old_signatures_are_used(office: Office) -> None:
    """Returned one signature before the end and submitted as it was; the last signature alone is given anew."""
    file = await signed(office, but=1)
    [last] = office.arbiter.lacking(file)
    await changes_hands(office, file, edit=office.chance(0.5))
    await office.says(pick(office, office.free(last, file)), file, last)
    await releases(office, file)


async def changes_hands(office: Office, file: File, *, edit: bool) -> None:
    """Returned, perhaps edited, and submitted again."""
    back = pick(office, office.free("review", file))
    must(await office.says(back, file, "review", verdict="return", reason="地名有误"))
    author = pick(office, office.able("draft", file))
    if edit:
        must(await office.edits(author, file, same(file)))
    must(await office.submits(author, file))


async def no_reason_is_given(office: Office) -> None:
    file = await asked(office)
    for verdict in ("return", "reject"):
        await office.says(pick(office, office.free("review", file)), file, "review", verdict=verdict, reason=" ")


# --- authority


async def strangers_decide(office: Office) -> None:
    """People with the right, elsewhere or of another kind of unit, on every step of the way."""
    for why, event in (("area", "停电"), ("kind", "暴雨")):
        file = await asked(office, texts(office, event, area=BAOTA))
        for step in ("review", "sign"):
            await office.says(pick(office, barred_by(office, why, step, file)), file, step)
        await signs(office, file)
        await office.releases(pick(office, barred_by(office, why, "release", file)), file)
        await office.drafts(pick(office, barred_by(office, why, "draft", file)), same(file))


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


# --- chains


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


# --- the short way


async def the_way_is_shortened_for_all(office: Office) -> None:
    """No rule shortens it for this event."""
    file = await drafted(office, texts(office, "停电"))
    await office.submits(pick(office, office.able("draft", file)), file, "emergency")


async def the_short_way_owes_nothing(office: Office) -> None:
    """Released by one signature; then authors, signers, strangers and nobody at all countersign it."""
    file = await released(office, texts(office, *SHORT), "emergency")
    await papers.shows(office, file)
    clerks, step = office.arbiter.clerks, office.arbiter.skipped(file)
    signer = file.approvals[0][0]
    authors = [number for number in office.able(step, file) if clerks[number].person in file.authors]
    signers = [number for number in office.able(step, file) if clerks[number].person == signer.person]
    for those in (authors, signers, office.unable(step, file)):
        if those:
            await papers.countersigns(office, pick(office, those), file)
    if others := [number for number in signers if number != signer.account]:
        await office.retires(signer.account)
        await papers.countersigns(office, pick(office, others), file)
        await office.retires(signer.account, active=True)
    honest = pick(office, office.free(step, file))
    await papers.countersigns(office, honest, file, digest="fh3:" + "8" * 64)
    await papers.countersigns(office, honest, file, verdict="reject", reason=" ")
    await _falls_due(office, file)
    word = office.dice.choice(({}, {"verdict": "reject", "reason": "不实"}))
    must(await papers.countersigns(office, honest, file, **word))
    await papers.countersigns(office, pick(office, office.free(step, file)), file)
    await papers.shows(office, file)


async def _falls_due(office: Office, file: File) -> None:
    """A moment before, and at the moment."""
    assert file.due is not None
    office.town.clock.advance(file.due - office.now - 1)
    for _ in range(2):
        await office.town.sweeps()
        await papers.shows(office, file)
        office.town.clock.advance(1)


# --- hand-up


async def what_was_handed_up_goes_on(office: Office) -> None:
    """In the inbox nobody may go on with it; a stranger may not adopt it; who handed it up may not sign it after."""
    text = Text("山洪", office.dice.choice(LEVELS), office.dice.choice(SPOTS[CITY]))
    clerks = sorted(office.arbiter.clerks.items())
    below = [n for n, c in clerks if c.unit == "宝塔区人民政府" and "draft" in c.rights and c.active]
    file = await office.drafts(pick(office, below), text, "超出本级权限")
    if file is None:
        raise Barred
    able = office.able("draft", file)
    await office.edits(pick(office, able), file, text)
    await office.submits(pick(office, able), file)
    strange = [number for number in able if office.arbiter.clerks[number].unit != file.inbox]
    await papers.takes_up(office, pick(office, strange), file, "adopt")
    adopter = pick(office, [n for n in able if office.arbiter.clerks[n].unit == file.inbox])
    must(await papers.takes_up(office, adopter, file, "adopt"))
    must(await office.submits(pick(office, office.able("draft", file)), file))
    for number, clerk in clerks:
        if clerk.person in file.authors and "sign" in clerk.rights:
            await office.says(number, file, "sign")
    await signs(office, file)


# --- papers signed beforehand


async def a_paper_lacks_a_signature(office: Office) -> None:
    """Its proposer and strangers sign it; with one signature short the sensor sends."""
    text = Text("山洪", "red", (BRIDGE,))
    clerks = office.arbiter.clerks
    own = [number for number in signatories(office, as_file(text)) if clerks[number].unit == papers.GRANTOR]
    paper = await papers.proposes(office, pick(office, own))
    if paper is None:
        raise Barred
    most = paper.most()[0]
    authors = [number for number in office.able("sign", most) if clerks[number].person in paper.authors]
    others = [number for number in office.able("sign", most) if clerks[number].unit != papers.GRANTOR]
    for those in (authors, others, office.unable("sign", most)):
        if those:
            await papers.grants(office, pick(office, those), paper, "sign")
    for but in (2, 1):
        await _granted(office, paper, but)
        await papers.senses(office, text)
    of_grantor = [number for number in office.able("sign", most) if clerks[number].unit == papers.GRANTOR]
    twice = [number for number in of_grantor if clerks[number].person in paper.decided]
    await papers.grants(office, pick(office, twice), paper, "sign")
    await papers.senses(office, text)


async def a_paper_is_stretched(office: Office) -> None:
    """Everything the paper does not say, and at last what it says, too often and too late."""
    clerks = office.arbiter.clerks
    text = Text("山洪", office.dice.choice(("red", "orange")), office.dice.choice(SPOTS[BAOTA]))
    own = [number for number in office.able("draft", as_file(text)) if clerks[number].unit == papers.GRANTOR]
    paper = await papers.proposes(office, pick(office, own))
    if paper is None:
        raise Barred
    await _granted(office, paper)
    beyond = office.dice.choice(((BAOTA, ZHIDAN), (HILLS,), (CITY,)))
    for other in (replace(text, level="blue"), replace(text, event="停电"), replace(text, areas=beyond)):
        await papers.senses(office, other)
    await papers.senses(office, text, hours=2.5)
    await papers.senses(office, text, words="。速转发")
    gone = office.dice.choice([clerk for clerk, _ in paper.approvals])
    await office.retires(gone.account)
    await papers.senses(office, text)
    await office.retires(gone.account, active=True)
    sent = [await papers.senses(office, text) for _ in range(paper.document["most_per_hour"] + 1)]
    if not any(sent):
        raise Barred
    if office.chance(0.5):
        office.town.clock.advance(3601)
        await papers.revokes(office, pick(office, own), paper)
    else:
        office.town.clock.advance(timedelta(days=3).total_seconds())
    await papers.senses(office, text)


async def _granted(office: Office, paper: Paper, but: int = 0) -> None:
    """Everybody the policy wants, but so many, signs the paper: people of the grantor, whose power reaches beyond it."""
    clerks = office.arbiter.clerks
    whole = as_file(Text("山洪", "red", (CITY,)))
    while sum((missing := office.arbiter.lacking(paper.most()[0])).values()) > but:
        step, taken = "review" if "review" in missing else "sign", paper.authors | paper.decided
        able = [number for number in office.able(step, whole) if clerks[number].unit == papers.GRANTOR]
        free = [number for number in able if clerks[number].person not in taken]
        must(await papers.grants(office, pick(office, free), paper, step))


# --- a hand in the database


async def a_no_is_undone_in_sql(office: Office) -> None:
    """Signed by all, then returned, rejected or withdrawn; the record is turned back, and it is released at once."""
    file = await signed(office)
    digest = file.digest
    if (no := office.dice.choice(("return", "reject", "withdraw"))) == "withdraw":
        must(await office.withdraws(pick(office, office.able("draft", file)), file))
    else:
        back = pick(office, office.free("review", file) + office.free("sign", file))
        step = "review" if back in office.free("review", file) else "sign"
        must(await office.says(back, file, step, verdict=no, reason="地名有误"))
    async with undone(office, file, digest):
        for _ in range(2):
            await releases(office, file, digest)


WRONGS: tuple[Wrong, ...] = (
    authors_decide, one_person_decides_twice, old_content_is_approved, old_signatures_are_used, no_reason_is_given,
    strangers_decide, administrators_act, one_signature_is_missing, a_signer_is_gone, the_warning_is_over,
    something_else_is_released, strangers_continue, strangers_speak_for_it, a_red_warning_is_softened, the_way_is_shortened_for_all,
    the_short_way_owes_nothing, what_was_handed_up_goes_on, a_paper_lacks_a_signature, a_paper_is_stretched,
    a_no_is_undone_in_sql,
)  # fmt: skip
