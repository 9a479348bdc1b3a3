"""One official's word on one frozen warning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from approvals.official import Official, Right

#: The right each step asks for; 审核 and 签发 of DB45/T 2427-2021 6.1. A further step is a further line.
STEP_RIGHTS = {"review": Right.REVIEW, "sign": Right.SIGN}

APPROVE, RETURN, REJECT = "approve", "return", "reject"
VERDICTS = frozenset({APPROVE, RETURN, REJECT})


@dataclass(frozen=True, slots=True)
class Decision:
    """`digest` is that of the frozen content the official was shown; it counts for no other content."""

    official: Official
    step: str  #: review or sign
    verdict: str  #: approve, return or reject; only approve counts towards a release
    digest: str
    at: datetime
    reason: str = ""
    seal: str = ""  #: the hub's signature over this decision (`approvals.seal`); empty before it is recorded
    delegation: int = 0  #: the paper that lent the power it was given by; 0 where it was the unit's own
