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


class Entry(NamedTuple):
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
class Act:
    """What happened, before it has a place in the chain. `detail` holds no address and no secret."""

    at_ms: int
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verified:
    """Every entry is as it was written. Entries cut off the end show only against a `head` kept elsewhere."""

    count: int
    head: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry that is not as it was written, or not where it was."""

    seq: int
    reason: str


def chain(previous: Entry | None, act: Act) -> Entry:
    """The entry that follows `previous`; the first where that is None. Raises ValueError, TypeError for odd detail."""
    seq, link = (1, GENESIS) if previous is None else (previous.seq + 1, previous.hash)
    actor, action, subject = map(_storable, (act.actor, act.action, act.subject))
    bare = Entry(seq, act.at_ms, actor, action, subject, _storable(canonical(act.detail)), link, "")
    return bare._replace(hash=_hash(bare))


def verify(entries: Iterable[Entry], after: Entry | None = None) -> Verified | Broken:
    """Checks entries in order, from the first, or from the one that follows `after`. Streams: memory stays flat."""
    seq, link = (0, GENESIS) if after is None else (after.seq, after.hash)
    count = 0
    for entry in entries:
        seq += 1
        count += 1
        if entry.seq != seq:
            return Broken(seq, f"the entry is missing: {entry.seq} stands in its place")
        if entry.previous != link:
            return Broken(seq, "the link to the entry before it does not hold")
        if not _whole(entry):
            return Broken(seq, "the content does not match its hash")
        link = entry.hash
    return Verified(count, link)


def _storable(text: str) -> str:
    """What every database takes: a name or reason with a lone surrogate or a NUL must still be recorded."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def _whole(entry: Entry) -> bool:
    try:
        return entry.hash == _hash(entry)
    except TypeError:  # a field that cannot be hashed at all: a lone surrogate, a number of more than 64 bits
        return False


def _hash(entry: Entry) -> str:
    # A JSON array is unambiguous: no two entries share one spelling. The scheme separates it from any other hash.
    return hashlib.sha256(orjson.dumps((SCHEME, *entry[:-1]))).hexdigest()
