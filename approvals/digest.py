"""The digest an approval binds to: one hash over everything that can reach anyone, equal in every process (SEP-3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from approvals.issuers import Issuers
from approvals.level import Level
from targeting.audience import Audience, tree

SCHEME = "fh3"  #: grows with any change of what is hashed or how


class FrozenForm(Protocol):
    """What the digest needs of a form; `channels.message.Form` is one."""

    @property
    def channel(self) -> str:
        """The channel that sends it."""
        ...

    @property
    def language(self) -> str:
        """Its language, as a tag (BCP 47)."""
        ...

    @property
    def part(self) -> str:
        """The part of the warning that it says; empty for the whole."""
        ...

    @property
    def digest(self) -> str:
        """The hash of everything that is sent."""
        ...


@dataclass(frozen=True, slots=True)
class Frozen:
    """All that submit freezes. `content` is the alert as strict CAP 1.2; `ladder` the (from, to) channel steps;
    `references` the CAP triples of what it changes; `rule` is the id of the authority rule that held at submit and
    `path` the flow it was submitted to: who signs signs for these too, so a policy that changes voids what was said.
    `authors` are the accounts that had a hand in it: none of them is struck out afterwards to approve it. `not_before`
    is the hour it is held back until, and `answers` are what its author said to open questions: key, choice, value.
    `issuers` are who issues it and whom they consulted: none is added or left out behind those who signed.
    """

    content: bytes
    forms: Sequence[FrozenForm]
    audience: Audience
    channels: frozenset[str]
    ladder: tuple[tuple[str, str], ...]
    expires: datetime
    world: str
    level: Level
    issuers: Issuers
    references: tuple[str, ...] = ()
    rule: str = ""
    path: str = "full"  #: full, emergency or standing
    override: bool = False  #: whether the law overrides people's opt-outs, as the policy said at submit
    authors: frozenset[int] = frozenset()
    not_before: datetime | None = None
    answers: tuple[tuple[str, str, str], ...] = ()
    submission: int = 0  #: the how manieth: a yes to the first is no yes to the second, however alike they are


def frozen_digest(frozen: Frozen) -> str:
    """``fh3:`` and 64 hex digits. Order of sets, of forms and of places never changes it; anything else does.

    Raises ValueError for a time without a zone or two forms of one channel, language and part.
    """
    return digest_of_document(frozen_document(frozen))


def digest_of_document(document: Mapping[str, Any]) -> str:
    """The digest of a frozen document; whoever holds only the document computes it anew. Raises TypeError."""
    return f"{SCHEME}:{hashlib.sha256(canonical(document).encode()).hexdigest()}"


def frozen_document(frozen: Frozen) -> dict[str, Any]:
    """What is hashed, as JSON: the content and every form by their SHA-256, all else in words. Raises ValueError."""
    if any(moment is not None and moment.tzinfo is None for moment in (frozen.expires, frozen.not_before)):
        raise ValueError("expires, not_before: a time without a zone cannot be approved")
    forms = sorted([form.channel, form.language, form.part, form.digest] for form in frozen.forms)
    if len({tuple(form[:3]) for form in forms}) != len(forms):
        raise ValueError("forms: two forms of one channel, language and part")
    document = {
        "scheme": SCHEME,
        "content": hashlib.sha256(frozen.content).hexdigest(),
        "forms": forms,
        "audience": tree(frozen.audience),
        "channels": sorted(frozen.channels),
        "ladder": [list(step) for step in frozen.ladder],  # its order means something
        "expires": frozen.expires.astimezone(UTC).isoformat(timespec="milliseconds"),
        "world": frozen.world,
        "level": frozen.level.word,
        "issuers": frozen.issuers.tree(),
        "references": sorted(frozen.references),
        "rule": frozen.rule,
        "path": frozen.path,
        "override": frozen.override,
        "authors": sorted(frozen.authors),
        "submission": frozen.submission,
    }
    # Named only where there are any: most warnings leave at once and raise no question, and keep the digest they had.
    if frozen.not_before is not None:
        document["not_before"] = frozen.not_before.astimezone(UTC).isoformat(timespec="milliseconds")
    if frozen.answers:
        document["answers"] = sorted(map(list, frozen.answers))
    return document


def canonical(document: Any) -> str:
    """JSON in one spelling: sorted keys, no spaces, no NaN (after RFC 8785). Raises ValueError, TypeError."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
