"""Drafting an operator's alarm: the texts of its paper (授权书) with their places filled in, for zones of the paper."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from approvals.delegation import Delegation
from approvals.level import Level
from approvals.load import BEIJING
from approvals.standing_terms import ApprovedText, wording_of
from approvals.zone import Zone
from hub.alert.alert import Alert, Area, Info, MsgType, NamedValue, Scope, Status
from hub.alert.views import PlanRequest
from hub.compose.evacuation_notice import CODES, SCHEME
from hub.dossier.event import recognise_event
from hub.dossier.mandate_terms import document_of
from hub.dossier.notice import ALARM, PARAMETER, sender_of
from hub.drafting.context import DraftingContext, Writer
from hub.drafting.plan import plan_for
from hub.drafting.store_draft import store_draft
from hub.drafting.text import finish_text
from hub.drafting.usual_period import usual_for
from hub.errors import Invalid, NotFound
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from hub.transaction import Tx


@dataclass(frozen=True, slots=True)
class AlarmRequest:
    """`mandate` is the number of the delegation, `values` what is put into its texts, by slot; `zones` are by name, all
    of the paper where none is named; `level` is one of the paper's, its highest where none is named.
    """

    mandate: int
    values: Mapping[str, str] = field(default_factory=dict)
    zones: tuple[str, ...] = ()
    level: str = ""
    channels: tuple[str, ...] = ()


def alarm_on(tx: Tx, desk: DraftingContext, writer: Writer, request: AlarmRequest) -> int:
    """Keeps the draft; returns its id. Raises Invalid, Forbidden, NotFound."""
    document = document_of(tx.connection, request.mandate)
    if document is None or not document.texts or document.unit != writer.unit:
        raise NotFound(f"{writer.unit} has no paper {request.mandate} with texts and zones", rule=Rule.MANDATE_UNKNOWN)
    severity = _severity(document, request.level)
    areas = tuple(_area(zone) for zone in _zones(document, request.zones))
    sent = tx.now.replace(microsecond=0).astimezone(BEIJING)
    infos = tuple(_block(text, request.values, severity, areas) for text in document.texts)
    named = hashlib.sha256(repr((writer.unit, sent.isoformat(), request)).encode()).hexdigest()
    alert = Alert(
        identifier=f"{ALARM}.{named[:24]}",
        sender=sender_of(writer.unit),
        sent=sent,
        status=Status.ACTUAL if desk.settings.hub.world == "live" else Status.EXERCISE,
        msg_type=MsgType.ALERT,
        scope=Scope.PUBLIC,
        infos=infos,
    )
    alerts.claim_identifier(tx.connection, alert.sender, alert.identifier)
    if (known := alerts.by_identifier(tx.connection, alert.sender, alert.identifier)) is not None:
        return int(known.id)  # the same request at the same moment: sent twice
    made = finish_text(_with_period(desk, alert), b"", (), tx.now)
    plan = plan_for(tx.connection, desk, made.alert, PlanRequest(request.channels or document.channels), None)
    return store_draft(tx, desk, writer, made, plan, None)


def _severity(document: Delegation, named: str) -> str:
    """Of the level that is named, else of the highest. Raises Invalid for one that the paper does not allow."""
    if named and named not in document.levels:
        text = f"{named[:16]!r} is not one of the levels of the paper: {', '.join(document.levels)}"
        raise Invalid(text, rule=Rule.STANDING_LEVEL, place="level")
    return (Level.of(named) if named else max(map(Level.of, document.levels))).severity


def _zones(document: Delegation, named: tuple[str, ...]) -> tuple[Zone, ...]:
    """The zones of these names. Raises Invalid naming one that the paper does not have."""
    known = {zone.name: zone for zone in document.zones}
    if strange := next((name for name in named if name not in known), None):
        text = f"{strange[:60]!r} is no zone of the paper; it has {', '.join(known)}"
        raise Invalid(text, rule=Rule.MANDATE_ZONE, place="zones")
    return tuple(known[name] for name in dict.fromkeys(named or known))


def _area(zone: Zone) -> Area:
    return Area(zone.name, zone.outlines, (), tuple(NamedValue(SCHEME, key) for key in sorted(zone.keys)))


def _block(text: ApprovedText, values: Mapping[str, str], severity: str, areas: tuple[Area, ...]) -> Info:
    """The text with the values in its slots. Raises Invalid for a slot without a value, or one that does not fit."""
    return Info(
        event=_fill(text, "event", values),
        urgency="Immediate",
        severity=severity,
        certainty="Likely",
        categories=("Safety",),
        language=text.language,
        sender_name=_fill(text, "sender_name", values),
        headline=_fill(text, "headline", values),
        description=_fill(text, "description", values),
        instruction=_fill(text, "instruction", values),
        parameters=(NamedValue(PARAMETER, ALARM),),
        areas=areas,
    )


def _fill(text: ApprovedText, part: str, values: Mapping[str, str]) -> str:
    wording = wording_of(text, part)
    if missing := sorted(set(wording.slots) - set(values)):
        raise Invalid(f"the text needs a value for {missing[0]}", rule=Rule.MANDATE_TEXT, place=f"values.{missing[0]}")
    made = wording.fill(values)
    if wording.read(made) is None:
        shown = ", ".join(f"{name} {values[name][:40]!r}" for name in sorted(wording.slots))
        raise Invalid(f"a value does not fit the text of the paper: {shown}", rule=Rule.MANDATE_TEXT, place="values")
    return made


def _with_period(desk: DraftingContext, alert: Alert) -> Alert:
    """The alert with the category and code of its event, in force for the usual period."""
    events = desk.policy.events
    event = events.of(recognise_event(events, alert).key)
    codes = (NamedValue(CODES, event.code),) if event is not None and event.code else ()
    until = alert.sent + usual_for(alert, events, desk.settings.content)
    categories = event.categories if event is not None else ("Safety",)
    infos = tuple(replace(info, categories=categories, event_codes=codes, expires=until) for info in alert.infos)
    return replace(alert, infos=infos)
