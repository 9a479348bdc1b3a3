"""Passkeys (WebAuthn level 2): a key that never leaves its device, used only with the person verified, for us alone."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
from sqlalchemy import Connection
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from approvals.official import Official
from hub.crypto.keyed_hash import BYTES, fingerprint, mark, opaque, open_for, owner, seal_for
from hub.crypto.vault import Vault
from hub.errors import NotSignedIn
from hub.rules.rule import Rule
from hub.store.access import challenges, credentials
from hub.store.access.challenges import Challenge
from hub.store.access.credentials import Credential, NewCredential

NAME = "Fenghuo"
KIND = "passkey"
METHOD = "hwk"  # RFC 8176: proof of possession of a key; that the person was verified is demanded besides
PATIENCE_MS = 5 * 60 * 1000  #: how long a challenge waits for its answer
#: what a hostile answer makes the library or our reading of it raise
BROKEN = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, EOFError, RecursionError)


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a passkey is for: its device checks that the browser stands on this very origin (WebAuthn §13.4.9)."""

    id: str
    origin: str

    @classmethod
    def at(cls, public_url: str) -> Party:
        """The party of the address the hub is reached at."""
        parts = urlsplit(public_url)
        return cls(parts.hostname or "localhost", f"{parts.scheme}://{parts.netloc}")


@dataclass(frozen=True, slots=True)
class Passkeys:
    """Asks and verifies; each challenge is answered once, for the purpose and person it was made for."""

    party: Party
    vault: Vault

    def ask_new(self, connection: Connection, official: Official, now_ms: int) -> dict[str, Any]:
        """What `navigator.credentials.create` needs for one more passkey of the official."""
        challenge = self._challenge(connection, "enrol", official.id, "", now_ms)
        options = generate_registration_options(
            rp_id=self.party.id,
            rp_name=NAME,
            user_name=official.name,
            user_id=str(official.id).encode(),
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(credentials.of(connection, official.id)),
        )
        return _plain(options_to_json(options))

    def keep_new(
        self, connection: Connection, official: int, answer: Mapping[str, Any], label: str, now_ms: int
    ) -> int | None:
        """Keeps what the device made; the credential's number, or None where the answer proves nothing."""
        asked = self._find_challenge(connection, answer, "enrol", now_ms)
        if asked is None or asked.official != official:
            return None
        try:
            made = verify_registration_response(
                credential=dict(answer),
                expected_challenge=asked.value,
                expected_rp_id=self.party.id,
                expected_origin=self.party.origin,
                require_user_verification=True,
            )
        except BROKEN:
            return None
        if credentials.handle_taken(connection, made.credential_id):
            return None
        sealed = seal_for(self.vault, owner(official, KIND), {"key": made.credential_public_key.hex()})
        new = NewCredential(official, KIND, label, sealed, now_ms, made.credential_id, made.sign_count)
        return credentials.add(connection, new)

    def ask(
        self, connection: Connection, purpose: str, now_ms: int, *, official: int = 0, digest: str = ""
    ) -> dict[str, Any]:
        """What `navigator.credentials.get` needs: to sign in, or to prove a factor for `digest`."""
        challenge = self._challenge(connection, purpose, official, digest, now_ms)
        options = generate_authentication_options(
            rp_id=self.party.id,
            challenge=challenge,
            user_verification=UserVerificationRequirement.REQUIRED,
            allow_credentials=_descriptors(credentials.of(connection, official)) if official else [],
        )
        return _plain(options_to_json(options))

    def accept_answer(
        self, connection: Connection, purpose: str, answer: Mapping[str, Any], now_ms: int
    ) -> tuple[Credential, Challenge] | NotSignedIn:
        """The passkey that answered and what it answered, its counter moved on; else why not, as a value.

        A value, because the challenge must stay used up: an exception would undo the caller's transaction.
        """
        asked = self._find_challenge(connection, answer, purpose, now_ms)
        found = credentials.by_handle(connection, _handle(answer)) if asked is not None else None
        if asked is None or found is None or asked.official not in (0, found.official):
            return _refuse(Rule.PASSKEY_UNKNOWN)
        kept = open_for(self.vault, owner(found.official, KIND), found.sealed)
        if kept is None:
            return _refuse(Rule.PASSKEY_FORGED)
        try:
            verified = verify_authentication_response(
                credential=dict(answer),
                expected_challenge=asked.value,
                expected_rp_id=self.party.id,
                expected_origin=self.party.origin,
                credential_public_key=bytes.fromhex(kept["key"]),
                credential_current_sign_count=0,  # looked at below, where two answers at once are told apart
                require_user_verification=True,
            )
        except BROKEN:
            return _refuse(Rule.PASSKEY_REFUSED)
        count = verified.new_sign_count
        # WebAuthn §7.2 step 21: a counter that does not grow is that of a copy; one that stays 0 is none.
        if count == 0 and found.counter == 0:
            counted = credentials.note_use(connection, found.id, now_ms)
        else:
            counted = credentials.advance(connection, found.id, count, now_ms)
        return (found, asked) if counted else _refuse(Rule.PASSKEY_COPIED)

    def _challenge(self, connection: Connection, purpose: str, official: int, detail: str, now_ms: int) -> bytes:
        expires, nonce = now_ms + PATIENCE_MS, base64url_to_bytes(opaque())
        value = nonce + self._bind_nonce(nonce, purpose, official, detail)
        challenges.add(connection, Challenge(fingerprint(value.hex()), purpose, official, value, detail, expires))
        return value

    def _find_challenge(
        self, connection: Connection, answer: Mapping[str, Any], purpose: str, now_ms: int
    ) -> Challenge | None:
        try:
            client = parse_client_data_json(base64url_to_bytes(answer["response"]["clientDataJSON"]))
        except BROKEN:
            return None
        asked = challenges.take(connection, fingerprint(client.challenge.hex()), purpose, now_ms)
        if asked is None:
            return None
        nonce, bound = asked.value[:BYTES], asked.value[BYTES:]
        ours = hmac.compare_digest(bound, self._bind_nonce(nonce, purpose, asked.official, asked.detail))
        return asked if ours else None

    def _bind_nonce(self, nonce: bytes, purpose: str, official: int, detail: str) -> bytes:
        """What the challenge itself says of its purpose: a row that SQL turns to another is not answered."""
        return bytes.fromhex(mark(self.vault, "challenge", nonce.hex(), purpose, official, detail))


def _handle(answer: Mapping[str, Any]) -> bytes:
    try:
        return base64url_to_bytes(answer["rawId"])
    except BROKEN:
        return b""


def _descriptors(found: Iterable[Credential]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=each.handle) for each in found if each.handle]


def _plain(text: str) -> dict[str, Any]:
    value: dict[str, Any] = orjson.loads(text)
    return value


def _refuse(rule: Rule) -> NotSignedIn:
    return NotSignedIn("this passkey does not open anything here", rule=rule, place="credential")
