"""The calling: once a second, in one process at a time, it finds what waits, and calls whoever is next.

Everything is in SQL; Redis has no part in it. What was acted on or withdrawn is closed before anybody is called; the
intent of each call is committed before it is made, so that a process that is killed repeats nothing at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from approvals.level import Level
from channels.driver import Driver, columns_of, signatures
from channels.message import Accepted, Ambiguous, DeliveryState, Outcome, ServiceMessage
from hub.callout.calling_order import MINUTE_MS, CallingPace, CallingState, NextCalls, PastCall, next_calls
from hub.callout.candidates import People
from hub.callout.contact import addresses_of
from hub.callout.kinds import WaitingKinds, everything
from hub.callout.matter import ACTED, GIVE_UP_MS, GIVEN_UP, SEEN_TO, Unknowable, Waiting, is_closed_by_hub
from hub.callout.text import HUB, CallSubject, form_of
from hub.callout.unreadable_rows import (
    FAILING,
    raise_unreadable,
    tell_unknowable,
    tell_unreadable,
    tell_unreadable_matter,
)
from hub.clock import Clock, to_ms
from hub.crypto.delivery_ids import DeliveryIds
from hub.crypto.vault import Vault, VaultRefused
from hub.settings.settings import Settings
from hub.store.alerts import calls
from hub.store.alerts.calls import CallRow, Matter, MatterChange, UnreadableMatter
from hub.store.records import alarms, audit, leases
from hub.store.register import roster
from hub.store.register.roster import SealedContact
from hub.store.sql.database import Database, is_transient
from hub.store.sql.times import SKEW

log = structlog.get_logger(__name__)

LEASE = "calls"
LEASE_MS = 10_000
#: a matter is looked at again after this long at the latest: shifts begin and end, officials come and go
LOOK_MS = 15_000
#: an intent without an outcome after this long was a process's that is gone; longer than any driver waits
LOST_MS = 60_000
#: calls of an hour to one official that nothing below orange may use: red never waits behind blue
RESERVED = 2
EXHAUSTED = "calls-exhausted"  #: the alarm where nobody further is left to call; about it nobody is called
LIMITED = "calls-limited"  #: the alarm where the limit of the hour alone holds somebody back; nor about it


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call whose intent is committed."""

    id: int
    channel: str
    contact: SealedContact
    notice: CallSubject


@dataclass(slots=True)
class CallSweep:
    """The caller. `owner` names this process."""

    db: Database
    clock: Clock
    settings: Settings
    kinds: Sequence[WaitingKinds]
    drivers: Mapping[str, Driver]
    vault: Vault
    ids: DeliveryIds
    owner: str
    _by_name: dict[str, WaitingKinds] = field(init=False)
    _fails: bool = field(default=False, init=False)  #: whether the last round of this process did

    def __post_init__(self) -> None:
        self._by_name = {kind.name: kind for kind in self.kinds}

    async def run(self) -> None:
        """Calls until cancelled."""
        while True:
            await self.try_round()
            await asyncio.sleep(self.settings.dispatch.sweep_s)

    async def try_round(self) -> None:
        """One round. One that fails is logged and an alarm; the audit log says when one succeeds again."""
        try:
            await self.round()
        except Exception as error:  # the caller must outlive any single fault
            log.exception("call_round_failed")
            self._fails = True
            text = f"a round of calling officials failed: {type(error).__name__}"
            await self._note(lambda connection, now: alarms.raise_once(connection, now, FAILING, "calls", text))
        else:
            if self._fails:
                self._fails = False
                await self._note(_note_resumption)

    async def _note(self, work: Callable[[Connection, int], None]) -> None:
        try:
            await self.db.write(lambda connection: work(connection, to_ms(self.clock.now())))
        except Exception:  # most likely what failed the round; it is logged either way
            log.exception("calls_failing_not_stored")

    async def round(self) -> int:
        """One round; returns how many calls were made. Does nothing where another process is the caller."""
        if not await self.db.read(self._has_work):
            return 0
        planned = await self.db.write(self._plan)
        await asyncio.gather(*(self._make(each) for each in planned))
        return len(planned)

    # --- inside a transaction

    def _has_work(self, connection: Connection) -> bool:
        if calls.open_matters(connection) or calls.unreadable(connection):
            return True
        if not roster.is_kept(connection):
            return False  # nobody could be called
        found, unknowable = everything(self.kinds, connection, to_ms(self.clock.now()))
        return bool(unknowable) or any(_is_work(each, calls.find_matter(connection, each.new)) for each in found)

    def _plan(self, connection: Connection) -> list[PlannedCall]:
        """Opens and closes matters, and commits the intent of every call that is due."""
        now = to_ms(self.clock.now())
        if not leases.take(connection, LEASE, self.owner, now, now + LEASE_MS):
            return []
        calls.give_up(connection, now - LOST_MS)
        found, unknowable = everything(self.kinds, connection, now)
        waiting = {each.key: each for each in found}
        for each in unknowable:
            tell_unknowable(connection, each, now)
        tell_unreadable(connection, now)
        self._settle(connection, waiting, unknowable, now)
        people = People(connection, self.settings.calls, self._channels(), now)
        still = [each for each in calls.open_matters(connection, lock=True) if each.key in waiting]
        latest = now + LOOK_MS + SKEW  # nobody puts it off for longer
        due = [each for each in still if not now < each.next_at <= latest]
        # The most dangerous has the first word, of equals the newest: who waits longer has been called about.
        due.sort(key=lambda matter: (-matter.level, -matter.opened_at, -matter.id))
        return [call for matter in due for call in self._call_alone(people, matter, waiting[matter.key])]

    def _channels(self) -> Mapping[str, str]:
        """One channel for each medium by which officials are called, the first that is configured, with its column."""
        columns = columns_of(self.drivers)
        found = {column: name for name, column in reversed(columns.items())}
        return {found[column]: column for column in self.settings.calls.media if column in found}

    def _settle(
        self,
        connection: Connection,
        waiting: Mapping[tuple[str, str, str], Waiting],
        unknowable: Sequence[Unknowable],
        now: int,
    ) -> None:
        """Closes what no longer waits, and opens what has begun to. What cannot be known stays as it is."""
        begun = calls.open_matters(connection, lock=True)
        for matter in begun:
            if any(each.covers(matter) for each in unknowable):
                continue
            if matter.kind not in self._by_name:
                raise_unreadable(connection, f"matter/{matter.id}", "its kind is none that anything waits by", now)
            elif matter.key not in waiting:
                calls.close(connection, matter.id, ACTED, now)
            elif now - matter.opened_at > GIVE_UP_MS:
                calls.close(connection, matter.id, GIVEN_UP, now)
        known = {matter.key for matter in begun}
        for each in (each for key, each in waiting.items() if key not in known):
            self._begin(connection, each, now)

    def _begin(self, connection: Connection, waiting: Waiting, now: int) -> None:
        """Opens the matter of what has begun to wait; one that was closed by hand is told of, too."""
        known = calls.find_matter(connection, waiting.new)
        if known is None:
            calls.open_matter(connection, waiting.new, now)
        elif isinstance(known, UnreadableMatter):
            tell_unreadable_matter(connection, known, now)
        elif waiting.begins(known):
            if not is_closed_by_hub(known):
                text = "it was closed by hand while it waits: it is called about again"
                raise_unreadable(connection, f"matter/{known.id}", text, now)
            calls.open_again(connection, known.id, now)

    def _call_alone(self, people: People, matter: Matter, waiting: Waiting) -> list[PlannedCall]:
        """The calls due about one matter; where they cannot be found it is set aside for a while, and it alone."""
        connection, now = people.connection, people.now
        try:
            with connection.begin_nested():
                planned = self._call(people, matter, waiting)
        except Exception as error:  # whatever it is of this matter keeps nobody from being called about the others
            if is_transient(error):
                raise
            log.exception("call_not_planned", matter=matter.id)
            text = f"whom to call about it cannot be found: {type(error).__name__}"
            raise_unreadable(connection, f"matter/{matter.id}", text, now)
            calls.change(connection, matter.id, next_at=now + LOOK_MS)
            return []
        for each in planned:
            people.note(each.contact.official, each.channel)
        return planned

    def _call(self, people: People, matter: Matter, waiting: Waiting) -> list[PlannedCall]:
        connection, now = people.connection, people.now
        steps, contacts = people.steps(waiting, self._by_name[matter.kind].may_act(connection, waiting))
        made = calls.calls_about(connection, matter.id)
        if len(made) != calls.counted_rows(connection, matter.id):
            raise_unreadable(
                connection, f"matter/{matter.id}", "a call about it cannot be read, and counts as not made", now
            )
        failed = int(DeliveryState.FAILED)
        history = [
            PastCall(each.official, each.channel, each.at, each.state == failed, each.acknowledged_at is not None)
            for each in of_this_opening(matter, made)
        ]
        standing = CallingState(matter.step, matter.step_at, history, people.lately)
        found = next_calls(steps, standing, pace_of(self.settings, matter.level), now)
        self._keep(connection, matter, found, now)
        self._tell_held(people, matter, found)
        return [self._intend(people, matter, waiting, contacts[who], channel) for who, channel in found.calls]

    def _keep(self, connection: Connection, matter: Matter, found: NextCalls, now: int) -> None:
        values: MatterChange = {"step": found.step, "step_at": found.step_at}
        values["next_at"] = min(found.next_at, now + LOOK_MS)
        if found.exhausted and matter.exhausted_at is None:
            values["exhausted_at"] = now
            text = f"nobody has acted on matter {matter.id} ({matter.kind}), and nobody further is left to call"
            alarms.raise_alarm(connection, now, EXHAUSTED, matter.subject, text)
        calls.change(connection, matter.id, **values)

    def _tell_held(self, people: People, matter: Matter, found: NextCalls) -> None:
        """An alarm that names who is not called yet, and the limit that holds them back."""
        if not found.held:
            return
        names, limit = ", ".join(people.names(found.held)), pace_of(self.settings, matter.level).per_hour
        text = f"matter {matter.id} ({matter.kind}): not called yet is {names}, who had {limit} calls within the hour"
        remedy = "reach them otherwise, or raise calls.per_hour"
        alarms.raise_once(people.connection, people.now, LIMITED, matter.subject, f"{text}: {remedy}")

    def _intend(
        self, people: People, matter: Matter, waiting: Waiting, contact: SealedContact, channel: str
    ) -> PlannedCall:
        connection, now = people.connection, people.now
        earlier = [each for each in calls.calls_about(connection, matter.id) if each.official == contact.official]
        highest = max((each.attempt for each in earlier if each.channel == channel), default=0)
        attempt = 1 + max(highest, calls.counted_rows(connection, matter.id, (contact.official, channel)))
        number = calls.intend(connection, matter.id, contact.official, channel, attempt, now)
        who = {"call": number, "matter": matter.id, "official": contact.official, "attempt": attempt}
        detail = {**who, "channel": channel, "about": f"{matter.kind} {matter.occasion}"}
        audit.append(connection, at_ms=now, actor="hub", action="call", subject=matter.subject, detail=detail)
        link = f"{self.settings.public_url}{waiting.page}"
        registered = signatures(self.drivers[channel]) or (HUB,)
        notice = CallSubject(matter.id, matter.unit or HUB, link, self.settings.hub.world, registered[0])
        return PlannedCall(number, channel, contact, notice)

    # --- outside of it

    async def _make(self, call: PlannedCall) -> None:
        outcome = await self._send(call)
        match outcome:
            case Accepted():
                state, detail = DeliveryState.ACCEPTED, ""
            case Ambiguous():
                state, detail = DeliveryState.UNKNOWN, outcome.detail
            case str():
                state, detail = DeliveryState.FAILED, outcome
            case _:  # refused, or put off: the next repeat is the next attempt
                state, detail = DeliveryState.FAILED, str(outcome.reason)
        await self.db.write(lambda connection: calls.report(connection, call.id, int(state), detail))

    async def _send(self, call: PlannedCall) -> Outcome | str:
        """What the driver answers, or why nothing could be sent."""
        medium = self.drivers[call.channel].medium
        try:
            to = addresses_of(self.vault, call.contact)[medium.column]
        except (VaultRefused, KeyError):
            return "its address cannot be opened"
        delivery = self.ids.call(call.channel, call.id)
        hook = {"url": f"{self.settings.public_url}/hooks/{call.channel}", "delivery": delivery, "gather": "1"}
        hook["language"] = call.contact.language
        try:
            form = form_of(call.notice, (call.channel, medium), call.contact.language, hook)
        except KeyError:
            return "there is no text in its language"
        expires = self.clock.now() + timedelta(minutes=self.settings.calls.slow_minutes)
        try:
            return await self.drivers[call.channel].send(ServiceMessage(delivery, 1, to, form, expires))
        except Exception as error:  # a driver that fails on one call keeps no other from being made
            log.exception("call_failed", call=call.id)
            return Ambiguous(type(error).__name__)


def _is_work(waiting: Waiting, known: Matter | UnreadableMatter | None) -> bool:
    return isinstance(known, UnreadableMatter) or waiting.begins(known)


def _note_resumption(connection: Connection, now: int) -> None:
    detail = {"over": FAILING}
    audit.append(connection, at_ms=now, actor="hub", action="calls-resumed", subject="calls", detail=detail)


def of_this_opening(matter: Matter, made: Sequence[CallRow]) -> Sequence[CallRow]:
    """The calls that tell who knows of it: an alarm that was seen to and is raised again is news to everybody.

    Of every other kind it is the same waiting that goes on, and whoever acknowledged it knows.
    """
    return [each for each in made if matter.kind not in SEEN_TO or each.at >= matter.opened_at]


def pace_of(settings: Settings, level: int) -> CallingPace:
    """How fast is called about something of this level; the lower ones leave some calls of the hour to the higher."""
    word, found = Level(level).word, settings.calls
    kept = RESERVED if level < Level.ORANGE else 0
    return CallingPace(
        repeat=int(found.repeat_minutes.of(word) * MINUTE_MS),
        climb=int(found.escalation_minutes.of(word) * MINUTE_MS),
        tries=found.tries,
        slow=int(found.slow_minutes * MINUTE_MS),
        per_hour=max(1, found.per_hour - kept),
    )
