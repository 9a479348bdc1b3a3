"""A power that is lent is used beyond its paper, by others, before it is signed and after it is revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tests.properties import papers
from tests.properties.lending import DELEGATION, ENTRUSTMENT, Paper
from tests.properties.office import UNITS, Office, Text
from tests.properties.statute import File
from tests.properties.tampering import spoilt_paper, undo_revocation
from tests.properties.wrongs.honest import Barred, must, pick
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

    def document(self, office: Office, **more: Any) -> dict[str, Any]:
        now = office.town.clock.now()
        return {
            "name": f"{self.event} {office.drafted}-{len(office.arbiter.papers)}",
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

    def inside(self, office: Office) -> Text:
        return Text(self.event, office.dice.choice(LEVELS), (BRIDGE,))

    def beyond(self, office: Office) -> Text:
        """Another event, another level, or another place."""
        text = self.inside(office)
        elsewhere = replace(text, areas=office.dice.choice(((RIVER,), (BAOTA,))))
        return office.dice.choice((replace(text, event=self.other), replace(text, level="blue"), elsewhere))


def of_unit(office: Office, unit: str, right: str) -> list[int]:
    """Its officials at work who hold the right."""
    clerks = sorted(office.arbiter.clerks.items())
    return [n for n, c in clerks if c.unit == unit and c.active and right in c.rights and "administer" not in c.rights]


async def lends(office: Office, kind: str, document: dict[str, Any]) -> Paper:
    """A paper, proposed by officials of the grantor and not signed yet."""
    drafter = pick(office, of_unit(office, document["grantor"], "draft"))
    paper = await papers.proposes_paper(office, drafter, kind, document)
    if paper is None:
        raise Barred
    return paper


async def is_signed(office: Office, paper: Paper) -> None:
    """By officials of the grantor, as many as the policy wants."""
    most = paper.most()[0]
    while missing := office.arbiter.lacking(most):
        step, taken = "review" if "review" in missing else "sign", paper.authors | paper.decided
        own = of_unit(office, paper.document["grantor"], step)
        free = [n for n in own if office.arbiter.clerks[n].person not in taken and n in office.able(step, most)]
        must(await papers.grants(office, pick(office, free), paper, step))


async def drafts_under(office: Office, act: str, by: Sequence[int], text: Text, principal: str = "") -> File | None:
    """A draft by a lent power, or without one; noted as the act, which the arbiter judges."""
    file = await office.drafts(pick(office, by), text, principal=principal)
    office.ledger.notes(act, taken=file is not None)
    return file


async def a_centre_publishes_for_another_unit(office: Office) -> None:
    """Before the paper is signed, beyond it, by somebody else; within it; when it is revoked, and turned back in SQL."""
    loan = Loan(STATION, "暴雨", "龙卷")
    drafters, releasers = of_unit(office, CENTRE, "draft"), of_unit(office, CENTRE, "release")
    paper = await lends(office, ENTRUSTMENT, loan.document(office, publisher=CENTRE))
    await drafts_under(office, PUBLISHED, drafters, loan.inside(office), STATION)
    await is_signed(office, paper)
    await drafts_under(office, PUBLISHED, drafters, loan.beyond(office), STATION)
    await drafts_under(office, PUBLISHED, of_unit(office, COUNTY, "draft"), loan.inside(office), STATION)
    sent, kept = [await published(office, drafters, loan.inside(office)) for _ in range(2)]
    answer = await office.releases(pick(office, releasers), sent)
    office.ledger.notes(PUBLISHED, taken=answer.taken)
    must(answer)
    must(await papers.revokes(office, pick(office, of_unit(office, STATION, "sign")), paper))
    await drafts_under(office, PUBLISHED, drafters, loan.inside(office), STATION)
    async with spoilt_paper(office, paper.number, "entrustment"):
        await undo_revocation(office, paper.number)
        for by in (releasers, of_unit(office, STATION, "release")):
            answer = await office.releases(pick(office, by), kept, honest=False)
            office.ledger.notes(PUBLISHED, taken=answer.taken)


async def published(office: Office, drafters: Sequence[int], text: Text) -> File:
    """Written by the centre, signed by the station."""
    file = await drafts_under(office, PUBLISHED, drafters, text, STATION)
    if file is None:
        raise Barred
    must(await office.submits(pick(office, drafters), file))
    for_it = [n for n in of_unit(office, CENTRE, "sign") if office.arbiter.clerks[n].person not in file.authors]
    await office.says(pick(office, for_it), file, "sign")  # the centre signs nothing for its principal
    while missing := office.arbiter.lacking(file):
        step = "review" if "review" in missing else "sign"
        must(await office.says(pick(office, office.free(step, file)), file, step))
    return file


async def a_delegation_is_stretched(office: Office) -> None:
    """A township drafts what only a county may: before the paper, within it, beyond it, and when it is revoked."""
    loan = Loan(COUNTY, "停电", "山洪")
    drafters = of_unit(office, TOWNSHIP, "draft")
    acts = office.dice.choice((["draft"], ["draft", "review", "sign", "release"]))
    paper = await lends(office, DELEGATION, loan.document(office, unit=TOWNSHIP, acts=acts))
    await drafts_under(office, DRAFTED, drafters, loan.inside(office))
    await is_signed(office, paper)
    await drafts_under(office, DRAFTED, drafters, loan.beyond(office))
    file = await drafts_under(office, DRAFTED, drafters, loan.inside(office))
    if file is None:
        raise Barred
    must(await office.submits(pick(office, drafters), file))
    await office.says(pick(office, of_unit(office, TOWNSHIP, "review")), file, "review")
    theirs = await office.drafts(pick(office, of_unit(office, COUNTY, "draft")), loan.inside(office))
    for text in (loan.beyond(office), loan.inside(office)):
        if theirs is not None:
            answer = await office.edits(pick(office, drafters), theirs, text)
            office.ledger.notes(DRAFTED, taken=answer.taken)
    must(await papers.revokes(office, pick(office, of_unit(office, COUNTY, "sign")), paper))
    async with spoilt_paper(office, paper.number, "delegation"):
        await undo_revocation(office, paper.number)
        await drafts_under(office, DRAFTED, drafters, loan.inside(office))
