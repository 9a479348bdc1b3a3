"""A fresh second factor at the moment of signing: proven for exactly one digest, once, moments before.

A session says who signed in this morning. A signature needs the person at the machine now, and needs them to have
meant these very bytes: a proof is bound to the digest, so a stolen session cannot sign, and a proof that was tricked
out of somebody for one warning does not sign another.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from hub.access.identity.tokens import Login
from hub.crypto.keyed_hash import marks, opaque
from hub.crypto.vault import Vault
from hub.errors import Forbidden
from hub.rules.rule import Rule
from hub.settings.settings import AuthSettings
from hub.store.access import proofs as store


def must_come_from_session(login: Login, proof: str) -> None:
    """Raises Forbidden where a proof is shown with a token that no session stands behind.

    Who has a token made on the machine is not known to be the person at the desk, whose proof it may be all the same.
    """
    if proof and not login.session:
        text = "a proof is shown in a session: sign in; a token made on the machine's command line cannot show one"
        raise Forbidden(text, rule=Rule.SESSION_MISSING, place="proof")


@dataclass(frozen=True, slots=True)
class ProofGrant:
    """What the holder shows when they sign. `expires` in ms."""

    proof: str
    expires: int


@dataclass(frozen=True, slots=True)
class Proofs:
    """Grants proofs and lets each be spent once."""

    settings: AuthSettings
    vault: Vault

    def is_demanded(self, step: str) -> bool:
        """Whether this step of the workflow needs a proof."""
        return step in self.settings.second_factor

    def grant(
        self, connection: Connection, *, official: int, session: str, digest: str, method: str, now_ms: int
    ) -> ProofGrant:
        """Notes that `official` has just shown the factor `method` for `digest`; the caller has verified it."""
        secret = opaque()
        expires = now_ms + round(self.settings.proof_s * 1000)
        known = self._hashes_of(secret, official, digest)[0]
        store.add(connection, store.Proof(known, official, session, digest, method, now_ms, expires))
        return ProofGrant(secret, expires)

    def spend(self, connection: Connection, proof_id: str, official: int, digest: str, now_ms: int) -> str:
        """Uses the proof up in the caller's transaction; the method it was given by. Raises Forbidden."""
        known = self._hashes_of(proof_id, official, digest) if proof_id else ()
        claims = (store.Claim(each, official, digest, now_ms) for each in known)
        method = next((spent for claim in claims if (spent := store.spend(connection, claim)) is not None), None)
        if method is None:
            text = "this needs a fresh second factor for exactly this digest: POST /session/proofs, then sign at once"
            raise Forbidden(text, rule=Rule.SECOND_FACTOR, place="proof")
        return method

    def _hashes_of(self, secret: str, official: int, digest: str) -> tuple[str, ...]:
        """What is kept of a proof: a row in SQL proves nothing of another official or another digest."""
        return marks(self.vault, "proof", official, digest, secret)
