"""Everything a template may say: each variable by name, already clean text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Passage:
    """What a further info block says after the first; `place` is empty where all of them speak of one."""

    place: str
    level: str
    event: str
    headline: str
    description: str
    instruction: str
    expires: datetime | None = None
    begins: datetime | None = None
    over: bool = False  #: it tells an end: no level holds there


@dataclass(frozen=True, slots=True)
class Facts:
    """One warning in one language. Texts are free of control characters and markup; empty where the alert is silent.

    `level` is the colour word red, orange, yellow or blue, empty for a notice that names none; `status` and `kind` are
    CAP's own words (CAP 1.2 §3.2.1 status, msgType). Times carry the zone they are to be shown in.
    """

    kind: str  #: Alert, Update or Cancel
    status: str  #: Actual, Exercise, Test, …: all but Actual is marked at the head of every medium
    language: str  #: BCP 47 tag of the texts
    level: str
    event: str
    headline: str
    description: str
    instruction: str
    area: str
    sender: str  #: the issuer as the public knows it
    reference: str  #: identifier of the alert
    issued: datetime
    expires: datetime | None = None
    begins: datetime | None = None  #: from when there is to be reckoned with it, where that is after it was issued
    note: str = ""  #: why it is updated or cancelled (CAP 1.2 §3.2.1 note)
    web: str = ""
    contact: str = ""
    gather_url: str = ""  #: where a key pressed during a call is reported
    cap: str = ""  #: the CAP document, for media that carry it whole
    sender_id: str = ""  #: CAP 1.2 §3.2.1 sender
    severity: str = ""  #: CAP 1.2 §3.2.2 severity
    area_names: tuple[str, ...] = ()  #: what `area` joins
    area_room: int = 2000  #: characters for these where a text has to name them; 0 names none
    others: tuple[Passage, ...] = ()  #: what is said beside it, the most severe first
    still_in_force: str = ""  #: beside an all-clear: the other warnings that hold, each under its place
    still_in_force_briefer: tuple[str, ...] = ()  #: the same in ever fewer words, for media without room
