"""Signing in: with password and one-time code, or with a passkey; whoever fails waits, and learns nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from approvals.official import Official
from hub.access.identity.factors import Factors
from hub.access.identity.passkeys import METHOD, Passkeys
from hub.access.identity.passwords import Passwords
from hub.access.identity.sessions import Client, OpenedSession, Sessions
from hub.access.identity.throttling import Throttle, worth_noting
from hub.clock import Clock, to_ms
from hub.crypto.keyed_hash import open_for, owner, seal_for
from hub.crypto.vault import Vault
from hub.errors import NotSignedIn, Refusal
from hub.rules.rule import Rule
from hub.store.access import credentials, officials
from hub.store.access import sessions as kept
from hub.store.access.credentials import Credential
from hub.store.records import audit
from hub.store.sql.database import Database

PASSWORD = "password"  # noqa: S105 - the kind of a credential


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """What somebody typed to sign in, and from where."""

    name: str
    password: str
    totp: str
    client: Client


@dataclass(frozen=True, slots=True)
class _NamedAccount:
    """Who has the name, with their password; both None for a name nobody has."""

    official: Official | None
    credential: Credential | None
    hash: str | None


@dataclass(frozen=True, slots=True)
class Logins:
    """Opens sessions for those who show who they are."""

    db: Database
    clock: Clock
    vault: Vault
    passwords: Passwords
    passkeys: Passkeys
    factors: Factors
    throttle: Throttle
    sessions: Sessions

    async def by_password(self, attempt: LoginAttempt) -> OpenedSession:
        """Raises NotSignedIn in the same words whatever was wrong, TooMany while one must wait."""
        known = await self.db.read(lambda connection: self._find_account(connection, attempt))
        right = await self.passwords.verify(known.hash, attempt.password)
        renewed = ""
        if right and known.hash and self.passwords.is_outdated(known.hash):
            renewed = await self.passwords.hash(attempt.password)
        found = await self.db.write(lambda connection: self._open(connection, attempt, known, renewed, right=right))
        if isinstance(found, Refusal):
            raise found
        return found

    async def ask_passkey(self) -> dict[str, Any]:
        """A challenge for whoever has a passkey of ours."""
        now = to_ms(self.clock.now())
        return await self.db.write(lambda connection: self.passkeys.ask(connection, "login", now))

    async def by_passkey(self, answer: Mapping[str, Any], client: Client) -> OpenedSession:
        """Raises NotSignedIn."""
        found = await self.db.write(lambda connection: self._open_by_passkey(connection, answer, client))
        if isinstance(found, Refusal):
            raise found
        return found

    def _find_account(self, connection: Connection, attempt: LoginAttempt) -> _NamedAccount:
        """Raises TooMany before any work is done for somebody who must wait."""
        record = officials.by_name(connection, attempt.name)
        official = record.official if record is not None and record.active else None
        self.throttle.demand(connection, self._keys(connection, attempt, official), to_ms(self.clock.now()))
        mine = credentials.of(connection, official.id) if official else ()
        password = next((each for each in mine if each.kind == PASSWORD), None)
        told = open_for(self.vault, owner(password.official, PASSWORD), password.sealed) if password else None
        return _NamedAccount(official, password, told["hash"] if told else None)

    def _open(
        self, connection: Connection, attempt: LoginAttempt, known: _NamedAccount, renewed: str, *, right: bool
    ) -> OpenedSession | Refusal:
        now = to_ms(self.clock.now())
        keys = self._keys(connection, attempt, known.official)
        self.throttle.demand(connection, keys, now)  # others may have failed while we were hashing
        official, credential = known.official, known.credential
        # The code is looked at only after the password: guessing one must not use up the other.
        if (
            not right
            or official is None
            or credential is None
            or not self.factors.one_time(connection, official.id, attempt.totp, now)
            or not credentials.note_use(connection, credential.id, now)
        ):
            return self._note_failure(connection, attempt, official, keys, now)
        if renewed:
            sealed = seal_for(self.vault, owner(official.id, PASSWORD), {"hash": renewed})
            credentials.reseal(connection, credential.id, sealed)
        self.throttle.note_success(connection, keys)
        return self.sessions.open(connection, official, ("pwd", "otp"), attempt.client)

    def _note_failure(
        self,
        connection: Connection,
        attempt: LoginAttempt,
        official: Official | None,
        keys: Mapping[str, str],
        now: int,
    ) -> Refusal:
        counted = dict(keys) | {"account": self.throttle.key("account", attempt.name)}
        failures = self.throttle.note_failure(connection, counted, now)
        if worth_noting(failures):
            # What was typed as a name may be a password: only a name that exists is written down.
            subject = f"official/{official.id}" if official else "official/unknown"
            detail = {"client": attempt.client.address[:16], "failures": failures}
            audit.append(
                connection, at_ms=now, actor="nobody", action="sign-in-refused", subject=subject, detail=detail
            )
        return NotSignedIn("name, password or code is wrong", rule=Rule.SIGN_IN_REFUSED)

    def _open_by_passkey(
        self, connection: Connection, answer: Mapping[str, Any], client: Client
    ) -> OpenedSession | Refusal:
        now = to_ms(self.clock.now())
        found = self.passkeys.accept_answer(connection, "login", answer, now)
        record = None if isinstance(found, Refusal) else officials.by_id(connection, found[0].official)
        if record is None or not record.active:
            rule = found.rule if isinstance(found, Refusal) else Rule.OFFICIAL_INACTIVE
            keys = {"address": self.throttle.key("address", client.address)}
            failures = self.throttle.note_failure(connection, keys, now)
            if worth_noting(failures):
                detail = {"client": client.address[:16], "failures": failures, "rule": rule}
                subject = "official/unknown"
                audit.append(
                    connection, at_ms=now, actor="nobody", action="sign-in-refused", subject=subject, detail=detail
                )
            return NotSignedIn("this passkey does not open anything here", rule=rule, place="credential")
        return self.sessions.open(connection, record.official, (METHOD,), client)

    def _keys(self, connection: Connection, attempt: LoginAttempt, official: Official | None) -> dict[str, str]:
        """Whom an attempt must wait for: not for the crowd, where its address is one the official has used."""
        keys = {
            "pair": self.throttle.key("pair", attempt.name, attempt.client.address),
            "address": self.throttle.key("address", attempt.client.address),
        }
        if official is None or not kept.is_known_client(connection, official.id, attempt.client.address[:16]):
            keys["account"] = self.throttle.key("account", attempt.name)
        return keys
