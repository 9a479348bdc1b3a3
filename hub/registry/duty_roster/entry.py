"""One line of a roster: which official is on duty when, in which role and order of calling, and by what addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from channels.address import phone
from channels.egress import TargetRefused, check_target
from hub.clock import to_ms
from hub.registry.rows import RowBreach, fields_of
from hub.store.register.roster import DUTY, LEADER

REQUIRED = ("official",)
SHIFT = ("from", "until", "role", "order")
OPTIONAL = ("unit", *SHIFT, "language")
BEIJING = timezone(timedelta(hours=8))  #: of times without an offset, as in the policy of authority
LONGEST_SHIFT = timedelta(days=31)  #: longer is a mistake in a year or month
ROLES: Mapping[str, str] = {
    "duty": DUTY,
    "leader": LEADER,
    "值班": DUTY,
    "值班员": DUTY,
    "带班": LEADER,
    "带班领导": LEADER,
}
LANGUAGES = ("zh", "en")
YEARS = (2000, 2200)  #: beyond them a year is a slip of the pen
MOST_ORDER = 99
_USER = re.compile(r"[A-Za-z0-9_.@-]{1,64}")


def _robot(text: str) -> str:
    try:
        check_target(text, allow_loopback=True)  # the driver's own settings say whether it goes there
    except TargetRefused as error:
        raise ValueError(f"not the address of a robot: {error.rule}") from None
    return text


def _user(text: str) -> str:
    if not _USER.fullmatch(text):
        raise ValueError("not a user id: 1 to 64 letters, digits, _ . @ -")
    return text


#: by what an official is called, and how the address is checked. `wecom` is the webhook of the robot of a duty group,
#: `wecom_user` who answers there; nothing is sent to the latter.
MEDIA: Mapping[str, Callable[[str], str]] = {"sms": phone, "voice": phone, "wecom": _robot, "wecom_user": _user}


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """What a line says. `shift` is None where it says only how the official is called."""

    official: str
    unit: str
    shift: tuple[int, int, str, int] | None  #: from and until in ms, role, order of calling
    language: str
    addresses: Mapping[str, str] = field(repr=False)

    @property
    def is_empty(self) -> bool:
        return self.shift is None and not self.addresses


@dataclass(frozen=True, slots=True)
class RosterHeader:
    """Which column stands where."""

    columns: tuple[str, ...]

    @classmethod
    def read(cls, line: str) -> RosterHeader:
        """Raises Breach naming the column that is unknown, doubled or missing."""
        columns = tuple(name.casefold() for name in fields_of(line.removeprefix("\ufeff")))
        allowed = {*REQUIRED, *OPTIONAL, *MEDIA}
        if any(name not in allowed for name in columns):
            raise RowBreach("header", f"has a column that no roster has; allowed: {', '.join(sorted(allowed))}")
        if len(set(columns)) < len(columns):
            raise RowBreach("header", "has a column twice")
        for name in REQUIRED:
            if name not in columns:
                raise RowBreach("header", f"lacks the column {name!r}")
        return cls(columns)

    def entry(self, line: str) -> RosterEntry:
        """Raises Breach; a value is never quoted."""
        cells = fields_of(line)
        if len(cells) != len(self.columns):
            raise RowBreach("row", f"has {len(cells)} fields, the header {len(self.columns)}")
        return entry_of(dict(zip(self.columns, cells, strict=True)))


def entry_of(cells: Mapping[str, str]) -> RosterEntry:
    """What these cells say, by column; a column that is missing is empty. Raises Breach naming the column."""
    official = cells.get("official", "")
    if not 0 < len(official) <= 200:
        raise RowBreach("official", "is the name or number of an official")
    addresses = {}
    for medium, check in MEDIA.items():
        if text := cells.get(medium, ""):
            try:
                addresses[medium] = check(text)
            except ValueError as error:
                raise RowBreach(medium, str(error)) from None
    language = cells.get("language", "") or LANGUAGES[0]
    if language not in LANGUAGES:
        raise RowBreach("language", f"is one of {', '.join(LANGUAGES)}")
    entry = RosterEntry(official, cells.get("unit", ""), _shift(cells), language, addresses)
    if entry.is_empty:
        raise RowBreach("row", "says neither when the official is on duty nor how to call them")
    return entry


def moment_of(text: str, column: str) -> datetime:
    """A time (RFC 3339, or ISO 8601 without an offset, which is then Beijing's). Raises Breach."""
    try:
        found = datetime.fromisoformat(text.replace("/", "-"))
        found = found if found.tzinfo is not None else found.replace(tzinfo=BEIJING)
        if not YEARS[0] <= found.year < YEARS[1]:
            raise ValueError
    except ValueError:
        raise RowBreach(column, "is a time such as 2026-07-12 08:00 or 2026-07-12T08:00+08:00") from None
    return found


def _shift(cells: Mapping[str, str]) -> tuple[int, int, str, int] | None:
    given = {name: cells.get(name, "") for name in SHIFT}
    if not given["from"] and not given["until"]:
        if given["role"] or given["order"]:
            raise RowBreach("from", "is missing: a role and an order belong to a shift")
        return None
    for name in ("from", "until"):
        if not given[name]:
            raise RowBreach(name, "is missing: a shift has both ends")
    start, end = moment_of(given["from"], "from"), moment_of(given["until"], "until")
    if not start < end <= start + LONGEST_SHIFT:
        raise RowBreach("until", f"is after `from`, and at most {LONGEST_SHIFT.days} days after it")
    role = ROLES.get(given["role"].casefold() or DUTY)
    if role is None:
        raise RowBreach("role", f"is one of {', '.join(ROLES)}")
    return to_ms(start), to_ms(end), role, _order(given["order"])


def _order(text: str) -> int:
    if not text:
        return 1
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and int(text) >= 1):
        raise RowBreach("order", f"is a whole number from 1 to {MOST_ORDER}: who is called first has 1")
    return int(text)
