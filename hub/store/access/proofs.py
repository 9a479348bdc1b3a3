"""Second factors given for one digest, each used once at most, in SQL."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, or_, select, update

from hub.store.schema import proofs, sessions

KEEP_MS = 24 * 3600 * 1000  #: how long a proof that is over stays for those who ask what became of it


@dataclass(frozen=True, slots=True)
class Proof:
    """`id` is the hash of what its holder shows. Times in ms. `session` is empty where there was none."""

    id: str
    official: int
    session: str
    digest: str
    method: str
    at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants to use which proof for what, and when (ms)."""

    id: str
    official: int
    digest: str
    at: int


def add(connection: Connection, proof: Proof) -> None:
    values = {name: getattr(proof, name) for name in Proof.__slots__}
    connection.execute(insert(proofs).values(**values))


def spend(connection: Connection, claim: Claim) -> str | None:
    """Uses the proof up: its method, or None where it is not theirs, not for this digest, over, or used before.

    Of two who spend the same proof at once exactly one gets it: the row changes under its own condition.
    """
    alive = or_(
        proofs.c.session == "",
        select(sessions.c.id).where(sessions.c.id == proofs.c.session, sessions.c.ended_at.is_(None)).exists(),
    )
    statement = (
        update(proofs)
        .where(
            proofs.c.id == claim.id,
            proofs.c.official == claim.official,
            proofs.c.digest == claim.digest,
            proofs.c.used_at.is_(None),
            proofs.c.expires_at > claim.at,
            alive,
        )
        .values(used_at=claim.at)
        .returning(proofs.c.method)
    )
    method: str | None = connection.execute(statement).scalar_one_or_none()
    return method


def forget(connection: Connection, now: int) -> int:
    """Drops what was over long ago; how many."""
    return connection.execute(delete(proofs).where(proofs.c.expires_at < now - KEEP_MS)).rowcount
