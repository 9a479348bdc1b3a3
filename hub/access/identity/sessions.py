"""Sessions: short access tokens renewed by a refresh token that works once; one used twice ends the session.

Whoever steals a refresh token must use it before its owner or after. Either way it is used twice, the second use shows
that there are two, and neither goes on (RFC 9700 §4.14.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from approvals.official import Official
from hub.access.identity.tokens import Login, Tokens
from hub.clock import Clock, to_ms
from hub.crypto.keyed_hash import marks, opaque
from hub.crypto.vault import Vault
from hub.errors import NotSignedIn
from hub.rules.credential_rule import CredentialRule
from hub.settings.settings import AuthSettings
from hub.store.access import officials
from hub.store.access import sessions as store
from hub.store.access.sessions import Session, Use
from hub.store.records import audit
from hub.store.sql.database import Database

HOUR_MS = 3600 * 1000
CLIENT_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from: keyed hash of the address, and what the program calls itself."""

    address: str
    agent: str

    def __str__(self) -> str:
        return f"{self.address[:16]} {self.agent}"[:CLIENT_LONGEST]


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session as its holder gets it, once. Times in seconds since the epoch."""

    session: str
    official: int
    name: str
    access: str
    access_expires: int
    refresh: str
    refresh_expires: int


@dataclass(frozen=True, slots=True)
class Sessions:
    """Opens, renews and ends. What takes a connection runs in the caller's transaction."""

    db: Database
    clock: Clock
    settings: AuthSettings
    tokens: Tokens
    vault: Vault

    def open(
        self, connection: Connection, official: Official, methods: tuple[str, ...], client: Client
    ) -> OpenedSession:
        """A new session; the caller has verified who it is."""
        now = to_ms(self.clock.now())
        expires = now + round(self.settings.session_hours * HOUR_MS)
        session = Session(opaque()[:32], official.id, ",".join(methods), str(client), now, now, expires)
        store.add(connection, session)
        self._note(connection, official.name, "sign-in", session, {"methods": list(methods)})
        return self._issue(connection, official, session)

    async def refresh(self, secret: str) -> OpenedSession:
        """The next pair of tokens. Raises NotSignedIn: unknown, used before (which ends the session), or over."""
        found = await self.db.write(lambda connection: self._refresh(connection, secret))
        if isinstance(found, NotSignedIn):
            raise found
        return found

    async def living(self, official: int) -> tuple[Session, ...]:
        """The official's sessions that live."""
        now = to_ms(self.clock.now())
        return await self.db.read(lambda connection: store.of(connection, official, now))

    async def end(self, official: Official, session: str) -> bool:
        """Ends one session of the official's own; False where there is none."""

        def work(connection: Connection) -> bool:
            found = store.get(connection, session)
            return (
                found is not None
                and found.official == official.id
                and self.end_on(connection, found, official.name, "signed out")
            )

        return await self.db.write(work)

    async def end_everywhere(self, official: Official) -> int:
        """Ends every session of the official; how many."""
        return await self.db.write(lambda c: self.end_all_on(c, official.id, official.name, "signed out everywhere"))

    async def revoke(self, official: Official, token: str, expires: int) -> None:
        """Takes back one token that has no session; `expires` in seconds, as it says."""

        def work(connection: Connection) -> None:
            now, subject = to_ms(self.clock.now()), f"official/{official.id}"
            store.revoke_token(connection, token, (expires + 60) * 1000)
            detail = {"token": token[:8]}
            audit.append(
                connection, at_ms=now, actor=official.name, action="token-revoked", subject=subject, detail=detail
            )

        await self.db.write(work)

    def end_on(self, connection: Connection, session: Session, actor: str, why: str) -> bool:
        """Ends one session; False where it had ended."""
        ended = store.end(connection, session.id, to_ms(self.clock.now()), why)
        if ended:
            self._note(connection, actor, "session-ended", session, {"why": why})
        return ended

    def end_all_on(self, connection: Connection, official: int, actor: str, why: str, *, but: str = "") -> int:
        """Ends the official's sessions, sparing one; how many."""
        now = to_ms(self.clock.now())
        count = store.end_all(connection, official, now, why, but=but)
        if count:
            detail = {"why": why, "sessions": count}
            subject = f"official/{official}"
            audit.append(connection, at_ms=now, actor=actor, action="sessions-ended", subject=subject, detail=detail)
        return count

    def _refresh(self, connection: Connection, secret: str) -> OpenedSession | NotSignedIn:
        now = to_ms(self.clock.now())
        session = store.get(connection, secret.partition(".")[0])
        uses = (
            [store.use_refresh(connection, each, now) for each in self._hashes_of(session, secret)] if session else []
        )
        use, number = next((found for found in uses if found[0] is not Use.UNKNOWN), (Use.UNKNOWN, ""))
        session = session if session and number == session.id else None
        record = officials.by_id(connection, session.official) if session else None
        if session is None or record is None:
            return _refuse(CredentialRule.REFRESH_UNKNOWN)
        name = record.official.name
        if use is Use.REPLAYED:
            self._note(connection, name, "refresh-replayed", session, {})
            self.end_on(connection, session, name, "a refresh token was used twice")
            return _refuse(CredentialRule.REFRESH_REPLAYED)
        if session.ended_at is not None or not record.active:
            return _refuse(CredentialRule.SESSION_ENDED)
        if use is Use.EXPIRED or session.expires_at <= now:
            self.end_on(connection, session, name, "over")
            return _refuse(CredentialRule.SESSION_OVER)
        store.note_request(connection, session.id, now)
        return self._issue(connection, record.official, session)

    def _issue(self, connection: Connection, official: Official, session: Session) -> OpenedSession:
        now = to_ms(self.clock.now())
        secret = f"{session.id}.{opaque()}"
        refresh_ends = min(now + round(self.settings.refresh_hours * HOUR_MS), session.expires_at)
        store.add_refresh(connection, self._hashes_of(session, secret)[0], session.id, now, refresh_ends)
        left = timedelta(milliseconds=session.expires_at - now)
        ttl = min(timedelta(minutes=self.settings.access_minutes), left)
        login = Login(session.id, tuple(session.methods.split(",")))
        access = self.tokens.issue(official.id, official.name, official.rights, ttl, login)
        expires = now // 1000 + int(ttl.total_seconds())
        return OpenedSession(session.id, official.id, official.name, access, expires, secret, refresh_ends // 1000)

    def _hashes_of(self, session: Session, secret: str) -> tuple[str, ...]:
        """What is kept of a refresh token: a session that SQL gives to another official has none."""
        return marks(self.vault, "refresh", session.id, session.official, session.methods, secret)

    def _note(
        self, connection: Connection, actor: str, action: str, session: Session, detail: dict[str, object]
    ) -> None:
        told = {"session": session.id[:8], "client": session.client[:16]} | detail
        at, subject = to_ms(self.clock.now()), f"official/{session.official}"
        audit.append(connection, at_ms=at, actor=actor, action=action, subject=subject, detail=told)


def _refuse(rule: CredentialRule) -> NotSignedIn:
    return NotSignedIn("sign in again", rule=rule, place="refresh")
