"""Who wrote it decides on it, one person decides twice, and what was decided was something else."""

from __future__ import annotations

from tests.properties.office import Office
from tests.properties.statute import File
from tests.properties.wrongs.honest import (
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


async def authors_decide(office: Office) -> None:
    """Whoever drafted, edited or submitted it says yes, by the same account or another."""
    text = texts(office)
    file = await drafted(office, text)
    hands, editor = [set(file.authors)], pick(office, office.able("draft", file))
    for act in (lambda account: office.edits(account, file, text), lambda account: office.submits(account, file)):
        before = set(file.authors)
        clerks = office.arbiter.clerks
        must(await act(pick(office, [n for n in signatories(office, file) if clerks[n].person not in before])))
        hands.append(file.authors - before)
        await office.edits(editor, file, text, file.version - 1)  # by a version that somebody has changed since
    for persons in hands:
        for step in ("review", "sign"):
            if mine := [n for n in office.able(step, file) if office.arbiter.clerks[n].person in persons]:
                await office.says(pick(office, mine), file, step)


async def one_person_decides_twice(office: Office) -> None:
    """In another step, by every account they have, whichever came first; also when that one was closed meanwhile."""
    for order in (min, max):
        file = await asked(office)
        clerks = office.arbiter.clerks
        theirs: dict[int, list[int]] = {}
        for number in office.free("sign", file):
            theirs.setdefault(clerks[number].person, []).append(number)
        first = order(theirs[pick(office, [person for person, accounts in theirs.items() if len(accounts) > 1])])
        must(await office.says(first, file, "review" if "review" in clerks[first].rights else "sign"))
        accounts = theirs[clerks[first].person]
        for account in accounts:
            await office.says(account, file, "sign")
        await office.retires(first)
        for account in accounts:
            await office.says(account, file, "sign")
        await office.retires(first, active=True)


async def old_content_is_approved(office: Office) -> None:
    """What was shown is returned, edited and submitted anew; then somebody says yes to what they saw at first."""
    file = await asked(office)
    old = file.digest
    await changes_hands(office, file, edit=True)
    step = office.dice.choice(sorted(office.arbiter.lacking(file)))
    await office.says(pick(office, office.free(step, file)), file, step, digest=old)
    await signs(office, file)
    await releases(office, file, old)


async def old_signatures_are_used(office: Office) -> None:
    """Returned one signature before the end and submitted as it was; the last signature alone is given anew."""
    file = await signed(office, but=1)
    [last] = office.arbiter.lacking(file)
    await changes_hands(office, file, edit=office.chance(0.5))
    await office.says(pick(office, office.free(last, file)), file, last)
    await releases(office, file)


async def changes_hands(office: Office, file: File, *, edit: bool) -> None:
    """Returned, perhaps edited, and submitted again."""
    back = pick(office, office.free("review", file))
    must(await office.says(back, file, "review", verdict="return", reason="地名有误"))
    author = pick(office, office.able("draft", file))
    if edit:
        must(await office.edits(author, file, same(file)))
    must(await office.submits(author, file))


async def nobody_asks_for_it(office: Office) -> None:
    """A step that has been taken is taken again, and so is every step of what has all its signatures."""
    file = await asked(office)
    await signs(office, file, but=1)
    [last] = office.arbiter.lacking(file)
    for step in ("review", "sign"):
        if step != last:
            await office.says(pick(office, office.free(step, file)), file, step)
    await signs(office, file)
    for step in ("review", "sign"):
        await office.says(pick(office, office.free(step, file)), file, step)
    must(await releases(office, file))


async def no_reason_is_given(office: Office) -> None:
    """A no without a reason, by whoever may say it; then with one."""
    file = await asked(office)
    for verdict in ("return", "reject"):
        await office.says(pick(office, office.free("review", file)), file, "review", verdict=verdict, reason=" ")
    must(await office.says(pick(office, office.free("review", file)), file, "review", verdict="reject", reason="不实"))
