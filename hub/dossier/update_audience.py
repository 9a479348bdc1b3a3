"""Whom an Update is for beside those it warns: of those who hold what it changes, whoever is to hear of the change.

What spares somebody the message rests on verified orders: whatever is disputed on record spares nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.level import Level
from channels.message import DeliveryState
from hub.alert.alert import Alert, MsgType
from hub.audience.partition import people_in
from hub.audience.plan import Plan, plan_of
from hub.audience.sections import Section, sections_of
from hub.dossier import chain
from hub.dossier.frozen import Dossier, content_of
from hub.dossier.hazard_levels import Threats, threats_of
from hub.dossier.left_out_places import CONTINUES, MOVED, answers_of, places_said
from hub.dossier.other_warnings import OtherWarnings
from hub.dossier.verified_order import VerifiedOrders
from hub.store.alerts.alert_row import AlertRow
from hub.store.delivery import campaigns, reached
from targeting.audience import Audience, unite_audiences


@dataclass(frozen=True, slots=True)
class Carryover:
    """What one message carries over from those before it in its chain.

    `personal` are the channels that reach one person; `now` is in ms. Reads only.
    """

    connection: Connection
    orders: VerifiedOrders
    personal: Collection[str]
    now: int

    def persons_told(self, dossier: Dossier, persons: BitMap) -> BitMap:
        """Everyone a message tells: those it warns, and of an Update those who may hold an earlier one, less the
        spared. `persons` are those it warns, or of a Cancel those who may hold what it ends.
        """
        if dossier.alert.msg_type is MsgType.UPDATE:
            persons = persons | chain.persons_maybe_reached(self.connection, dossier.row, self.personal)
        return persons - self.persons_spared(dossier)

    def persons_spared(self, dossier: Dossier) -> BitMap:
        """Persons whom an Update or a Cancel tells nothing, though they may hold what it changes.

        Whoever the chain is over for already. Where an Update ends the warning: whoever another warning of the same
        event holds for. Where it goes on under the old text: whoever has that text for certain.
        """
        if dossier.alert.msg_type is MsgType.ALERT or dossier.row.relays is not None:
            return BitMap()
        gone = self._persons_done(dossier.row)
        last = last_warning(self.connection, dossier.row)
        if last is None or dossier.alert.msg_type is not MsgType.UPDATE:
            return gone
        sections, before = sections_of(dossier.alert), _Before(content_of(last), plan_of(last))
        kept = unite_audiences(*places_said(dossier.plan, before.plan.audience, CONTINUES).values())
        going_on = [section for section in sections if not section.ends and _within(section.places, kept)]
        warned = self._inside(each for each in sections if not each.ends and each not in going_on)
        spared = (self._inside(going_on) - warned) & self._persons_certain(last)
        warned |= self._inside(going_on)
        ended = self._inside(each for each in sections if each.ends) - warned
        if ended:
            spared |= ended & self._others(dossier.row).persons_warned(self._over(sections))
        moved = self._persons_moved(dossier.row, dossier.plan, before)
        return spared | ((gone | moved) - warned)

    def _persons_done(self, row: AlertRow) -> BitMap:
        """Persons for whom the chain is over before this message: who may have been told so, or is warned by another
        now. Who was warned again later is none of them; nor is whoever the news that it is over has not reached.
        """
        gone, before = BitMap(), None
        for each in chain.earlier_of(self.connection, row):
            if each.released_at is None or each.msg_type == MsgType.CANCEL:
                continue
            alert, plan = content_of(each), plan_of(each)
            sections = sections_of(alert)
            if gone or plan.answers or any(section.ends for section in sections):
                verified = self.orders.dossier(self.connection, each, self.now)
                if verified is None:
                    continue
                alert, plan = verified.alert, verified.plan
                sections = sections_of(alert)
                warned = self._inside(section for section in sections if not section.ends)
                ended = self._inside(section for section in sections if section.ends) & self._persons_reached(each)
                moved = self._persons_moved(each, plan, before) if before is not None else BitMap()
                gone = (gone | ended | moved) - warned
            before = _Before(alert, plan)
        return gone

    def _persons_moved(self, row: AlertRow, plan: Plan, before: _Before) -> BitMap:
        """Persons whom the warnings that have taken its place warn of the same, as long as these are in force."""
        places, found = places_said(plan, before.plan.audience, MOVED), BitMap()
        for key, answer in answers_of(plan):
            if key in places:
                there = people_in(self.connection, places[key])
                found |= self._others(row).persons_taken_over(answer.value, before.alert, there)
        return found

    def _over(self, sections: Iterable[Section]) -> Threats:
        """What is said to be over, at the lowest level: whichever warning of it holds, it is not over."""
        infos = [info for each in sections if each.ends for info in each.infos]
        return dict.fromkeys(threats_of(self.orders.events, infos), Level.BLUE)

    def _persons_reached(self, row: AlertRow) -> BitMap:
        told = chain.maybe_reached(self.connection, row.id)
        return chain.persons_among(self.connection, told, self.personal)

    def _persons_certain(self, row: AlertRow) -> BitMap:
        """Persons who have this message by what their device or they themselves reported; nobody has one that is
        disputed.
        """
        if self.orders.message(self.connection, row, self.now) is None:
            return BitMap()
        found = BitMap()
        for channel, campaign in campaigns.numbers(self.connection, row.id).items():
            if channel in self.personal:
                states = reached.states(self.connection, campaign)
                for state in (DeliveryState.DELIVERED, DeliveryState.CONFIRMED):
                    found |= states.get(state, BitMap())
        return found

    def _others(self, row: AlertRow) -> OtherWarnings:
        return OtherWarnings(self.connection, self.orders, row, self.now)

    def _inside(self, sections: Iterable[Section]) -> BitMap:
        return BitMap.union(BitMap(), *(people_in(self.connection, section.places) for section in sections))


@dataclass(frozen=True, slots=True)
class _Before:
    """The message of the chain that one follows."""

    alert: Alert
    plan: Plan


def last_warning(connection: Connection, row: AlertRow) -> AlertRow | None:
    """The newest message before this one in its chain that was released and warned of something.

    By its row: whatever it asks of an author is asked of a disputed record too.
    """
    sent = [each for each in chain.earlier_of(connection, row) if each.released_at is not None]
    return next((each for each in reversed(sent) if each.msg_type != MsgType.CANCEL), None)


def _within(places: Audience, others: Audience) -> bool:
    return (
        not places.is_placeless
        and places.regions <= others.regions
        and set(places.polygons) <= set(others.polygons)
        and set(places.circles) <= set(others.circles)
    )
