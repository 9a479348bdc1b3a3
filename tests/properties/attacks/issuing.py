"""One of two issuers speaks for both; who was only asked speaks at all, or nobody says who was; who stands beside a unit, or above it without a word, takes its draft."""

from __future__ import annotations

from dataclasses import replace

from tests.properties.agency import UNITS, Agency, Text
from tests.properties.attacks.honest import Barred, asked, must, pick, texts
from tests.properties.policy_model import LEVELS, File
from tests.stories.town import BAOTA

LEAD, BESIDE, STATION = (UNITS[number][0] for number in (1, 0, 3))  #: governments of county and city; a weather station
ASKED = "a unit consulted"


async def signs_for(agency: Agency, file: File, unit: str) -> None:
    """The officials of one unit take every step that it owes."""
    while missing := agency.oracle.lacking_of(file, unit):
        step = "review" if "review" in missing else "sign"
        own = [n for n in agency.free(step, file) if agency.accounts[n].unit == unit]
        must(await agency.says(pick(agency, own), file, step))


async def one_of_two_issuers_signs(agency: Agency) -> None:
    """A joint warning whose lead has signed it whole is released: only when the other has, too."""
    text = Text("停电", agency.dice.choice(LEVELS), (BAOTA,))
    clerks = sorted(agency.oracle.clerks.items())
    drafters = [n for n, c in clerks if c.unit == LEAD and "draft" in c.rights and c.active and "sign" not in c.rights]
    file = await agency.drafts(pick(agency, drafters), text, joint=BESIDE)
    if file is None:
        raise Barred
    must(await agency.submits(pick(agency, drafters), file))
    await signs_for(agency, file, LEAD)
    releaser = pick(agency, [n for n in agency.able("release", file) if agency.accounts[n].unit == LEAD])
    for whole in (False, True):
        answer = await agency.releases(releaser, file)
        agency.ledger.notes("a joint warning released", taken=answer.taken)
        if not whole:
            await signs_for(agency, file, BESIDE)


async def a_draft_is_taken_over(agency: Agency) -> None:
    """By a unit beside it, by a superior who gives no reason, and by one who does."""
    file = await asked(agency, texts(agency, "暴雨", area=BAOTA))
    clerks = sorted(agency.oracle.clerks.items())
    drafters = [n for n, c in clerks if "draft" in c.rights and c.active and c.unit != file.unit]
    over = [n for n in drafters if agency.oracle.stands_over(agency.oracle.clerks[n], file.unit)]
    above = [n for n in over if n in agency.able("draft", replace(file, unit=""))]
    if not above:
        raise Barred
    beside = pick(agency, [n for n in drafters if n not in over])
    superior = pick(agency, above)
    for account, reason in ((beside, "联系不上"), (superior, " "), (superior, "联系不上")):
        body = {"version": file.version, "reason": reason}
        answer = await agency.asks(account, "POST", f"/alerts/{file.number}/take-over", json=body)
        if answer.taken:
            agency.oracle.took_over(account, file, reason)
            file.version = answer.body["version"]
        agency.ledger.notes("a draft taken over", taken=answer.taken)
    if file.unit != agency.accounts[superior].unit:
        raise Barred


async def somebody_is_consulted(agency: Agency) -> None:
    """A warning that wants a weather station asked: with nobody named, with a unit of no register, with one named twice;
    who was asked signs nothing. The oracle hears at every submission of whom the signers are told.
    """
    clerks = sorted(agency.oracle.clerks.items())
    drafters = [n for n, c in clerks if c.unit == LEAD and "draft" in c.rights and c.active and "sign" not in c.rights]
    text = Text("山洪", agency.dice.choice(LEVELS), (BAOTA,))
    for named in ("", "山外气象局", LEAD, STATION):
        file = await agency.drafts(pick(agency, drafters), text, consulted=named)
        if named in ("山外气象局", LEAD):
            agency.ledger.notes(ASKED, taken=file is not None)
            continue
        if file is None:
            raise Barred
        must(await agency.submits(pick(agency, drafters), file))
    asked = [n for n, c in clerks if c.unit == STATION and "sign" in c.rights and c.active]
    agency.ledger.notes(ASKED, taken=True)
    answer = await agency.says(pick(agency, asked), file, "sign")
    agency.ledger.notes(ASKED, taken=answer.taken)
