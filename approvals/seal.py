"""The seal of a decision: the hub's signature over who said what of which content, so that a row alone proves nothing.

Who can write to the database can write a row that says a director signed. He cannot write the seal: its key is not in
the database. A release counts only decisions whose seal holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from approvals.decision import Decision
from approvals.signed import SignatureRefused, open_signed, sign_tree

TYP = "fenghuo-decision+jwt"  # RFC 8725 §3.11: no other signed paper of the hub passes as a decision


class DecisionRow(Protocol):
    """A record with the fields of a decision as attributes: a row, where there is a database; `at` in ms."""

    @property
    def alert(self) -> int:
        """The alert that was decided on; below zero a mandate."""
        ...

    @property
    def official(self) -> int:
        """The account that decided."""
        ...

    @property
    def step(self) -> str:
        """The step that was taken."""
        ...

    @property
    def verdict(self) -> str:
        """What was decided."""
        ...

    @property
    def digest(self) -> str:
        """What was decided on."""
        ...

    @property
    def reason(self) -> str:
        """Why; empty where none was asked."""
        ...

    @property
    def at(self) -> int:
        """When, in ms since the epoch."""
        ...

    @property
    def delegation(self) -> int | None:
        """The mandate that lent the power; None where it was the unit's own."""
        ...


class SealRefused(Exception):
    """A decision in the record was never taken: somebody else than the hub wrote it. `official` is who it names."""

    def __init__(self, official: int, rule: str) -> None:
        super().__init__(f"decision of official {official}: {rule}")
        self.official = official
        self.rule = rule


def seal(alert: int, decision: Decision, key: Ed25519PrivateKey, kid: str) -> str:
    """The signature to keep beside the decision, a compact JWS (RFC 7515, Ed25519)."""
    return sign_tree(sealed_tree(alert, decision), TYP, key, kid)


def sealed_tree(alert: int, decision: Decision) -> dict[str, Any]:
    """What the seal covers: the alert, the person, and every word of the decision. Time in whole milliseconds.

    The paper that lent the power to decide is named where there was one.
    """
    lent = {"delegation": decision.delegation} if decision.delegation else {}
    return lent | {
        "alert": alert,
        "official": decision.official.id,
        "step": decision.step,
        "verdict": decision.verdict,
        "digest": decision.digest,
        "reason": decision.reason,
        "at": round(decision.at.timestamp() * 1000),
    }


def sealed_row(row: DecisionRow) -> dict[str, Any]:
    """What a seal is about, from the row of a decision, whoever has left office since; `at` in ms."""
    lent = {"delegation": row.delegation} if row.delegation else {}
    return lent | {
        "alert": row.alert,
        "official": row.official,
        "step": row.step,
        "verdict": row.verdict,
        "digest": row.digest,
        "reason": row.reason,
        "at": row.at,
    }


def must_be_sealed(alert: int, decisions: Sequence[Decision], keys: Mapping[str, Ed25519PublicKey]) -> None:
    """Raises SealRefused for the first decision that no key of the hub sealed just so."""
    for decision in decisions:
        if rule := broken_seal(decision.seal, sealed_tree(alert, decision), keys):
            raise SealRefused(decision.official.id, rule)


def broken_seal(jws: str, told: Mapping[str, Any], keys: Mapping[str, Ed25519PublicKey]) -> str:
    """Why the seal does not hold over what the record tells; empty where it does."""
    if not jws:
        return "it carries no seal"
    try:
        sealed = open_signed(jws, TYP, keys)
    except SignatureRefused as error:
        return error.rule
    differing = sorted(name for name in {*sealed, *told} if sealed.get(name) != told.get(name))
    return f"the record differs from what was sealed: {', '.join(differing)}" if differing else ""
