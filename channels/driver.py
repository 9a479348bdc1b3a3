"""The contract of an outbound driver: answer, never decide, never raise for the provider's faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

from channels.medium import Medium
from channels.message import Message, Outcome, Receipt, Reply


class Reach(StrEnum):
    """Whom one message of a channel reaches."""

    PERSON = "person"  #: one recipient, counted as a person
    MANY = "many"  #: an endpoint that passes it on (robot group, broadcaster, partner): coverage, never persons


@dataclass(frozen=True, slots=True)
class Limits:
    """What a provider's contract allows, per destination. Zero means no such limit."""

    concurrency: int = 20  #: most unanswered requests per destination
    per_second: float = 0.0  #: sustained rate per destination
    burst: int = 1
    #: its share of the people among the channels of its medium that a plan leaves the choice of; 0 for none
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Callback:
    """An HTTP request a provider made to us, as it arrived."""

    method: str
    url: str  #: the exact public URL the provider was given, query included
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    #: of the endpoint whose delivery the callback claims to be about, where the channel has endpoints
    keys: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class ParsedCallback:
    """What a driver read out of one callback, and the answer the provider wants to hear."""

    receipts: Sequence[Receipt] = ()
    replies: Sequence[Reply] = ()
    content_type: str = "text/plain"
    body: bytes = b""
    #: the provider's id of a call whose hearer asks for the message once more; `body` answers where there is none
    again: str = ""


class CallbackSignatureRefused(Exception):
    """The callback is unsigned, wrongly signed or too old; nothing in it may be believed."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class MalformedCallback(Exception):
    """The callback is signed but cannot be read; `rule` says what is missing."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


@runtime_checkable
class Selective(Protocol):
    """A driver that cannot send every type of message, because it cannot take back or change what it sent."""

    carries: frozenset[str]  #: of Alert, Update and Cancel (CAP 1.2 §3.2.1 msgType)


@runtime_checkable
class Signing(Protocol):
    """A driver whose provider admits texts under registered signatures only (短信签名)."""

    signatures: tuple[str, ...]  #: what may stand in 【】 at the head of a text, the usual one first; empty for any


def carries(driver: object, msg_type: str) -> bool:
    """Whether the driver can send such a message; one that is not `Selective` sends every type."""
    return not isinstance(driver, Selective) or msg_type in driver.carries


def signatures(driver: object) -> tuple[str, ...]:
    """What is registered with the driver's provider; nothing where it is not `Signing`."""
    return driver.signatures if isinstance(driver, Signing) else ()


class Driver(Protocol):
    """Sends one message and says what became of it.

    `send` returns an `Outcome` for everything a provider or a network can do; an exception out of it is a bug.
    It enforces its own time-outs. It may be called concurrently up to the limits of one destination.
    """

    name: ClassVar[str]
    medium: ClassVar[Medium]  #: what it carries, to which kind of address
    reach: ClassVar[Reach]
    #: some callbacks carry only the provider's id, so the hub must be able to find a delivery by it
    correlates_by_reference: ClassVar[bool]
    limits: Limits

    def destination(self, message: Message) -> str:
        """The thing that can be sick or throttled on its own: an account, a robot, a partner's endpoint."""
        ...

    async def send(self, message: Message) -> Outcome:
        """Sends once and says what became of it. Never raises for what a provider or a network does, and returns within
        its own time-outs; what was not surely left unsent is Ambiguous. A message that has expired is Refused.
        """
        ...

    async def aclose(self) -> None:
        """Closes every connection. Nothing is sent afterwards; may be called while nothing was ever opened."""
        ...


def columns_of(drivers: Mapping[str, Driver]) -> dict[str, str]:
    """By channel, the column of the register that holds what it sends to; channels that have endpoints alone have none.

    Channels of one medium share a column: another provider reaches the same people.
    """
    return {name: driver.medium.column for name, driver in drivers.items() if driver.medium.column}


def personal_columns(drivers: Mapping[str, Driver]) -> dict[str, str]:
    """`columns_of` of the channels that reach a person by each address."""
    return {name: column for name, column in columns_of(drivers).items() if drivers[name].reach is Reach.PERSON}


def select_drivers(channels: Iterable[str], drivers: Mapping[str, Driver]) -> dict[str, Driver]:
    """The drivers of these channels. A stored plan may name a channel that was disabled since: it has none."""
    return {name: drivers[name] for name in channels if name in drivers}


MEDIUM = "medium:"  #: before the name of a medium in a plan: the hub chooses among its channels


def channels_named(names: Iterable[str], drivers: Mapping[str, Driver]) -> tuple[str, ...]:
    """The channels of a plan: a medium that is named stands for all of its channels; what nobody configured stays."""
    found: list[str] = []
    for name in names:
        medium = name.removeprefix(MEDIUM)
        of = [channel for channel, driver in drivers.items() if driver.medium.name == medium]
        found += of if of and name.startswith(MEDIUM) else [name]
    return tuple(dict.fromkeys(found))


@runtime_checkable
class Answering(Protocol):
    """A driver whose provider passes on to the sender what a callback is answered with."""

    def answer(self, heard: ParsedCallback, text: str) -> ParsedCallback:
        """What was heard, with an answer that tells the sender this text. Changes nothing else of it."""
        ...


@runtime_checkable
class CallbackReader(Protocol):
    """A driver whose provider calls back. Pure: verifies the signature, then parses."""

    def read(self, callback: Callback) -> ParsedCallback:
        """What the provider reports, and the answer it wants. Nothing is believed before its signature is checked. A
        callback that comes again is read as before. Raises SignatureRefused or MalformedCallback.
        """
        ...


@runtime_checkable
class EndpointCallbackReader(CallbackReader, Protocol):
    """A driver whose endpoints each report with keys of their own, which `Callback.keys` brings."""

    def claim(self, callback: Callback) -> str:
        """The delivery id the callback speaks of, before anything in it is believed. Raises MalformedCallback."""
        ...
