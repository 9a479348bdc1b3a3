"""What an office does in the course of its days: honest, careless and hostile by turns, in any order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.properties import papers, reads
from tests.properties.office import EVENTS, NOBODY, PLACES, Office, Text
from tests.properties.statute import LEVELS, File, Unlawful
from tests.stories.town import BRIDGE, HILLS, RIVER

Act = Callable[[Office], Awaitable[None]]


def some_file(office: Office, *, released: bool | None = None) -> File | None:
    """Mostly a late one; a wrong one is a good question, too."""
    files = [f for f in office.arbiter.files.values() if released in (None, f.released) or office.chance(0.05)]
    live = [f for f in files if not f.ended]
    pool = (live[-4:] if live and office.chance(0.8) else files) or files
    return office.dice.choice(pool) if pool else None


def some_text(office: Office) -> Text:
    [event] = office.dice.choices(EVENTS, (5, 5, 5, 3, 1))
    areas = office.dice.choice(PLACES[:3] if office.chance(0.7) else PLACES)
    return Text(event, office.dice.choice(LEVELS), areas)


async def draft(office: Office) -> None:
    text = some_text(office)
    author = office.somebody("draft", File(0, text.level, text.event, frozenset(text.areas), "Alert", "", 0.0))
    await office.drafts(author, text, "超出权限" if office.chance(0.1) else "")


async def edit(office: Office) -> None:
    if file := some_file(office, released=False):
        version = file.version - (1 if office.chance(0.2) else 0)
        await office.edits(office.somebody("draft", file), file, some_text(office), version)


async def submit(office: Office) -> None:
    if file := some_file(office, released=False):
        version = file.version + (office.dice.choice((-1, 1)) if office.chance(0.1) else 0)
        path = "emergency" if office.chance(0.2) else "full"
        await office.submits(office.somebody("draft", file), file, path, version)


async def decide(office: Office) -> None:
    asked = [f for f in office.arbiter.files.values() if f.digest and not f.released and not f.ended]
    file = office.dice.choice(asked[-3:]) if asked and office.chance(0.8) else some_file(office, released=False)
    if file is None:
        return
    step = office.dice.choice(("review", "sign"))
    missing = sorted(office.arbiter.lacking(file)) if file.digest else []
    step = missing[0] if missing and office.chance(0.7) else step
    others = [each.digest for each in office.arbiter.files.values() if each.digest] or [NOBODY]
    [verdict] = office.dice.choices(("approve", "return", "reject"), (20, 1, 0.5))
    digest = file.digest if office.chance(0.9) and file.digest else office.dice.choice(others)
    reason = office.dice.choice(("", "  ", "地名有误"))
    barred = [n for n, c in sorted(office.arbiter.clerks.items()) if c.person in file.authors | file.decided]
    account = office.dice.choice(barred) if barred and office.chance(0.15) else office.somebody(step, file)
    await office.says(account, file, step, verdict=verdict, digest=digest, reason=reason)


async def release(office: Office) -> None:
    ready = signed(office)
    file = office.dice.choice(ready) if ready and office.chance(0.8) else some_file(office)
    if file is not None:
        digest = NOBODY if office.chance(0.05) else ""
        await office.releases(office.somebody("release", file), file, digest)


def signed(office: Office) -> list[File]:
    """What has every signature and is not released."""
    waiting = [f for f in office.arbiter.files.values() if f.digest and not f.released and not f.ended]
    return [file for file in waiting if not office.arbiter.lacking(file)]


async def update(office: Office) -> None:
    if file := some_file(office, released=True):
        areas = tuple(sorted(file.areas)) if office.chance(0.7) else office.dice.choice(PLACES)
        event = file.event if office.chance(0.8) else office.dice.choice(EVENTS)
        text = Text(event, office.dice.choice(LEVELS), areas)
        await office.updates(office.somebody("draft", file), file, text)


async def cancel(office: Office) -> None:
    if file := some_file(office, released=True):
        await office.cancels(office.somebody("draft", file), file)


async def withdraw(office: Office) -> None:
    if file := some_file(office, released=False):
        await office.withdraws(office.somebody("draft", file), file)


async def refer(office: Office) -> None:
    """Up, and adopted or given back; anybody may try."""
    lying = [each for each in office.arbiter.files.values() if each.inbox]
    if lying and office.chance(0.7):
        file = office.dice.choice(lying)
        there = [n for n, c in sorted(office.arbiter.clerks.items()) if c.unit == file.inbox]
        account = office.dice.choice(there) if office.chance(0.8) else office.anyone()
        await papers.takes_up(office, account, file, office.dice.choice(("adopt", "adopt", "return", "decline")))
    elif file := some_file(office, released=False):
        unit = office.accounts[office.anyone()].unit if office.chance(0.5) else ""
        await papers.refers(office, office.somebody("draft", file), file, unit)


async def countersign(office: Office) -> None:
    owing = [f for f in office.arbiter.files.values() if f.due is not None and f.met is None]
    file = office.dice.choice(owing) if owing and office.chance(0.9) else some_file(office, released=True)
    if file is None or not file.digest:
        return
    step = office.arbiter.skipped(file)
    account = office.dice.choice(office.free(step, file) or [office.anyone()])
    account = account if office.chance(0.7) else office.anyone()
    verdict, reason = office.dice.choice((("approve", ""), ("reject", "不实"), ("reject", " ")))
    await papers.countersigns(office, account, file, verdict=verdict, reason=reason)


async def sense(office: Office) -> None:
    """The sensor sends what comes to its mind."""
    await papers.senses(office, some_text(office), office.dice.choice((1, 3)), office.dice.choice(("", "!")))


async def wait(office: Office) -> None:
    office.town.clock.advance(office.dice.choice((60, 600, 3600, 4 * 3600)))
    await office.town.sweeps()
    for file in [each for each in office.arbiter.files.values() if each.due is not None][-3:]:
        await papers.shows(office, file)


async def personnel(office: Office) -> None:
    """Somebody leaves office or comes back; what they signed does not count while they are away."""
    account = office.anyone()
    clerk = office.arbiter.clerks[account]
    await office.retires(account, active=not clerk.active or office.chance(0.5))


async def mischief(office: Office) -> None:
    """Calls no page would make: another's name in the body, a step nobody knows, a released warning rewritten."""
    file = some_file(office)
    if file is None:
        return
    digest = file.digest or NOBODY
    word = {"step": "sign", "verdict": "approve", "digest": digest, "reason": ""}
    path = f"/alerts/{file.number}"
    attempts: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", f"{path}/decisions", {"json": word | {"official": office.anyone()}}),
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
    method, where, more = office.dice.choice(attempts)
    if (await office.asks(office.anyone(), method, where, **more)).taken:
        raise Unlawful(f"taken: {office.steps[-1]}")


async def read(office: Office) -> None:
    """Anybody looks at a warning, and through the list."""
    if file := some_file(office):
        account = office.anyone()
        await reads.reads(office, account, file)
        await reads.lists(office, account)


async def deliver(office: Office) -> None:
    """The workers run; then every text that has come is held against what was approved."""
    await office.town.rests()
    phones = office.town.sms
    homes = {phone: name for name, phone in office.town.phones.items()}
    region = {"bridge": BRIDGE, "river": RIVER, "hills": HILLS}
    for delivery in phones.arrivals[office.heard :]:
        name = homes.get(phones.stories[delivery].to)
        if name is None:
            called(office, phones.stories[delivery].to, phones.texts[delivery])
            continue
        office.arbiter.arrived(phones.texts[delivery], region[name.partition("-")[0]])
    office.heard = len(phones.arrivals)


def called(office: Office, number: str, text: str) -> None:
    """Whoever lives nowhere here is an official on duty, who is called and told nothing of any warning."""
    if number not in office.duty.numbers.values():
        raise Unlawful(f"{number} is nobody's, and was sent: {text}")
    if [file.number for file in office.arbiter.files.values() if text in file.forms]:
        raise Unlawful(f"{number} is an official on duty, and was told a warning: {text}")


#: what is done, and how often
ACTS: dict[Act, int] = {
    draft: 8, edit: 5, submit: 12, decide: 28, release: 10, update: 4, cancel: 6, withdraw: 1, refer: 6,
    countersign: 5, sense: 2, wait: 3, personnel: 2, mischief: 5, deliver: 3, read: 3,
}  # fmt: skip
