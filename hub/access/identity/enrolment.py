"""Enrolment: an administrator invites, the official chooses password and authenticator; nobody else sees either."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from approvals.official import Official
from hub.access.identity import onetime
from hub.access.identity.factors import OWN_CREDENTIALS, TOTP
from hub.access.identity.login import PASSWORD
from hub.access.identity.passkeys import KIND as PASSKEY
from hub.access.identity.passkeys import Passkeys
from hub.access.identity.passwords import Passwords, demand_good
from hub.access.identity.proofs import Proofs
from hub.access.identity.sessions import Sessions
from hub.clock import Clock, to_ms
from hub.crypto.keyed_hash import mark, marks, opaque, open_for, owner, seal_for
from hub.crypto.vault import Vault
from hub.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn, Refusal
from hub.rules.rule import Rule
from hub.settings.settings import AuthSettings
from hub.store.access import challenges, credentials, officials
from hub.store.access.challenges import Challenge
from hub.store.access.credentials import Credential, NewCredential
from hub.store.records import audit
from hub.store.sql.database import Database

INVITE = "invite"
MOST_PASSKEYS = 10


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an administrator hands to the official, by a way of their own. `expires` in ms."""

    official: int
    name: str
    code: str
    expires: int


@dataclass(frozen=True, slots=True)
class AuthenticatorSetup:
    """What the official's authenticator needs."""

    name: str
    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Invitations, and the official's own changes afterwards."""

    db: Database
    clock: Clock
    settings: AuthSettings
    vault: Vault
    passwords: Passwords
    passkeys: Passkeys
    proofs: Proofs
    sessions: Sessions

    def invite(self, connection: Connection, official: int, actor: str, code: str = "") -> Invitation:
        """A code for the official, the given one or a new one; earlier ones are void. What they have stays meanwhile.

        Raises NotFound, Conflict for somebody out of office.
        """
        record = officials.by_id(connection, official)
        if record is None:
            raise NotFound("there is no such official", rule=Rule.OFFICIAL_UNKNOWN, place="official")
        if not record.active:
            raise Conflict("out of office", rule=Rule.OFFICIAL_INACTIVE, place="official")
        now = to_ms(self.clock.now())
        code, expires = code or opaque(), now + round(self.settings.invite_hours * 3600 * 1000)
        challenges.drop(connection, official, INVITE)
        known = mark(self.vault, INVITE, code)
        seed = seal_for(self.vault, _read_invitation(known, official), {"seed": onetime.new_seed()})
        challenges.add(connection, Challenge(known, INVITE, official, seed, "", expires))
        self._note(connection, actor, "invite", official, {"expires": expires})
        return Invitation(official, record.official.name, code, expires)

    def reset(self, connection: Connection, official: int, actor: str, code: str = "") -> Invitation:
        """Takes everything the official could sign in with, ends their sessions, and invites anew."""
        revoked = credentials.revoke(connection, official, to_ms(self.clock.now()))
        self.sessions.end_all_on(connection, official, actor, "credentials reset")
        self._note(connection, actor, "credentials-reset", official, {"revoked": revoked})
        return self.invite(connection, official, actor, code)

    async def authenticator(self, code: str) -> AuthenticatorSetup:
        """What to put into the authenticator, for a code that waits. Raises NotSignedIn."""

        def work(connection: Connection) -> AuthenticatorSetup:
            asked, seed = self._find_invitation(connection, code)
            name = _name_of(connection, asked.official)
            return AuthenticatorSetup(name, seed, onetime.uri(seed, name))

        return await self.db.read(work)

    async def enrol(self, code: str, password: str, totp: str) -> None:
        """Keeps password and authenticator; the code is used up, older ones of both are void, sessions end.

        Raises NotSignedIn for a code that is unknown, used or over, Invalid for the password or a wrong one-time code.
        """
        name = (await self.authenticator(code)).name
        demand_good(password, name)
        hashed = await self.passwords.hash(password)
        refused = await self.db.write(lambda connection: self._enrol(connection, code, hashed, totp))
        if refused is not None:
            raise refused

    async def ask_passkey(self, official: Official) -> dict[str, Any]:
        """What the browser needs to make one more passkey."""
        now = to_ms(self.clock.now())
        return await self.db.write(lambda connection: self.passkeys.ask_new(connection, official, now))

    async def add_passkey(self, official: Official, answer: Mapping[str, Any], label: str, proof: str) -> int:
        """Keeps one more passkey; its number. Raises Forbidden without a fresh factor, Invalid for a bad answer."""

        def work(connection: Connection) -> int | Refusal:
            now = to_ms(self.clock.now())
            self.proofs.spend(connection, proof, official.id, OWN_CREDENTIALS, now)
            if len([one for one in credentials.of(connection, official.id) if one.kind == PASSKEY]) >= MOST_PASSKEYS:
                return Conflict(f"at most {MOST_PASSKEYS} passkeys", rule=Rule.PASSKEYS_FULL)
            made = self.passkeys.keep_new(connection, official.id, answer, label, now)
            if made is None:
                return Invalid("this is no answer to our challenge", rule=Rule.PASSKEY_REFUSED, place="credential")
            self._note(connection, official.name, "factor-added", official.id, {"kind": PASSKEY, "credential": made})
            return made

        found = await self.db.write(work)
        if isinstance(found, Refusal):
            raise found
        return found

    async def mine(self, official: int) -> tuple[Credential, ...]:
        """What the official may sign in with."""
        return await self.db.read(lambda connection: credentials.of(connection, official))

    async def remove(self, official: Official, credential: int, proof: str) -> None:
        """Takes one factor away; never the last second factor. Raises Forbidden, NotFound, Conflict."""

        def work(connection: Connection) -> None:
            now = to_ms(self.clock.now())
            self.proofs.spend(connection, proof, official.id, OWN_CREDENTIALS, now)
            mine = credentials.of(connection, official.id)
            found = next((each for each in mine if each.id == credential), None)
            if found is None:
                raise NotFound("there is no such credential", rule=Rule.CREDENTIAL_UNKNOWN, place="credential")
            if not any(each.kind in (TOTP, PASSKEY) and each.id != credential for each in mine):
                raise Conflict("this is the last second factor", rule=Rule.LAST_FACTOR, place="credential")
            credentials.revoke(connection, official.id, now, credential=credential)
            detail = {"kind": found.kind, "credential": credential}
            self._note(connection, official.name, "factor-removed", official.id, detail)

        await self.db.write(work)

    async def change_password(self, official: Official, session: str, password: str, proof: str) -> None:
        """A new password; every other session ends. Raises Forbidden without a fresh factor, Invalid."""
        demand_good(password, official.name)
        hashed = await self.passwords.hash(password)

        def work(connection: Connection) -> None:
            now = to_ms(self.clock.now())
            self.proofs.spend(connection, proof, official.id, OWN_CREDENTIALS, now)
            self._keep(connection, official.id, PASSWORD, {"hash": hashed})
            self._note(connection, official.name, "password-changed", official.id, {})
            self.sessions.end_all_on(connection, official.id, official.name, "password changed", but=session)

        await self.db.write(work)

    def keep(self, connection: Connection, official: int, hashed: str, seed: str, *, step: int = 0) -> None:
        """Replaces password and authenticator; `step` is the last time step that counts as used."""
        self._keep(connection, official, PASSWORD, {"hash": hashed})
        self._keep(connection, official, TOTP, {"seed": seed}, step)

    def _enrol(self, connection: Connection, code: str, hashed: str, totp: str) -> Refusal | None:
        asked, seed = self._find_invitation(connection, code)
        now, name = to_ms(self.clock.now()), _name_of(connection, asked.official)
        step = onetime.step_of(seed, totp, now, 0)
        if step is None:
            return Invalid("not the code of this moment", rule=Rule.FACTOR_WRONG, place="totp")
        if challenges.take(connection, asked.id, INVITE, now) is None:
            return _unknown()
        self.keep(connection, asked.official, hashed, seed, step=step)
        self._note(connection, name, "enrolled", asked.official, {"kinds": [PASSWORD, TOTP]})
        self.sessions.end_all_on(connection, asked.official, name, "enrolled anew")
        return None

    def _keep(
        self, connection: Connection, official: int, kind: str, fields: Mapping[str, str], counter: int = 0
    ) -> None:
        now, sealed = to_ms(self.clock.now()), seal_for(self.vault, owner(official, kind), fields)
        credentials.revoke(connection, official, now, kind=kind)
        credentials.add(connection, NewCredential(official, kind, "", sealed, now, counter=counter))

    def _find_invitation(self, connection: Connection, code: str) -> tuple[Challenge, str]:
        """The invitation and the seed it was made with."""
        now, known = to_ms(self.clock.now()), marks(self.vault, INVITE, code)
        asked = next(filter(None, (challenges.look(connection, each, INVITE, now) for each in known)), None)
        record = officials.by_id(connection, asked.official) if asked is not None else None
        if asked is None or record is None or not record.active:
            raise _unknown()
        told = open_for(self.vault, _read_invitation(asked.id, asked.official), asked.value)
        if told is None:
            raise _unknown()
        return asked, told["seed"]

    def _note(self, connection: Connection, actor: str, action: str, official: int, detail: dict[str, object]) -> None:
        at, subject = to_ms(self.clock.now()), f"official/{official}"
        audit.append(connection, at_ms=at, actor=actor, action=action, subject=subject, detail=detail)


def _read_invitation(code: str, official: int) -> str:
    """Whom an invitation is for: one of somebody's own opens no other's account. `code` as it is kept."""
    return f"{INVITE}/{official}/{code}"


def _name_of(connection: Connection, official: int) -> str:
    record = officials.by_id(connection, official)
    if record is None:
        raise Forbidden("there is no such official", rule=Rule.OFFICIAL_UNKNOWN)
    return record.official.name


def _unknown() -> NotSignedIn:
    return NotSignedIn("this code is unknown, used, or over", rule=Rule.INVITE_UNKNOWN, place="code")
