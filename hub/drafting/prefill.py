"""Elements that a draft leaves blank, filled in from what the hub knows: an emergency does not stop on an empty field.

Filled in is what follows from the unit, the table of events and the prepared words of the language. A level, a time or
a place that nobody named is never made up: those are asked for. Whoever signs sees each element that was filled in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from hub.alert.alert import Alert, Area, Info, MsgType
from hub.audience.plan import places_of
from hub.compose.issuer_name import Naming
from hub.compose.required_content import advice_in, is_grave
from hub.dossier.event import recognise_event
from hub.dossier.event_name import name_warning
from hub.dossier.notice import notice_of
from hub.drafting.context import DraftingContext
from hub.drafting.text import DraftText, draft_document
from hub.formats.cap.finding import quote
from hub.formats.cap.repair_info import STAND_IN_AREA, STAND_IN_EVENT
from hub.rules.rule import Rule
from hub.store.register import regions
from templates.issued import issued_headline

UNIT, EVENTS, WORDS, REGIONS, SETTINGS = "unit", "events", "words", "regions", "settings"  #: where a text comes from


@dataclass(frozen=True, slots=True)
class Filled:
    """One element as it was filled in, and from which source."""

    element: str
    text: str
    source: str


def prefill(connection: Connection, desk: DraftingContext, naming: Naming, text: DraftText) -> DraftText:
    """The text of a warning of these issuers with its blank elements filled in, and a finding for each.

    A notice says its prepared words and no other. A Cancel, and a block of an Update that ends a warning, are the hub's
    own words already.
    """
    alert = text.alert
    if alert.msg_type not in (MsgType.ALERT, MsgType.UPDATE) or notice_of(alert):
        return text
    infos: list[Info] = []
    remarks: list[dict[str, Any]] = []
    for number, info in enumerate(alert.infos, start=1):
        whole, filled = (info, ()) if info.is_all_clear else _fill_blanks(connection, desk, naming, alert, info)
        remarks += [_remark(number, info.language, each) for each in filled]
        infos.append(whole)
    if not remarks:
        return text
    made = replace(alert, infos=tuple(infos))
    return replace(text, alert=made, content=draft_document(made), remarks=(*text.remarks, *remarks))


def _fill_blanks(
    connection: Connection, desk: DraftingContext, naming: Naming, alert: Alert, info: Info
) -> tuple[Info, tuple[Filled, ...]]:
    """The block with everything filled in; the headline comes after what it is made of."""
    found: list[Filled] = []
    if not info.sender_name.strip() and naming.issuers:
        sender = naming.name_in(info.language, "")
        found.append(Filled("senderName", sender, UNIT))
        info = replace(info, sender_name=sender)
    for filled in _event(desk, alert, info):
        found.append(filled)
        info = replace(info, event=filled.text)
    areas = tuple(_area(connection, area) for area in info.areas)
    found += [
        Filled("area/areaDesc", new.description, REGIONS)
        for old, new in zip(info.areas, areas, strict=True)
        if new is not old
    ]
    info = replace(info, areas=areas)
    if not info.headline.strip() and info.severity != "Unknown":  # without a level there is nothing to announce yet
        headline = issued_headline(
            desk.catalog.words(info.language), name_warning(desk.policy.events, info), info.sender_name.strip()
        )
        found.append(Filled("headline", headline, WORDS))
        info = replace(info, headline=headline)
    for filled in _instruction(desk, alert, info):
        found.append(filled)
        info = replace(info, instruction=filled.text)
    contact = desk.settings.content.contact_of(naming.issuers[0].unit if naming.issuers else "")
    if contact and not info.contact.strip():
        found.append(Filled("contact", contact, SETTINGS))
        info = replace(info, contact=contact)
    return info, tuple(found)


def _event(desk: DraftingContext, alert: Alert, info: Info) -> Iterator[Filled]:
    """The name of the event of the code, where no word names one."""
    event = desk.policy.events.by_key.get(recognise_event(desk.policy.events, alert).key)
    if event is not None and info.event.strip() in ("", STAND_IN_EVENT):
        yield Filled("event", event.zh if _primary(info) == "zh" else event.en, EVENTS)


def _area(connection: Connection, area: Area) -> Area:
    """The area under the names of the regions whose codes it has, where it has no name of its own."""
    if area.description.strip() not in ("", STAND_IN_AREA):
        return area
    keys = sorted(places_of([Info("", "", "", "", (), areas=(area,))]).regions)
    names = regions.names_by_key(connection, keys)
    named_places = "、".join(names[key] for key in keys if key in names)
    return replace(area, description=named_places) if named_places else area


def _instruction(desk: DraftingContext, alert: Alert, info: Info) -> Iterator[Filled]:
    """What to do: nothing is written, or at a grave level no line that can be acted on (art. 67)."""
    said = info.instruction.strip()
    if said and (not is_grave(info) or any(advice_in(info))):
        return
    for advice, source in _advice(desk, alert, info):
        whole = "\n".join(part for part in (said if any(map(str.isalnum, said)) else "", advice) if part)
        if any(advice_in(replace(info, instruction=whole))):
            yield Filled("instruction", whole, source)
            return


def _advice(desk: DraftingContext, alert: Alert, info: Info) -> Iterator[tuple[str, str]]:
    """What may be advised in the language of the block: to leave, where its author says that people are to (CAP 1.2
    §3.2.2 responseType Evacuate), as the texts in other languages will; else for the event by the table, then for any
    danger.
    """
    leave = desk.catalog.words(info.language)["advice_leave"]
    if leave and "Evacuate" in info.response_types:
        yield leave, WORDS
    event = desk.policy.events.by_key.get(recognise_event(desk.policy.events, alert).key)
    actions = event.actions.get(_primary(info), "") if event is not None else ""
    if actions:
        yield actions.replace(",", "，") if _primary(info) == "zh" else actions, EVENTS
    if general := desk.catalog.words(info.language)["advice"]:
        yield general, WORDS


def _primary(info: Info) -> str:
    return info.language.casefold().partition("-")[0]


def _remark(number: int, language: str, filled: Filled) -> dict[str, Any]:
    text = f"it was left blank and is filled in from the {filled.source}: {quote(filled.text)}"
    values = {"language": language, "element": filled.element, "filled": filled.text, "source": filled.source}
    element = f"alert/info[{number}]/{filled.element}"
    return {"rule": Rule.PREFILLED, "element": element, "level": "advice", "text": text, "values": values}
