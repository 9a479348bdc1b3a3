"""The desks of an agency: who sits there, what they ask of the hub, and who of them may do what."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp

from approvals.official import Official, Right
from approvals.public_name import PublicName
from hub.alert.alert import Alert
from hub.clock import to_ms
from hub.store.access import officials, units
from hub.store.access.officials import NewOfficial
from tests.properties.ledger import Ledger
from tests.properties.oracle import Oracle
from tests.properties.policy_model import LEVELS, Clerk, File
from tests.stories.duty import Duty
from tests.stories.town import BAOTA, BRIDGE, CITY, HILLS, PROVINCE, RIVER, ZHIDAN, Town

UNITS = (
    ("延安市人民政府", CITY, "government"),
    ("宝塔区人民政府", BAOTA, "government"),
    ("志丹县人民政府", ZHIDAN, "government"),
    ("宝塔区气象局", BAOTA, "meteorological"),
    ("延安市气象局", CITY, "meteorological"),
    ("延安市防汛抗旱指挥部", CITY, "flood-command"),
    ("桥镇人民政府", BRIDGE, "government"),
    ("延安市预警信息发布中心", CITY, "warning-centre"),
)
DESKS = (
    {Right.DRAFT},
    {Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE},
    {Right.REVIEW, Right.SIGN},
    {Right.REVIEW, Right.SIGN, Right.RELEASE},
    {Right.SIGN, Right.RELEASE},
    {Right.MONITOR},
    {Right.ADMINISTER},
    {Right.DRAFT, Right.REVIEW, Right.SIGN},
)
SECOND = {Right.REVIEW, Right.SIGN, Right.RELEASE}  #: the second account of those at the first three desks
EVENTS = ("暴雨", "停电", "山洪", "龙卷", "14A01")
UNLISTED = ("陨石坠落", "蝗群")  #: hazards of no table
SEVERITY = dict(zip(LEVELS, ("Minor", "Moderate", "Severe", "Extreme"), strict=True))
PLACES = ((BAOTA,), (BRIDGE,), (RIVER,), (ZHIDAN,), (HILLS,), (BAOTA, ZHIDAN), (CITY,), (PROVINCE,))
XML = {"Content-Type": "application/xml"}
NOBODY = "fh3:" + "0" * 64


def in_english(unit: str) -> str:
    """What a unit is called in English."""
    return f"Bureau {chr(ord('A') + [each[0] for each in UNITS].index(unit))}"


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
    """What a warning is to say, before anybody wrote it. `says` is the level that `words` of its headline name.

    `mended` writes the document otherwise; `lacks` says what is missing from it then, so that nobody may be asked to sign.
    """

    event: str
    level: str
    areas: tuple[str, ...]
    words: str = ""
    says: str = ""
    mended: Callable[[Alert], Alert] | None = None
    lacks: str = ""
    speaks: str = ""  #: the unit in whose name it speaks; empty for its own


class Desks:
    """Let the staff in with `enters`. What was done last is in `steps`, the attacks tried in `tried`, the counts in `ledger`."""

    def __init__(self, town: Town, oracle: Oracle, http: aiohttp.ClientSession, seed: int) -> None:
        self.town, self.oracle, self.http = town, oracle, http
        oracle.now = lambda: self.now
        self.dice = random.Random(seed)
        self.accounts: dict[int, Official] = {}
        self.steps: deque[str] = deque(maxlen=60)
        self.answers: Counter[str] = Counter()
        self.tried: Counter[str] = Counter()
        self.ledger = Ledger()
        self.duty = Duty(town)
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
                units.set_public_names(connection, unit, (PublicName("en", in_english(unit)),))

        await self.town.hub.db.write(work)

    def _knows(self, one: Official) -> int:
        self.accounts[one.id] = one
        rights = frozenset(map(str, one.rights))
        self.oracle.clerks[one.id] = Clerk(one.id, one.person, one.unit, one.kind, one.area, rights)
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
        """Somebody in office who watches the platform, to look things up: monitors read everything."""
        watchers = [n for n, c in sorted(self.oracle.clerks.items()) if c.active and "monitor" in c.rights]
        return self.dice.choice(watchers)

    def able(self, right: str, file: File) -> list[int]:
        """Who may, authorship aside."""
        return [n for n, clerk in sorted(self.oracle.clerks.items()) if not self.oracle.may(clerk, right, file)]

    def free(self, right: str, file: File) -> list[int]:
        """Who may, and neither wrote it nor decided on it."""
        taken = file.authors | file.decided
        return [number for number in self.able(right, file) if self.oracle.clerks[number].person not in taken]

    def unable(self, right: str, file: File) -> list[int]:
        """Who has the right, and may not use it here."""
        clerks = sorted(self.oracle.clerks.items())
        return [number for number, clerk in clerks if self.oracle.may(clerk, right, file) not in ("", "right")]

    def somebody(self, right: str, file: File) -> int:
        """Mostly one who may, so that something gets done; at times one who only has the right, or anyone."""
        [pool] = self.dice.choices((self.able(right, file), self.unable(right, file), [self.anyone()]), (75, 15, 10))
        return self.dice.choice(pool or [self.anyone()])

    # --- what is counted

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

    def judged(self, account: int, right: str, file: File, *, stops: bool = False) -> str:
        """Why the account may not, by the oracle; empty where it may."""
        return self.oracle.may(self.oracle.clerks[account], right, file, stops=stops)
