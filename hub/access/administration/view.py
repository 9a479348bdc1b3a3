"""A request as an administrator sees it before agreeing: everything but what is sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request. Times are ISO 8601 in UTC; `digest` is what an approval must repeat.

    `names` says, by field of the payload, what its numbers and region keys are called now.
    """

    id: int
    kind: str
    subject: str
    payload: Mapping[str, Any]
    digest: str
    state: str
    requested_by: str
    requested_at: str
    expires_at: str
    decided_by: str | None
    decided_at: str | None
    reason: str
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RequestResult:
    """What became of an act. `done` is False while it waits for a second administrator, and `request` is what waits.

    `result` is what it did. `told` is shown this once.
    """

    done: bool
    request: RequestView | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict, repr=False)
