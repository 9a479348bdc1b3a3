"""Refusals, as one tree. Each names the place and the rule; the web turns it into a problem document (RFC 9457).

Refusal             400  the request breaks a rule
├── NotSignedIn     401  who is asking is not known
├── NotFound        404
├── Forbidden       403  this official may not do this
├── Conflict        409  the state of the thing does not allow it
├── TooMany         429  not now; `retry_s` says when
├── Invalid         422  the content breaks a rule; carries the findings
└── RecordLost      503  the database does not keep what is written to it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from hub.rules.cited_rule import RuleName
from hub.rules.remedies import NOTHING, REMEDIES
from hub.rules.rule import Rule


class Refusal(Exception):
    """A request that changes nothing. `rule` is a short stable name, `place` the field, element or row, and `remedy`
    what can be done instead: it ends the text, and is a member of its own. Left out, both are as `hub.rules.remedies`
    says.
    """

    status = 400
    title = "Refused"
    #: further members of the problem document (RFC 9457 §3.2)
    members: Mapping[str, Any] = MappingProxyType({})
    #: True where whoever refused has already noted it in the audit log
    audited = False

    def __init__(
        self,
        text: str,
        *,
        rule: RuleName,
        place: str = "",
        remedy: str = "",
        findings: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        usual = REMEDIES.get(rule, NOTHING)
        remedy = remedy or usual.remedy
        super().__init__(f"{text}: {remedy}" if remedy else text)
        self.rule = rule
        self.place = place or usual.place
        self.findings = tuple(findings)
        if remedy:
            self.members = {"remedy": remedy}


class NotSignedIn(Refusal):
    """Who is asking is not known, or has not shown what was asked for."""

    status = 401
    title = "Not signed in"


class TooMany(Refusal):
    """Too many attempts: none is looked at before `retry_s` seconds have passed."""

    status = 429
    title = "Too many requests"

    def __init__(self, text: str, *, rule: RuleName, place: str = "", retry_s: int = 1) -> None:
        super().__init__(text, rule=rule, place=place)
        self.retry_s = retry_s


class NotFound(Refusal):
    """There is no such thing."""

    status = 404
    title = "Not found"


class Forbidden(Refusal):
    """The official may not do what was asked."""

    status = 403
    title = "Forbidden"


class Conflict(Refusal):
    """The state of the thing does not allow it."""

    status = 409
    title = "Conflict"


class RowUnreadable(Conflict):
    """A row of the store does not read: something other than this hub wrote it. Nothing else is to stop because of it.

    `place` is the table and the row; `part` names what of it does not read, never what is in it.
    """

    def __init__(self, place: str, part: str = "") -> None:
        what = f"the row {place} does not read ({part})" if part else f"the row {place} does not read"
        text = f"{what}: something other than this hub wrote it; restore it from a backup"
        super().__init__(text, rule=Rule.ROW_UNREADABLE, place=place)
        self.part = part


class Invalid(Refusal):
    """The content breaks a rule."""

    status = 422
    title = "Invalid"


class RecordLost(Refusal):
    """The database answers that it wrote an entry or an act, and does not hold it."""

    status = 503
    title = "Record lost"

    def __init__(self, text: str) -> None:
        super().__init__(text, rule=Rule.RECORD_LOST)
