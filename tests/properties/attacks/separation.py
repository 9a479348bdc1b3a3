"""Who wrote it decides on it, one person decides twice, and what was decided was something else."""

from __future__ import annotations

from tests.properties.agency import Agency
from tests.properties.attacks.honest import (
    asked,
    drafted,
    must,
    pick,
    releases,
    same,
    signatories,
    signed,
    signs,
    texts,
)
from tests.properties.policy_model import File


async def authors_decide(agency: Agency) -> None:
    """Whoever drafted, edited or submitted it says yes, by the same account or another."""
    text = texts(agency)
    file = await drafted(agency, text)
    hands, editor = [set(file.authors)], pick(agency, agency.able("draft", file))
    for act in (lambda account: agency.edits(account, file, text), lambda account: agency.submits(account, file)):
        before = set(file.authors)
        clerks = agency.oracle.clerks
        must(await act(pick(agency, [n for n in signatories(agency, file) if clerks[n].person not in before])))
        hands.append(file.authors - before)
        await agency.edits(editor, file, text, file.version - 1)  # by a version that somebody has changed since
    for persons in hands:
        for step in ("review", "sign"):
            if mine := [n for n in agency.able(step, file) if agency.oracle.clerks[n].person in persons]:
                await agency.says(pick(agency, mine), file, step)


async def one_person_decides_twice(agency: Agency) -> None:
    """In another step, by every account they have, whichever came first; also when that one was closed meanwhile."""
    for order in (min, max):
        file = await asked(agency)
        clerks = agency.oracle.clerks
        theirs: dict[int, list[int]] = {}
        for number in agency.free("sign", file):
            theirs.setdefault(clerks[number].person, []).append(number)
        first = order(theirs[pick(agency, [person for person, accounts in theirs.items() if len(accounts) > 1])])
        must(await agency.says(first, file, "review" if "review" in clerks[first].rights else "sign"))
        accounts = theirs[clerks[first].person]
        for account in accounts:
            await agency.says(account, file, "sign")
        await agency.retires(first)
        for account in accounts:
            await agency.says(account, file, "sign")
        await agency.retires(first, active=True)


async def old_content_is_approved(agency: Agency) -> None:
    """What was shown is returned, edited and submitted anew; then somebody says yes to what they saw at first."""
    file = await asked(agency)
    old = file.digest
    await changes_hands(agency, file, edit=True)
    step = agency.dice.choice(sorted(agency.oracle.lacking(file)))
    await agency.says(pick(agency, agency.free(step, file)), file, step, digest=old)
    await signs(agency, file)
    await releases(agency, file, old)


async def old_signatures_are_used(agency: Agency) -> None:
    """Returned one signature before the end and submitted as it was; the last signature alone is given anew."""
    file = await signed(agency, but=1)
    [last] = agency.oracle.lacking(file)
    await changes_hands(agency, file, edit=agency.chance(0.5))
    await agency.says(pick(agency, agency.free(last, file)), file, last)
    await releases(agency, file)


async def changes_hands(agency: Agency, file: File, *, edit: bool) -> None:
    """Returned, perhaps edited, and submitted again."""
    back = pick(agency, agency.free("review", file))
    must(await agency.says(back, file, "review", verdict="return", reason="地名有误"))
    author = pick(agency, agency.able("draft", file))
    if edit:
        must(await agency.edits(author, file, same(file)))
    must(await agency.submits(author, file))


async def nobody_asks_for_it(agency: Agency) -> None:
    """A step that has been taken is taken again, and so is every step of what has all its signatures."""
    file = await asked(agency)
    await signs(agency, file, but=1)
    [last] = agency.oracle.lacking(file)
    for step in ("review", "sign"):
        if step != last:
            await agency.says(pick(agency, agency.free(step, file)), file, step)
    await signs(agency, file)
    for step in ("review", "sign"):
        await agency.says(pick(agency, agency.free(step, file)), file, step)
    must(await releases(agency, file))


async def no_reason_is_given(agency: Agency) -> None:
    """A no without a reason, by whoever may say it; then with one."""
    file = await asked(agency)
    for verdict in ("return", "reject"):
        await agency.says(pick(agency, agency.free("review", file)), file, "review", verdict=verdict, reason=" ")
    must(await agency.says(pick(agency, agency.free("review", file)), file, "review", verdict="reject", reason="不实"))
