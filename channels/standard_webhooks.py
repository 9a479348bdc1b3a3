"""Signing and verifying after the Standard Webhooks specification 1.0.0, symmetric and asymmetric."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from channels.driver import CallbackSignatureRefused

TOLERANCE = timedelta(minutes=5)
#: A header may list a signature per key during rotation; more than this is an attempt to make us compute.
MOST_SIGNATURES = 16
_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


class KeyRefused(ValueError):
    """A key that the specification does not allow; `str()` names the rule, never the key."""


@dataclass(frozen=True, slots=True)
class WebhookKey:
    """One key: `whsec_` signs and verifies (v1), `whsk_` signs and verifies (v1a), `whpk_` only verifies (v1a)."""

    version: str
    _secret: bytes = field(default=b"", repr=False)
    _private: Ed25519PrivateKey | None = field(default=None, repr=False)
    _public: Ed25519PublicKey | None = field(default=None, repr=False)

    @staticmethod
    def parse(text: str) -> WebhookKey:
        """Reads a serialised key; without a prefix it is symmetric. Raises KeyRefused."""
        prefix, raw = _decode_key(text)
        if prefix == "whsec_":
            if not 24 <= len(raw) <= 64:
                raise KeyRefused("a whsec_ key has 24 to 64 bytes (Standard Webhooks 1.0.0, signature scheme)")
            return WebhookKey("v1", raw)
        if prefix == "whpk_":
            if len(raw) != 32:
                raise KeyRefused("a whpk_ key is an Ed25519 public key of 32 bytes")
            return WebhookKey("v1a", _public=Ed25519PublicKey.from_public_bytes(raw))
        # Libraries write the private key either as the seed or as seed and public key together (RFC 8032 §5.1.5).
        if len(raw) not in {32, 64}:
            raise KeyRefused("a whsk_ key is an Ed25519 private key of 32 or 64 bytes")
        private = Ed25519PrivateKey.from_private_bytes(raw[:32])
        if raw[32:] not in {b"", private.public_key().public_bytes_raw()}:
            raise KeyRefused("a whsk_ key of 64 bytes ends with its own public key")
        return WebhookKey("v1a", _private=private, _public=private.public_key())

    @property
    def signs(self) -> bool:
        """False for a public key, which only verifies."""
        return self._private is not None or bool(self._secret)

    def sign(self, content: bytes) -> str:
        """The signature as it stands in the header. Raises KeyRefused for a public key."""
        if self._private is not None:
            raw = self._private.sign(content)
        elif self._secret:
            raw = hmac.digest(self._secret, content, hashlib.sha256)
        else:
            raise KeyRefused("a whpk_ key cannot sign")
        return f"{self.version},{base64.b64encode(raw).decode()}"

    def matches(self, content: bytes, signature: bytes) -> bool:
        if self._public is None:
            return hmac.compare_digest(hmac.digest(self._secret, content, hashlib.sha256), signature)
        try:
            self._public.verify(signature, content)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class VerifiedWebhook:
    """What a good signature proves, besides the body."""

    id: str  #: stable over retries: a replay is found by it
    at: datetime  #: of the attempt


def sign(keys: str | Sequence[str], webhook_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of one attempt; several keys are given while they are rotated.

    Raises KeyRefused, or ValueError for an id that could be confused with the timestamp.
    """
    if not webhook_id or "." in webhook_id or not webhook_id.isprintable() or not webhook_id.isascii():
        raise ValueError("webhook-id: printable ASCII without a full stop (Standard Webhooks 1.0.0)")
    stamp = str(int(at.timestamp()))
    content = f"{webhook_id}.{stamp}.".encode() + body
    listed = (keys,) if isinstance(keys, str) else keys
    if not listed:
        raise KeyRefused("there is no key to sign with")
    signatures = " ".join(WebhookKey.parse(key).sign(content) for key in listed)
    return dict(zip(_HEADERS, (webhook_id, stamp, signatures), strict=True))


def verify(keys: str | Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> VerifiedWebhook:
    """Believes a request that one of `keys` signed within TOLERANCE of `now`. Raises SignatureRefused, KeyRefused."""
    folded = {name.lower(): value for name, value in headers.items()}
    webhook_id, stamp, signatures = (folded.get(name, "") for name in _HEADERS)
    for name in _HEADERS:
        if not folded.get(name):
            raise CallbackSignatureRefused(f"{name} is missing")
    at = _moment(stamp, now)
    content = f"{webhook_id}.{stamp}.".encode("utf-8", "surrogateescape") + body
    listed = [WebhookKey.parse(key) for key in ((keys,) if isinstance(keys, str) else keys)]
    for version, signature in _signatures(signatures):
        if any(key.version == version and key.matches(content, signature) for key in listed):
            return VerifiedWebhook(webhook_id, at)
    raise CallbackSignatureRefused("webhook-signature: none of the signatures is by a key we know")


def _moment(stamp: str, now: datetime) -> datetime:
    # Whole seconds, and nothing that int() would also take: signs, underscores, digits of other scripts.
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
        raise CallbackSignatureRefused("webhook-timestamp is not a whole number of seconds")
    at = datetime.fromtimestamp(int(stamp), now.tzinfo)
    # The sender's clock has no fractions, so neither may ours: 300.9 s is still 300 s old.
    if abs(int(stamp) - int(now.timestamp())) > TOLERANCE.total_seconds():
        raise CallbackSignatureRefused("webhook-timestamp is more than 5 minutes from now")
    return at


def _signatures(header: str) -> list[tuple[str, bytes]]:
    """Version and raw bytes of each readable signature; unknown versions are for newer receivers than we are."""
    found = []
    for entry in header.split(" ")[:MOST_SIGNATURES]:
        version, _, encoded = entry.partition(",")
        try:
            found.append((version, base64.b64decode(encoded, validate=True)))
        except (binascii.Error, ValueError):
            continue
    return found


def _decode_key(text: str) -> tuple[str, bytes]:
    prefix = next((known for known in ("whsec_", "whsk_", "whpk_") if text.startswith(known)), "")
    encoded = text.removeprefix(prefix).rstrip("=")
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise KeyRefused("a key is base64 after its prefix whsec_, whsk_ or whpk_") from None
    return prefix or "whsec_", raw
