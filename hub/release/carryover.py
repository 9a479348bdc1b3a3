"""Whom an Update is for beside those it warns: of those who hold what it changes, whoever is to hear of the change."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pyroaring import BitMap
from sqlalchemy import Connection

from channels.message import DeliveryState
from hub.alert import MsgType
from hub.cap.period import begins_later
from hub.clock import to_ms
from hub.lifecycle import Stage
from hub.release import follow
from hub.release.event import event_of
from hub.release.frozen import Dossier, content_of
from hub.release.left_out import CONTINUES, MOVED, answers_of, places_said
from hub.release.partition import people_in
from hub.release.plan import Plan
from hub.release.sections import Section, sections_in, sections_of
from hub.store import alerts, campaigns, reached
from hub.store.alerts import AlertRow
from targeting.audience import Audience, united


def told_by(connection: Connection, dossier: Dossier, persons: BitMap, personal: Collection[str], now: int) -> BitMap:
    """Everyone a message tells: those it warns, and of an Update those who may hold an earlier one, less the excused.

    `persons` are those it warns, or of a Cancel those who may hold what it ends.
    """
    if dossier.alert.msg_type is MsgType.UPDATE:
        persons = persons | follow.persons_maybe_reached(connection, dossier.row, personal)
    return persons - excused(connection, dossier, personal, now)


def excused(connection: Connection, dossier: Dossier, personal: Collection[str], now: int) -> BitMap:
    """Persons whom an Update or a Cancel tells nothing, though they may hold what it changes; `now` in ms. Reads only.

    Whoever the chain is over for already. Where an Update ends the warning: whoever another warning of the same event
    holds for. Where it goes on under the old text: whoever has that text for certain.
    """
    if dossier.alert.msg_type is MsgType.ALERT or dossier.row.relays is not None:
        return BitMap()
    gone = departed(connection, dossier.row, personal, now)
    last = last_warning(connection, dossier.row)
    if last is None or dossier.alert.msg_type is not MsgType.UPDATE:
        return gone
    sections = sections_of(dossier.alert)
    kept = united(*places_said(dossier.plan, Plan.from_json(last.plan).audience, CONTINUES).values())
    going_on = [section for section in sections if not section.ends and _within(section.places, kept)]
    warned = _inside(connection, (each for each in sections if not each.ends and each not in going_on))
    silent = (_inside(connection, going_on) - warned) & _told_for_certain(connection, last, personal)
    warned |= _inside(connection, going_on)
    ended = _inside(connection, (each for each in sections if each.ends)) - warned
    if ended:
        silent |= ended & _warned_by_another(connection, dossier, now)
    moved = _moved(connection, dossier.row, dossier.plan, Plan.from_json(last.plan), now)
    return silent | ((gone | moved) - warned)


def departed(connection: Connection, row: AlertRow, personal: Collection[str], now: int) -> BitMap:
    """Persons for whom the chain is over before this message: who may have been told so, or is warned by another now.

    Who was warned again later is none of them; nor is whoever the news that it is over has not reached.
    """
    gone, before = BitMap(), None
    for each in follow.earlier_of(connection, row):
        if each.released_at is None or each.msg_type == MsgType.CANCEL:
            continue
        sections, plan = sections_of(content_of(each)), Plan.from_json(each.plan)
        if gone or plan.answers or any(section.ends for section in sections):
            warned = _inside(connection, (section for section in sections if not section.ends))
            ended = _inside(connection, (section for section in sections if section.ends))
            ended &= _maybe_told(connection, each, personal)
            moved = _moved(connection, each, plan, before, now) if before is not None else BitMap()
            gone = (gone | ended | moved) - warned
        before = plan
    return gone


def _moved(connection: Connection, row: AlertRow, plan: Plan, before: Plan, now: int) -> BitMap:
    """Persons whom the warnings that have taken its place were ordered for, as long as these are in force."""
    places, found = places_said(plan, before.audience, MOVED), BitMap()
    for key, answer in answers_of(plan):
        successor = successor_of(connection, row, answer.value, now) if key in places else None
        if successor is not None:
            found |= people_in(connection, places[key]) & _ordered_for(connection, successor)
    return found


def last_warning(connection: Connection, row: AlertRow) -> AlertRow | None:
    """The newest message before this one in its chain that was released and warned of something."""
    sent = [each for each in follow.earlier_of(connection, row) if each.released_at is not None]
    return next((each for each in reversed(sent) if each.msg_type != MsgType.CANCEL), None)


def successor_of(connection: Connection, row: AlertRow, named: str, now: int) -> AlertRow | None:
    """The warning of another chain that an author names, by number or CAP identifier, if it is in force at `now`."""
    own = row.root or row.id
    for each in alerts.in_stage(connection, Stage.RELEASED):
        if named in (str(each.id), each.identifier) and (each.root or each.id) != own and _in_force(each, row, now):
            return each
    return None


def _in_force(other: AlertRow, row: AlertRow, now: int) -> bool:
    if other.msg_type == MsgType.CANCEL or not (other.released_at or 0) <= now < other.expires_at:
        return False
    alert = content_of(other)
    begins = begins_later(alert, alert.infos)  # what begins only tomorrow warns nobody of today
    return bool(other.world == row.world and (begins is None or to_ms(begins) <= now))


def _warned_by_another(connection: Connection, dossier: Dossier, now: int) -> BitMap:
    """Everyone another warning in force of the same event was ordered for."""
    own, event = dossier.row.root or dossier.row.id, event_of(dossier.alert)
    found = BitMap()
    for each in alerts.in_stage(connection, Stage.RELEASED):
        same_chain = (each.root or each.id) == own
        if not same_chain and _in_force(each, dossier.row, now) and event_of(content_of(each)) == event:
            found |= _ordered_for(connection, each)
    return found


def _ordered_for(connection: Connection, row: AlertRow) -> BitMap:
    """Whom a message warns, as its order has it: without those it only tells that their warning is over."""
    order = alerts.find_order(connection, row.id)
    if order is None:
        return BitMap()
    sections = sections_of(content_of(row))
    over = [bits for part, bits in order.parts.items() if all(each.ends for each in sections_in(sections, part))]
    return BitMap.difference(order.audience, *map(BitMap.deserialize, over))


def _maybe_told(connection: Connection, row: AlertRow, personal: Collection[str]) -> BitMap:
    told = follow.maybe_reached(connection, row.id)
    return BitMap.union(BitMap(), *(bits for channel, bits in told.items() if channel in personal))


def _told_for_certain(connection: Connection, row: AlertRow, personal: Collection[str]) -> BitMap:
    """Persons who have this message by what their device or they themselves reported."""
    found = BitMap()
    for channel, campaign in campaigns.find(connection, row.id).items():
        if channel in personal:
            states = reached.states(connection, campaign.id)
            for state in (DeliveryState.DELIVERED, DeliveryState.CONFIRMED):
                found |= states.get(state, BitMap())
    return found


def _inside(connection: Connection, sections: Iterable[Section]) -> BitMap:
    return BitMap.union(BitMap(), *(people_in(connection, section.places) for section in sections))


def _within(places: Audience, others: Audience) -> bool:
    return (
        not places.is_placeless
        and places.regions <= others.regions
        and set(places.polygons) <= set(others.polygons)
        and set(places.circles) <= set(others.circles)
    )
