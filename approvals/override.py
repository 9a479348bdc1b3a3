"""The law above a person's own choices: for which warnings opt-outs and wishes do not count (pure)."""

from __future__ import annotations

from approvals.extent import WarningScope

#: Where a policy has no table for it, nobody's choice is overridden.
NEVER = WarningScope()
