"""Who may see which groups one person is in: old, ill, with child. Sets and counts are for everybody (PD-5)."""

from __future__ import annotations

from sqlalchemy import Connection

from approvals.official import Official
from hub.access.administration.quorum import may_be_enough
from hub.access.permissions import Permission, holds


def sees_groups(connection: Connection, official: Official | None) -> bool:
    """The right to reveal is needed. None is whoever has the machine: alone only until there are two administrators."""
    if official is not None:
        return holds(official, Permission.HUB_GROUP_READ)
    return not may_be_enough(connection)
