"""Whom a matter is called to, in which order: those on duty who can act, the leaders, the duty of the units above."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection

from approvals.official import Official
from approvals.territory import above, upward
from hub.access.permissions import Permission, holds
from hub.callout.calling_order import HOUR_MS, Callee, CallingStep, rungs_of
from hub.callout.matter import May, Waiting
from hub.settings.calls import CallSettings
from hub.store.access import officials, units
from hub.store.access.units import Unit
from hub.store.alerts import calls
from hub.store.register import roster
from hub.store.register.roster import LEADER, SealedContact, Shift

MOST_ABOVE = 5  #: tiers above a unit: a township has as many


@dataclass(frozen=True)  # without slots: what one round has read of everybody is kept for all of its matters
class People:
    """Those who can be called at one moment. `channels` are those of this hub by which officials are called, with what
    the roster keeps their addresses under.
    """

    connection: Connection
    settings: CallSettings
    channels: Mapping[str, str]
    now: int

    @cached_property
    def lately(self) -> dict[tuple[int, str], list[int]]:
        """(official, channel) to the times of their calls of the last hour, those of this round with them."""
        return calls.recent(self.connection, self.now - HOUR_MS)

    def note(self, official: int, channel: str) -> None:
        """Counts a call that this round makes: the next matter finds it among those of the hour."""
        self.lately.setdefault((official, channel), []).append(self.now)

    def names(self, numbers: Iterable[int]) -> Sequence[str]:
        """What these officials are called, of those in office."""
        return [self._in_office[number].name for number in numbers if number in self._in_office]

    def steps(self, waiting: Waiting, may: May) -> tuple[tuple[CallingStep, ...], dict[int, SealedContact]]:
        """The order of calling, and how each can be called. Who has no address is passed over."""
        unit = waiting.new.unit
        tiers = [self._able(unit, may), self._leaders(unit, may), *self._superiors(unit)]
        wanted = {each.id for tier in tiers for each in tier}
        contacts = dict(roster.contacts(self.connection, wanted)) if wanted else {}
        callees = [[made for each in tier if (made := self._callee(each, contacts)) is not None] for tier in tiers]
        return rungs_of(callees[0], waiting.wanted, callees[1], callees[2:]), contacts

    def _callee(self, official: Official, contacts: dict[int, SealedContact]) -> Callee | None:
        known = contacts.get(official.id)
        by = tuple(name for name, column in self.channels.items() if known is not None and column in known.media)
        return Callee(official.id, by) if by else None

    def _able(self, unit: str, may: May) -> Sequence[Official]:
        """Those on duty who may act, the unit's own first. The duty of units above is called last, however able it is,
        unless nobody below may act, as a township's countersignature is never its own: then the nearest is first.
        """
        mine = next((each for each in self._units if each.name == unit), None) if unit else None
        fit = [each for each in self._present(self._shifts) if may(each)]
        higher = [each for each in fit if mine is not None and above(each.area, mine.area)]
        able = [each for each in fit if each not in higher]
        if mine is not None and not able:
            tiers = list(upward(mine.area))
            return sorted(higher, key=lambda each: tiers.index(each.area))
        return sorted(able, key=lambda each: each.unit != unit)  # stable: the order of calling within

    def _leaders(self, unit: str, may: May) -> Sequence[Official]:
        """The leader of the shift, then whoever leads the unit; of the whole hub every administrator who may act."""
        leading = self._present(each for each in self._shifts if each.role == LEADER and unit in ("", each.unit))
        return [*leading, *(each for each in self._in_office.values() if self._leads(each, unit, may))]

    def _leads(self, official: Official, unit: str, may: May) -> bool:
        if holds(official, Permission.HUB_ALARM_ACT):
            return may(official)
        return unit != "" and official.unit == unit and official.office in self.settings.leader_offices

    def _superiors(self, unit: str) -> Iterable[Sequence[Official]]:
        """Who is on duty in each unit above, the nearest first."""
        above, seen = units.find_above(self._units, unit) if unit else None, {unit}
        while above is not None and above.name not in seen and len(seen) <= MOST_ABOVE:
            seen.add(above.name)
            yield self._present(each for each in self._shifts if each.unit == above.name)
            above = units.find_above(self._units, above.name)

    def _present(self, shifts: Iterable[Shift]) -> Sequence[Official]:
        """Who is in office of those whose shifts these are, in this order, each once."""
        numbers = dict.fromkeys(each.official for each in shifts)
        return [self._in_office[number] for number in numbers if number in self._in_office]

    @cached_property
    def _shifts(self) -> Sequence[Shift]:
        return roster.on_duty(self.connection, self.now)

    @cached_property
    def _in_office(self) -> Mapping[int, Official]:
        """By number, in the order they were entered."""
        every = officials.everyone(self.connection)
        return {record.official.id: record.official for record in every if record.active}

    @cached_property
    def _units(self) -> Sequence[Unit]:
        return units.everything(self.connection)
