"""That an urgent evacuation notice is the prepared one and no other: it is made anew from what was filled in, and the
whole message compared. Nothing of it may differ; when it was drafted (`sent`) is taken from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from approvals.authority import Policy
from approvals.moment import read_moment
from hub.alert.alert import Alert, MsgType
from hub.audience.plan import places_of
from hub.compose.evacuation_notice import EvacuationNotice, FilledPlaces, NoticeForm
from hub.compose.issuer_name import naming_by
from hub.dossier.frozen import Dossier
from hub.dossier.issuers import issuers_of
from hub.dossier.notice import ALARM, BY, EVACUATION, HAZARD, PLACE, REFUGE, notice_of, value_of
from hub.errors import Conflict, Invalid
from hub.rules.rule import Rule
from hub.store.alerts.alert_row import AlertRow
from hub.store.register import regions
from targeting.audience import Audience
from templates.catalog import Catalog

_REMEDY = "withdraw it and draft it by its form (hub alert evacuate; POST /alerts/evacuations)"

_ALARM_REMEDY = "lift it if it is out, else withdraw it and draft it by a paper (hub alert alarm; POST /alerts/alarms)"


def must_come_by_its_form(alert: Alert) -> None:
    """Raises Conflict for a document that says it is an urgent evacuation notice; its Cancel is the hub's own text."""
    if notice_of(alert) == EVACUATION and alert.msg_type is not MsgType.CANCEL:
        text = f"an urgent evacuation notice is prepared, and no document becomes one: {_REMEDY}"
        raise Conflict(text, rule=Rule.EVACUATION_TEXT, place="alert/info/parameter")


def must_not_be_notice(row: AlertRow, alert: Alert, act: str) -> None:
    """Raises Conflict for an act that would change what an urgent evacuation notice says, or who gives it."""
    if is_notice(row, alert):
        text = (
            f"alert {row.id} is an urgent evacuation notice, and nobody {act} it: lift it if it is out, else {_REMEDY}"
        )
        raise Conflict(text, rule=Rule.EVACUATION_TEXT, place="alert")


def must_not_change_hands(row: AlertRow, alert: Alert, act: str) -> None:
    """Raises Conflict for an act that would give what rests on its issuer to another: an urgent evacuation notice, or
    an operator's alarm, which is nothing without its paper.
    """
    must_not_be_notice(row, alert, act)
    if notice_of(alert) == ALARM and alert.msg_type is not MsgType.CANCEL and row.relays is None:
        text = f"alert {row.id} is an alarm by the paper of {row.unit}, and nobody {act} it: {_ALARM_REMEDY}"
        raise Conflict(text, rule=Rule.MANDATE_TEXT, place="alert")


def is_notice(row: AlertRow, alert: Alert) -> bool:
    """Whether a message is an order to leave; its Cancel and a relay of it are of their own kinds."""
    return notice_of(alert) == EVACUATION and alert.msg_type is not MsgType.CANCEL and row.relays is None


def must_be_prepared(
    connection: Connection, dossier: Dossier, policy: Policy, catalog: Catalog, now: datetime, world: str
) -> None:
    """Raises Invalid where a notice, or whom it is for, is anything but what the hub makes of what was filled in."""
    row, alert = dossier.row, dossier.alert
    if notice_of(alert) == EVACUATION and alert.msg_type is MsgType.CANCEL and row.root is None:
        raise Invalid("it lifts no notice: lift one by its number", rule=Rule.EVACUATION_TEXT, place="alert/references")
    if not is_notice(row, alert):
        return
    issuers, plan = issuers_of(row), dossier.plan
    if issuers.signing != (row.unit,):
        raise _different("issuers")
    if policy.evacuation is None:
        raise Invalid("the policy provides no urgent evacuation notice", rule=Rule.EVACUATION, place="alert/info/event")
    form = NoticeForm(policy.evacuation, policy.events, catalog, row.unit, naming_by(connection, [row.unit]), world)
    notice = _read_notice(connection, alert, policy)
    if notice.by <= now:
        raise Invalid(f"the time to be away by is over: {_REMEDY}", rule=Rule.EVACUATION_TEXT, place="by")
    if place := next(_differences(alert, form.message(notice), "alert"), ""):
        raise _different(place)
    if plan.added != Audience() or plan.audience != Audience(frozenset(notice.regions)):
        raise _different("places")


def _different(place: str) -> Invalid:
    return Invalid(f"it is not as it was prepared: {_REMEDY}", rule=Rule.EVACUATION_TEXT, place=place)


def _read_notice(connection: Connection, alert: Alert, policy: Policy) -> EvacuationNotice:
    """What was filled in, as the message itself says it. Raises Invalid where it does not say it."""
    if not alert.infos:
        raise _different("alert/info")
    first = alert.infos[0]
    event = policy.events.by_key.get(value_of(first, HAZARD))
    if event is None or policy.evacuation is None or not policy.evacuation.covers(event.key):
        raise Invalid(
            "the policy provides no such notice for this event", rule=Rule.EVACUATION_TEXT, place=f"parameter[{HAZARD}]"
        )
    keys = places_of(alert.infos).regions
    names = regions.names_by_key(connection, keys)
    if not keys or set(names) != keys:
        raise Invalid(
            "an area is a region that is registered", rule=Rule.EVACUATION_TEXT, place="alert/info/area/geocode"
        )
    by = read_moment(value_of(first, BY))
    filled = {info.language: FilledPlaces(value_of(info, PLACE), value_of(info, REFUGE)) for info in alert.infos}
    if by is None:
        raise Invalid("a time with its offset", rule=Rule.EVACUATION_TEXT, place=f"parameter[{BY}]")
    return EvacuationNotice(event, names, by, filled, first.contact, alert.sent)


def _differences(said: Any, made: Any, place: str) -> Iterator[str]:
    """Where a message differs from another: by its own fields, whatever they are, so that none is left out."""
    if said == made:
        return
    if isinstance(said, tuple) and isinstance(made, tuple) and len(said) == len(made):
        for number, (one, other) in enumerate(zip(said, made, strict=True), start=1):
            yield from _differences(one, other, f"{place}[{number}]")
    elif type(said) is type(made) and hasattr(said, "__dataclass_fields__"):
        for each in fields(said):
            yield from _differences(getattr(said, each.name), getattr(made, each.name), f"{place}/{each.name}")
    else:
        yield place
