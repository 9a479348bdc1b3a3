"""The acts of a warning, or of a paper, as one gapless sequence: each sealed, each naming its predecessor (pure).

A column that says how far a warning is proves nothing: whoever writes to the database writes columns. Each act is a JWS
over what was done, the stage that follows, its number and the hash of the act before it, so none can be changed, moved,
copied to another warning or left out in between. It names its place in the audit log and the entry before that place,
and the entry at that place names the act: cutting the newest acts off a warning therefore means to cut off everything
that the hub sealed since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from approvals.audit import GENESIS, AuditEntry, Broken, verify
from approvals.signed import SignatureRefused, open_signed, payload_of, sign_tree

TYP = "fenghuo-act+jwt"  # RFC 8725 §3.11: no other signed paper of the hub passes as an act
SUBMIT, RELEASE = "submit", "release"
#: stages as older sealed acts name them, by what they are called now: what is sealed is never written anew
_RENAMED_STAGES = {"handed_up": "referred"}
NAMED = "act"  #: the field of an audit entry's detail that names an act, by number and hash


class ActsRefused(Exception):
    """The sequence is not the one that the hub sealed. `number` is the first act that shows it, `rule` says how."""

    def __init__(self, subject: str, number: int, rule: str) -> None:
        super().__init__(f"{subject}, act {number}: {rule}")
        self.subject = subject
        self.number = number
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Act:
    """One act. Hashes are SHA-256 in hex; `at` is milliseconds since the epoch, UTC."""

    subject: str  #: alert/<id>, standing/<id> or delegation/<id>
    number: int  #: from 1, without a gap
    action: str  #: as in the audit log: draft, edit, submit, review-approve, sign-reject, release, revoke …
    stage: str  #: where the subject stands after it
    submission: int  #: how often it had been submitted by then
    digest: str  #: of what was frozen, decided on or released; empty where nothing was
    evidence: str  #: hash of the sealed document made by this act (a decision's seal, a release order); empty for none
    actor: str
    at: int
    previous: str  #: hash of the act before it; GENESIS for the first
    entry: int  #: number of the audit entry that names this act
    link: str  #: hash of the audit entry before that


_TYPES = {"number": int, "submission": int, "at": int, "entry": int} | dict.fromkeys(
    ("subject", "action", "stage", "digest", "evidence", "actor", "previous", "link"), str
)
UNSEALED = "no key in force sealed it"


def hash_of(jws: str) -> str:
    """The hash by which the next act, the release order and the audit log name a sealed document."""
    return hashlib.sha256(jws.encode()).hexdigest()


def seal_act(act: Act, key: Ed25519PrivateKey, kid: str) -> str:
    """The act as a compact JWS (RFC 7515, Ed25519)."""
    return sign_tree(asdict(act), TYP, key, kid)


@dataclass(frozen=True, slots=True)
class ActSequence:
    """A sequence whose links hold and whose newest act is sealed. `unsealed` are numbers whose seal no key verifies.

    A key that was revoked as compromised leaves such acts behind; what the hub sealed after them vouches that they were
    not changed since, not that they were true.
    """

    jws: tuple[str, ...]
    acts: tuple[Act, ...]
    unsealed: frozenset[int]

    @property
    def newest(self) -> Act:
        return self.acts[-1]

    @property
    def stage(self) -> str:
        return self.newest.stage

    @property
    def head(self) -> str:
        """The hash of the newest act, which stands for the whole sequence."""
        return hash_of(self.jws[-1])

    @property
    def since_submission(self) -> tuple[Act, ...]:
        """The newest submission and what followed; everything where there was none."""
        starts = [act.number for act in self.acts if act.action == SUBMIT]
        return self.acts[starts[-1] - 1 :] if starts else self.acts

    @property
    def evidence(self) -> frozenset[str]:
        """Hashes of the documents sealed since the newest submission: a decision from before it counts no more."""
        return frozenset(act.evidence for act in self.since_submission if act.evidence)

    def must_be_sealed(self) -> None:
        """Raises ActsRefused where an act since the newest submission has a seal that no key in force verifies."""
        if broken := sorted(self.unsealed & {act.number for act in self.since_submission}):
            raise ActsRefused(self.newest.subject, broken[0], UNSEALED)


def current_stage(word: str) -> str:
    """A stage by the name it has now, whatever it was called when it was written."""
    return _RENAMED_STAGES.get(word, word)


def read_act(jws: str) -> Act:
    """The act a JWS carries, whoever sealed it, its stage by the name it has now. Raises ActsRefused."""
    tree = payload_of(jws)
    if set(tree) != set(_TYPES):
        raise ActsRefused("", 0, "a row is no act")
    act = Act(**tree)
    if any(type(getattr(act, name)) is not kind for name, kind in _TYPES.items()):
        raise ActsRefused("", 0, "a row is no act")
    return replace(act, stage=current_stage(act.stage)) if act.stage in _RENAMED_STAGES else act


def is_sealed(jws: str, keys: Mapping[str, Ed25519PublicKey]) -> bool:
    """Whether one of the keys signed just this as an act."""
    try:
        open_signed(jws, TYP, keys)
    except SignatureRefused:
        return False
    return True


def read_sequence(subject: str, rows: Sequence[tuple[int, str]], keys: Mapping[str, Ed25519PublicKey]) -> ActSequence:
    """The acts of a subject, checked; `rows` are (number, JWS) in the order of their numbers. Raises ActsRefused."""
    if not rows:
        raise ActsRefused(subject, 1, "no act is on record")
    acts: list[Act] = []
    link = GENESIS
    for place, (number, jws) in enumerate(rows, start=1):
        act = read_act(jws)
        if number != place or act.number != place:
            raise ActsRefused(subject, place, f"act {number} stands in its place")
        if act.subject != subject:
            raise ActsRefused(subject, place, f"it is an act of {act.subject}")
        if act.previous != link:
            raise ActsRefused(subject, place, "it does not follow the act before it")
        acts.append(act)
        link = hash_of(jws)
    unsealed = frozenset(number for number, jws in rows if not is_sealed(jws, keys))
    if len(rows) in unsealed:
        raise ActsRefused(subject, len(rows), UNSEALED)
    return ActSequence(tuple(jws for _, jws in rows), tuple(acts), unsealed)


def must_be_named(
    sequence: ActSequence, entries: Iterable[AuditEntry], latest: Act | None = None
) -> tuple[int, object]:
    """Raises ActsRefused unless the audit log names the newest act where it says, and no act of the subject after it.

    Returns the number of the last entry that names any act, and what it names: that act, too, must be on record.
    `entries` are the log from that place to its end. `latest` is the act of any subject that was sealed last: the log
    must link up to it, so that what it tells in between was not written anew.
    """
    newest = sequence.newest
    links: dict[int, str] = {}
    last: tuple[int, object] = (0, None)
    names: list[tuple[int, object]] = []

    def watched() -> Iterator[AuditEntry]:
        nonlocal last
        for entry in entries:
            named = act_named_in(entry)
            if named is not None and entry.subject == newest.subject:
                names.append((entry.seq, named))
            if named is not None:
                links[entry.seq] = entry.previous
                last = (entry.seq, named)
            yield entry

    before = AuditEntry(newest.entry - 1, 0, "", "", "", "", "", newest.link)
    answer = verify(watched(), after=before)
    if isinstance(answer, Broken):
        raise ActsRefused(newest.subject, newest.number, f"audit entry {answer.seq}: {answer.reason}")
    if names[:1] != [(newest.entry, {"number": newest.number, "hash": sequence.head})]:
        raise ActsRefused(newest.subject, newest.number, "the audit log does not name it")
    if names[1:]:
        raise ActsRefused(newest.subject, newest.number + 1, "the audit log names it, and it is not on record")
    if latest is not None and latest.entry > newest.entry and links.get(latest.entry) != latest.link:
        text = f"the audit log is not the one that was there when act {latest.number} of {latest.subject} was sealed"
        raise ActsRefused(newest.subject, newest.number, text)
    return last


def log_goes_on(entries: Iterable[AuditEntry], end: AuditEntry, subject: str) -> AuditEntry | None:
    """Where the audit log ends now, if it goes on from `end`, link by link, and names no further act of the subject.

    `entries` begin at `end`. None where it does not: whatever was concluded from it must be concluded anew.
    """
    found = list(entries)
    if not found or found[0] != end or isinstance(verify(found[1:], after=end), Broken):
        return None
    acted = any(entry.subject == subject and act_named_in(entry) is not None for entry in found[1:])
    return None if acted else found[-1]


def act_named_in(entry: AuditEntry) -> object:
    """What an audit entry says of the act it belongs to; None where it belongs to none."""
    if f'"{NAMED}":' not in entry.detail:
        return None
    try:
        detail = json.loads(entry.detail)
    except ValueError:
        return None
    return detail.get(NAMED) if isinstance(detail, dict) else None
