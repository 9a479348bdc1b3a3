"""Which of the selected people a release may be sent to, by their own choices and by the law above them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.authority import Policy
from approvals.level import Level
from channels.driver import Driver, personal_columns, select_drivers
from channels.driver import Reach as DriverReach
from hub.alert.alert import MsgType
from hub.dossier.frozen import Dossier
from hub.errors import Invalid
from hub.registry.preferences.consent import ConsentedReach, reachable
from hub.rules.rule import Rule

LIVE = "live"


def as_ruled(policy: Policy, dossier: Dossier) -> Dossier:
    """The dossier with what the policy says now of people's choices in its plan, which the digest covers. Nothing is
    written. An exercise is no danger: in its world nobody is overridden.
    """
    row = dossier.row
    override = row.world == LIVE and policy.overrides(replace(dossier.stakes, level=Level(row.level)))
    return replace(dossier, plan=replace(dossier.plan, override=override))


def reach_of(
    connection: Connection, dossier: Dossier, persons: BitMap, drivers: Mapping[str, Driver]
) -> ConsentedReach:
    """Whom of these people the plan's personal channels may be used for."""
    personal = personal_columns(select_drivers(dossier.plan.channels, drivers))
    return reachable(connection, persons, personal, Level(dossier.row.level), override=dossier.plan.override)


def consenting(connection: Connection, dossier: Dossier, persons: BitMap, drivers: Mapping[str, Driver]) -> BitMap:
    """These people less those who refused every channel. Raises Invalid where the plan reaches nobody else at all.

    Who was told of a danger is told of its end, whatever they chose since: a Cancel leaves nobody out.
    """
    if dossier.row.msg_type == MsgType.CANCEL:
        return persons
    found = reach_of(connection, dossier, persons, drivers).persons
    chosen = select_drivers(dossier.plan.channels, drivers)
    if not found and all(driver.reach is DriverReach.PERSON for driver in chosen.values()):
        text = "everybody there has opted out of these channels"
        raise Invalid(text, rule=Rule.AUDIENCE_OPTED_OUT, place="audience")
    return found
