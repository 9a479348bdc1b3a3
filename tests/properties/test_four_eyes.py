"""Whatever administrators do, in any order: no right is held that two different persons did not grant.

The judge reads nothing but the audit log, and shares no code with what it judges.
"""

from __future__ import annotations

import json
import random
from types import SimpleNamespace

import pytest

from hub.access.administration.officials import official_kinds
from hub.access.administration.requests import Administration
from hub.access.administration.units import unit_kinds
from hub.errors import Refusal
from hub.store.access import officials
from hub.store.records import audit

RIGHTS = ("draft", "review", "sign", "release", "monitor", "administer")
WORDS = SimpleNamespace(kinds={"government"}, offices=set())
OFFICE = {"unit": "Agency", "area": "000000000000", "kind": "government"}
HOUR_MS = 3600 * 1000
STEPS = 60


class Judge:
    """Replays the log: who is in office, which person is behind which account, and what each may."""

    def __init__(self) -> None:
        self.person: dict[int, int] = {}
        self.rights: dict[int, set[str]] = {}
        self.out: set[int] = set()
        self.requests: dict[int, tuple[str, int, int]] = {}
        self.approved: set[int] = set()

    def administering(self) -> set[int]:
        return {self.person[n] for n, held in self.rights.items() if "administer" in held and n not in self.out}

    def read(self, entry) -> None:
        word, _, kind = entry.action.partition("-")
        told = json.loads(entry.detail)
        if word == "bootstrap":
            assert len(self.administering()) < 2, entry
            self.apply(kind, told["result"])
        elif word == "request":
            self.requests[told["request"]] = (told["digest"], self.person[told["official"]], entry.at_ms)
        elif word == "approve":
            digest, asked_by, at = self.requests[told["request"]]
            agreed_by = self.person[told["official"]]
            assert told["digest"] == digest, entry
            assert asked_by != agreed_by, entry
            assert {asked_by, agreed_by} <= self.administering(), entry
            assert entry.at_ms - at < HOUR_MS, entry
            assert told["request"] not in self.approved, entry
            self.approved.add(told["request"])
            self.apply(kind, told["result"])
        elif entry.action in ("right-revoke", "official-retire"):
            before = {number: set(held) for number, held in self.rights.items()}
            self.apply(entry.action, told["result"])
            assert all(held <= before[number] for number, held in self.rights.items()), entry

    def apply(self, kind: str, result) -> None:
        number = result.get("official")
        if kind == "official-retire":
            self.out.add(number)
        elif kind == "official-reinstate":
            self.out.discard(number)
        elif kind == "account-link":
            for account, person in self.person.items():
                if person == result["was_person"]:
                    self.person[account] = result["person"]
        elif "rights" in result:
            self.person.setdefault(number, result["person"])
            self.rights[number] = set(result["rights"])


class Agency:
    """Officials who try whatever comes to their mind."""

    def __init__(self, db, clock, seed: int) -> None:
        self.db, self.clock, self.dice, self.refused = db, clock, random.Random(seed), 0
        kinds = {kind.name: kind for kind in (*official_kinds(WORDS), *unit_kinds(WORDS))}
        self.administration = Administration(db, clock, None, kinds, 1.0, bytes)

    async def step(self) -> None:
        everyone = [record.official for record in await self.db.read(officials.everyone)]
        someone, other, third = (self.dice.choice(everyone) for _ in range(3))
        name = f"official {len(everyone) + 1}"
        first = self.dice.choice([0, 0, other.id])
        enrol = {"name": name, "unit": "Agency", "rights": self.dice.sample(RIGHTS, 1), "account_of": first}
        acts = [
            ("right-grant", {"official": other.id, "right": self.dice.choice(RIGHTS)}),
            ("right-revoke", {"official": other.id, "right": self.dice.choice(RIGHTS)}),
            ("official-enrol", enrol),
            ("official-retire", {"official": other.id}),
            ("official-reinstate", {"official": other.id}),
            ("account-link", {"official": other.id, "account_of": third.id}),
        ]
        kind, payload = self.dice.choice(acts)
        waiting = await self.administration.list_requests()
        try:
            match self.dice.randrange(10):
                case 0:
                    await self.administration.bootstrap(kind, payload)
                case 1:
                    self.clock.advance(self.dice.choice([1, 60, 3000]))
                case 2 | 3 | 4 if waiting:
                    await self.administration.propose(someone, kind, payload)
                case _ if waiting:
                    request = self.dice.choice(waiting[:3])
                    digest = self.dice.choice([request.digest, request.digest, waiting[0].digest])
                    await self.administration.approve(someone, request.id, digest)
                case _:
                    await self.administration.propose(someone, kind, payload)
        except Refusal:
            self.refused += 1


@pytest.mark.parametrize("seed", range(4))
async def test_no_right_is_ever_held_that_two_persons_did_not_grant(db, clock, seed):
    agency = Agency(db, clock, seed)
    for name in ("Ann", "Bob"):
        payload = {"name": name, **OFFICE, "rights": ["administer"]}
        await agency.administration.bootstrap("official-enrol", payload)
    for _ in range(STEPS):
        await agency.step()
    judge = Judge()
    for entry in await db.read(lambda connection: tuple(audit.entries(connection))):
        judge.read(entry)
    for record in await db.read(officials.everyone):
        one = record.official
        assert {str(right) for right in one.rights} == judge.rights[one.id], one
        assert one.person == judge.person[one.id], one
        assert record.active == (one.id not in judge.out), one
    assert len(judge.administering()) >= 2
    assert judge.approved
    assert agency.refused


async def test_the_judge_sees_a_right_that_one_person_granted_alone(db, clock):
    agency = Agency(db, clock, 0)
    for name in ("Ann", "Bob"):
        payload = {"name": name, **OFFICE, "rights": ["administer"]}
        await agency.administration.bootstrap("official-enrol", payload)
    [ann, _] = await db.read(officials.everyone)
    payload = {"official": ann.official.id, "right": "monitor"}
    request = (await agency.administration.propose(ann.official, "right-grant", payload)).request
    detail = {"request": request.id, "digest": request.digest, "official": ann.official.id, "result": payload}
    forged = {"at_ms": 1, "actor": "Ann", "action": "approve-right-grant", "subject": "x", "detail": detail}
    await db.write(lambda connection: audit.append(connection, **forged))
    entries = await db.read(lambda connection: tuple(audit.entries(connection)))
    judge = Judge()
    for entry in entries[:-1]:
        judge.read(entry)
    with pytest.raises(AssertionError):
        judge.read(entries[-1])
