"""Requests of administrators: filed by one, agreed to by another, done and recorded in one transaction."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection

from approvals.official import Official
from hub.access.administration.kind import Dice, Kind, digest_of
from hub.access.administration.names import names_in
from hub.access.administration.quorum import (
    administrators,
    may_be_enough,
    may_be_first,
    must_administer,
    must_leave_two,
)
from hub.access.administration.view import RequestResult, RequestView
from hub.access.identity.proofs import Proofs
from hub.access.permissions import Permission, holds
from hub.clock import Clock, from_ms, to_ms
from hub.crypto.vault import Vault
from hub.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from hub.rules.rule import Rule
from hub.store.access import admin_requests as store
from hub.store.access import officials
from hub.store.access.admin_requests import AdminRequest, NewRequest, State
from hub.store.records import audit
from hub.store.schema import admin_requests
from hub.store.sql.database import Database
from hub.store.sql.rows import readable, reading_row

T = TypeVar("T")

ADMINISTER = "administer"  #: the word of `auth.second_factor` for agreeing to a request
INVITE = "invite"  #: the kind that lets somebody sign in for the first time
MACHINE = "command line"  #: who acts before there are two administrators: whoever has the machine itself


@dataclass(frozen=True, slots=True)
class Administration:
    """The acts of administration by kind. `hours` is how long a request waits; `dice` makes what must be secret."""

    db: Database
    clock: Clock
    vault: Vault
    kinds: Mapping[str, Kind[Any]]
    hours: float
    dice: Dice
    proofs: Proofs | None = None  #: None where no agreement demands a second factor

    async def propose(self, official: Official, kind: str, given: Mapping[str, Any]) -> RequestResult:
        """Files a request, or does at once what takes something away. Raises Refusal; then only the log has changed."""
        found = self._kind(kind)
        prepared = found.prepare(found.read(given), self.dice)
        text = self._text(found, prepared.payload)

        def work(connection: Connection) -> RequestResult:
            store.one_at_a_time(connection)
            actor = must_administer(connection, official)
            self._expire(connection)
            if found.alone:
                return self._alone(connection, actor, found, prepared.payload)
            return RequestResult(False, self._file(connection, actor, found, text), told=prepared.told)

        answer = await self._write_or_record(work, official, f"request-{kind}", found.subject(prepared.payload))
        return await self._finish(answer, found, prepared.payload, official.name)

    async def approve(self, official: Official, number: int, digest: str, proof: str = "") -> RequestResult:
        """Agrees to a request as it was shown, and does it. Raises Refusal; then only the log has changed.

        `proof` is a second factor shown for this very digest, where the settings demand one.
        """

        def work(connection: Connection) -> tuple[RequestResult, Kind[Any], Any]:
            store.one_at_a_time(connection)
            actor = must_administer(connection, official)
            request = self._pending(connection, number)
            self._check_second(connection, actor, request, digest)
            if self.proofs is not None and self.proofs.is_demanded(ADMINISTER):
                self.proofs.spend(connection, proof, actor.id, digest, self._now())
            found = self._kind(request.kind)
            payload = self._payload(found, request.payload)
            result = self._execute(connection, found, payload)
            store.close(connection, number, State.APPROVED, actor.id, self._now())
            detail = {"request": number, "digest": digest, "requested_by": request.requested_by, "result": result}
            self._audit(connection, actor, f"approve-{found.name}", request.subject, detail)
            return RequestResult(True, self._view(connection, number), result), found, payload

        answer, found, payload = await self._write_or_record(work, official, "approve-request", f"request/{number}")
        return await self._finish(answer, found, payload, official.name)

    def may_approve(self, connection: Connection, official: Official, number: int) -> bool:
        """Whether the official would be heard as the second administrator of a request."""
        try:
            request = self._pending(connection, number)
            actor = must_administer(connection, official)
            self._check_second(connection, actor, request, digest_of(request.kind, request.subject, request.payload))
        except Refusal:
            return False
        return True

    async def reject(self, official: Official, number: int, reason: str) -> RequestView:
        """Refuses a request, or takes one's own back. Raises Refusal."""

        def work(connection: Connection) -> RequestView:
            store.one_at_a_time(connection)
            actor = must_administer(connection, official)
            request = self._pending(connection, number)
            if not reason.strip():  # SEP-7: nobody can learn from a refusal without one
                raise Invalid("a reason is required to reject a request", rule=Rule.SEP_7, place="reason")
            store.close(connection, number, State.REJECTED, actor.id, self._now(), reason.strip())
            detail = {"request": number, "reason": reason.strip()}
            self._audit(connection, actor, f"reject-{request.kind}", request.subject, detail)
            return self._view(connection, number)

        return await self._write_or_record(work, official, "reject-request", f"request/{number}")

    async def bootstrap(self, kind: str, given: Mapping[str, Any]) -> RequestResult:
        """Does an act at once for whoever has the machine, while there are not yet two administrators.

        Raises Forbidden as soon as there are: from then on nobody acts alone. Only their own first invitations are
        given until two of them can sign in, for who cannot sign in cannot agree to anything.
        """
        found = self._kind(kind)
        prepared = found.prepare(found.read(given), self.dice)

        def work(connection: Connection) -> RequestResult:
            store.one_at_a_time(connection)
            first = kind == INVITE and may_be_first(connection, prepared.payload.official)
            if may_be_enough(connection) and not first:
                text = "there are two administrators: one files a request, the other agrees to it"
                raise Forbidden(text, rule=Rule.SEP_5, place="actor")
            result = self._execute(connection, found, prepared.payload)
            detail = {"payload": found.open_part(prepared.payload), "result": result}
            self._entry(connection, MACHINE, f"bootstrap-{kind}", found.subject(prepared.payload), detail)
            return RequestResult(True, None, result, prepared.told)

        answer = await self.db.write(work)
        return await self._finish(answer, found, prepared.payload, MACHINE)

    async def list_requests(self, state: State | None = None) -> tuple[RequestView, ...]:
        """Requests, the newest first; those whose time is over are closed and recorded before. One whose row does not
        read is left out: the patrol raises an alarm about it.
        """

        def work(connection: Connection) -> tuple[RequestView, ...]:
            store.one_at_a_time(connection)
            self._expire(connection)
            return tuple(
                readable(store.list_requests(connection, state), lambda each: self._describe(connection, each))
            )

        return await self.db.write(work)

    async def _write_or_record(
        self, work: Callable[[Connection], T], official: Official, action: str, subject: str
    ) -> T:
        """Writes; where the work is refused nothing of it stays, and the attempt is written down instead."""
        try:
            return await self.db.write(work)
        except Refusal as refusal:
            detail = {"rule": refusal.rule, "reason": str(refusal)}

            def refused(connection: Connection) -> None:
                self._expire(connection)
                self._audit(connection, official, f"refuse-{action}", subject, detail)

            await self.db.write(refused)
            refusal.audited = True
            raise

    async def _finish(self, answer: RequestResult, kind: Kind[Any], payload: Any, actor: str) -> RequestResult:
        """Does what no transaction can hold, now that the act is committed, and records what came of it."""
        more = kind.finish(payload) if answer.done else {}
        if not more:
            return answer
        subject = kind.subject(payload)
        await self.db.write(lambda connection: self._entry(connection, actor, f"{kind.name}-done", subject, more))
        return replace(answer, result={**answer.result, **more})

    # --- inside a transaction

    def _alone(self, connection: Connection, actor: Official, kind: Kind[Any], payload: Any) -> RequestResult:
        result = self._execute(connection, kind, payload)
        detail = {"payload": kind.open_part(payload), "result": result}
        self._audit(connection, actor, kind.name, kind.subject(payload), detail)
        return RequestResult(True, None, result)

    def _file(self, connection: Connection, actor: Official, kind: Kind[Any], text: str) -> RequestView:
        payload, now = self._payload(kind, text), self._now()
        subject = kind.subject(payload)
        if (waiting := store.pending(connection, kind.name, subject)) is not None:
            raise Conflict(_waits(waiting, text), rule=Rule.REQUEST_PENDING, place="kind")
        with connection.begin_nested() as trial:  # what would be refused in the end is refused now
            self._execute(connection, kind, payload)
            trial.rollback()
        until = now + int(self.hours * 3_600_000)
        request = store.add(connection, NewRequest(kind.name, subject, text, actor.id, now, until))
        detail = {"request": request.id, "digest": digest_of(kind.name, subject, text)}
        detail |= {"payload": kind.open_part(payload)}
        self._audit(connection, actor, f"request-{kind.name}", subject, detail)
        return self._view(connection, request.id)

    def _execute(self, connection: Connection, kind: Kind[Any], payload: Any) -> Mapping[str, Any]:
        before = administrators(connection)
        result = kind.execute(connection, payload, self._now())
        must_leave_two(connection, before)
        return result

    def _pending(self, connection: Connection, number: int) -> AdminRequest:
        request = store.get(connection, number)
        if request is None:
            raise NotFound(f"there is no request {number}", rule=Rule.REQUEST_UNKNOWN, place="id")
        if request.state is State.PENDING and request.expires_at <= self._now():
            raise Conflict(f"request {number} has waited too long: file it anew", rule=Rule.REQUEST_EXPIRED, place="id")
        if request.state is not State.PENDING:
            raise Conflict(f"request {number} is {request.state} already", rule=Rule.REQUEST_CLOSED, place="id")
        return request

    def _check_second(self, connection: Connection, actor: Official, request: AdminRequest, digest: str) -> None:
        """SEP-5: another person than who asked, of a request that is still the one that was shown."""
        if actor.person == officials.person_of(connection, request.requested_by):
            raise Forbidden(
                "who asked for it may not agree to it: a second person must", rule=Rule.SEP_5, place="actor"
            )
        asker = officials.by_id(connection, request.requested_by)
        if asker is None or not asker.active or not holds(asker.official, Permission.HUB_ADMINISTRATION_ASK):
            raise Conflict("who asked for it administers no more", rule=Rule.REQUESTER_LEFT, place="id")
        if digest != digest_of(request.kind, request.subject, request.payload):
            raise Conflict("this is not the request that was shown", rule=Rule.SEP_3, place="digest")

    def _expire(self, connection: Connection) -> None:
        for late in store.overdue(connection, self._now()):
            store.close(connection, late.id, State.EXPIRED, None, self._now())
            self._entry(connection, "hub", f"expire-{late.kind}", late.subject, {"request": late.id})

    # --- a request as text

    def _kind(self, name: str) -> Kind[Any]:
        found = self.kinds.get(name)
        if found is None:
            known = ", ".join(sorted(self.kinds))
            raise Invalid(f"there is no act {name[:32]!r}; there are {known}", rule=Rule.ADMIN_KIND, place="kind")
        return found

    def _text(self, kind: Kind[Any], payload: Any) -> str:
        secret = kind.sealed_part(payload)
        sealed = base64.b64encode(self.vault.seal(secret)).decode() if secret else ""
        plain = payload.model_dump(mode="json", exclude=set(kind.sealed))
        tree = {"payload": plain, "shown": dict(kind.shown(payload)), "sealed": sealed}
        return orjson.dumps(tree, option=orjson.OPT_SORT_KEYS).decode()

    def _payload(self, kind: Kind[Any], text: str) -> Any:
        tree = orjson.loads(text)
        secret = self.vault.open(base64.b64decode(tree["sealed"])) if tree["sealed"] else {}
        return kind.read({**tree["payload"], **secret})

    def _view(self, connection: Connection, number: int) -> RequestView:
        request = store.get(connection, number)
        if request is None:
            raise NotFound(f"there is no request {number}", rule=Rule.REQUEST_UNKNOWN, place="id")
        return self._describe(connection, request)

    def _describe(self, connection: Connection, request: AdminRequest) -> RequestView:
        with reading_row(admin_requests, request.id):
            tree = orjson.loads(request.payload)
            shown = {**tree["payload"], **tree["shown"]}
            names = names_in(connection, tree["payload"])
        return RequestView(
            id=request.id,
            kind=request.kind,
            subject=request.subject,
            payload=shown,
            digest=digest_of(request.kind, request.subject, request.payload),
            state=request.state,
            requested_by=_name(connection, request.requested_by),
            requested_at=_time(request.requested_at),
            expires_at=_time(request.expires_at),
            decided_by=None if request.decided_by is None else _name(connection, request.decided_by),
            decided_at=None if request.decided_at is None else _time(request.decided_at),
            reason=request.reason,
            names=names,
        )

    def _now(self) -> int:
        return to_ms(self.clock.now())

    def _audit(
        self, connection: Connection, actor: Official, action: str, subject: str, detail: Mapping[str, Any]
    ) -> None:
        who = {"official": actor.id, "person": actor.person}
        self._entry(connection, actor.name, action, subject, {**detail, **who})

    def _entry(self, connection: Connection, actor: str, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        audit.append(connection, at_ms=self._now(), actor=actor, action=action, subject=subject, detail=detail)


def _waits(waiting: AdminRequest, text: str) -> str:
    """Which request about the same waits already, and in which fields it asks for something else."""
    if waiting.payload == text:
        return f"request {waiting.id} asks for the same already: another administrator agrees to it or rejects it"
    before, asked = orjson.loads(waiting.payload), orjson.loads(text)
    shown = [{**tree["payload"], **tree["shown"]} for tree in (before, asked)]
    differing = [name for name in shown[1] if shown[0].get(name) != shown[1][name]] or ["what is sealed"]
    other = f"request {waiting.id} about {waiting.subject} waits, with another {', '.join(differing)}"
    return f"{other}: agree to it or reject it before you ask for this"


def _name(connection: Connection, official: int) -> str:
    record = officials.by_id(connection, official)
    return f"official {official}" if record is None else record.official.name


def _time(at_ms: int) -> str:
    return from_ms(at_ms).isoformat()
