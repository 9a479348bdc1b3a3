"""What waits and whom the hub called, for officials: they see it, acknowledge, and say what they have seen to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from approvals.official import Official
from hub.alert.views import CallView
from hub.callout.acknowledgement import acknowledge
from hub.callout.kinds import WaitingKinds
from hub.callout.matter import SEEN, SEEN_TO, Waiting, page_of
from hub.callout.progress import view
from hub.clock import Clock, from_ms, to_ms
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.rules.rule import Rule
from hub.store.alerts import calls as store
from hub.store.alerts.calls import CallRow, Matter, NewMatter, UnreadableMatter
from hub.store.records import audit
from hub.store.sql.database import Database

SESSION = "session"  #: where an acknowledgement came from that was no answer to a call


@dataclass(frozen=True, slots=True)
class MatterView:
    """Something that waits, or did: `exhausted` is when nobody further was left to call."""

    reference: int
    kind: str
    subject: str
    occasion: str
    unit: str
    opened: datetime
    exhausted: datetime | None
    closed: datetime | None
    closed_reason: str
    calls: tuple[CallView, ...]


@dataclass(frozen=True, slots=True)
class Calls:
    """The matters of this hub."""

    db: Database
    clock: Clock
    kinds: Sequence[WaitingKinds]

    async def list_matters(self, subject: str | None = None, *, only_open: bool = False) -> tuple[MatterView, ...]:
        """The newest first; of one subject, such as ``alert/12``, where it is named."""

        def work(connection: Connection) -> tuple[MatterView, ...]:
            return _views(connection, store.list_matters(connection, subject, only_open=only_open))

        return await self.db.read(work)

    async def acknowledge(self, official: Official, number: int) -> MatterView:
        """The official knows of it. Raises NotFound, Forbidden for somebody who was not called."""

        def work(connection: Connection) -> MatterView:
            matter = _matter(connection, number)
            theirs = [call for call in store.calls_about(connection, number) if call.official == official.id]
            if not theirs:
                raise Forbidden("only who was called acknowledges a call", rule=Rule.CALL_STRANGER, place="id")
            acknowledge(connection, theirs[-1], SESSION, to_ms(self.clock.now()))
            return _views(connection, [matter])[0]

        return await self.db.write(work)

    async def see_to(self, official: Official, number: int, reason: str) -> MatterView:
        """Ends the calls about an alarm that somebody has seen to. Raises NotFound, Conflict, Invalid, Forbidden.

        Of every other kind the act itself is the end: nobody waves off a signature that is wanted.
        """
        if not reason.strip():
            raise Invalid("say what was done about it", rule=Rule.SEP_7, place="reason")

        def work(connection: Connection) -> MatterView:
            matter = _matter(connection, number)
            if matter.kind not in SEEN_TO:
                text = f"a {matter.kind} ends when it is acted on, not by a word"
                raise Conflict(text, rule=Rule.CALL_KIND, place="id")
            if matter.closed_at is not None:
                raise Conflict("nobody is called about this any more", rule=Rule.CALL_CLOSED, place="id")
            new = NewMatter(matter.kind, matter.subject, matter.occasion, matter.unit, matter.level)
            kind = next(each for each in self.kinds if each.name == matter.kind)
            if not kind.may_act(connection, Waiting(new, page_of(matter.subject)))(official):
                raise Forbidden(f"it is a matter of {matter.unit or 'the hub'}", rule=Rule.CALL_STRANGER, place="id")
            now, detail = to_ms(self.clock.now()), {"matter": number, "reason": reason.strip()}
            store.close(connection, number, f"{SEEN}{official.name}: {reason.strip()}", now)
            action, actor = "alarm-seen-to", official.name
            audit.append(connection, at_ms=now, actor=actor, action=action, subject=matter.subject, detail=detail)
            return _views(connection, [_matter(connection, number)])[0]

        return await self.db.write(work)


def _matter(connection: Connection, number: int) -> Matter:
    matter = store.get(connection, number, lock=True)
    if matter is None:
        raise NotFound(f"nothing has the reference {number}", rule=Rule.CALL_UNKNOWN, place="id")
    if isinstance(matter, UnreadableMatter):
        text = f"matter {number} cannot be read ({matter.reason}): it was not written by this hub"
        raise Conflict(text, rule=Rule.MATTER_UNREADABLE, place="id")
    return matter


def _views(connection: Connection, matters: Sequence[Matter]) -> tuple[MatterView, ...]:
    made = store.calls_by_matter(connection, [each.id for each in matters])
    return tuple(_view(each, made.get(each.id, ())) for each in matters)


def _view(matter: Matter, made: Sequence[CallRow]) -> MatterView:
    return MatterView(
        reference=matter.id,
        kind=matter.kind,
        subject=matter.subject,
        occasion=matter.occasion,
        unit=matter.unit,
        opened=from_ms(matter.opened_at),
        exhausted=from_ms(matter.exhausted_at) if matter.exhausted_at is not None else None,
        closed=from_ms(matter.closed_at) if matter.closed_at is not None else None,
        closed_reason=matter.closed_reason,
        calls=tuple(view(call, matter) for call in made),
    )
