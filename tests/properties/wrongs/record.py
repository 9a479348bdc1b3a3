"""A hand in the database, between the last signature and the people. What it wrote is taken out again each time."""

from __future__ import annotations

from collections.abc import Iterable

from hub.store.records import alarms
from tests.properties import papers
from tests.properties.acts import deliver
from tests.properties.office import NOBODY, Office, Text
from tests.properties.sql_edits import ALONE, OF_ACTS, OF_CONTENT, OF_DECISIONS, OF_LACK, OF_ORDERS, OF_PAPERS
from tests.properties.statute import File, Unlawful
from tests.properties.tampering import spoilt, spoilt_paper, strike_out, undo_no, undo_revocation
from tests.properties.wrongs.honest import (
    Barred,
    as_file,
    asked,
    must,
    pick,
    released,
    releases,
    signatories,
    signed,
    signs,
)
from tests.properties.wrongs.standing import granted
from tests.stories.town import BAOTA, BRIDGE, RIVER

#: alarms that say that a record is not what this hub wrote
OF_THE_RECORD = {"acts-differ", "forged-decision", "order-disputed"}


async def tells(office: Office, subject: str) -> None:
    """Raises Unlawful unless the hub raised an alarm about what was written into it."""
    rows = await office.town.hub.db.read(lambda connection: alarms.recent(connection, 200))
    if not any(row.subject == subject and row.kind in OF_THE_RECORD for row in rows):
        raise Unlawful(f"nobody is told of what was written into {subject}")


async def bears(office: Office, file: File, kind: str, statement: str, digest: str = "") -> None:
    """One thing is written into the record of the warning, and it is released at once: never."""
    others = [n for n, each in office.arbiter.files.items() if n != file.number and each.areas != file.areas]
    if not others:
        raise Barred
    words = {
        "id": file.number,
        "subject": f"alert/{file.number}",
        "else": office.dice.choice(others[-20:]),
        "other": pick(office, office.free("sign", file)),
        "step": next(iter(office.arbiter.lacking(file)), "sign"),
        "digest": file.digest or NOBODY,
    }
    releaser = pick(office, office.able("release", file))
    async with spoilt(office, file) as last:
        if digest:
            await undo_no(office, file, digest)
        office.steps.append(f"-- SQL: {kind}")
        await office.town.sql(statement.format(last=last, **words))
        if (await office.releases(releaser, file, digest, honest=False)).taken:
            raise Unlawful(f"{file.number} was released: {kind}")
    office.ledger.notes(f"SQL: {kind}", taken=False)


def all_allowed(office: Office, kinds: Iterable[str]) -> None:
    """Notes that this warning went out with the record as the hub had left it: only what was written kept it in."""
    for kind in kinds:
        office.ledger.notes(f"SQL: {kind}", taken=True)


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
    for kind, statement in ({ALONE: "SELECT 1"} | dict(OF_ACTS)).items():
        await bears(office, file, kind, statement, digest)
    await tells(office, f"alert/{file.number}")


async def a_yes_is_written_over(office: Office) -> None:
    """Signed by all; its acts, decisions, text or people are others; with the record as it was it goes out."""
    file = await signed(office)
    kinds = dict(OF_ACTS) | dict(OF_DECISIONS) | dict(OF_CONTENT)
    for kind, statement in kinds.items():
        await bears(office, file, kind, statement)
    await tells(office, f"alert/{file.number}")
    must(await releases(office, file))
    all_allowed(office, (ALONE, *kinds))


async def a_yes_is_written_in(office: Office) -> None:
    """One signature short, and that is written into the record; when it is given it goes out."""
    file = await signed(office, but=1)
    for kind, statement in OF_LACK.items():
        await bears(office, file, kind, statement)
    await tells(office, f"alert/{file.number}")
    await signs(office, file)
    must(await releases(office, file))
    all_allowed(office, OF_LACK)


async def an_author_is_struck_out(office: Office) -> None:
    """Whoever wrote it is taken out of its authors, and signs it; somebody else may."""
    file = await asked(office)
    step = next(iter(office.arbiter.lacking(file)))
    clerks = office.arbiter.clerks
    theirs = [n for n in office.able(step, file) if clerks[n].person in file.authors]
    author = pick(office, theirs)
    async with spoilt(office, file):
        office.steps.append("-- SQL: an author struck out")
        await strike_out(office, file, clerks[author].person)
        word = {"step": step, "verdict": "approve", "digest": file.digest, "reason": ""}
        if (await office.asks(author, "POST", f"/alerts/{file.number}/decisions", json=word)).taken:
            raise Unlawful(f"{author} wrote {file.number} and signed it: an author struck out")
    office.ledger.notes("SQL: an author struck out", taken=False)
    must(await office.says(pick(office, office.free(step, file)), file, step))
    all_allowed(office, ["an author struck out"])


async def an_order_is_written_over(office: Office) -> None:
    """Released, and before anything is sent its order is another's, or none; with its own it is sent."""
    await deliver(office)
    file = await released(office, Text("停电", "orange", office.dice.choice(((BAOTA,), (BRIDGE,), (RIVER,)))))
    town, phones = office.town, office.town.sms
    before = len(phones.arrivals)
    for kind, statement in OF_ORDERS.items():
        async with spoilt(office, file):
            office.steps.append(f"-- SQL: {kind}")
            await town.sql(statement.format(id=file.number))
            await town.dispatches()
        if len(phones.arrivals) != before:
            raise Unlawful(f"{file.number} was sent: {kind}")
        office.ledger.notes(f"SQL: {kind}", taken=False)
        await town.sql("UPDATE shards SET state = 'ready', not_before = 0, queued_at = 0 WHERE state = 'revoked'")
    await deliver(office)
    if len(phones.arrivals) == before:
        raise Unlawful(f"{file.number} was never sent, though its order is the hub's own")
    all_allowed(office, OF_ORDERS)


async def a_revoked_paper_is_put_in_force(office: Office) -> None:
    """The sensor is heard before; the paper is revoked, and put in force again in SQL: it is heard no more."""
    text = Text("山洪", "red", (BRIDGE,))
    clerks = office.arbiter.clerks
    own = [number for number in signatories(office, as_file(text)) if clerks[number].unit == papers.GRANTOR]
    paper = await papers.proposes(office, pick(office, own))
    if paper is None:
        raise Barred
    await granted(office, paper)
    if await papers.senses(office, text) is None:
        raise Barred
    strangers = [n for n, clerk in clerks.items() if clerk.unit != papers.GRANTOR and "administer" not in clerk.rights]
    await papers.revokes(office, pick(office, strangers), paper)
    must(await papers.revokes(office, pick(office, own), paper))
    for kind, statement in OF_PAPERS.items():
        async with spoilt_paper(office, paper.number) as last:
            await undo_revocation(office, paper.number)
            office.steps.append(f"-- SQL: {kind}")
            await office.town.sql(statement.format(subject=f"standing/{paper.number}", last=last))
            if await papers.senses(office, text) is not None:
                raise Unlawful(f"a message went out under paper {paper.number}: {kind}")
        office.ledger.notes(f"SQL: {kind}", taken=False)
    await tells(office, f"standing/{paper.number}")
    all_allowed(office, OF_PAPERS)
