"""A power that is lent is used beyond its paper, by others, before it is signed and after it is revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tests.properties import papers
from tests.properties.agency import UNITS, Agency, Text
from tests.properties.attacks.honest import Barred, must, pick
from tests.properties.lending import DELEGATION, ENTRUSTMENT, Paper
from tests.properties.policy_model import File
from tests.properties.tampering import spoilt_paper, undo_revocation
from tests.stories.town import BAOTA, BRIDGE, RIVER

COUNTY, STATION, TOWNSHIP, CENTRE = (UNITS[number][0] for number in (1, 3, 6, 7))
PUBLISHED, DRAFTED = "a message published for another unit", "a draft under a delegation"
LEVELS = ("orange", "yellow")


@dataclass(frozen=True)
class Loan:
    """What a paper lends: warnings of one event, of some levels, for one township.

    Of the `other` event, at the lowest level and for the whole county the unit that lends may warn as well.
    """

    grantor: str
    event: str
    other: str

    def document(self, agency: Agency, **more: Any) -> dict[str, Any]:
        now = agency.town.clock.now()
        return {
            "name": f"{self.event} {agency.drafted}-{len(agency.oracle.papers)}",
            "document_no": "〔2026〕9号",
            "grantor": self.grantor,
            "events": [self.event],
            "levels": list(LEVELS),
            "areas": [BRIDGE],
            "channels": ["sms"],
            "valid_from": now.isoformat(),
            "valid_until": (now + timedelta(days=2)).isoformat(),
            "review_by": (now + timedelta(days=1)).isoformat(),
        } | more

    def inside(self, agency: Agency) -> Text:
        return Text(self.event, agency.dice.choice(LEVELS), (BRIDGE,))

    def beyond(self, agency: Agency) -> Text:
        """Another event, another level, or another place."""
        text = self.inside(agency)
        elsewhere = replace(text, areas=agency.dice.choice(((RIVER,), (BAOTA,))))
        return agency.dice.choice((replace(text, event=self.other), replace(text, level="blue"), elsewhere))


def of_unit(agency: Agency, unit: str, right: str) -> list[int]:
    """Its officials at work who hold the right."""
    clerks = sorted(agency.oracle.clerks.items())
    return [n for n, c in clerks if c.unit == unit and c.active and right in c.rights and "administer" not in c.rights]


async def lends(agency: Agency, kind: str, document: dict[str, Any]) -> Paper:
    """A paper, proposed by officials of the grantor and not signed yet."""
    drafter = pick(agency, of_unit(agency, document["grantor"], "draft"))
    paper = await papers.proposes_paper(agency, drafter, kind, document)
    if paper is None:
        raise Barred
    return paper


async def is_signed(agency: Agency, paper: Paper) -> None:
    """By officials of the grantor, as many as the policy wants."""
    most = paper.most()[0]
    while missing := agency.oracle.lacking(most):
        step, taken = "review" if "review" in missing else "sign", paper.authors | paper.decided
        own = of_unit(agency, paper.document["grantor"], step)
        free = [n for n in own if agency.oracle.clerks[n].person not in taken and n in agency.able(step, most)]
        must(await papers.grants(agency, pick(agency, free), paper, step))


async def drafts_under(agency: Agency, act: str, by: Sequence[int], text: Text, principal: str = "") -> File | None:
    """A draft by a lent power, or without one; noted as the act, which the oracle judges."""
    file = await agency.drafts(pick(agency, by), text, principal=principal)
    agency.ledger.notes(act, taken=file is not None)
    return file


async def a_centre_publishes_for_another_unit(agency: Agency) -> None:
    """Before the paper is signed, beyond it, by somebody else; within it; when it is revoked, and turned back in SQL."""
    loan = Loan(STATION, "暴雨", "龙卷")
    drafters, releasers = of_unit(agency, CENTRE, "draft"), of_unit(agency, CENTRE, "release")
    paper = await lends(agency, ENTRUSTMENT, loan.document(agency, publisher=CENTRE))
    await drafts_under(agency, PUBLISHED, drafters, loan.inside(agency), STATION)
    await is_signed(agency, paper)
    await drafts_under(agency, PUBLISHED, drafters, loan.beyond(agency), STATION)
    await drafts_under(agency, PUBLISHED, of_unit(agency, COUNTY, "draft"), loan.inside(agency), STATION)
    sent, kept = [await published(agency, drafters, loan.inside(agency)) for _ in range(2)]
    answer = await agency.releases(pick(agency, releasers), sent)
    agency.ledger.notes(PUBLISHED, taken=answer.taken)
    must(answer)
    must(await papers.revokes(agency, pick(agency, of_unit(agency, STATION, "sign")), paper))
    await drafts_under(agency, PUBLISHED, drafters, loan.inside(agency), STATION)
    async with spoilt_paper(agency, paper.number, "entrustment"):
        await undo_revocation(agency, paper.number)
        for by in (releasers, of_unit(agency, STATION, "release")):
            answer = await agency.releases(pick(agency, by), kept, honest=False)
            agency.ledger.notes(PUBLISHED, taken=answer.taken)


async def published(agency: Agency, drafters: Sequence[int], text: Text) -> File:
    """Written by the centre, signed by the station."""
    file = await drafts_under(agency, PUBLISHED, drafters, text, STATION)
    if file is None:
        raise Barred
    must(await agency.submits(pick(agency, drafters), file))
    for_it = [n for n in of_unit(agency, CENTRE, "sign") if agency.oracle.clerks[n].person not in file.authors]
    await agency.says(pick(agency, for_it), file, "sign")  # the centre signs nothing for its principal
    while missing := agency.oracle.lacking(file):
        step = "review" if "review" in missing else "sign"
        must(await agency.says(pick(agency, agency.free(step, file)), file, step))
    return file


async def a_delegation_is_stretched(agency: Agency) -> None:
    """A township drafts what only a county may: before the paper, within it, beyond it, and when it is revoked."""
    loan = Loan(COUNTY, "停电", "山洪")
    drafters = of_unit(agency, TOWNSHIP, "draft")
    acts = agency.dice.choice((["draft"], ["draft", "review", "sign", "release"]))
    paper = await lends(agency, DELEGATION, loan.document(agency, unit=TOWNSHIP, acts=acts))
    await drafts_under(agency, DRAFTED, drafters, loan.inside(agency))
    await is_signed(agency, paper)
    await drafts_under(agency, DRAFTED, drafters, loan.beyond(agency))
    file = await drafts_under(agency, DRAFTED, drafters, loan.inside(agency))
    if file is None:
        raise Barred
    must(await agency.submits(pick(agency, drafters), file))
    await agency.says(pick(agency, of_unit(agency, TOWNSHIP, "review")), file, "review")
    theirs = await agency.drafts(pick(agency, of_unit(agency, COUNTY, "draft")), loan.inside(agency))
    for text in (loan.beyond(agency), loan.inside(agency)):
        if theirs is not None:
            answer = await agency.edits(pick(agency, drafters), theirs, text)
            agency.ledger.notes(DRAFTED, taken=answer.taken)
    must(await papers.revokes(agency, pick(agency, of_unit(agency, COUNTY, "sign")), paper))
    async with spoilt_paper(agency, paper.number, "delegation"):
        await undo_revocation(agency, paper.number)
        await drafts_under(agency, DRAFTED, drafters, loan.inside(agency))
