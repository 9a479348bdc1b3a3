"""The main job, step by step: one warning to a whole town and back, with an Update and a Cancel."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pyroaring import BitMap
from sqlalchemy import Connection

from hub.alert.alert import Alert
from hub.dossier import chain
from hub.formats.cap.write import write
from hub.local.demo.office import ApiRefusal, Office
from hub.local.demo.public import Public
from hub.local.demo.redate import prolong
from hub.local.demo.stage import DemoStage
from hub.store.alerts import alerts
from hub.store.delivery import campaigns
from hub.store.delivery.personal import personal_channels

POLL_S = 1.0
#: a release has come to rest when nothing has changed for this many polls
QUIET_POLLS = 2
#: how long the first call to an official is waited for, and how often it is looked for
CALLED_S, CALL_POLL_S = 5.0, 0.2
#: share of the people reached who write back
ANSWERING = 0.005


class Narrator(Protocol):
    """Shows the demonstration to whoever watches."""

    def say(self, text: str) -> None:
        """One step, in a sentence."""
        ...

    def show_forms(self, forms: list[dict[str, Any]]) -> None:
        """What each channel would send, before it is signed."""
        ...

    def progress(self, title: str, progress: Mapping[str, Any]) -> None:
        """How a delivery stands; called again as it changes, the last time when it has come to rest."""
        ...


@dataclass(frozen=True, slots=True)
class WalkPace:
    """How long to wait at most for one message to come to rest, and when escalation has surely gone on (seconds)."""

    ladder_s: float
    most_s: float


@dataclass(frozen=True, slots=True)
class Exactness:
    """Whether a Cancel went to exactly those who may have been reached; counts are persons."""

    maybe_reached: int
    told: int
    exact: bool


class Walk:
    """One warning's way."""

    def __init__(self, stage: DemoStage, office: Office, narrator: Narrator, pace: WalkPace) -> None:
        self._stage = stage
        self._office = office
        self._narrator = narrator
        self._pace = pace
        self._public = Public(stage.hub, stage.counterparts)

    async def walk(self, alert: Alert, regions: frozenset[str], tokens: Mapping[str, str]) -> tuple[int, Exactness]:
        """The whole way; the id of the first message, and how exact its Cancel was. Raises Refused."""
        first = await self._release(await self._office.draft(write(alert), regions), "Alert")
        await self._partners(tokens)
        await self._rest(first, "Alert", answers=True)
        now = self._stage.hub.clock.now()
        update = await self._release(await self._office.update(first, write(prolong(alert, now))), "Update")
        await self._partners(tokens)
        await self._rest(update, "Update")
        cancel = await self._release(await self._office.cancel(first, "险情解除"), "Cancel")
        await self._partners(tokens)
        await self._rest(cancel, "Cancel")
        hub = self._stage.hub
        return first, await hub.db.read(lambda connection: exactness(connection, cancel))

    async def counts(self) -> dict[str, dict[str, int]]:
        """What the other ends counted."""
        return await self._public.counts()

    async def _release(self, draft: dict[str, Any], title: str) -> int:
        office, say = self._office, self._narrator.say
        alert = int(draft["id"])
        say(f"{title}: draft {alert} by {', '.join(draft['authors'])} — {draft['headline'] or draft['event']}")
        for filled in (each["values"] for each in draft["findings"] if each["rule"] == "prefilled"):
            say(f"left blank, filled in by the hub: {filled['element']} ({filled['language']}) {filled['filled']}")
        view = await office.submit(draft)
        forms = await office.forms(alert)
        self._narrator.show_forms(forms)
        say(f"submitted: {view['targeted']:,} persons, {len(forms)} forms, digest {view['digest'][:20]}…")
        if title == "Alert":
            await self._show_calls(view)
        await self._try_without_authority(view)
        view = await office.approve_all(view)
        signed = ", ".join(f"{each['official']} ({each['step']})" for each in view["decisions"] if not each["void"])
        say(f"approved by {signed}")
        await office.release(view)
        say("release order signed and committed; sending")
        if owed := await office.duties(alert):
            say(f"also owed by law: {', '.join(owed)}")
        return alert

    async def _show_calls(self, view: dict[str, Any]) -> None:
        """Who on duty can take each step, and whom the hub called at once about the next."""
        for step in view["duty"]:
            lack = f", {step['lacking']} LACKING" if step["lacking"] else ""
            self._narrator.say(f"on duty for {step['step']}: {', '.join(step['on_duty']) or 'nobody'}{lack}")
        deadline = asyncio.get_running_loop().time() + CALLED_S
        while not view["calls"] and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(CALL_POLL_S)
            view = await self._office.view(view["id"])
        called = ", ".join(f"{call['official']} by {call['channel']}" for call in view["calls"])
        self._narrator.say(f"called about the next step, without a word of the warning: {called or 'nobody yet'}")

    async def _try_without_authority(self, view: dict[str, Any]) -> None:
        """Releasing before anyone signed must be refused: shown, not assumed."""
        try:
            await self._office.release(view)
        except ApiRefusal as refused:
            self._narrator.say(f"release without signatures is refused: {refused}")
        else:
            raise RuntimeError("a warning was released without signatures")

    async def _partners(self, tokens: Mapping[str, str]) -> None:
        documents = await self._public.partners_pull(tokens)
        self._narrator.say(f"{len(tokens)} media partners pulled the feed: {documents} CAP documents")

    async def _rest(self, alert: int, title: str, *, answers: bool = False) -> None:
        """Waits until receipts and escalation have come to rest; the public answers meanwhile."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        seen: Any = None
        quiet = 0
        while loop.time() - start < self._pace.most_s:
            progress = await self._office.progress(alert)
            self._narrator.progress(title, progress)
            if answers and progress["persons"]["reached"]:
                answers = False
                await self._answers(alert, progress["persons"]["reached"])
            picture = (progress["persons"], {name: each["delivered"] for name, each in progress["channels"].items()})
            quiet = quiet + 1 if picture == seen else 0
            seen = picture
            over = loop.time() - start > self._pace.ladder_s
            if progress["settled"] and over and quiet >= QUIET_POLLS:
                return
            await asyncio.sleep(POLL_S)
        self._narrator.say(f"{title} has not come to rest within {self._pace.most_s:.0f} s; the report says so")

    async def _answers(self, alert: int, reached: int) -> None:
        written = await self._public.answers_by_sms(alert, max(5, min(200, int(reached * ANSWERING))))
        groups = await self._public.answers_in_groups()
        posts = await self._public.posts(alert, self._stage.hub.clock.now())
        self._narrator.say(f"the public answers: {written} by SMS, {groups} in groups, {posts} posts")


def exactness(connection: Connection, cancel: int) -> Exactness:
    """Compares whom the Cancel was sent to with whom the chain may have reached: persons, and every channel's own.

    A person whose Cancel did not arrive by SMS is called by escalation, so voice may hold people who got the alert by
    SMS only. A message reported undelivered after the Cancel was released may have been there when it was.
    """
    row = alerts.get(connection, cancel)
    if row is None:
        raise LookupError(f"alert {cancel}")
    now = chain.chain_reached(connection, row)
    then = chain.chain_reached(connection, row, since=row.released_at)
    told = {channel: each.covered for channel, each in campaigns.find(connection, cancel).items()}
    nobody = BitMap()
    personal = personal_channels(connection, then) | personal_channels(connection, told)
    persons = BitMap.union(nobody, *(bits for channel, bits in now.items() if channel in personal))
    persons_then = BitMap.union(nobody, *(bits for channel, bits in then.items() if channel in personal))
    persons_told = BitMap.union(nobody, *(bits for channel, bits in told.items() if channel in personal))
    # Everyone who may hold it is told, on the channel they may hold it by; and nobody else, on any channel.
    complete = all(bits.issubset(told.get(channel, nobody)) for channel, bits in now.items())
    no_stranger = persons_told.issubset(persons_then) and all(
        bits.issubset(then.get(channel, nobody)) for channel, bits in told.items() if channel not in personal
    )
    return Exactness(len(persons | (persons_told & persons_then)), len(persons_told), complete and no_stranger)
