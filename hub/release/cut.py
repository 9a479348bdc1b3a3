"""Whom an order may reach, and the first shards that take it there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.level import Level
from channels.driver import Driver, Reach, columns_of, personal_columns
from hub.alert.priority import priority_of
from hub.audience.partition import must_have_forms
from hub.audience.plan import Plan
from hub.audience.select import Target, target, with_endpoints
from hub.compose.joined_parts import join_parts
from hub.compose.merged_numbers import Merger
from hub.dossier import chain
from hub.dossier.consent import reach_of
from hub.dossier.frozen import Dossier
from hub.dossier.last_messages import LastMessages
from hub.dossier.missing_channels import must_be_configured
from hub.dossier.update_audience import Carryover
from hub.dossier.verified_order import VerifiedOrders
from hub.registry.preferences.order import escalation_orders
from hub.registry.preferences.pool import pool_with, pools_in
from hub.release.sharing import share
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow
from hub.store.alerts.alerts import OrderSets
from hub.store.delivery.campaigns import ShardJob, ShardRequest
from hub.store.register import endpoints as endpoint_store
from hub.store.register import recipients as recipient_store

#: to the plan that was signed belongs the channel: nobody takes it out afterwards
_RETURN = "have it enabled again (`config/channels.toml`), or return the draft and plan it for other channels"


@dataclass(frozen=True, slots=True)
class Coverage:
    """`selected` is sent to now; `persons` and `endpoints` are all the order allows, with the chain's earlier ones.

    `taking` holds, by personal channel, whom of the selected it may be used for; `overridden` are those it may be used
    for only because the law overrides what they chose.
    """

    selected: Target
    persons: BitMap
    endpoints: BitMap
    taking: Mapping[str, BitMap] = field(default_factory=dict)
    overridden: BitMap = field(default_factory=BitMap)
    parts: Mapping[str, BitMap] = field(default_factory=dict)  #: of `persons`, who is told less than the whole
    told: BitMap = field(default_factory=BitMap)  #: the selected, and of an Update who may hold what it changes
    at: int = 0  #: when it was looked at, in ms

    def sets(self) -> OrderSets:
        """The sets the order names by digest."""
        parts = {part: bits.serialize() for part, bits in self.parts.items()}
        return OrderSets(self.persons.serialize(), self.endpoints.serialize(), parts)


@dataclass(frozen=True, slots=True)
class ShardPlanner:
    """Cuts an audience into shards. `endangered` are the population groups whose shards go out first."""

    drivers: Mapping[str, Driver]
    shard_size: int
    merger: Merger
    orders: VerifiedOrders
    endangered: tuple[str, ...] = ()

    def coverage(self, connection: Connection, dossier: Dossier, earlier: Sequence[AlertRow], now: int) -> Coverage:
        """Whom this order may reach at `now` (ms). Whoever an earlier order covered is included, because some of them
        may hold it, save whom an Update has nothing to tell. Raises Conflict where a channel is not there any more.
        """
        must_be_configured(dossier.plan.channels, self.drivers, _RETURN)
        selected = Target(BitMap(), BitMap(), ())
        if dossier.row.msg_type != "Cancel":
            many = [name for name in dossier.plan.channels if self.drivers[name].reach is Reach.MANY]
            audience = dossier.plan.audience
            selected = with_endpoints(connection, dossier.found or target(connection, audience), audience, many)
        personal = self._personal(dossier.plan)
        carryover = Carryover(connection, self.orders, personal, now)
        spared = carryover.persons_spared(dossier)
        reach = reach_of(connection, dossier, selected.persons - spared, self.drivers)
        selected = replace(selected, persons=reach.persons)
        persons, endpoints = selected.persons.copy(), selected.endpoints.copy()
        for each in earlier:
            order = alerts.find_order(connection, each.id)
            if order is not None:
                persons |= order.audience
                endpoints |= order.endpoints
        # An order cut short by hand loses nobody: whoever may hold a message of the chain is covered by this one.
        maybe_reached = chain.persons_maybe_reached(connection, dossier.row, personal)
        persons |= maybe_reached
        persons -= spared
        divided = LastMessages.read(connection, self.orders, personal, dossier, now).divide(persons)
        holders = (selected.persons | maybe_reached) - spared
        divided = join_parts(connection, divided, holders, personal, dossier.forms)
        must_have_forms(dossier.forms, divided, personal)
        updated = maybe_reached if dossier.row.msg_type == "Update" else BitMap()
        told = (selected.persons | updated) - spared
        return Coverage(selected, persons, endpoints, reach.channels, reach.overridden, divided.apart, told, now)

    def cut(self, connection: Connection, dossier: Dossier, coverage: Coverage, leaves: int) -> list[ShardJob]:
        """The first shards of every channel; escalation, latecomers and followers add theirs later.

        None of them is sent before `leaves` (ms).
        """
        row, plan = dossier.row, dossier.plan
        priority = priority_of(Level(row.level), row.msg_type, row.world)
        tickets: list[ShardJob] = []
        alone = {channel: self._first(connection, plan, channel, coverage) for channel in plan.channels}
        firsts = self._share_pools(connection, plan, alone, coverage.at)
        for channel in plan.channels:
            bits = firsts[channel]
            ordered = (bits & self._endangered_persons(connection), bits) if self._is_personal(channel) else (bits,)
            tickets += self.merger.extend(
                connection, ShardRequest(row.id, channel, priority, ordered, self.shard_size, leaves)
            )
        if row.root is not None:
            how = chain.FollowUp(priority, self.shard_size, self._personal(plan))
            behind = chain.cuts(connection, row, plan.channels, how)
            ready = (each for each in behind if chain.may_follow(connection, row, each))
            tickets += [ticket for each in ready for ticket in self.merger.extend(connection, each)]
        return tickets

    def _first(self, connection: Connection, plan: Plan, channel: str, coverage: Coverage) -> BitMap:
        """Whom a channel takes at once: for a second step only those without the first."""
        if not self._is_personal(channel):
            mine = BitMap(endpoint.id for endpoint in endpoint_store.list_all(connection, channel))
            return coverage.selected.endpoints & mine
        bits, pool = BitMap(), pool_with(channel, plan.escalation)
        for rungs in escalation_orders(connection, plan.escalation, columns_of(self.drivers), override=plan.override):
            mine = rungs.of(coverage.taking[channel])
            for before, then in rungs.steps:
                if then == channel and before not in pool:
                    mine = mine - coverage.taking.get(before, BitMap())
            bits |= mine
        return bits

    def _share_pools(
        self, connection: Connection, plan: Plan, firsts: Mapping[str, BitMap], at: int
    ) -> Mapping[str, BitMap]:
        """Whom each channel takes at once, where channels stand for each other: each person over one of them."""
        found = dict(firsts)
        for pool in pools_in(plan.escalation):
            people = BitMap.union(BitMap(), *(firsts[name] for name in pool))
            found |= share(connection, people, {name: self.drivers[name].limits.weight for name in pool}, at)
        return found

    def _endangered_persons(self, connection: Connection) -> BitMap:
        directory = recipient_store.SqlDirectory(connection)
        return BitMap.union(BitMap(), *(directory.group(key) for key in self.endangered))

    def _personal(self, plan: Plan) -> dict[str, str]:
        return personal_columns({name: self.drivers[name] for name in plan.channels})

    def _is_personal(self, channel: str) -> bool:
        return self.drivers[channel].reach is Reach.PERSON
