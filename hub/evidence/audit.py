"""The audit log as a service: is the chain whole, what does it say, and a signed head to keep elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection

from approvals.audit import GENESIS, AuditEntry, Broken, Head, VerifiedLog, verify
from approvals.signed import SignatureRefused, open_signed, sign_tree
from hub.errors import Refusal
from hub.rules.rule import Rule
from hub.store.records import audit as store
from hub.store.sql.database import Database

TYP = "fenghuo-head+jwt"  # RFC 8725 §3.11: no other signed paper of the hub passes as a head


@dataclass(frozen=True, slots=True)
class Audit:
    """Reads only; acts append to the log themselves, in their own transaction."""

    db: Database

    async def verify(self, head: Head | None = None) -> VerifiedLog | Broken:
        """Checks the whole chain, entry by entry; names the first that does not hold, and the field."""
        return await self.db.read(lambda connection: verify(store.entries(connection), head=head))

    async def head(self) -> Head:
        """Where the log ends now."""
        return await self.db.read(_head)

    async def page(self, start: int = 1, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Entries from number `start` on."""
        return await self.db.read(lambda connection: tuple(store.entries(connection, start, limit)))


def _head(connection: Connection) -> Head:
    last = store.last(connection)
    return Head(last.seq, last.hash) if last is not None else Head(0, GENESIS)


def sign_head(head: Head, at_ms: int, key: Ed25519PrivateKey, kid: str) -> str:
    """The head as a compact JWS: who finds it later can believe it without asking where it was kept."""
    return sign_tree({"count": head.count, "hash": head.hash, "at": at_ms}, TYP, key, kid)


def read_head(jws: str, keys: Mapping[str, Ed25519PublicKey]) -> Head:
    """A head that was signed by one of the keys. Raises Refusal."""
    try:
        tree: dict[str, Any] = open_signed(jws.strip(), TYP, keys)
        return Head(int(tree["count"]), str(tree["hash"]))
    except SignatureRefused as error:
        raise Refusal(f"the head cannot be believed: {error.rule}", rule=Rule.HEAD, place="--head") from None
