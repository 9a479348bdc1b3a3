"""One of two issuers speaks for both; who was only asked speaks at all, or nobody says who was; who stands beside a unit, or above it without a word, takes its draft."""

from __future__ import annotations

from dataclasses import replace

from tests.properties.office import UNITS, Office, Text
from tests.properties.statute import LEVELS, File
from tests.properties.wrongs.honest import Barred, asked, must, pick, texts
from tests.stories.town import BAOTA

LEAD, BESIDE, STATION = (UNITS[number][0] for number in (1, 0, 3))  #: governments of county and city; a weather station
ASKED = "a unit consulted"


async def signs_for(office: Office, file: File, unit: str) -> None:
    """The officials of one unit take every step that it owes."""
    while missing := office.arbiter.lacking_of(file, unit):
        step = "review" if "review" in missing else "sign"
        own = [n for n in office.free(step, file) if office.accounts[n].unit == unit]
        must(await office.says(pick(office, own), file, step))


async def one_of_two_issuers_signs(office: Office) -> None:
    """A joint warning whose lead has signed it whole is released: only when the other has, too."""
    text = Text("停电", office.dice.choice(LEVELS), (BAOTA,))
    clerks = sorted(office.arbiter.clerks.items())
    drafters = [n for n, c in clerks if c.unit == LEAD and "draft" in c.rights and c.active and "sign" not in c.rights]
    file = await office.drafts(pick(office, drafters), text, joint=BESIDE)
    if file is None:
        raise Barred
    must(await office.submits(pick(office, drafters), file))
    await signs_for(office, file, LEAD)
    releaser = pick(office, [n for n in office.able("release", file) if office.accounts[n].unit == LEAD])
    for whole in (False, True):
        answer = await office.releases(releaser, file)
        office.ledger.notes("a joint warning released", taken=answer.taken)
        if not whole:
            await signs_for(office, file, BESIDE)


async def a_draft_is_taken_over(office: Office) -> None:
    """By a unit beside it, by a superior who gives no reason, and by one who does."""
    file = await asked(office, texts(office, "暴雨", area=BAOTA))
    clerks = sorted(office.arbiter.clerks.items())
    drafters = [n for n, c in clerks if "draft" in c.rights and c.active and c.unit != file.unit]
    over = [n for n in drafters if office.arbiter.stands_over(office.arbiter.clerks[n], file.unit)]
    above = [n for n in over if n in office.able("draft", replace(file, unit=""))]
    if not above:
        raise Barred
    beside = pick(office, [n for n in drafters if n not in over])
    superior = pick(office, above)
    for account, reason in ((beside, "联系不上"), (superior, " "), (superior, "联系不上")):
        body = {"version": file.version, "reason": reason}
        answer = await office.asks(account, "POST", f"/alerts/{file.number}/take-over", json=body)
        if answer.taken:
            office.arbiter.took_over(account, file, reason)
            file.version = answer.body["version"]
        office.ledger.notes("a draft taken over", taken=answer.taken)
    if file.unit != office.accounts[superior].unit:
        raise Barred


async def somebody_is_consulted(office: Office) -> None:
    """A warning that wants a weather station asked: with nobody named, with a unit of no register, with one named twice;
    who was asked signs nothing. The arbiter hears at every submission of whom the signers are told.
    """
    clerks = sorted(office.arbiter.clerks.items())
    drafters = [n for n, c in clerks if c.unit == LEAD and "draft" in c.rights and c.active and "sign" not in c.rights]
    text = Text("山洪", office.dice.choice(LEVELS), (BAOTA,))
    for named in ("", "山外气象局", LEAD, STATION):
        file = await office.drafts(pick(office, drafters), text, consulted=named)
        if named in ("山外气象局", LEAD):
            office.ledger.notes(ASKED, taken=file is not None)
            continue
        if file is None:
            raise Barred
        must(await office.submits(pick(office, drafters), file))
    asked = [n for n, c in clerks if c.unit == STATION and "sign" in c.rights and c.active]
    office.ledger.notes(ASKED, taken=True)
    answer = await office.says(pick(office, asked), file, "sign")
    office.ledger.notes(ASKED, taken=answer.taken)
