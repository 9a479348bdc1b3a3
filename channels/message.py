"""What a driver is handed and what it may answer: the whole vocabulary between dispatch and the providers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum


class FailureReason(StrEnum):
    """Why a message did not get through; the only failure words in the whole system."""

    BAD_ADDRESS = "bad_address"  #: the provider says the address cannot exist
    OPTED_OUT = "opted_out"  #: the recipient refused messages from us
    THROTTLED = "throttled"  #: the provider asked us to slow down
    UNREACHABLE = "unreachable"  #: no answer, or a 5xx one
    REJECTED = "rejected"  #: this message is refused for good
    MISCONFIGURED = "misconfigured"  #: our credentials or settings are wrong
    EXPIRED = "expired"  #: the alert ended while the message waited
    REVOKED = "revoked"  #: the alert was cancelled or superseded before sending


class DeliveryState(IntEnum):
    """Where one delivery stands. The number is its rank: receipts may only raise it, so they commute.

    A row is the join (maximum) of all that is known about it; `docs/decisions` explains why.
    """

    PENDING = 0  #: waits for its first or next attempt
    INFLIGHT = 10  #: the intent is durable; it may be on the wire, it may never have left
    UNKNOWN = 20  #: an answer was lost: it may have been sent; only a receipt or a resend can tell
    ACCEPTED = 30  #: the provider took it; nobody has it yet
    REVOKED = 40  #: never sent: the alert was cancelled or superseded first
    EXPIRED = 41  #: never sent: the alert ended first
    FAILED = 50  #: refused by the provider, or reported undelivered
    DELIVERED = 60  #: the device, mailbox or station has it; nobody need have read it
    CONFIRMED = 70  #: a person answered: pressed the key, replied, followed the link, or a station aired it


#: States in which someone may hold the message: a Cancel or an Update must go to them (unknown counts as reached).
MAY_HAVE_REACHED = frozenset(
    {
        DeliveryState.INFLIGHT,
        DeliveryState.UNKNOWN,
        DeliveryState.ACCEPTED,
        DeliveryState.DELIVERED,
        DeliveryState.CONFIRMED,
    }
)


@dataclass(frozen=True, slots=True)
class Form:
    """What one channel will send in one language about one part: frozen at submit, signed, and sent byte for byte.

    `body` is the medium's own document: plain text for SMS, TwiML for voice, Markdown for a chat robot, HTML for
    e-mail, CAP XML for broadcast and partners. `text` is the plain-text alternative where the medium has one.
    """

    channel: str
    language: str
    body: str
    subject: str = ""
    text: str = ""
    segments: int = 0  #: billable SMS segments; 0 where the medium has none
    seconds: int = 0  #: estimated speech time; 0 where nothing is spoken
    part: str = ""  #: the sections of the warning it tells; empty for all of them
    _digest: str = field(default="", init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts = (self.channel, self.language, self.subject, self.body, self.text)
        hashed = hashlib.sha256(b"\x00".join(part.encode() for part in parts)).hexdigest()
        object.__setattr__(self, "_digest", hashed)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over everything that reaches the recipient."""
        return self._digest


@dataclass(frozen=True, slots=True)
class Message:
    """One form for one address."""

    delivery: str  #: stable over retries and crashes; the idempotency key wherever a provider takes one
    attempt: int
    to: str  #: address in the channel's own notation: E.164, mailbox, URL
    form: Form
    expires: datetime  #: nothing of this message may leave after it
    secret: str = ""  #: per-endpoint signing secret where the channel has one (media partners)


@dataclass(frozen=True, slots=True)
class ServiceMessage(Message):
    """A message that is no warning and rests on no release: a one-time code for the address its holder typed."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it; nobody has it yet."""

    reference: str = ""  #: the provider's own id, empty where it gives none


@dataclass(frozen=True, slots=True)
class Deferred:
    """Certainly not sent, and worth another try."""

    reason: FailureReason
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Never will be sent to this address in this form."""

    reason: FailureReason
    detail: str = ""  #: the provider's code; never the address or the text


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The answer was lost after the request may have left: reconcile by receipt before sending again."""

    detail: str = ""


Outcome = Accepted | Deferred | Refused | Ambiguous


@dataclass(frozen=True, slots=True)
class Receipt:
    """Anything the provider reports after its first answer."""

    channel: str
    state: DeliveryState  #: ACCEPTED, FAILED, DELIVERED or CONFIRMED
    at: datetime
    reference: str = ""  #: the provider's id
    delivery: str = ""  #: our own delivery id, where the provider echoes it
    detail: str = ""  #: the provider's code or the key pressed; never the address


@dataclass(frozen=True, slots=True)
class Reply:
    """A message from a member of the public, in any channel."""

    channel: str
    sender: str  #: the address it came from; hashed before it is stored
    text: str
    at: datetime
    reference: str = ""  #: the provider's id of this inbound message: a replay is found by it
