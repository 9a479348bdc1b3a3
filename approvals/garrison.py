"""Whom the armed forces are told of: for which warnings the local garrison (驻军) is notified at release (pure)."""

from __future__ import annotations

from approvals.extent import WarningScope
from approvals.level import Level

#: the kind of unit a garrison is registered as; it is told of warnings and issues none
KIND = "garrison"
#: Where a policy has no table for it, the law itself holds: of every warning, whatever its level.
ALWAYS = WarningScope(frozenset(Level), ("*",), "突发事件应对法 (2024) art. 64")
