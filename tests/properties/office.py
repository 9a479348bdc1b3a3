"""An office that works at random, through the API and nothing else: honest, careless and hostile by turns, from a seed."""

from __future__ import annotations

import random
from collections import Counter, deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from approvals.official import Official, Right
from hub.alert import Alert, MsgType
from hub.cap.write import write
from hub.clock import to_ms
from hub.store import officials
from hub.store.officials import NewOfficial
from tests.properties.arbiter import LEVELS, Arbiter, Clerk, File, Unlawful
from tests.stories.town import BAOTA, BRIDGE, CITY, HILLS, PROVINCE, RIVER, ZHIDAN, Town
from tests.stories.warnings import alert_of

UNITS = (
    ("延安市人民政府", CITY, "government"),
    ("宝塔区人民政府", BAOTA, "government"),
    ("志丹县人民政府", ZHIDAN, "government"),
    ("宝塔区气象局", BAOTA, "meteorological"),
    ("延安市气象局", CITY, "meteorological"),
)
DESKS = (
    {Right.DRAFT},
    {Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE},
    {Right.REVIEW, Right.SIGN},
    {Right.REVIEW, Right.SIGN, Right.RELEASE},
    {Right.SIGN, Right.RELEASE},
    {Right.MONITOR},
)
EVENTS = ("暴雨", "停电", "山洪", "龙卷", "14A01")
SEVERITY = dict(zip(LEVELS, ("Minor", "Moderate", "Severe", "Extreme"), strict=True))
PLACES = ((BAOTA,), (BRIDGE,), (RIVER,), (ZHIDAN,), (HILLS,), (BAOTA, ZHIDAN), (CITY,), (PROVINCE,))
ACTS = {
    "draft": 8, "edit": 6, "submit": 14, "decide": 34, "release": 14, "update": 4, "cancel": 7, "withdraw": 1,
    "wait": 3, "hostile": 6, "personnel": 2, "deliver": 4,
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def rule(self) -> str:
        return str(self.body.get("rule", "")) if isinstance(self.body, dict) else ""


class Office:
    """Build it with `open`. Everything it did last is in `steps`."""

    def __init__(self, town: Town, arbiter: Arbiter, http: aiohttp.ClientSession, seed: int) -> None:
        self.town, self.arbiter, self.http = town, arbiter, http
        self.dice = random.Random(seed)
        self.accounts: dict[int, Official] = {}
        self.steps: deque[str] = deque(maxlen=60)
        self.answers: Counter[str] = Counter()
        self.drafted = 0
        self.heard = 0

    async def enters(self) -> None:
        """The staff of every unit; some have a second account in the same or in another unit."""

        def work(connection: Any) -> None:
            now = to_ms(self.town.clock.now())
            for number, (unit, area, kind) in enumerate(UNITS):
                for desk, rights in enumerate(DESKS):
                    new = NewOfficial(f"{number}-{desk}", unit, area, frozenset(rights), kind)
                    self._knows(officials.add(connection, new, now))
            for number, first in enumerate(self.dice.sample(sorted(self.accounts), 6)):
                unit, area, kind = UNITS[number % len(UNITS)]
                rights = frozenset(DESKS[number % 5])
                new = NewOfficial(f"again-{number}", unit, area, rights, kind, account_of=first)
                self._knows(officials.add(connection, new, now))

        await self.town.hub.db.write(work)

    def _knows(self, one: Official) -> None:
        self.accounts[one.id] = one
        rights = frozenset(map(str, one.rights))
        self.arbiter.clerks[one.id] = Clerk(one.id, one.person, one.unit, one.kind, one.area, rights)

    # --- one step

    async def works(self, steps: int) -> None:
        for _ in range(steps):
            [act] = self.dice.choices(list(ACTS), list(ACTS.values()))
            await getattr(self, f"_{act}")()
            # The clock moves with every act: no two messages of a chain are sent in the same second.
            self.town.clock.advance(1)
        await self._deliver()

    async def _asks(self, account: int, method: str, path: str, **more: Any) -> Answer:
        official = self.accounts[account]
        token = self.town.hub.tokens.issue(account, official.name, official.rights, timedelta(minutes=5))
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        url = f"{self.town.hub.settings.public_url}/api/v1{path}"
        async with self.http.request(method, url, headers=headers, **more) as response:
            body = await response.json() if "json" in response.content_type else await response.read()
        answer = Answer(response.status, body)
        said = more.get("json", {k: v for k, v in more.items() if k == "params"})
        self.steps.append(f"{official.name}#{account} {method} {path} {said} -> {answer.status} {answer.rule}")
        self.answers[f"{method} {path.rpartition('/')[2]} {answer.status} {answer.rule}"] += 1
        assert answer.status < 500, self.steps[-1]
        return answer

    # --- who and what

    def _anyone(self) -> int:
        return self.dice.choice(sorted(self.accounts))

    def _somebody(self, right: str, file: File) -> int:
        """Mostly one who may, so that something gets done; at times one who only has the right, or anyone."""
        clerks = sorted(self.arbiter.clerks.items())
        able = [number for number, clerk in clerks if not self.arbiter.may(clerk, right, file)]
        nearly = [n for n, clerk in clerks if self.arbiter.may(clerk, right, file) not in ("", "right")]
        [pool] = self.dice.choices((able, nearly, [self._anyone()]), (75, 15, 10))
        return self.dice.choice(pool or able or [self._anyone()])

    def _some_file(self, *, released: bool | None = None) -> File | None:
        """Mostly a late one; a wrong one is a good question, too."""
        files = [
            f for f in self.arbiter.files.values() if released is None or f.released == released or self._chance(0.05)
        ]
        live = [f for f in files if not f.ended]
        pool = (live[-4:] if live and self._chance(0.8) else files) or files
        return self.dice.choice(pool) if pool else None

    def _chance(self, probability: float) -> bool:
        return self.dice.random() < probability

    def _cap(self, event: str, level: str, areas: tuple[str, ...]) -> tuple[bytes, Alert]:
        self.drafted += 1
        lasts = timedelta(hours=self.dice.choice((1, 6, 12)))
        made: Alert = alert_of(
            self.town.clock.now(), f"random-{self.drafted}", *areas, severity=SEVERITY[level], lasts=lasts
        )
        infos = tuple(replace(info, event=event, headline=f"第{self.drafted}号 {event}") for info in made.infos)
        made = replace(made, infos=infos)
        return write(made), made

    # --- the honest acts, honestly or not

    async def _draft(self) -> None:
        [event], level = self.dice.choices(EVENTS, (5, 5, 5, 3, 1)), self.dice.choice(LEVELS)
        areas = self.dice.choice(PLACES[:3] if self._chance(0.7) else PLACES)
        author = self._somebody("draft", File(0, level, event, frozenset(areas), "Alert", "", 0.0))
        source, made = self._cap(event, level, areas)
        answer = await self._asks(author, "POST", "/alerts", data=source, params={"channels": "sms"}, headers=XML)
        if answer.taken:
            self._opens(
                author, answer, File(answer.body["id"], level, event, frozenset(areas), "Alert", "", _end(made))
            )

    def _opens(self, author: int, answer: Answer, file: File) -> None:
        if file.number in self.arbiter.files:
            return  # the same Cancel asked for twice is the same draft (case 60); who asked again wrote nothing
        file.unit = self.accounts[author].unit
        self.arbiter.files[file.number] = file
        self.arbiter.wrote(author, file)

    async def _edit(self) -> None:
        file = self._some_file()
        if file is None:
            return
        editor = self._somebody("draft", file)
        view = (await self._asks(editor, "GET", f"/alerts/{file.number}")).body
        version = view.get("version", 1) - (1 if self._chance(0.2) else 0)
        event, level = self.dice.choice(EVENTS), self.dice.choice(LEVELS)
        areas = self.dice.choice(PLACES)
        source, made = self._cap(event, level, areas)
        headers = {**XML, "If-Match": f'"{version}"'}
        answer = await self._asks(
            editor, "PUT", f"/alerts/{file.number}", data=source, params={"channels": "sms"}, headers=headers
        )
        if answer.taken:
            if file.released or version != view["version"]:  # case 12, and an edit of what another has changed
                raise Unlawful(f"an edit of {file.number} at version {version} was taken: {view['version']}")
            file.level, file.event, file.areas, file.expires = level, event, frozenset(areas), _end(made)
            file.reset()
            self.arbiter.wrote(editor, file)

    async def _submit(self) -> None:
        file = self._some_file(released=False)
        if file is None:
            return
        submitter = self._somebody("draft", file)
        view = (await self._asks(submitter, "GET", f"/alerts/{file.number}")).body
        path = "emergency" if self._chance(0.2) else "full"
        body = {
            "version": view.get("version", 1) + (self.dice.choice((-1, 1)) if self._chance(0.1) else 0),
            "path": path,
        }
        answer = await self._asks(submitter, "POST", f"/alerts/{file.number}/submit", json=body)
        if answer.taken:
            file.reset()
            file.digest, file.path = answer.body["digest"], path
            self.arbiter.wrote(submitter, file)
            forms = (await self._asks(submitter, "GET", f"/alerts/{file.number}/forms")).body
            file.forms = frozenset(form["body"] for form in forms)

    async def _decide(self) -> None:
        asked = [f for f in self.arbiter.files.values() if f.digest and not f.released and not f.ended]
        file = self.dice.choice(asked[-3:]) if asked and self._chance(0.8) else self._some_file(released=False)
        if file is None:
            return
        step = self.dice.choice(("review", "sign"))
        missing = sorted(self.arbiter.lacking(file)) if file.digest else []
        step = missing[0] if missing and self._chance(0.7) else step
        others = [each.digest for each in self.arbiter.files.values() if each.digest] or ["fh2:" + "0" * 64]
        [verdict] = self.dice.choices(("approve", "return", "reject"), (20, 1, 0.5))
        word = {
            "step": step,
            "verdict": verdict,
            "digest": file.digest if self._chance(0.9) and file.digest else self.dice.choice(others),
            "reason": self.dice.choice(("", "  ", "地名有误")),
        }
        barred = [n for n, c in sorted(self.arbiter.clerks.items()) if c.person in file.authors | file.decided]
        account = self.dice.choice(barred) if barred and self._chance(0.15) else self._somebody(step, file)
        answer = await self._asks(account, "POST", f"/alerts/{file.number}/decisions", json=word)
        if answer.taken:
            self.arbiter.decided(account, file, word)
        elif answer.status in (403, 409):
            self.arbiter.refused(account, file, word, answer.rule)

    async def _release(self) -> None:
        ready = [f for f in self.arbiter.files.values() if f.digest and not f.released and not f.ended]
        ready = [f for f in ready if not self.arbiter.lacking(f)] or ready
        file = self.dice.choice(ready) if ready and self._chance(0.8) else self._some_file()
        if file is None:
            return
        account = self._somebody("release", file)
        digest = file.digest if file.digest and self._chance(0.95) else "fh2:" + "0" * 64
        answer = await self._asks(account, "POST", f"/alerts/{file.number}/release", json={"digest": digest})
        if answer.taken:
            self.arbiter.released(account, file, digest, self.town.clock.now().timestamp())
            for each in file.before:
                each.ended = True

    async def _update(self) -> None:
        file = self._some_file(released=True)
        if file is None:
            return
        author, level = self._somebody("draft", file), self.dice.choice(LEVELS)
        areas = tuple(sorted(file.areas)) if self._chance(0.7) else self.dice.choice(PLACES)
        source, made = self._cap(file.event if self._chance(0.8) else self.dice.choice(EVENTS), level, areas)
        made = replace(made, msg_type=MsgType.UPDATE)
        answer = await self._asks(author, "POST", f"/alerts/{file.number}/update", data=source, headers=XML)
        if answer.taken:
            event = made.infos[0].event
            follower = File(
                answer.body["id"], level, event, frozenset(areas), "Update", "", _end(made), self._chain(file)
            )
            self._opens(author, answer, follower)

    async def _cancel(self) -> None:
        file = self._some_file(released=True)
        if file is None:
            return
        author = self._somebody("draft", file)
        answer = await self._asks(author, "POST", f"/alerts/{file.number}/cancel", json={"note": "险情解除"})
        if answer.taken:
            end = datetime.fromisoformat(answer.body["expires_at"]).timestamp()
            ending = File(answer.body["id"], file.level, file.event, file.areas, "Cancel", "", end, self._chain(file))
            self._opens(author, answer, ending)

    def _chain(self, file: File) -> list[File]:
        return [*file.before, file]

    async def _withdraw(self) -> None:
        file = self._some_file(released=False)
        if file is None:
            return
        account = self._somebody("draft", file)
        answer = await self._asks(account, "POST", f"/alerts/{file.number}/withdraw", json={"reason": "重复"})
        if answer.taken:
            if file.released:
                raise Unlawful(f"{file.number} was released, and is withdrawn")
            file.reset()
            file.ended = True

    # --- what else happens

    async def _wait(self) -> None:
        self.town.clock.advance(self.dice.choice((60, 600, 3600, 4 * 3600)))
        await self.town.sweeps()

    async def _personnel(self) -> None:
        """Somebody leaves office or comes back, or loses a right; what they signed no longer counts while it is so."""
        account = self._anyone()
        clerk = self.arbiter.clerks[account]
        active = not clerk.active or self._chance(0.6)
        await self.town.hub.db.write(lambda c: officials.set_active(c, account, active=active))
        self.arbiter.clerks[account] = replace(clerk, active=active)
        self.steps.append(f"#{account} active={active}")

    async def _hostile(self) -> None:
        """Calls no page would make: another's name in the body, a step nobody knows, a released warning rewritten."""
        file, account = self._some_file(), self._anyone()
        if file is None:
            return
        digest = file.digest or "fh2:" + "1" * 64
        word = {"step": "sign", "verdict": "approve", "digest": digest, "reason": ""}
        path = f"/alerts/{file.number}"
        attempts: list[tuple[str, str, dict[str, Any]]] = [
            ("POST", f"{path}/decisions", {"json": word | {"official": self._anyone()}}),
            ("POST", f"{path}/decisions", {"json": word | {"created_by": "reviewer"}}),
            ("POST", f"{path}/decisions", {"json": word | {"step": "recheck"}}),
            ("POST", f"{path}/release", {"json": {"digest": digest, "force": True}}),
            ("POST", f"{path}/release", {"json": {}}),
            ("PUT", path, {"json": {"stage": "released"}}),
            ("PATCH", path, {"json": {"stage": "approved"}}),
            ("DELETE", path, {}),
            ("POST", f"{path}/submit?as=reviewer", {"json": {"version": 1}}),
            ("POST", "/alerts/999999/release", {"json": {"digest": digest}}),
        ]
        method, where, more = self.dice.choice(attempts)
        answer = await self._asks(account, method, where, **more)
        if answer.taken:
            raise Unlawful(f"taken: {self.steps[-1]}")

    async def _deliver(self) -> None:
        """The workers run; then every text that has come is held against what was approved."""
        await self.town.rests()
        phones = self.town.sms
        homes = {phone: name for name, phone in self.town.phones.items()}
        region = {"bridge": BRIDGE, "river": RIVER, "hills": HILLS}
        for delivery in phones.arrivals[self.heard :]:
            name = homes[phones.stories[delivery].to]
            self.arbiter.arrived(phones.texts[delivery], region[name.partition("-")[0]])
        self.heard = len(phones.arrivals)


XML = {"Content-Type": "application/xml"}


def _end(alert: Alert) -> float:
    ends = [info.expires for info in alert.infos if info.expires is not None]
    return max(ends).timestamp()
