"""What an agency does in the course of its days: honest, careless and hostile by turns, in any order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.properties import papers, reads
from tests.properties.agency import EVENTS, NOBODY, PLACES, Agency, Text
from tests.properties.policy_model import LEVELS, File, Unlawful
from tests.stories.town import BRIDGE, HILLS, RIVER

Act = Callable[[Agency], Awaitable[None]]


def some_file(agency: Agency, *, released: bool | None = None) -> File | None:
    """Mostly a late one; a wrong one is a good question, too."""
    files = [f for f in agency.oracle.files.values() if released in (None, f.released) or agency.chance(0.05)]
    live = [f for f in files if not f.ended]
    pool = (live[-4:] if live and agency.chance(0.8) else files) or files
    return agency.dice.choice(pool) if pool else None


def some_text(agency: Agency) -> Text:
    [event] = agency.dice.choices(EVENTS, (5, 5, 5, 3, 1))
    areas = agency.dice.choice(PLACES[:3] if agency.chance(0.7) else PLACES)
    return Text(event, agency.dice.choice(LEVELS), areas)


async def draft(agency: Agency) -> None:
    text = some_text(agency)
    author = agency.somebody("draft", File(0, text.level, text.event, frozenset(text.areas), "Alert", "", 0.0))
    await agency.drafts(author, text, "超出权限" if agency.chance(0.1) else "")


async def edit(agency: Agency) -> None:
    if file := some_file(agency, released=False):
        version = file.version - (1 if agency.chance(0.2) else 0)
        await agency.edits(agency.somebody("draft", file), file, some_text(agency), version)


async def submit(agency: Agency) -> None:
    if file := some_file(agency, released=False):
        version = file.version + (agency.dice.choice((-1, 1)) if agency.chance(0.1) else 0)
        path = "emergency" if agency.chance(0.2) else "full"
        await agency.submits(agency.somebody("draft", file), file, path, version)


async def decide(agency: Agency) -> None:
    asked = [f for f in agency.oracle.files.values() if f.digest and not f.released and not f.ended]
    file = agency.dice.choice(asked[-3:]) if asked and agency.chance(0.8) else some_file(agency, released=False)
    if file is None:
        return
    step = agency.dice.choice(("review", "sign"))
    missing = sorted(agency.oracle.lacking(file)) if file.digest else []
    step = missing[0] if missing and agency.chance(0.7) else step
    others = [each.digest for each in agency.oracle.files.values() if each.digest] or [NOBODY]
    [verdict] = agency.dice.choices(("approve", "return", "reject"), (20, 1, 0.5))
    digest = file.digest if agency.chance(0.9) and file.digest else agency.dice.choice(others)
    reason = agency.dice.choice(("", "  ", "地名有误"))
    barred = [n for n, c in sorted(agency.oracle.clerks.items()) if c.person in file.authors | file.decided]
    account = agency.dice.choice(barred) if barred and agency.chance(0.15) else agency.somebody(step, file)
    await agency.says(account, file, step, verdict=verdict, digest=digest, reason=reason)


async def release(agency: Agency) -> None:
    ready = signed(agency)
    file = agency.dice.choice(ready) if ready and agency.chance(0.8) else some_file(agency)
    if file is not None:
        digest = NOBODY if agency.chance(0.05) else ""
        await agency.releases(agency.somebody("release", file), file, digest)


def signed(agency: Agency) -> list[File]:
    """What has every signature and is not released."""
    waiting = [f for f in agency.oracle.files.values() if f.digest and not f.released and not f.ended]
    return [file for file in waiting if not agency.oracle.lacking(file)]


async def update(agency: Agency) -> None:
    if file := some_file(agency, released=True):
        areas = tuple(sorted(file.areas)) if agency.chance(0.7) else agency.dice.choice(PLACES)
        event = file.event if agency.chance(0.8) else agency.dice.choice(EVENTS)
        text = Text(event, agency.dice.choice(LEVELS), areas)
        await agency.updates(agency.somebody("draft", file), file, text)


async def cancel(agency: Agency) -> None:
    if file := some_file(agency, released=True):
        await agency.cancels(agency.somebody("draft", file), file)


async def withdraw(agency: Agency) -> None:
    if file := some_file(agency, released=False):
        await agency.withdraws(agency.somebody("draft", file), file)


async def refer(agency: Agency) -> None:
    """Up, and adopted or given back; anybody may try."""
    lying = [each for each in agency.oracle.files.values() if each.inbox]
    if lying and agency.chance(0.7):
        file = agency.dice.choice(lying)
        there = [n for n, c in sorted(agency.oracle.clerks.items()) if c.unit == file.inbox]
        account = agency.dice.choice(there) if agency.chance(0.8) else agency.anyone()
        await papers.takes_up(agency, account, file, agency.dice.choice(("adopt", "adopt", "return", "decline")))
    elif file := some_file(agency, released=False):
        unit = agency.accounts[agency.anyone()].unit if agency.chance(0.5) else ""
        await papers.refers(agency, agency.somebody("draft", file), file, unit)


async def countersign(agency: Agency) -> None:
    owing = [f for f in agency.oracle.files.values() if f.due is not None and f.met is None]
    file = agency.dice.choice(owing) if owing and agency.chance(0.9) else some_file(agency, released=True)
    if file is None or not file.digest:
        return
    step = agency.oracle.skipped(file)
    account = agency.dice.choice(agency.free(step, file) or [agency.anyone()])
    account = account if agency.chance(0.7) else agency.anyone()
    verdict, reason = agency.dice.choice((("approve", ""), ("reject", "不实"), ("reject", " ")))
    await papers.countersigns(agency, account, file, verdict=verdict, reason=reason)


async def sense(agency: Agency) -> None:
    """The sensor sends what comes to its mind."""
    await papers.senses(agency, some_text(agency), agency.dice.choice((1, 3)), agency.dice.choice(("", "!")))


async def wait(agency: Agency) -> None:
    agency.town.clock.advance(agency.dice.choice((60, 600, 3600, 4 * 3600)))
    await agency.town.sweeps()
    for file in [each for each in agency.oracle.files.values() if each.due is not None][-3:]:
        await papers.shows(agency, file)


async def personnel(agency: Agency) -> None:
    """Somebody leaves office or comes back; what they signed does not count while they are away."""
    account = agency.anyone()
    clerk = agency.oracle.clerks[account]
    await agency.retires(account, active=not clerk.active or agency.chance(0.5))


async def mischief(agency: Agency) -> None:
    """Calls no page would make: another's name in the body, a step nobody knows, a released warning rewritten."""
    file = some_file(agency)
    if file is None:
        return
    digest = file.digest or NOBODY
    word = {"step": "sign", "verdict": "approve", "digest": digest, "reason": ""}
    path = f"/alerts/{file.number}"
    attempts: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", f"{path}/decisions", {"json": word | {"official": agency.anyone()}}),
        ("POST", f"{path}/decisions", {"json": word | {"created_by": "reviewer"}}),
        ("POST", f"{path}/decisions", {"json": word | {"step": "recheck"}}),
        ("POST", f"{path}/decisions", {"json": word | {"step": "countersign"}}),
        ("POST", f"{path}/release", {"json": {"digest": digest, "force": True}}),
        ("POST", f"{path}/release", {"json": {}}),
        ("PUT", path, {"json": {"stage": "released"}}),
        ("PATCH", path, {"json": {"stage": "approved"}}),
        ("DELETE", path, {}),
        ("POST", f"{path}/submit?as=reviewer", {"json": {"version": 1}}),
        ("POST", f"{path}/submit", {"json": {"version": file.version, "path": "standing"}}),
        ("POST", "/alerts/999999/release", {"json": {"digest": digest}}),
    ]
    method, where, more = agency.dice.choice(attempts)
    if (await agency.asks(agency.anyone(), method, where, **more)).taken:
        raise Unlawful(f"taken: {agency.steps[-1]}")


async def read(agency: Agency) -> None:
    """Anybody looks at a warning, and through the list."""
    if file := some_file(agency):
        account = agency.anyone()
        await reads.reads(agency, account, file)
        await reads.lists(agency, account)


async def deliver(agency: Agency) -> None:
    """The workers run; then every text that has come is held against what was approved."""
    await agency.town.rests()
    phones = agency.town.sms
    homes = {phone: name for name, phone in agency.town.phones.items()}
    region = {"bridge": BRIDGE, "river": RIVER, "hills": HILLS}
    for delivery in phones.arrivals[agency.heard :]:
        name = homes.get(phones.stories[delivery].to)
        if name is None:
            called(agency, phones.stories[delivery].to, phones.texts[delivery])
            continue
        agency.oracle.arrived(phones.texts[delivery], region[name.partition("-")[0]])
    agency.heard = len(phones.arrivals)


def called(agency: Agency, number: str, text: str) -> None:
    """Whoever lives nowhere here is an official on duty, who is called and told nothing of any warning."""
    if number not in agency.duty.numbers.values():
        raise Unlawful(f"{number} is nobody's, and was sent: {text}")
    if [file.number for file in agency.oracle.files.values() if text in file.forms]:
        raise Unlawful(f"{number} is an official on duty, and was told a warning: {text}")


#: what is done, and how often
ACTS: dict[Act, int] = {
    draft: 8, edit: 5, submit: 12, decide: 28, release: 10, update: 4, cancel: 6, withdraw: 1, refer: 6,
    countersign: 5, sense: 2, wait: 3, personnel: 2, mischief: 5, deliver: 3, read: 3,
}  # fmt: skip
