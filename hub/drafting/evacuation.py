"""Drafting an urgent evacuation notice (紧急转移通知): prepared words, in which places, a time and a number are put."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from approvals.evacuation import NOTICE, Evacuation
from approvals.event import Event
from approvals.territory import under
from hub.alert import Alert, Area, Info, MsgType, Named, Scope, Status
from hub.delivery import PlanRequest
from hub.drafting.desk import Desk, Writer
from hub.drafting.keep import keep
from hub.drafting.plan import plan_for
from hub.drafting.text import finished
from hub.errors import Conflict, Forbidden, Invalid
from hub.release.issuer_name import Naming, naming_by
from hub.release.notice import parameters_of
from hub.release.prepared import RULE, must_be_prepared
from hub.store import alerts, regions
from targeting.audience import Audience
from targeting.region import normalise
from templates.evacuation_notice import Order, evacuation_words

SCHEME = "行政区划代码"  #: valueName of the codes of places, as Chinese senders write it
CODES, TERMS = "12379", "OET:v1.2"  #: valueNames of eventCode
_UNFIT = re.compile(r"[\s,<&]")  # CAP 1.2 §3.2.1 sender


@dataclass(frozen=True, slots=True)
class FilledPlaces:
    """What one language says: who leaves which place, and where to."""

    place: str
    refuge: str


@dataclass(frozen=True, slots=True)
class EvacuationRequest:
    """`event` is a key, code or word of the table; `places` the regions and polygons to leave; `by` when to be away.

    `filled` is by language tag; `contact` a number that people can call.
    """

    event: str
    places: Audience
    by: datetime
    filled: Mapping[str, FilledPlaces] = field(default_factory=dict)
    contact: str = ""
    channels: tuple[str, ...] = ()


def evacuation_on(connection: Connection, desk: Desk, writer: Writer, request: EvacuationRequest) -> int:
    """Keeps the draft; returns its id. Raises Invalid, Conflict, Forbidden."""
    evacuation, event = _provided(desk, request.event)
    _must_be_inside(writer, request.places)
    if not request.filled:
        raise Invalid("say in at least one language which place is left, and where to", rule=RULE, place="filled")
    block = _block(connection, desk, request, event, evacuation)
    naming = naming_by(connection, [writer.unit])
    infos = tuple(_worded(desk, naming, block, event, request, tag) for tag in request.filled)
    sent = desk.now.replace(microsecond=0).astimezone(request.by.tzinfo)
    named = hashlib.sha256(repr((writer.unit, sent.isoformat(), infos)).encode()).hexdigest()
    alert = Alert(
        identifier=f"{NOTICE}.{named[:24]}",
        sender=_UNFIT.sub("-", writer.unit),
        sent=sent,
        status=Status.ACTUAL if desk.settings.hub.world == "live" else Status.EXERCISE,
        msg_type=MsgType.ALERT,
        scope=Scope.PUBLIC,
        infos=infos,
    )
    must_be_prepared(alert, desk.catalog, desk.policy.events)
    alerts.claim_identifier(connection, alert.sender, alert.identifier)
    if (known := alerts.by_identifier(connection, alert.sender, alert.identifier)) is not None:
        return int(known.id)  # the same request at the same moment: sent twice
    text = finished(alert, b"", (), desk.now)
    plan = plan_for(connection, desk, text.alert, PlanRequest(request.channels), None)
    return keep(connection, desk, writer, text, plan, None)


def _provided(desk: Desk, named: str) -> tuple[Evacuation, Event]:
    """What the policy provides for the event. Raises Invalid for one that no table knows, Conflict for none."""
    found = desk.policy.events.fitting(named) if "*" not in named else ()
    if len(found) != 1:
        text = f"{named[:64]!r} is no event of the table: name one by its key, such as landslide"
        raise Invalid(text, rule="event-unknown", place="event")
    evacuation = desk.policy.evacuation
    if evacuation is None or found[0].key not in evacuation.rule.events:
        text = f"the policy provides no urgent evacuation notice for {found[0].zh}: report it up for a warning"
        raise Conflict(text, rule=NOTICE, place="event")
    return evacuation, found[0]


def _must_be_inside(writer: Writer, places: Audience) -> None:
    """One's own area: what lies beyond is its own township's, or the county's. A drawing is judged by whom it holds."""
    if not places.regions and not places.polygons:
        raise Invalid("name the places to leave by their region keys, or draw them", rule="no-area", place="regions")
    area = writer.official.area if writer.official is not None else ""
    outside = sorted(key for key in places.regions if not under(area, normalise("", key)))
    if outside:
        text = f"{outside[0][:32]} lies outside {area}: an urgent evacuation notice is for one's own area"
        raise Forbidden(text, rule="LAW-18", place="regions")


def _block(
    connection: Connection, desk: Desk, request: EvacuationRequest, event: Event, evacuation: Evacuation
) -> Info:
    """What is the same in every language."""
    keys = sorted(normalise("", key) for key in request.places.regions)
    names = regions.names_by_key(connection, keys)
    expires = max(desk.now, request.by) + evacuation.lasts
    codes = ((CODES, event.code), (TERMS, event.oet))
    return Info(
        event="",
        urgency="Immediate",
        severity=evacuation.severity,
        certainty="Likely",
        categories=event.categories,
        response_types=("Evacuate",),
        event_codes=tuple(Named(name, code) for name, code in codes if code),
        expires=expires.replace(microsecond=0).astimezone(request.by.tzinfo),
        contact=request.contact.strip(),
        areas=(
            Area(
                "、".join(names.get(key, key) for key in keys),
                request.places.polygons,
                (),
                tuple(Named(SCHEME, key) for key in keys),
            ),
        ),
    )


def _worded(desk: Desk, naming: Naming, block: Info, event: Event, request: EvacuationRequest, language: str) -> Info:
    """The block in one language. Raises Invalid where nobody has prepared the notice in it."""
    filled, primary = request.filled[language], language.casefold().partition("-")[0]
    hazard = event.zh if primary == "zh" else event.en.lower()
    by = request.by.replace(microsecond=0)
    sender = naming.told_in(language, "")
    order = Order(hazard, sender, filled.place.strip(), filled.refuge.strip(), by)
    said = evacuation_words(desk.catalog.words(language), order)
    if said is None:
        text = f"no urgent evacuation notice is prepared in {language[:35]}"
        raise Invalid(text, rule=RULE, place="filled")
    [area] = block.areas
    return replace(
        block,
        event=said.event,
        language=language,
        sender_name=sender,
        headline=said.headline,
        description=said.description,
        instruction=said.instruction,
        parameters=parameters_of(hazard, order.place, order.refuge, by),
        areas=(replace(area, description=area.description or order.place),),
    )
