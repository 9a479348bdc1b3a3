"""The release order: the signed paper without which no worker sends anything (a compact JWS, RFC 7515, Ed25519)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import TypeAdapter, ValidationError

from approvals.decision import Decision
from approvals.signed import SignatureRefused, open_bytes, sign_bytes

TYP = "fenghuo-order+jwt"  # RFC 8725 §3.11: explicit typing keeps an access token from passing as an order
SKEW = timedelta(seconds=30)  #: how far the clocks of two machines may differ before an order looks early


class OrderRefused(Exception):
    """The order must not be followed. `rule` says why; nothing of the order may be believed."""

    def __init__(self, rule: str) -> None:
        super().__init__(f"release order refused: {rule}")
        self.rule = rule


@dataclass(frozen=True, slots=True)
class OrderDecision:
    """One decision that counted: account, name and unit of the official, the step, when, and for which issuers."""

    official: int
    name: str
    unit: str
    step: str
    at: datetime
    issuers: tuple[str, ...] = ()

    @classmethod
    def of(cls, decision: Decision, issuers: tuple[str, ...] = ()) -> OrderDecision:
        official = decision.official
        return cls(official.id, official.name, official.unit, decision.step, decision.at, issuers)


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    """Who released what, to whom, until when. Times carry a zone.

    `digest` is the frozen digest; `audience_digest` and `endpoints_digest` are SHA-256 (hex) of the serialised bitmaps
    of recipients and endpoints: an order covers these and no one else. `parts_digest` is that of who is told which part
    of a warning whose areas differ (`digest_of_parts`). `level` is the colour word and the send priority.
    `rule` begins with ``standing:<number>+`` where a standing authorisation (授权书) was used: `authorized_by` are then
    the signers of that paper. `released_by` is the official, or the service, whose act it was; `act` the hash of the
    newest act it rests on (`approvals.acts`), which the act of the release follows.
    """

    alert: int
    identifier: str
    msg_type: str
    digest: str
    rule: str
    authorized_by: tuple[str, ...]
    decisions: tuple[OrderDecision, ...]
    channels: tuple[str, ...]
    audience_digest: str
    audience_size: int
    endpoints_digest: str
    world: str
    level: str
    not_before: datetime
    expires: datetime
    issued_at: datetime
    released_by: str = ""
    parts_digest: str = ""
    act: str = ""


def strange_party(order: ReleaseOrder, issuers: Sequence[str]) -> str:
    """Why an order does not speak for these issuers; empty where it does.

    Each of them signed, and nobody's word is in it who had no part in their warning. A release by a paper signed
    beforehand (授权书) is the paper's.
    """
    if order.rule.startswith("standing:"):
        return ""
    for decision in order.decisions:
        if not decision.issuers or not set(decision.issuers) <= set(issuers):
            return f"{decision.name} of {decision.unit} decided, who had no part in it"
    signed = {issuer for decision in order.decisions if decision.step == "sign" for issuer in decision.issuers}
    missing = [issuer for issuer in issuers if issuer not in signed]
    return f"{missing[0]} issues it, and did not sign" if missing else ""


def digest_of_parts(parts: Mapping[str, bytes]) -> str:
    """SHA-256 (hex) over the serialised bitmap of each part, by the keys of the parts; empty where there are none."""
    if not parts:
        return ""
    hashed = {part: hashlib.sha256(persons).hexdigest() for part, persons in parts.items()}
    return hashlib.sha256(json.dumps(hashed, sort_keys=True).encode()).hexdigest()


_ORDER = TypeAdapter(ReleaseOrder)


def sign_order(order: ReleaseOrder, key: Ed25519PrivateKey, kid: str) -> str:
    """The order as a compact JWS. Raises ValueError for a time without a zone."""
    for name in ("not_before", "expires", "issued_at"):
        if getattr(order, name).tzinfo is None:
            raise ValueError(f"{name}: a time without a zone cannot be ordered")
    return sign_bytes(_ORDER.dump_json(order), TYP, key, kid)


def verify_order(jws: str, keys: Mapping[str, Ed25519PublicKey], now: datetime) -> ReleaseOrder:
    """The order, if one of the keys signed exactly this and it is in force at `now`. Raises OrderRefused."""
    order = read_order(jws, keys)
    must_be_in_force(order, now)
    return order


def must_be_in_force(order: ReleaseOrder, now: datetime) -> None:
    """Raises OrderRefused before the order comes into force, and once it is over."""
    if now >= order.expires:
        raise OrderRefused("expired")
    if now + SKEW < order.not_before:
        raise OrderRefused("not yet in force")


def read_order(jws: str, keys: Mapping[str, Ed25519PublicKey]) -> ReleaseOrder:
    """The order, if one of the keys signed exactly this, whether or not it is still in force. Raises OrderRefused."""
    try:
        return _parse(open_bytes(jws, TYP, keys))
    except SignatureRefused as error:
        raise OrderRefused(error.rule) from None


def _parse(payload: bytes) -> ReleaseOrder:
    try:
        fields = json.loads(payload)
        if not isinstance(fields, dict) or set(fields) != set(ReleaseOrder.__dataclass_fields__):
            raise OrderRefused("not a release order")
        return _ORDER.validate_json(payload, strict=True)
    except (ValidationError, ValueError):
        raise OrderRefused("not a release order") from None
