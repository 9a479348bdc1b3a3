"""Delivery ids: how a provider names one delivery to us. Without the hub's key nobody makes one up.

An id is one AES block (FIPS 197) over campaign, recipient and 64 zero bits, under a key derived (RFC 5869) for one
world and one channel, in base64url. A block cipher is a permutation nobody can tell from chance, so the zeros come out
of a forged, changed or foreign id once in 2^64 tries (Bellare and Rogaway, "Encode-then-encipher encryption", 2000).
The same delivery has the same id in every attempt and after every crash; nothing is stored, and whether an id is ours
is known before the database is asked.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import Struct, error
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.crypto.secret_keys import Secret, SecretRing

_BLOCK = Struct(">LLQ")  # campaign, recipient, zeros
_SEED = Struct(">LL")
_ID = re.compile(r"[A-Za-z0-9_-]{22}")  # 128 bits in base64url without padding (RFC 4648 §5)


class DeliveryKey(NamedTuple):
    """The primary key of a delivery: `recipient` is a person, or an endpoint of a channel that reaches many."""

    campaign: int
    recipient: int


@dataclass(frozen=True, slots=True)
class DeliveryIds:
    """Makes and opens the ids of one world. Safe in several threads."""

    ring: SecretRing
    world: str
    _ciphers: dict[tuple[str, str], Cipher[modes.ECB]] = field(default_factory=dict, repr=False)

    def one(self, channel: str, campaign: int, recipient: int) -> str:
        """The id of one delivery."""
        return self.many(channel, campaign, (recipient,))[0]

    def many(self, channel: str, campaign: int, recipients: Sequence[int]) -> list[str]:
        """The ids of a campaign's deliveries, in order: enciphered in one go, as the hot path wants it."""
        try:
            plain = b"".join([_BLOCK.pack(campaign, recipient, 0) for recipient in recipients])
        except error as fault:
            raise ValueError(f"campaign and recipient are numbers of 32 bits: {fault}") from None
        size, sealed = _BLOCK.size, self._cipher(self.ring.current, channel).encryptor().update(plain)
        return [
            base64.urlsafe_b64encode(sealed[start : start + size])[:-2].decode()
            for start in range(0, len(sealed), size)
        ]

    def open(self, channel: str, delivery: str) -> DeliveryKey | None:
        """The delivery of this channel that `delivery` names; None for whatever this hub did not make for it.

        An id made under an earlier key is known as long as that key is kept.
        """
        if not _ID.fullmatch(delivery):
            return None
        try:
            sealed = base64.urlsafe_b64decode(delivery + "==")
        except binascii.Error:
            return None
        held = self.ring.current_keys
        for secret in (held.current, *held.older):
            campaign, recipient, zeros = _BLOCK.unpack(self._cipher(secret, channel).decryptor().update(sealed))
            # The last character carries four bits that decode to nothing: only the one spelling we made is an id.
            if zeros == 0 and base64.urlsafe_b64encode(sealed)[:-2].decode() == delivery:
                return DeliveryKey(campaign, recipient)
        return None

    def service(self, channel: str, seed: bytes) -> str:
        """An id for a message that is no delivery, such as a one-time code: a report about it is ours, not news.

        `seed` is at least eight bytes that no other message has.
        """
        return self.one(_service(channel), *_SEED.unpack_from(seed))

    def is_service(self, channel: str, delivery: str) -> bool:
        """Whether `service` made it for this channel."""
        return self.open(_service(channel), delivery) is not None

    def call(self, channel: str, number: int) -> str:
        """An id for a call of the hub to an official, by the call's number."""
        return self.one(_call(channel), number, 0)

    def open_call(self, channel: str, delivery: str) -> int | None:
        """The call that `call` named so for this channel; None for whatever it did not."""
        found = self.open(_call(channel), delivery)
        return found.campaign if found is not None else None

    def _cipher(self, secret: Secret, channel: str) -> Cipher[modes.ECB]:
        found = self._ciphers.get((secret.kid, channel))
        if found is None:
            info = f"fenghuo delivery id/{self.world}/{channel}".encode()
            key = HKDF(hashes.SHA256(), 32, None, info).derive(secret.value)
            # ECB is the bare permutation: one block each, no two of them alike.
            found = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305
            self._ciphers[secret.kid, channel] = found
        return found


def _service(channel: str) -> str:
    return f"service/{channel}"  # no channel's name: a slash is in none


def _call(channel: str) -> str:
    return f"call/{channel}"
