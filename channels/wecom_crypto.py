"""WeCom's callback encryption (企业微信 加解密方案): SHA-1 signature, AES-256-CBC, receiver's id at the end."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from channels.driver import CallbackSignatureRefused, MalformedCallback

_BLOCK = 32  # PKCS #7 padding to 32 bytes, not to the 16 of AES


def signature(token: str, *parts: str) -> str:
    """SHA-1 (hex) over the sorted parts: timestamp and nonce, and the ciphertext where there is one."""
    # WeChat and WeCom prescribe SHA-1; what it guards is also encrypted and carries the receiver's id.
    return hashlib.sha1(
        "".join(sorted((token, *parts))).encode("utf-8", "surrogatepass"), usedforsecurity=False
    ).hexdigest()


@dataclass(frozen=True, slots=True)
class Envelope:
    """The two secrets of one callback address and the id (corp id) that messages to it must end with."""

    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    receive_id: str

    def __post_init__(self) -> None:
        try:
            usable = len(self._key()) == 32
        except binascii.Error:
            usable = False
        if not usable:
            raise ValueError("encoding_aes_key: 43 characters of base64, 32 bytes (WeCom EncodingAESKey)")

    def open(self, given: str, timestamp: str, nonce: str, encrypted: str) -> bytes:
        """Checks the signature and decrypts. Raises SignatureRefused, MalformedCallback."""
        expected = signature(self.token, timestamp, nonce, encrypted)
        if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass")):
            raise CallbackSignatureRefused("msg_signature does not match")
        plain, receiver = self._decrypt(encrypted)
        if not hmac.compare_digest(receiver, self.receive_id.encode()):
            raise CallbackSignatureRefused("the message is for another receiver id")
        return plain

    def seal(self, plain: bytes, noise: bytes) -> str:
        """The ciphertext of `plain` (base64). `noise` is 16 random bytes."""
        content = noise + struct.pack(">I", len(plain)) + plain + self.receive_id.encode()
        fill = _BLOCK - len(content) % _BLOCK
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(content + bytes([fill]) * fill) + encryptor.finalize()).decode()

    def _decrypt(self, encrypted: str) -> tuple[bytes, bytes]:
        """The message and the receiver's id behind it."""
        try:
            raw = base64.b64decode(encrypted, validate=True)
        except ValueError:
            raise MalformedCallback("the ciphertext is not base64") from None
        if not raw or len(raw) % (AES.block_size // 8):
            raise MalformedCallback("the ciphertext is not a whole number of AES blocks")
        decryptor = self._cipher().decryptor()
        content = decryptor.update(raw) + decryptor.finalize()
        fill = content[-1]
        if not 1 <= fill <= _BLOCK or len(content) < 20 + fill:
            raise MalformedCallback("the padding is not PKCS #7 with blocks of 32 bytes")
        (length,) = struct.unpack(">I", content[16:20])
        body = content[20:-fill]
        if length > len(body):
            raise MalformedCallback("the message is shorter than it says")
        return body[:length], body[length:]

    def _key(self) -> bytes:
        return base64.b64decode(self.encoding_aes_key + "=", validate=True)

    def _cipher(self) -> Cipher[CBC]:
        key = self._key()
        return Cipher(AES(key), CBC(key[:16]))
