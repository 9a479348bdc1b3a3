"""A hand in the database, between the last signature and the people. What it wrote is taken out again each time."""

from __future__ import annotations

from collections.abc import Iterable

from hub.store.records import alarms
from tests.properties import papers
from tests.properties.acts import deliver
from tests.properties.agency import NOBODY, Agency, Text
from tests.properties.attacks.honest import (
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
from tests.properties.attacks.standing import granted
from tests.properties.policy_model import File, Unlawful
from tests.properties.sql_edits import ALONE, OF_ACTS, OF_CONTENT, OF_DECISIONS, OF_LACK, OF_ORDERS, OF_PAPERS
from tests.properties.tampering import spoilt, spoilt_paper, strike_out, undo_no, undo_revocation
from tests.stories.town import BAOTA, BRIDGE, RIVER

#: alarms that say that a record is not what this hub wrote
OF_THE_RECORD = {"acts-differ", "forged-decision", "order-disputed"}


async def tells(agency: Agency, subject: str) -> None:
    """Raises Unlawful unless the hub raised an alarm about what was written into it."""
    rows = await agency.town.hub.db.read(lambda connection: alarms.recent(connection, 200))
    if not any(row.subject == subject and row.kind in OF_THE_RECORD for row in rows):
        raise Unlawful(f"nobody is told of what was written into {subject}")


async def bears(agency: Agency, file: File, kind: str, statement: str, digest: str = "") -> None:
    """One thing is written into the record of the warning, and it is released at once: never."""
    others = [n for n, each in agency.oracle.files.items() if n != file.number and each.areas != file.areas]
    if not others:
        raise Barred
    words = {
        "id": file.number,
        "subject": f"alert/{file.number}",
        "else": agency.dice.choice(others[-20:]),
        "other": pick(agency, agency.free("sign", file)),
        "step": next(iter(agency.oracle.lacking(file)), "sign"),
        "digest": file.digest or NOBODY,
    }
    releaser = pick(agency, agency.able("release", file))
    async with spoilt(agency, file) as last:
        if digest:
            await undo_no(agency, file, digest)
        agency.steps.append(f"-- SQL: {kind}")
        await agency.town.sql(statement.format(last=last, **words))
        if (await agency.releases(releaser, file, digest, honest=False)).taken:
            raise Unlawful(f"{file.number} was released: {kind}")
    agency.ledger.notes(f"SQL: {kind}", taken=False)


def all_allowed(agency: Agency, kinds: Iterable[str]) -> None:
    """Notes that this warning went out with the record as the hub had left it: only what was written kept it in."""
    for kind in kinds:
        agency.ledger.notes(f"SQL: {kind}", taken=True)


async def a_no_is_undone_in_sql(agency: Agency) -> None:
    """Signed by all, then returned, rejected or withdrawn; the record is turned back, and it is released at once."""
    file = await signed(agency)
    digest = file.digest
    if (no := agency.dice.choice(("return", "reject", "withdraw"))) == "withdraw":
        must(await agency.withdraws(pick(agency, agency.able("draft", file)), file))
    else:
        back = pick(agency, agency.free("review", file) + agency.free("sign", file))
        step = "review" if back in agency.free("review", file) else "sign"
        must(await agency.says(back, file, step, verdict=no, reason="地名有误"))
    for kind, statement in ({ALONE: "SELECT 1"} | dict(OF_ACTS)).items():
        await bears(agency, file, kind, statement, digest)
    await tells(agency, f"alert/{file.number}")


async def a_yes_is_written_over(agency: Agency) -> None:
    """Signed by all; its acts, decisions, text or people are others; with the record as it was it goes out."""
    file = await signed(agency)
    kinds = dict(OF_ACTS) | dict(OF_DECISIONS) | dict(OF_CONTENT)
    for kind, statement in kinds.items():
        await bears(agency, file, kind, statement)
    await tells(agency, f"alert/{file.number}")
    must(await releases(agency, file))
    all_allowed(agency, (ALONE, *kinds))


async def a_yes_is_written_in(agency: Agency) -> None:
    """One signature short, and that is written into the record; when it is given it goes out."""
    file = await signed(agency, but=1)
    for kind, statement in OF_LACK.items():
        await bears(agency, file, kind, statement)
    await tells(agency, f"alert/{file.number}")
    await signs(agency, file)
    must(await releases(agency, file))
    all_allowed(agency, OF_LACK)


async def an_author_is_struck_out(agency: Agency) -> None:
    """Whoever wrote it is taken out of its authors, and signs it; somebody else may."""
    file = await asked(agency)
    step = next(iter(agency.oracle.lacking(file)))
    clerks = agency.oracle.clerks
    theirs = [n for n in agency.able(step, file) if clerks[n].person in file.authors]
    author = pick(agency, theirs)
    async with spoilt(agency, file):
        agency.steps.append("-- SQL: an author struck out")
        await strike_out(agency, file, clerks[author].person)
        word = {"step": step, "verdict": "approve", "digest": file.digest, "reason": ""}
        if (await agency.asks(author, "POST", f"/alerts/{file.number}/decisions", json=word)).taken:
            raise Unlawful(f"{author} wrote {file.number} and signed it: an author struck out")
    agency.ledger.notes("SQL: an author struck out", taken=False)
    must(await agency.says(pick(agency, agency.free(step, file)), file, step))
    all_allowed(agency, ["an author struck out"])


async def an_order_is_written_over(agency: Agency) -> None:
    """Released, and before anything is sent its order is another's, or none; with its own it is sent."""
    await deliver(agency)
    file = await released(agency, Text("停电", "orange", agency.dice.choice(((BAOTA,), (BRIDGE,), (RIVER,)))))
    town, phones = agency.town, agency.town.sms
    before = len(phones.arrivals)
    for kind, statement in OF_ORDERS.items():
        async with spoilt(agency, file):
            agency.steps.append(f"-- SQL: {kind}")
            await town.sql(statement.format(id=file.number))
            await town.dispatches()
        if len(phones.arrivals) != before:
            raise Unlawful(f"{file.number} was sent: {kind}")
        agency.ledger.notes(f"SQL: {kind}", taken=False)
        await town.sql("UPDATE shards SET state = 'ready', not_before = 0, queued_at = 0 WHERE state = 'revoked'")
    await deliver(agency)
    if len(phones.arrivals) == before:
        raise Unlawful(f"{file.number} was never sent, though its order is the hub's own")
    all_allowed(agency, OF_ORDERS)


async def a_revoked_paper_is_put_in_force(agency: Agency) -> None:
    """The sensor is heard before; the paper is revoked, and put in force again in SQL: it is heard no more."""
    text = Text("山洪", "red", (BRIDGE,))
    clerks = agency.oracle.clerks
    own = [number for number in signatories(agency, as_file(text)) if clerks[number].unit == papers.GRANTOR]
    paper = await papers.proposes(agency, pick(agency, own))
    if paper is None:
        raise Barred
    await granted(agency, paper)
    if await papers.senses(agency, text) is None:
        raise Barred
    strangers = [n for n, clerk in clerks.items() if clerk.unit != papers.GRANTOR and "administer" not in clerk.rights]
    await papers.revokes(agency, pick(agency, strangers), paper)
    must(await papers.revokes(agency, pick(agency, own), paper))
    for kind, statement in OF_PAPERS.items():
        async with spoilt_paper(agency, paper.number) as last:
            await undo_revocation(agency, paper.number)
            agency.steps.append(f"-- SQL: {kind}")
            await agency.town.sql(statement.format(subject=f"standing/{paper.number}", last=last))
            if await papers.senses(agency, text) is not None:
                raise Unlawful(f"a message went out under paper {paper.number}: {kind}")
        agency.ledger.notes(f"SQL: {kind}", taken=False)
    await tells(agency, f"standing/{paper.number}")
    all_allowed(agency, OF_PAPERS)
