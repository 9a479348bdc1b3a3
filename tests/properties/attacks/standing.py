"""A paper signed beforehand lacks a signature, and is stretched."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.properties import papers
from tests.properties.agency import Agency, Text
from tests.properties.attacks.honest import (
    SPOTS,
    Barred,
    as_file,
    must,
    pick,
    signatories,
)
from tests.properties.lending import Paper
from tests.stories.town import BAOTA, BRIDGE, CITY, HILLS, ZHIDAN


async def a_paper_lacks_a_signature(agency: Agency) -> None:
    """Its proposer and strangers sign it; with one signature short the sensor sends."""
    text = Text("山洪", "red", (BRIDGE,))
    clerks = agency.oracle.clerks
    own = [number for number in signatories(agency, as_file(text)) if clerks[number].unit == papers.GRANTOR]
    paper = await papers.proposes(agency, pick(agency, own))
    if paper is None:
        raise Barred
    most = paper.most()[0]
    authors = [number for number in agency.able("sign", most) if clerks[number].person in paper.authors]
    others = [number for number in agency.able("sign", most) if clerks[number].unit != papers.GRANTOR]
    for those in (authors, others, agency.unable("sign", most)):
        if those:
            await papers.grants(agency, pick(agency, those), paper, "sign")
    for but in (2, 1):
        await granted(agency, paper, but)
        await papers.senses(agency, text)
    of_grantor = [number for number in agency.able("sign", most) if clerks[number].unit == papers.GRANTOR]
    twice = [number for number in of_grantor if clerks[number].person in paper.decided]
    await papers.grants(agency, pick(agency, twice), paper, "sign")
    await papers.senses(agency, text)


async def a_paper_is_stretched(agency: Agency) -> None:
    """Everything the paper does not say, and at last what it says, too often and too late."""
    clerks = agency.oracle.clerks
    text = Text("山洪", agency.dice.choice(("red", "orange")), agency.dice.choice(SPOTS[BAOTA]))
    own = [number for number in agency.able("draft", as_file(text)) if clerks[number].unit == papers.GRANTOR]
    paper = await papers.proposes(agency, pick(agency, own))
    if paper is None:
        raise Barred
    await granted(agency, paper)
    beyond = agency.dice.choice(((BAOTA, ZHIDAN), (HILLS,), (CITY,)))
    for other in (replace(text, level="blue"), replace(text, event="停电"), replace(text, areas=beyond)):
        await papers.senses(agency, other)
    await papers.senses(agency, text, hours=2.5)
    await papers.senses(agency, text, words="。速转发")
    gone = agency.dice.choice([clerk for clerk, _ in paper.approvals])
    await agency.retires(gone.account)
    await papers.senses(agency, text)
    await agency.retires(gone.account, active=True)
    sent = [await papers.senses(agency, text) for _ in range(paper.document["most_per_hour"] + 1)]
    if not any(sent):
        raise Barred
    if agency.chance(0.5):
        agency.town.clock.advance(3601)
        await papers.revokes(agency, pick(agency, own), paper)
    else:
        agency.town.clock.advance(timedelta(days=3).total_seconds())
    await papers.senses(agency, text)


async def granted(agency: Agency, paper: Paper, but: int = 0) -> None:
    """Everybody the policy wants, but so many, signs the paper: people of the grantor, whose power reaches beyond it."""
    clerks = agency.oracle.clerks
    whole = as_file(Text("山洪", "red", (CITY,)))
    while sum((missing := agency.oracle.lacking(paper.most()[0])).values()) > but:
        step, taken = "review" if "review" in missing else "sign", paper.authors | paper.decided
        able = [number for number in agency.able(step, whole) if clerks[number].unit == papers.GRANTOR]
        free = [number for number in able if clerks[number].person not in taken]
        must(await papers.grants(agency, pick(agency, free), paper, step))
