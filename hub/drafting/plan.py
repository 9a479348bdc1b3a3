"""The plan of a draft: what was asked for, and every channel by which someone may hold an earlier message."""

from __future__ import annotations

from sqlalchemy import Connection

from hub.alert import Alert
from hub.delivery import PlanRequest
from hub.drafting.desk import Desk
from hub.errors import Invalid
from hub.release.plan import Plan, audience_of
from hub.store import alerts, regions
from targeting.region import normalise


def plan_for(connection: Connection, desk: Desk, alert: Alert, request: PlanRequest, root: int | None) -> Plan:
    """Raises Invalid naming an unknown channel, region or group. `root` is the first message of the chain, if any."""
    unknown = sorted(set(request.channels) - set(desk.drivers))
    if unknown:
        raise Invalid(f"no such channel: {', '.join(unknown)}", rule="channel-unknown", place="channels")
    keys = frozenset(normalise("", key) for key in request.regions)
    known = regions.ids_by_key(connection, keys)
    if missing := sorted(keys - set(known)):
        raise Invalid(f"unknown region: {', '.join(missing)}", rule="region-unknown", place="regions")
    if strange := sorted(request.groups - set(desk.groups)):
        raise Invalid(f"unknown group: {', '.join(strange)}", rule="group-unknown", place="groups")
    asked = request.channels or tuple(sorted(desk.drivers))
    chain = alerts.chain(connection, root) if root is not None else ()
    used = [name for each in chain if each.released_at for name in Plan.from_json(each.plan).channels]
    chosen = tuple(name for name in dict.fromkeys((*asked, *used)) if name in desk.drivers)
    ladder = tuple(step for step in desk.settings.ladder.steps if set(step) <= set(chosen))
    return Plan(audience_of(alert, keys, request.groups), chosen, ladder, keys)
