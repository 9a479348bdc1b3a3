"""Who may write a unit's roster: its leaders, an administrator of it or of a unit above, and each their own contact."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from approvals.official import Official
from approvals.territory import under
from hub.access.administration.quorum import may_be_enough
from hub.access.permissions import Permission, holds
from hub.errors import Forbidden
from hub.rules.rule import Rule

MACHINE = "command line"  #: who acts before there are two administrators: whoever has the machine itself


def keeps_roster(actor: Official, unit: str, area: str, leader_offices: Collection[str]) -> bool:
    """Whether the official keeps the roster of a unit that answers for `area`."""
    if actor.unit == unit and actor.office in leader_offices:
        return True
    return holds(actor, Permission.HUB_ROSTER_KEEP) and (actor.unit == unit or under(actor.area, area))


def must_keep_roster(actor: Official | None, whose: Official, leader_offices: Collection[str]) -> None:
    """Raises Forbidden. Nobody is the machine, which `must_be_bootstrap` has let in."""
    if actor is not None and not keeps_roster(actor, whose.unit, whose.area, leader_offices):
        text = f"the roster of {whose.unit} is kept by its leaders and by administrators of it or of a unit above"
        raise Forbidden(text, rule=Rule.ROSTER_KEEPER, place="unit")


def must_administer_roster(actor: Official | None) -> None:
    """Raises Forbidden. Of what is nobody's, as a shift whose official is none, every administrator takes care."""
    if actor is not None and not holds(actor, Permission.HUB_ROSTER_KEEP):
        text = "it is the shift of no official: an administrator takes it out"
        raise Forbidden(text, rule=Rule.ROSTER_KEEPER, place="unit")


def must_be_bootstrap(connection: Connection) -> None:
    """Raises Forbidden for the machine once there are two administrators: from then on a person answers for it."""
    if may_be_enough(connection):
        text = "there are two administrators: say who acts in FENGHUO_TOKEN"
        raise Forbidden(text, rule=Rule.SEP_5, place="actor")
