"""What an act of administration is: its payload, what it is about, and what it does when a second one agreed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection

from hub.errors import Invalid
from hub.rules.rule import Rule

SCHEME = "fa"  #: of the digest that the second administrator agrees to


class Payload(BaseModel):
    """The particulars of one act. The actor never stands in it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


P = TypeVar("P", bound=Payload)
Dice = Callable[[int], bytes]  #: that many random bytes


@dataclass(frozen=True, slots=True)
class PreparedRequest(Generic[P]):
    """A payload as it is filed. `told` is shown once to who asks, and kept nowhere: a fresh token, a signing secret."""

    payload: P
    told: Mapping[str, str] = field(default_factory=dict, repr=False)


def as_given(payload: P, _dice: Dice) -> PreparedRequest[P]:
    return PreparedRequest(payload)


def nothing_more(_payload: Payload) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Kind(Generic[P]):
    """One kind of act.

    `subject` names what it is about: while one request of a kind about a subject waits, a second is refused. `execute`
    runs in the transaction of the approval and may run again until it is committed, so it does nothing but use its
    connection; it raises a Refusal where the act breaks a rule, and is tried, and undone, when the request is filed.
    What it returns is shown and kept in the audit log: no address, no secret. `finish` does what no database can, after
    the commit; it must bear being called again. `sealed` names the fields that only the vault may hold, `shown` gives
    what a second administrator can judge instead. `alone`: it takes something away, so it needs no second (SEP-5).
    """

    name: str
    payload: type[P]
    subject: Callable[[P], str]
    execute: Callable[[Connection, P, int], Mapping[str, Any]]
    prepare: Callable[[P, Dice], PreparedRequest[P]] = as_given
    finish: Callable[[P], Mapping[str, Any]] = nothing_more
    sealed: frozenset[str] = frozenset()
    shown: Callable[[P], Mapping[str, Any]] = nothing_more
    alone: bool = False

    def read(self, given: Mapping[str, Any]) -> P:
        """Raises Invalid naming the field and the rule; values are never quoted."""
        try:
            return self.payload.model_validate_json(orjson.dumps(given))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(["payload", *map(str, first["loc"])])
            raise Invalid(f"{self.name}: {place}: {first['msg']}", rule=Rule.ADMIN_PAYLOAD, place=place) from None

    def open_part(self, payload: P) -> dict[str, Any]:
        """What may be shown and kept in the audit log."""
        return {**payload.model_dump(mode="json", exclude=set(self.sealed)), **self.shown(payload)}

    def sealed_part(self, payload: P) -> dict[str, str]:
        return {name: str(getattr(payload, name)) for name in sorted(self.sealed)}


def digest_of(kind: str, subject: str, text: str) -> str:
    """What an administrator approves: SHA-256 over kind, subject and the kept payload, sealed parts included."""
    return f"{SCHEME}:" + hashlib.sha256(orjson.dumps((kind, subject, text))).hexdigest()
