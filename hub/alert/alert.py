"""The alert, modelled on OASIS CAP 1.2; frozen, so that what was signed cannot drift."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from targeting.audience import Circle, Polygon


class Status(StrEnum):
    """CAP 1.2 §3.2.1 status."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class MsgType(StrEnum):
    """CAP 1.2 §3.2.1 msgType."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"
    ERROR = "Error"


class Scope(StrEnum):
    """CAP 1.2 §3.2.1 scope."""

    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A valueName/value pair: CAP eventCode, parameter, geocode."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Reference:
    """One triple of CAP 1.2 §3.2.1 references; `sent` is verbatim as in the original."""

    sender: str
    identifier: str
    sent: str

    def __str__(self) -> str:
        return f"{self.sender},{self.identifier},{self.sent}"


@dataclass(frozen=True, slots=True)
class Resource:
    """CAP 1.2 §3.2.3. `deref_uri` is kept as its base64 text; `size` in bytes; `digest` SHA-1 hex."""

    description: str
    mime_type: str = ""
    size: int | None = None
    uri: str = ""
    deref_uri: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """CAP 1.2 §3.2.4. Polygon, circle and geocode are united; altitude and ceiling in feet above mean sea level."""

    description: str
    polygons: tuple[Polygon, ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[NamedValue, ...] = ()
    altitude: float | None = None
    ceiling: float | None = None


@dataclass(frozen=True, slots=True)
class Info:
    """CAP 1.2 §3.2.2: the warning in one language. Absent language means en-US."""

    event: str
    urgency: str
    severity: str
    certainty: str
    categories: tuple[str, ...]
    language: str = "en-US"
    response_types: tuple[str, ...] = ()
    audience: str = ""
    event_codes: tuple[NamedValue, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[NamedValue, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Area, ...] = ()

    @property
    def is_all_clear(self) -> bool:
        """True for a block that ends a warning: in an Update for its areas alone, while others stay warned."""
        return "AllClear" in self.response_types and self.urgency == "Past"


@dataclass(frozen=True, slots=True)
class Alert:
    """CAP 1.2 §3.2.1: one message. Times carry a zone. `sent` keeps the offset it was written with."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    msg_type: MsgType
    scope: Scope
    source: str = ""
    restriction: str = ""
    addresses: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    note: str = ""
    references: tuple[Reference, ...] = ()
    incidents: tuple[str, ...] = ()
    infos: tuple[Info, ...] = ()

    @property
    def expires(self) -> datetime | None:
        """The latest moment any part of the alert is in force; None when no info says."""
        return max((info.expires for info in self.infos if info.expires), default=None)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages present, in the order written, each once."""
        return tuple(dict.fromkeys(info.language for info in self.infos))

    @property
    def reference(self) -> Reference:
        """How a later Update or Cancel names this message (CAP 1.2 §3.2.1 references)."""
        return Reference(self.sender, self.identifier, cap_time(self.sent))


def cap_time(moment: datetime) -> str:
    """The one spelling CAP 1.2 §3.3.2 allows: seconds, numeric offset, never Z; UTC is written -00:00."""
    text = moment.isoformat(timespec="seconds")
    return text[:-6] + "-00:00" if text.endswith("+00:00") else text
