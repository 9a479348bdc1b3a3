"""Whom an Update is for beside those it warns: of those who hold what it changes, whoever is to hear of the change."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pyroaring import BitMap
from sqlalchemy import Connection

from channels.message import DeliveryState
from hub.alert import MsgType
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
    """Everyone an Update tells: those it warns, and those who may hold an earlier message, less the excused."""
    if dossier.alert.msg_type is not MsgType.UPDATE:
        return persons
    reached = follow.persons_maybe_reached(connection, dossier.row, personal)
    return (persons | reached) - excused(connection, dossier, personal, now)


def excused(connection: Connection, dossier: Dossier, personal: Collection[str], now: int) -> BitMap:
    """Persons whom an Update tells nothing, though they may hold what it changes; `now` in ms. Reads only.

    Where it ends the warning: whoever another warning of the same event holds for. Where the warning goes on under the
    old text: whoever has that text for certain. Where another has taken its place: whoever that one was ordered for.
    """
    last = last_warning(connection, dossier.row)
    if last is None or dossier.alert.msg_type is not MsgType.UPDATE or dossier.row.relays is not None:
        return BitMap()
    sections = sections_of(dossier.alert)
    before = Plan.from_json(last.plan).audience
    kept = united(*places_said(dossier.plan, before, CONTINUES).values())
    going_on = [section for section in sections if not section.ends and _within(section.places, kept)]
    warned = _inside(connection, (each for each in sections if not each.ends and each not in going_on))
    silent = (_inside(connection, going_on) - warned) & _told_for_certain(connection, last, personal)
    warned |= _inside(connection, going_on)
    ended = _inside(connection, (each for each in sections if each.ends)) - warned
    if ended:
        silent |= ended & _warned_by_another(connection, dossier, now)
    moved = places_said(dossier.plan, before, MOVED)
    for key, answer in answers_of(dossier.plan):
        if key in moved and answer.choice == MOVED:
            successor = successor_of(connection, dossier.row, answer.value, now)
            people = people_in(connection, moved[key]) - warned
            silent |= people & (_ordered_for(connection, successor) if successor is not None else BitMap())
    return silent


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
    return bool(other.msg_type != MsgType.CANCEL and other.expires_at > now and other.world == row.world)


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
