"""The plan of a draft: what was asked for, and every channel by which someone may hold an earlier message."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from channels.driver import channels_named, personal_columns
from hub.alert.alert import Alert, MsgType
from hub.alert.views import PlanRequest
from hub.audience.codes import expand_regions
from hub.audience.jurisdiction import select_drawing
from hub.audience.plan import Plan, audience_of, plan_of
from hub.audience.resolve import resolve_request
from hub.audience.unlocated import with_usual
from hub.drafting.context import DraftingContext
from hub.drafting.text import level_of
from hub.errors import Invalid
from hub.registry.preferences.pool import pool_steps, pools_of
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from targeting.audience import Audience, unite_audiences
from targeting.geometry import ShapeRefused


def plan_for(
    connection: Connection, desk: DraftingContext, alert: Alert, request: PlanRequest, root: int | None
) -> Plan:
    """Raises Invalid naming an unknown channel, region, area or group, or a refused shape.

    `root` is the first message of the chain, if any.
    """
    asked_for = channels_named(request.channels, desk.drivers)
    unknown = sorted(set(asked_for) - set(desk.drivers))
    if unknown:
        raise Invalid(f"no such channel: {', '.join(unknown)}", rule=Rule.CHANNEL_UNKNOWN, place="channels")
    added = resolve_request(connection, request, desk.groups)
    wanted = asked_for or tuple(sorted(desk.drivers))
    chain = alerts.chain(connection, root) if root is not None else ()
    used = [name for each in chain if each.released_at for name in plan_of(each).channels]
    chosen = tuple(name for name in dict.fromkeys((*wanted, *used)) if name in desk.drivers)
    escalation = tuple(step for step in desk.settings.escalation.steps if set(step) <= set(chosen))
    pools = pools_of(chosen, personal_columns(desk.drivers), desk.settings.escalation.steps)
    escalation = pool_steps(escalation, pools) if pools else escalation
    audience = expand_regions(connection, unite_audiences(audience_of(alert, frozenset(), frozenset()), added))
    if request.unlocated is None and alert.msg_type is not MsgType.CANCEL:  # whoever holds what it ends is told
        audience = _with_usual(connection, desk, alert, audience)
    return Plan(audience, chosen, escalation, added, select_drawing(connection, audience).areas)


def channels_left(desk: DraftingContext, channels: Collection[str]) -> tuple[str, ...]:
    """Those of an earlier message's channels that are configured; none, which means every one, where none is left."""
    return tuple(name for name in channels if name in desk.drivers)


def _with_usual(connection: Connection, desk: DraftingContext, alert: Alert, audience: Audience) -> Audience:
    """A shape that is refused is refused at submit, which says why."""
    try:
        return with_usual(connection, audience, desk.settings.estimate.unlocated_share, level_of(alert).word)
    except ShapeRefused:
        return audience
