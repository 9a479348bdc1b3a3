"""A passkey in software: answers WebAuthn challenges as a person's device would, for people who are played."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

#: WebAuthn §6.1: person present, person verified; and, while a key is made, key attached
PRESENT, VERIFIED, ATTACHED = 0x01, 0x04, 0x40


@dataclass(slots=True)
class SoftwarePasskey:
    """One device with one key for one origin. `verified` is False for a device that does not ask who holds it."""

    origin: str
    handle: bytes
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    count: int = 0
    verified: bool = True

    def make(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create` gives for these options."""
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})  # RFC 9053 §7.1: EC2, ES256, P-256
        attached = bytes(16) + len(self.handle).to_bytes(2, "big") + self.handle + public
        data = self._data(options["rp"]["id"], ATTACHED) + attached
        said = {
            "clientDataJSON": bytes_to_base64url(self._client("webauthn.create", options)),
            "attestationObject": bytes_to_base64url(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return self._answer(said)

    def get(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.get` gives for these options."""
        self.count += 1
        client = self._client("webauthn.get", options)
        data = self._data(options["rpId"], 0)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ECDSA(SHA256()))
        said = {
            "clientDataJSON": bytes_to_base64url(client),
            "authenticatorData": bytes_to_base64url(data),
            "signature": bytes_to_base64url(signature),
        }
        return self._answer(said)

    def _client(self, kind: str, options: Mapping[str, Any]) -> bytes:
        return orjson.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin})

    def _data(self, party: str, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verified else 0)
        return hashlib.sha256(party.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _answer(self, said: Mapping[str, str]) -> dict[str, Any]:
        handle = bytes_to_base64url(self.handle)
        return {"id": handle, "rawId": handle, "type": "public-key", "response": dict(said)}
