"""An office that works through the API and nothing else; the arbiter hears of everything it is answered."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from approvals.official import Official, Right
from hub.alert import Alert, MsgType, Reference
from hub.cap.write import write
from hub.clock import to_ms
from hub.store import officials
from hub.store.officials import NewOfficial
from tests.properties.arbiter import Arbiter
from tests.properties.ledger import Ledger
from tests.properties.statute import LEVELS, Clerk, File, Unlawful
from tests.stories.town import BAOTA, BRIDGE, CITY, HILLS, PROVINCE, RIVER, ZHIDAN, Town
from tests.stories.warnings import alert_of

UNITS = (
    ("延安市人民政府", CITY, "government"),
    ("宝塔区人民政府", BAOTA, "government"),
    ("志丹县人民政府", ZHIDAN, "government"),
    ("宝塔区气象局", BAOTA, "meteorological"),
    ("延安市气象局", CITY, "meteorological"),
    ("延安市防汛抗旱指挥部", CITY, "flood-command"),
    ("桥镇人民政府", BRIDGE, "government"),
)
DESKS = (
    {Right.DRAFT},
    {Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE},
    {Right.REVIEW, Right.SIGN},
    {Right.REVIEW, Right.SIGN, Right.RELEASE},
    {Right.SIGN, Right.RELEASE},
    {Right.MONITOR},
    {Right.ADMINISTER},
)
SECOND = {Right.REVIEW, Right.SIGN, Right.RELEASE}  #: the second account of those at the first three desks
EVENTS = ("暴雨", "停电", "山洪", "龙卷", "14A01")
UNLISTED = ("陨石坠落", "蝗群")  #: hazards of no table
SEVERITY = dict(zip(LEVELS, ("Minor", "Moderate", "Severe", "Extreme"), strict=True))
PLACES = ((BAOTA,), (BRIDGE,), (RIVER,), (ZHIDAN,), (HILLS,), (BAOTA, ZHIDAN), (CITY,), (PROVINCE,))
XML = {"Content-Type": "application/xml"}
NOBODY = "fh3:" + "0" * 64


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


@dataclass(frozen=True)
class Text:
    """What a warning is to say, before anybody wrote it. `says` is the level that `words` of its headline name."""

    event: str
    level: str
    areas: tuple[str, ...]
    words: str = ""
    says: str = ""


class Office:
    """Let its staff in with `enters`. What it did last is in `steps`, the wrongs it tried in `tried`."""

    def __init__(self, town: Town, arbiter: Arbiter, http: aiohttp.ClientSession, seed: int) -> None:
        self.town, self.arbiter, self.http = town, arbiter, http
        self.dice = random.Random(seed)
        self.accounts: dict[int, Official] = {}
        self.steps: deque[str] = deque(maxlen=60)
        self.answers: Counter[str] = Counter()
        self.tried: Counter[str] = Counter()
        self.ledger = Ledger()
        self.drafted = 0
        self.heard = 0

    async def enters(self) -> None:
        """The staff of every unit; some have a second account, in the same or in another unit."""

        def work(connection: Any) -> None:
            now = to_ms(self.town.clock.now())
            for number, (unit, area, kind) in enumerate(UNITS):
                for desk, rights in enumerate(DESKS):
                    new = NewOfficial(f"{number}-{desk}", unit, area, frozenset(rights), kind)
                    first = self._knows(officials.add(connection, new, now))
                    if desk < 3:
                        elsewhere = UNITS[self.dice.randrange(len(UNITS))] if desk == 1 else (unit, area, kind)
                        again = NewOfficial(
                            f"{number}-{desk}-again", *elsewhere[:2], frozenset(SECOND), elsewhere[2], account_of=first
                        )
                        self._knows(officials.add(connection, again, now))

        await self.town.hub.db.write(work)

    def _knows(self, one: Official) -> int:
        self.accounts[one.id] = one
        rights = frozenset(map(str, one.rights))
        self.arbiter.clerks[one.id] = Clerk(one.id, one.person, one.unit, one.kind, one.area, rights)
        return one.id

    async def asks(self, account: int, method: str, path: str, **more: Any) -> Answer:
        """One call, by an official. An answer of 500 or above is a fault, whatever was asked."""
        official = self.accounts[account]
        token = self.town.hub.tokens.issue(account, official.name, official.rights, timedelta(minutes=5))
        return await self.calls(f"{official.name}#{account}", token, method, path, **more)

    async def calls(self, who: str, token: str, method: str, path: str, **more: Any) -> Answer:
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        url = f"{self.town.hub.settings.public_url}/api/v1{path}"
        async with self.http.request(method, url, headers=headers, **more) as response:
            body = await response.json() if "json" in response.content_type else await response.read()
        answer = Answer(response.status, body)
        said = more.get("json", {k: v for k, v in more.items() if k == "params"})
        self.steps.append(f"{who} {method} {path} {said} -> {answer.status} {answer.rule}")
        self.answers[f"{method} {path.rpartition('/')[2]} {answer.status} {answer.rule}"] += 1
        assert answer.status < 500, self.steps[-1]
        return answer

    # --- who and what

    @property
    def now(self) -> float:
        return float(self.town.clock.now().timestamp())

    def chance(self, probability: float) -> bool:
        return self.dice.random() < probability

    def anyone(self) -> int:
        return self.dice.choice(sorted(self.accounts))

    def reader(self) -> int:
        """Somebody in office, to look things up."""
        return self.dice.choice([n for n, c in sorted(self.arbiter.clerks.items()) if c.active and "sign" in c.rights])

    def able(self, right: str, file: File) -> list[int]:
        """Who may, authorship aside."""
        return [n for n, clerk in sorted(self.arbiter.clerks.items()) if not self.arbiter.may(clerk, right, file)]

    def free(self, right: str, file: File) -> list[int]:
        """Who may, and neither wrote it nor decided on it."""
        taken = file.authors | file.decided
        return [number for number in self.able(right, file) if self.arbiter.clerks[number].person not in taken]

    def unable(self, right: str, file: File) -> list[int]:
        """Who has the right, and may not use it here."""
        clerks = sorted(self.arbiter.clerks.items())
        return [number for number, clerk in clerks if self.arbiter.may(clerk, right, file) not in ("", "right")]

    def somebody(self, right: str, file: File) -> int:
        """Mostly one who may, so that something gets done; at times one who only has the right, or anyone."""
        [pool] = self.dice.choices((self.able(right, file), self.unable(right, file), [self.anyone()]), (75, 15, 10))
        return self.dice.choice(pool or [self.anyone()])

    def cap(self, text: Text, identifier: str = "") -> tuple[bytes, Alert]:
        """A document that says it, unlike any before."""
        self.drafted += 1
        lasts = timedelta(hours=self.dice.choice((1, 6, 12)))
        name, severity = identifier or f"random-{self.drafted}", SEVERITY[text.level]
        made: Alert = alert_of(self.town.clock.now(), name, *text.areas, severity=severity, lasts=lasts)
        headline = f"第{self.drafted}号 {text.words or text.event}"
        infos = tuple(replace(info, event=text.event, headline=headline) for info in made.infos)
        made = replace(made, infos=infos)
        return write(made), made

    # --- what an official does, honestly or not: each tells the arbiter what was taken

    async def drafts(self, author: int, text: Text, hand_up: str = "") -> File | None:
        source, made = self.cap(text)
        params = {"channels": "sms"} | ({"hand_up": hand_up} if hand_up else {})
        file = File(0, text.level, text.event, frozenset(text.areas), "Alert", self.accounts[author].unit, 0.0)
        why = self.arbiter.may(self.arbiter.clerks[author], "draft", file)
        answer = await self.asks(author, "POST", "/alerts", data=source, params=params, headers=XML)
        self.counts("hand up" if hand_up else "draft", why, answer)
        if not hand_up:
            self.counts_competence(text, why, answer)
        if not answer.taken:
            return None
        file = self._opened(answer, text, made, [])
        file.unit = self.accounts[author].unit
        if hand_up:
            file.authors.add(self.arbiter.clerks[author].person)
            self.arbiter.handed_up(author, file, await self.inbox(file))
        else:
            self.arbiter.wrote(author, file)
        return file

    def counts(self, act: str, why: str, answer: Answer) -> None:
        """An act that was taken, or refused to somebody who may not: of whom may, other things stood in the way."""
        if answer.taken or (why and answer.status in (403, 409, 422)):
            self.ledger.notes(act, taken=answer.taken)

    def counts_competence(self, text: Text, why: str, answer: Answer) -> None:
        if answer.taken or (why == "kind" and answer.status == 403):
            act = "a hazard of no table" if text.event in UNLISTED else "a hazard of the table"
            self.ledger.notes(act, taken=answer.taken)
        if answer.taken or (why == "tier" and answer.status == 403):
            self.ledger.notes("a warning of a county or above", taken=answer.taken)

    def judged(self, account: int, right: str, file: File) -> str:
        """Why the account may not, by the arbiter; empty where it may."""
        return self.arbiter.may(self.arbiter.clerks[account], right, file)

    def _opened(self, answer: Answer, text: Text, made: Alert, before: list[File]) -> File:
        number, areas = answer.body["id"], frozenset(text.areas)
        file = File(number, text.level, text.event, areas, made.msg_type, "", _end(made), before, made.identifier)
        file.sent, file.says = answer.body["sent"], text.says
        self.arbiter.files[number] = file
        return file

    async def edits(self, editor: int, file: File, text: Text, version: int | None = None) -> Answer:
        seen = file.version if version is None else version
        source, made = self.cap(text, file.identifier)
        headers, params = {**XML, "If-Match": f'"{seen}"'}, {"channels": "sms"}
        after = replace(file, level=text.level, event=text.event, areas=frozenset(text.areas))
        why = self.judged(editor, "draft", after) or ("" if seen == file.version else "version")
        answer = await self.asks(editor, "PUT", f"/alerts/{file.number}", data=source, params=params, headers=headers)
        self.counts("edit", why, answer)
        if answer.taken:
            if seen != file.version:  # an edit of what another has changed
                raise Unlawful(f"an edit of {file.number} at version {seen} was taken: {file.version}")
            file.version = answer.body["version"]
            file.level, file.event, file.areas, file.expires = text.level, text.event, frozenset(text.areas), _end(made)
            file.msg_type, file.says = made.msg_type, text.says
            file.reset()
            self.arbiter.wrote(editor, file)
        return answer

    async def submits(self, submitter: int, file: File, path: str = "full", version: int | None = None) -> Answer:
        body = {"version": file.version if version is None else version, "path": path}
        why = self.judged(submitter, "draft", file)
        answer = await self.asks(submitter, "POST", f"/alerts/{file.number}/submit", json=body)
        self.counts("submit", why, answer)
        if file.says and (answer.taken or answer.rule == "level-said"):
            self.ledger.notes("a headline that says a level", taken=answer.taken)
            self.arbiter.read_headline(file, taken=answer.taken)
        if answer.taken:
            self.arbiter.submitted(submitter, file, answer.body["digest"], path)
            await self.reads_forms(submitter, file)
        return answer

    async def reads_forms(self, reader: int, file: File) -> None:
        forms = (await self.asks(reader, "GET", f"/alerts/{file.number}/forms")).body
        file.forms = frozenset(form["body"] for form in forms)

    async def says(self, account: int, file: File, step: str, **word: str) -> Answer:
        said = {"step": step, "verdict": "approve", "digest": file.digest or NOBODY, "reason": ""} | word
        why = self.judged(account, step, file) or self.arbiter.barred(account, file)
        answer = await self.asks(account, "POST", f"/alerts/{file.number}/decisions", json=said)
        self.counts(step if said["verdict"] == "approve" else said["verdict"], why, answer)
        if answer.taken:
            self.arbiter.decided(account, file, said)
            file.version = answer.body["version"]
        elif answer.status in (403, 409):
            self.arbiter.refused(account, file, said, answer.rule)
        return answer

    async def releases(self, account: int, file: File, digest: str = "", *, honest: bool = True) -> Answer:
        """Counted among the releases where the record is `honest`, as the hub left it."""
        given = digest or file.digest or NOBODY
        why = self.judged(account, "release", file) or self.arbiter.unready(file, given)
        answer = await self.asks(account, "POST", f"/alerts/{file.number}/release", json={"digest": given})
        if honest:
            self.counts("release", why, answer)
        if answer.taken:
            self.arbiter.released(account, file, given, self.now)
        return answer

    async def updates(self, author: int, file: File, text: Text) -> File | None:
        source, made = self.cap(text)
        made = replace(made, msg_type=MsgType.UPDATE)
        path = f"/alerts/{file.number}/update"
        before = self.chain(file)
        why = self.judged(
            author,
            "draft",
            replace(file, level=text.level, event=text.event, areas=frozenset(text.areas), before=before),
        )
        answer = await self.asks(author, "POST", path, data=source, params={"reason": "险情变化"}, headers=XML)
        self.counts("update", why, answer)
        return self._continued(author, answer, file, (text, made)) if answer.taken else None

    async def cancels(self, author: int, file: File) -> File | None:
        why = self.judged(author, "draft", replace(file, before=self.chain(file)))
        answer = await self.asks(author, "POST", f"/alerts/{file.number}/cancel", json={"note": "险情解除"})
        self.counts("cancel", why, answer)
        if not answer.taken or answer.body["id"] in self.arbiter.files:
            return None  # the same Cancel asked for twice is the same draft (case 60); who asked again wrote nothing
        made = self.opens_cancel(answer.body, file)
        self.arbiter.wrote(author, made)
        return made

    async def refers(self, author: int, msg_type: MsgType, to: Sequence[File], draft: File | None = None) -> None:
        """A CAP document of the author's own that names these warnings, as a new draft or in the place of one."""
        text = Text(to[-1].event, to[-1].level, tuple(sorted(to[-1].areas)))
        _, made = self.cap(text, draft.identifier if draft else "")
        references = tuple(Reference(made.sender, each.identifier, each.sent) for each in to)
        source = write(replace(made, msg_type=msg_type, references=references, note="情况变化"))
        if draft is None:
            answer = await self.asks(author, "POST", "/alerts", data=source, params={"channels": "sms"}, headers=XML)
        else:
            headers = {**XML, "If-Match": f'"{draft.version}"'}
            answer = await self.asks(author, "PUT", f"/alerts/{draft.number}", data=source, headers=headers)
        if answer.taken:
            raise Unlawful(f"{author} speaks for {[each.number for each in to]}")

    def _continued(self, author: int, answer: Answer, file: File, said: tuple[Text, Alert]) -> File:
        follower = self._opened(answer, *said, self.chain(file))
        follower.unit = self.accounts[author].unit
        self.arbiter.wrote(author, follower)
        return follower

    def opens_cancel(self, body: dict[str, Any], file: File) -> File:
        """A Cancel of the chain has been drafted, by whomever."""
        last = next(each for each in reversed(self.chain(file)) if each.released)
        end = datetime.fromisoformat(body["expires_at"]).timestamp()
        number, unit = body["id"], body["unit"]
        made = File(number, last.level, last.event, last.areas, "Cancel", unit, end, self.chain(file))
        self.arbiter.files[number] = made
        return made

    def chain(self, file: File) -> list[File]:
        """Every message of the chain that a file belongs to, sent or not, oldest first."""
        root = file.before[0] if file.before else file
        return [each for _, each in sorted(self.arbiter.files.items()) if each is root or root in each.before[:1]]

    async def withdraws(self, account: int, file: File) -> Answer:
        why = self.judged(account, "draft", file) or ("released" if file.released else "")
        answer = await self.asks(account, "POST", f"/alerts/{file.number}/withdraw", json={"reason": "重复"})
        self.counts("withdraw", why, answer)
        if answer.taken:
            if file.released:
                raise Unlawful(f"{file.number} was released, and is withdrawn")
            file.reset()
            file.ended, file.inbox = True, ""
        return answer

    async def inbox(self, file: File) -> str:
        """The unit in whose inbox it lies."""
        answer = await self.asks(self.reader(), "GET", "/hand-ups", params={"state": "open"})
        return next((each["to_unit"] for each in answer.body["items"] if each["alert"] == file.number), "")

    async def retires(self, account: int, *, active: bool = False) -> None:
        """Somebody leaves office, or comes back."""
        await self.town.hub.db.write(lambda connection: officials.set_active(connection, account, active=active))
        self.arbiter.clerks[account] = replace(self.arbiter.clerks[account], active=active)
        self.steps.append(f"#{account} active={active}")


def _end(alert: Alert) -> float:
    ends = [info.expires for info in alert.infos if info.expires is not None]
    return max(ends).timestamp()
