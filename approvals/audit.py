"""The audit chain: every entry carries the hash of the one before it, so that one changed byte is found (pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from approvals.digest import canonical

GENESIS = "0" * 64  #: the `previous` of the first entry
SCHEME = "fa1"  #: grows with any change of what is hashed or how
CONTENT = ("at_ms", "actor", "action", "subject", "detail")  #: what happened; the other fields are the chain itself
DIFFERS = "at_ms, actor, action, subject or detail is not what was hashed"
LONGEST_SEARCHED = 4096  #: bytes of a field in which a changed one is looked for: about a second


class AuditEntry(NamedTuple):
    """One act. `at_ms` is milliseconds since the epoch, UTC; `detail` canonical JSON; hashes are SHA-256 in hex.

    A named tuple, not a dataclass: hundreds of thousands are read and checked in a row.
    """

    seq: int
    at_ms: int
    actor: str
    action: str
    subject: str
    detail: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditAct:
    """What happened, before it has a place in the chain. `detail` holds no address and no secret."""

    at_ms: int
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class VerifiedLog:
    """Every entry is as it was written. Entries cut off the end show only against a `head` kept elsewhere."""

    count: int
    head: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry that is not as it was written, or not where it was.

    `field` is the one that was changed: one of `AuditEntry`'s. ``content`` where more than one byte of at_ms, actor,
    action, subject and detail changed, so that the hash cannot say which.
    """

    seq: int
    reason: str
    field: str


@dataclass(frozen=True, slots=True)
class Head:
    """How long the log was at some moment, and the hash of its last entry: kept elsewhere, it shows a cut end."""

    count: int
    hash: str


def chain(previous: AuditEntry | None, act: AuditAct) -> AuditEntry:
    """The entry that follows `previous`; the first where that is None. Raises ValueError, TypeError for odd detail."""
    seq, link = (1, GENESIS) if previous is None else (previous.seq + 1, previous.hash)
    actor, action, subject = map(storable, (act.actor, act.action, act.subject))
    bare = AuditEntry(seq, act.at_ms, actor, action, subject, storable(canonical(act.detail)), link, "")
    return bare._replace(hash=_hash(bare))


def verify(
    entries: Iterable[AuditEntry], after: AuditEntry | None = None, head: Head | None = None
) -> VerifiedLog | Broken:
    """Checks entries in order, from the first, or from the one that follows `after`. Streams: memory stays flat.

    `head` was taken of this log earlier: then an end that was cut off, or written anew, is found as well.
    """
    seq, link = (0, GENESIS) if after is None else (after.seq, after.hash)
    start = seq
    found = iter(entries)
    for entry in found:
        seq += 1
        if entry.seq != seq:
            return Broken(seq, f"the entry is missing: {entry.seq} stands in its place", "seq")
        if entry.previous != link:
            return Broken(seq, "the link to the entry before it does not hold", "previous")
        if not _whole(entry):
            return _find_change(entry, next(found, None))
        if head is not None and seq == head.count and entry.hash != head.hash:
            return Broken(seq, "the entry is not the one that stood here when the head was taken", "hash")
        link = entry.hash
    if head is not None and seq < head.count:
        return Broken(seq + 1, f"entries {seq + 1} to {head.count} have been cut off", "seq")
    return VerifiedLog(seq - start, link)


def follows(entry: AuditEntry, before: Head) -> bool:
    """Whether an entry stands where `before` ends, is linked to it, and is as it was written."""
    return entry.seq == before.count + 1 and entry.previous == before.hash and _whole(entry)


def storable(text: str) -> str:
    """What every database takes: a name or reason with a lone surrogate or a NUL must still be recorded."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def _whole(entry: AuditEntry) -> bool:
    try:
        return entry.hash == _hash(entry)
    except TypeError:  # a field that cannot be hashed at all: a lone surrogate, a number of more than 64 bits
        return False


def _find_change(entry: AuditEntry, following: AuditEntry | None) -> Broken:
    """Which field of an entry that does not match its hash was changed."""
    if following is not None and following.previous != entry.hash and _links(entry, following):
        return Broken(entry.seq, "the hash is not that of the content, which the next entry confirms", "hash")
    field = next((name for name in CONTENT if _one_byte_away(entry, name)), "content")
    return Broken(entry.seq, f"the {field} is not what was hashed" if field != "content" else DIFFERS, field)


def _links(entry: AuditEntry, following: AuditEntry) -> bool:
    try:
        return following.previous == _hash(entry)
    except TypeError:
        return False


def _one_byte_away(entry: AuditEntry, name: str) -> bool:
    """Whether one byte of this field, put right, makes the hash hold: then it is this field that was changed."""
    value = getattr(entry, name)
    text = str(value).encode("utf-8", "surrogateescape")
    if len(text) > LONGEST_SEARCHED:
        return False
    for at in range(len(text)):
        for byte in range(256):
            tried = _as_written(text[:at] + bytes([byte]) + text[at + 1 :], value)
            put_right: dict[str, Any] = {name: tried}
            if tried is not None and _whole(entry._replace(**put_right)):
                return True
    return False


def _as_written(raw: bytes, like: object) -> str | int | None:
    try:
        text = raw.decode()
        return int(text) if isinstance(like, int) else text
    except ValueError:
        return None


def _hash(entry: AuditEntry) -> str:
    # A JSON array is unambiguous: no two entries share one spelling. The scheme separates it from any other hash.
    return hashlib.sha256(orjson.dumps((SCHEME, *entry[:-1]))).hexdigest()
