"""Refusals, as one tree. Each names the place and the rule; the web turns it into a problem document (RFC 9457).

Refusal             400  the request breaks a rule
├── NotFound        404
├── Forbidden       403  this official may not do this
├── Conflict        409  the state of the thing does not allow it
└── Invalid         422  the content breaks a rule; carries the findings
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class Refusal(Exception):
    """A request that changes nothing. `rule` is a short stable name, `place` the field, element or row."""

    status = 400
    title = "Refused"

    def __init__(self, text: str, *, rule: str, place: str = "", findings: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(text)
        self.rule = rule
        self.place = place
        self.findings = tuple(findings)


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


class Invalid(Refusal):
    """The content breaks a rule."""

    status = 422
    title = "Invalid"
