"""The second factor of somebody who is signed in, shown afresh: for a signature, or before factors change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from approvals.official import Official
from hub.access.identity import onetime
from hub.access.identity.passkeys import METHOD, Passkeys
from hub.access.identity.proofs import ProofGrant, Proofs
from hub.access.identity.throttling import Throttle, worth_noting
from hub.access.identity.tokens import Login
from hub.clock import Clock, to_ms
from hub.crypto.keyed_hash import open_for, owner
from hub.crypto.vault import Vault
from hub.errors import Forbidden, NotSignedIn, Refusal
from hub.rules.rule import Rule
from hub.store.access import credentials
from hub.store.records import audit
from hub.store.sql.database import Database

#: what a proof is for where it is not for a digest: changing one's own credentials
OWN_CREDENTIALS = "credentials"
TOTP = "totp"


@dataclass(frozen=True, slots=True)
class SecondFactorAnswer:
    """What the official shows: six digits, or the answer of a passkey."""

    totp: str = ""
    passkey: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Factors:
    """Verifies factors and grants proofs for them."""

    db: Database
    clock: Clock
    vault: Vault
    passkeys: Passkeys
    throttle: Throttle
    proofs: Proofs

    async def ask(self, official: Official, digest: str) -> dict[str, Any]:
        """A passkey's challenge that is bound to the digest."""
        now = to_ms(self.clock.now())
        return await self.db.write(lambda c: self.passkeys.ask(c, "proof", now, official=official.id, digest=digest))

    async def prove(self, official: Official, login: Login, digest: str, shown: SecondFactorAnswer) -> ProofGrant:
        """A proof for the digest. Raises Forbidden without a session, NotSignedIn for a wrong factor, TooMany."""
        if not login.session:
            # Who makes tokens on the machine's command line is no official at their desk.
            raise Forbidden("a proof needs a session: sign in", rule=Rule.SESSION_MISSING, place="Authorization")
        found = await self.db.write(lambda c: self._prove(c, official, login, digest, shown))
        if isinstance(found, Refusal):
            raise found
        return found

    def one_time(self, connection: Connection, official: int, code: str, now_ms: int) -> bool:
        """Whether this is the official's code of about now, not used before; it is then."""
        for each in credentials.of(connection, official):
            kept = open_for(self.vault, owner(official, TOTP), each.sealed) if each.kind == TOTP else None
            if kept is not None:
                step = onetime.step_of(kept["seed"], code, now_ms, each.counter)
                if step is not None and credentials.advance(connection, each.id, step, now_ms):
                    return True
        return False

    def _prove(
        self, connection: Connection, official: Official, login: Login, digest: str, shown: SecondFactorAnswer
    ) -> ProofGrant | Refusal:
        now = to_ms(self.clock.now())
        keys = {"factor": self.throttle.key("factor", str(official.id))}
        if shown.passkey is None:
            self.throttle.demand(connection, keys, now)
        method = self._method(connection, official, digest, shown, now)
        if isinstance(method, Refusal):
            failures = self.throttle.note_failure(connection, keys, now)
            if worth_noting(failures):
                self._note(connection, official, "factor-refused", {"rule": method.rule, "failures": failures})
                method.audited = True
            return method
        self.throttle.note_success(connection, keys)
        self._note(connection, official, "factor-shown", {"method": method, "for": digest})
        return self.proofs.grant(
            connection, official=official.id, session=login.session, digest=digest, method=method, now_ms=now
        )

    def _method(
        self, connection: Connection, official: Official, digest: str, shown: SecondFactorAnswer, now_ms: int
    ) -> str | Refusal:
        if shown.passkey is None:
            if self.one_time(connection, official.id, shown.totp, now_ms):
                return "otp"
            return NotSignedIn("not the code of this moment, or used before", rule=Rule.FACTOR_WRONG, place="totp")
        found = self.passkeys.accept_answer(connection, "proof", shown.passkey, now_ms)
        if isinstance(found, Refusal):
            return found
        credential, asked = found
        if credential.official != official.id or asked.detail != digest:
            return NotSignedIn("this answers another challenge", rule=Rule.PASSKEY_UNKNOWN, place="credential")
        return METHOD

    def _note(self, connection: Connection, official: Official, action: str, detail: dict[str, object]) -> None:
        at, subject = to_ms(self.clock.now()), f"official/{official.id}"
        audit.append(connection, at_ms=at, actor=official.name, action=action, subject=subject, detail=detail)
