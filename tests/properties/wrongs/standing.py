"""A paper signed beforehand lacks a signature, and is stretched."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.properties import papers
from tests.properties.lending import Paper
from tests.properties.office import Office, Text
from tests.properties.wrongs.honest import (
    SPOTS,
    Barred,
    as_file,
    must,
    pick,
    signatories,
)
from tests.stories.town import BAOTA, BRIDGE, CITY, HILLS, ZHIDAN


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
        await granted(office, paper, but)
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
    await granted(office, paper)
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


async def granted(office: Office, paper: Paper, but: int = 0) -> None:
    """Everybody the policy wants, but so many, signs the paper: people of the grantor, whose power reaches beyond it."""
    clerks = office.arbiter.clerks
    whole = as_file(Text("山洪", "red", (CITY,)))
    while sum((missing := office.arbiter.lacking(paper.most()[0])).values()) > but:
        step, taken = "review" if "review" in missing else "sign", paper.authors | paper.decided
        able = [number for number in office.able(step, whole) if clerks[number].unit == papers.GRANTOR]
        free = [number for number in able if clerks[number].person not in taken]
        must(await papers.grants(office, pick(office, free), paper, step))
