"""The county of the cases, with its weather office at its desks, and the cases themselves as they would be sent today."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection
from twilio.request_validator import RequestValidator

from approvals.official import Official
from channels.counterparts.twilio import AUTH_TOKEN
from hub.clock import to_ms
from hub.registry.importer import import_csv
from hub.store.access import officials, units
from hub.store.access.officials import NewOfficial
from hub.store.register import recipients, regions
from hub.store.register.regions import NewRegion
from tests.stories.staff import DESKS, Staff
from tests.stories.town import Town

CITY, COUNTY = "500000000000", "500229000000"
HOME = "500229001000"  #: a township of the county
ISLES = "990000000000"  #: whose people may stand anywhere: no outline of it is known
PLACES = (
    NewRegion(CITY, "重庆市", None, 1),
    NewRegion(COUNTY, "城口县", CITY, 3),
    NewRegion(HOME, "葛城街道", COUNTY, 4),
    NewRegion(ISLES, "群岛", None, 2),
)
MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")
WRITTEN = re.compile(rb"<identifier>bug-\w+-(\d+)</identifier>")  #: the second at which the case was made
HEADER = "external_id,region,language,lat,lon,sms"


def sent_today(source: bytes, now: datetime) -> bytes:
    """The case as if it had been made at this moment: all its times moved by one span."""
    made = WRITTEN.search(source)
    assert made is not None, "a case says in its identifier when it was made"
    span = timedelta(seconds=int(now.timestamp()) - int(made[1]))
    return MOMENT.sub(lambda found: (datetime.fromisoformat(found[0].decode()) + span).isoformat().encode(), source)


@dataclass
class County(Staff):
    """The weather office of the county over HTTP, the town that stands for it, and the folder of the cases."""

    folder: Path

    @classmethod
    async def opens(cls, town: Town, http: Any, folder: Path) -> County:
        found: dict[str, Official] = {}

        def enter(connection: Connection) -> None:
            regions.upsert(connection, PLACES)
            units.set_public_names(connection, "office", ())  # the name is the county's
            for desk, right in [*DESKS.items(), ("signs-too", DESKS["signs"])]:
                new = NewOfficial(desk, "城口县气象台", COUNTY, frozenset({right}), "meteorological")
                found[desk] = officials.add(connection, new, to_ms(town.clock.now()))

        await town.hub.db.write(enter)
        return cls(town, http, found | town.officials, folder)

    def case(self, name: str) -> bytes:
        """The document or table of a case, by the first letters of its folder and file."""
        folder, _, file = name.partition("/")
        [found] = [each for each in self.folder.glob(f"{folder}-*/input*") if file in each.name]
        data = found.read_bytes()
        return sent_today(data, self.town.clock.now()) if found.suffix == ".xml" else data

    async def registers(self, *rows: str, header: str = HEADER) -> None:
        """People as a file of the register has them."""
        town = self.town
        report = await import_csv(town.hub.db, town.hub.vault, town.clock, [header, *rows])
        assert report.refused == ()

        def look(connection: Connection) -> None:
            for number, person in recipients.iterate_recipients(connection, town.hub.vault):
                town.names[number], town.ids[person.external_id] = person.external_id, number
                town.phones[person.external_id] = person.addresses.get("sms", "")

        await town.hub.db.read(look)

    async def drafts(self, source: bytes, channels: str = "sms", by: str = "drafts") -> tuple[int, Any]:
        headers = {"Content-Type": "application/xml"}
        return await self.asks(by, "POST", f"/alerts?channels={channels}", data=source, headers=headers)

    async def submits(self, view: Any, by: str = "drafts") -> tuple[int, Any]:
        return await self.asks(by, "POST", f"/alerts/{view['id']}/submit", json={"version": view["version"]})

    async def answers(self, view: Any, **said: dict[str, str]) -> tuple[int, Any]:
        body = {"version": view["version"], "answers": {key.replace("_", "-"): word for key, word in said.items()}}
        return await self.asks("drafts", "POST", f"/alerts/{view['id']}/answers", json=body)

    async def releases(self, view: Any) -> Any:
        """Submitted, signed by everyone the policy wants, released and sent."""
        status, view = await self.submits(view)
        assert status == 200, view
        free = {"review": ["reviews"], "sign": ["signs", "signs-too"]}
        while view["missing"]:
            step = view["missing"][0]
            word = {"step": step, "verdict": "approve", "digest": view["digest"], "reason": ""}
            status, view = await self.asks(free[step].pop(0), "POST", f"/alerts/{view['id']}/decisions", json=word)
            assert status == 200, view
        body = {"digest": view["digest"]}
        status, view = await self.asks("releases", "POST", f"/alerts/{view['id']}/release", json=body)
        assert status == 200, view
        return view

    async def warns(self, source: bytes, channels: str = "sms") -> Any:
        """The whole way, to the order."""
        status, view = await self.drafts(source, channels)
        assert status == 201, view
        return await self.releases(view)

    async def shows(self, view: Any, what: str = "", who: str = "reviews") -> Any:
        """What the alert, or a page of it, says to an official who is to decide."""
        status, found = await self.asks(who, "GET", f"/alerts/{view['id']}{what}")
        assert status == 200, found
        return found

    async def hears(self, channel: str, delivery: str, status: str, **more: str) -> int:
        """The telephone company calls back, with its signature over the address it was given."""
        fields = {"MessageSid": "SM" + "0" * 32, "MessageStatus": status} if channel == "sms" else {}
        fields |= {"CallSid": "CA" + "0" * 32, "CallStatus": status} if channel == "voice" else {}
        fields |= more
        phones = self.town.sms if channel == "sms" else self.town.voice
        url = phones.stories[delivery].callback
        signature = RequestValidator(AUTH_TOKEN).compute_signature(url, fields)
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        async with self.http.post(url, data=urlencode(fields).encode(), headers=headers) as answer:
            return answer.status


def findings(view: Any, rule: str) -> list[Any]:
    return [each for each in view["findings"] if each["rule"] == rule]


def open_questions(view: Any) -> dict[str, tuple[str, ...]]:
    return {each["key"]: tuple(choice["key"] for choice in each["choices"]) for each in view["questions"]}
