"""The short way is taken where there is none, and owes nothing."""

from __future__ import annotations

from tests.properties import papers
from tests.properties.agency import Agency
from tests.properties.attacks.honest import (
    SHORT,
    drafted,
    must,
    pick,
    released,
    texts,
)
from tests.properties.policy_model import File


async def the_way_is_shortened_for_all(agency: Agency) -> None:
    """No rule shortens it for this event."""
    file = await drafted(agency, texts(agency, "停电"))
    await agency.submits(pick(agency, agency.able("draft", file)), file, "emergency")


async def the_short_way_owes_nothing(agency: Agency) -> None:
    """Released by one signature; then authors, signers, strangers and nobody at all countersign it."""
    file = await released(agency, texts(agency, *SHORT), "emergency")
    await papers.shows(agency, file)
    clerks, step = agency.oracle.clerks, agency.oracle.skipped(file)
    signer = file.approvals[0][0]
    authors = [number for number in agency.able(step, file) if clerks[number].person in file.authors]
    signers = [number for number in agency.able(step, file) if clerks[number].person == signer.person]
    for those in (authors, signers, agency.unable(step, file)):
        if those:
            await papers.countersigns(agency, pick(agency, those), file)
    if others := [number for number in signers if number != signer.account]:
        await agency.retires(signer.account)
        await papers.countersigns(agency, pick(agency, others), file)
        await agency.retires(signer.account, active=True)
    honest = pick(agency, agency.free(step, file))
    await papers.countersigns(agency, honest, file, digest="fh3:" + "8" * 64)
    await papers.countersigns(agency, honest, file, verdict="reject", reason=" ")
    await _falls_due(agency, file)
    word = agency.dice.choice(({}, {"verdict": "reject", "reason": "不实"}))
    must(await papers.countersigns(agency, honest, file, **word))
    await papers.countersigns(agency, pick(agency, agency.free(step, file)), file)
    await papers.shows(agency, file)


async def _falls_due(agency: Agency, file: File) -> None:
    """A moment before, and at the moment."""
    assert file.due is not None
    agency.town.clock.advance(file.due - agency.now - 1)
    for _ in range(2):
        await agency.town.sweeps()
        await papers.shows(agency, file)
        agency.town.clock.advance(1)
