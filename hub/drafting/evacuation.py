"""Drafting an urgent evacuation notice (紧急转移通知): prepared words, in which places, a time and a number are put."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from approvals.evacuation import Evacuation
from approvals.event import Event
from approvals.place_text import fold_place
from approvals.territory import under
from hub.alert.views import PlanRequest
from hub.compose.evacuation_notice import EvacuationNotice, FilledPlaces, NoticeForm
from hub.compose.issuer_name import naming_by
from hub.dossier.refusals import name_regions
from hub.drafting.context import DraftingContext, Writer
from hub.drafting.plan import plan_for
from hub.drafting.store_draft import store_draft
from hub.drafting.text import finish_text
from hub.errors import Conflict, Forbidden, Invalid
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from hub.store.register import regions
from hub.transaction import Tx
from targeting.region import normalise


@dataclass(frozen=True, slots=True)
class EvacuationRequest:
    """`event` is a key, code or word of the table; `regions` the keys of what is left; `by` when to be away.

    `filled` is by language tag; `contact` a number that people can call.
    """

    event: str
    regions: frozenset[str]
    by: datetime
    filled: Mapping[str, FilledPlaces] = field(default_factory=dict)
    contact: str = ""
    channels: tuple[str, ...] = ()


def evacuation_on(tx: Tx, desk: DraftingContext, writer: Writer, request: EvacuationRequest) -> int:
    """Keeps the draft; returns its id. Raises Invalid, Conflict, Forbidden."""
    evacuation, event = _find_terms(desk, request.event)
    named = _named_regions(tx.connection, writer, request.regions)
    sent = tx.now.replace(microsecond=0).astimezone(request.by.tzinfo)
    filled = {
        tag: FilledPlaces(fold_place(each.place), fold_place(each.refuge)) for tag, each in request.filled.items()
    }
    by = request.by.replace(microsecond=0)
    notice = EvacuationNotice(event, named, by, filled, request.contact.strip(), sent)
    naming, world = naming_by(tx.connection, [writer.unit]), desk.settings.hub.world
    alert = NoticeForm(evacuation, desk.policy.events, desk.catalog, writer.unit, naming, world).message(notice)
    alerts.claim_identifier(tx.connection, alert.sender, alert.identifier)
    if (known := alerts.by_identifier(tx.connection, alert.sender, alert.identifier)) is not None:
        return int(known.id)  # the same request at the same moment: sent twice
    text = finish_text(alert, b"", (), tx.now)
    plan = plan_for(tx.connection, desk, text.alert, PlanRequest(request.channels), None)
    return store_draft(tx, desk, writer, text, plan, None)


def _find_terms(desk: DraftingContext, named: str) -> tuple[Evacuation, Event]:
    """What the policy provides for the event. Raises Invalid for one that no table knows, Conflict for none."""
    found = desk.policy.events.fitting(named) if "*" not in named else ()
    if len(found) != 1:
        text = f"{named[:64]!r} is no event of the table: name one by its key, such as landslide"
        raise Invalid(text, rule=Rule.EVENT_UNKNOWN, place="event")
    evacuation = desk.policy.evacuation
    if evacuation is None or not evacuation.covers(found[0].key):
        text = f"the policy provides no urgent evacuation notice for {found[0].zh}: report it up for a warning"
        raise Conflict(text, rule=Rule.EVACUATION, place="event")
    return evacuation, found[0]


def _named_regions(connection: Connection, writer: Writer, asked: Collection[str]) -> dict[str, str]:
    """The regions to leave by their keys, with their registered names. Raises Invalid, and Forbidden for what lies
    beyond one's own area: that is its own township's, or the county's.
    """
    keys = sorted({normalise("", key) for key in asked})
    if not keys:
        raise Invalid("name the places to leave by their region keys", rule=Rule.NO_AREA, place="regions")
    _must_be_inside(connection, writer, keys)
    names = regions.names_by_key(connection, keys)
    if unknown := [key for key in keys if key not in names]:
        text = f"{unknown[0][:32]} is no registered region: `hub region show NAME` tells its key"
        raise Invalid(text, rule=Rule.REGION_UNKNOWN, place="regions")
    return names


def _must_be_inside(connection: Connection, writer: Writer, keys: Collection[str]) -> None:
    area = writer.official.area if writer.official is not None else ""
    if outside := sorted(key for key in keys if not under(area, key)):
        text = f"{outside[0][:32]} lies outside {area}: an urgent evacuation notice is for one's own area"
        raise Forbidden(name_regions(connection, text), rule=Rule.LAW_18, place="regions")
