"""The short way is taken where there is none, and owes nothing."""

from __future__ import annotations

from tests.properties import papers
from tests.properties.office import Office
from tests.properties.statute import File
from tests.properties.wrongs.honest import (
    SHORT,
    drafted,
    must,
    pick,
    released,
    texts,
)


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
