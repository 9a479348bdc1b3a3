"""The accountability pack: a file of one JSON document per line, in which every byte is signed (pure).

Each line is a part, ``{"part": name, "value": ...}``, in canonical JSON, so that no byte of it is without meaning. The
last line, the manifest, names every part with the SHA-256 of its line, in order, under the hub's Ed25519 signature.
Whoever has the file and the public keys needs nothing else; any text tool shows what it says.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from approvals.digest import canonical
from approvals.signed import keys_of

SCHEME = "fenghuo-pack-1"  #: grows with any change of the file's shape; also keeps the signature apart from any other
MANIFEST, KEYS = "manifest", "keys"  #: the two parts the file itself rests on

# Lower case only: a letter of the other case would be another byte with the same meaning.
_SIGNATURE = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True)
class PackPart:
    """One line. `value` is JSON."""

    name: str
    value: Any


class PackBroken(Exception):
    """The file is not as it was made. `part` is where, `line` its number from 1, `reason` fit to be shown."""

    def __init__(self, part: str, line: int, reason: str) -> None:
        super().__init__(f"{part} (line {line}): {reason}")
        self.part = part
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Pack:
    """A file that is whole. `keys` are those it was verified with, by kid; `own_keys` says that it brought them."""

    parts: Mapping[str, Any]  #: value by name, in the order of the file
    keys: Mapping[str, Ed25519PublicKey]
    own_keys: bool

    def parts_of_kind(self, prefix: str) -> list[tuple[str, Any]]:
        """(name, value) of the parts of one kind, such as ``form/``, in order."""
        return [(name, value) for name, value in self.parts.items() if name.startswith(prefix)]


@dataclass(frozen=True, slots=True)
class _Manifest:
    line: int
    kid: str
    signature: bytes
    value: Mapping[str, Any]
    listed: Sequence[tuple[str, str]]


def write_pack(parts: Iterable[PackPart], key: Ed25519PrivateKey, kid: str) -> bytes:
    """The file. One part must be `KEYS`, a JWK set with the key `kid`. Raises ValueError, TypeError for odd values."""
    lines = [(part.name, _line({"part": part.name, "value": part.value})) for part in parts]
    value = {"scheme": SCHEME, "parts": [[name, _sha256(line)] for name, line in lines]}
    signature = key.sign(_signing_input(value)).hex()
    last = _line({"part": MANIFEST, "value": value, "kid": kid, "signature": signature})
    return b"".join(line + b"\n" for line in [*(line for _, line in lines), last])


def open_pack(raw: bytes, trusted: Mapping[str, Ed25519PublicKey] | None = None) -> Pack:
    """The parts, if every byte is as it was signed. Raises PackBroken naming the first part that is not.

    Without `trusted` keys those in the file are used: that proves it whole, and not yet whose it is.
    """
    lines = raw.split(b"\n")
    if lines.pop():
        raise PackBroken(MANIFEST, len(lines) + 1, "the file does not end with its manifest and a line end")
    manifest = _manifest(lines.pop() if lines else b"", len(lines) + 1)
    found = _differing(lines, manifest.listed)
    keys = trusted if trusted is not None else _keys(lines)
    if KEYS not in found and not _signature_holds(manifest, keys):
        # Every part may be as it was: what changed is the manifest itself, or the key is not one to be trusted.
        raise PackBroken(MANIFEST, manifest.line, "no key at hand signed this manifest")
    if KEYS in found and _signature_holds(_as_found(manifest, lines), keys):
        raise PackBroken(MANIFEST, manifest.line, "the hash of the keys is not the one that was signed")
    if found:
        name, line = next(iter(found.items()))
        raise PackBroken(name, line, "the line is not the one that was signed")
    parts = [_parse(line, name, number) for number, (line, (name, _)) in _number_lines(lines, manifest.listed)]
    return Pack({part.name: part.value for part in parts}, keys, trusted is None)


def _manifest(line: bytes, number: int) -> _Manifest:
    part = _parse(line, MANIFEST, number)
    whole = json.loads(line)
    signature, value = whole.get("signature"), part.value
    listed = value.get("parts") if isinstance(value, dict) else None
    if set(whole) != {"part", "value", "kid", "signature"} or not isinstance(listed, list) or not _is_listing(listed):
        raise PackBroken(MANIFEST, number, "not a manifest")
    if value.get("scheme") != SCHEME or not isinstance(signature, str) or not _SIGNATURE.fullmatch(signature):
        raise PackBroken(MANIFEST, number, "not a manifest of this kind")
    return _Manifest(number, str(whole["kid"]), bytes.fromhex(signature), value, [(name, sha) for name, sha in listed])


def _is_listing(listed: list[Any]) -> bool:
    pairs = all(isinstance(pair, list) and list(map(type, pair)) == [str, str] for pair in listed)
    return pairs and len({name for name, _ in listed}) == len(listed)


def _differing(lines: Sequence[bytes], listed: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Names and line numbers of what is changed, missing, moved or added."""
    found = {name: number for number, (line, (name, sha)) in _number_lines(lines, listed) if _sha256(line) != sha}
    for number, (name, _) in enumerate(listed[len(lines) :], start=len(lines) + 1):
        found.setdefault(name, number)
    for number in range(len(listed) + 1, len(lines) + 1):
        found.setdefault(f"line {number}, which nobody signed", number)
    return found


def _number_lines(
    lines: Sequence[bytes], listed: Sequence[tuple[str, str]]
) -> list[tuple[int, tuple[bytes, tuple[str, str]]]]:
    return list(enumerate(zip(lines, listed, strict=False), start=1))


def _keys(lines: Sequence[bytes]) -> Mapping[str, Ed25519PublicKey]:
    """The keys the file brings, whether or not their line is as it was: only the signature says what they are worth."""
    start = _line({"part": KEYS, "value": {}}).removesuffix(b"{}}")
    for line in lines:
        if line.startswith(start):
            try:
                return keys_of(json.loads(line)["value"])
            except (ValueError, KeyError):
                break
    return {}


def _as_found(manifest: _Manifest, lines: Sequence[bytes]) -> _Manifest:
    """The manifest as it would be if the keys stood in the file as they were signed."""
    listed = [
        (name, _sha256(line) if name == KEYS else sha)
        for _, (line, (name, sha)) in _number_lines(lines, manifest.listed)
    ]
    return replace(manifest, value={**manifest.value, "parts": [list(pair) for pair in listed]})


def _signature_holds(manifest: _Manifest, keys: Mapping[str, Ed25519PublicKey]) -> bool:
    key = keys.get(manifest.kid)
    if key is None:
        return False
    try:
        key.verify(manifest.signature, _signing_input(manifest.value))
    except InvalidSignature:
        return False
    return True


def _parse(line: bytes, name: str, number: int) -> PackPart:
    """The part a line holds. Raises PackBroken unless it is canonical JSON and bears this name."""
    try:
        tree = json.loads(line)
        if not isinstance(tree, dict) or _line(tree) != line:
            raise PackBroken(name, number, "the line is not in the one spelling there is")
    except (ValueError, RecursionError):
        raise PackBroken(name, number, "the line is not JSON") from None
    if tree.get("part") != name or "value" not in tree:
        raise PackBroken(name, number, f"the line is the part {tree.get('part')!r}")
    return PackPart(name, tree["value"])


def _line(tree: Mapping[str, Any]) -> bytes:
    return canonical(tree).encode()


def _signing_input(value: Mapping[str, Any]) -> bytes:
    return f"{SCHEME}\n{canonical(value)}".encode()


def _sha256(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
