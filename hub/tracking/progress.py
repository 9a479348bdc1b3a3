"""How far a release has come: channels counted by messages, persons by sets, and what is unknown said to be unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import Connection

from channels.message import DeliveryState
from hub.alert.lifecycle import Stage
from hub.alert.views import ChannelProgress, EscalationProgress, PersonProgress, Progress, WaitProgress
from hub.clock import from_ms
from hub.dossier import chain
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow
from hub.store.delivery import campaigns, co_holders, deliveries, escalations
from hub.store.delivery.campaigns import Campaign
from hub.store.delivery.co_holders import CoHolders
from hub.store.delivery.personal import personal_channels

S = DeliveryState
ARRIVED = frozenset({S.DELIVERED, S.CONFIRMED})
LOST = frozenset({S.FAILED, S.REVOKED, S.EXPIRED})


@dataclass(frozen=True, slots=True)
class Tally:
    """Where every message of one campaign stands, as sets of those who bear them; `shared` says for whom else."""

    covered: BitMap
    arrived: BitMap
    confirmed: BitMap
    lost: BitMap
    waiting: BitMap
    on_the_wire: bool
    accepted: NDArray[np.int64]  # when providers took messages (ms), sorted
    shared: CoHolders

    @property
    def unknown(self) -> BitMap:
        return self.covered - self.arrived - self.lost

    def of_people(self) -> Tally:
        """The tally of everyone at the numbers. What was confirmed was by one of them: it stands with the bearer."""
        if not len(self.shared.bearers):
            return self
        return replace(
            self,
            covered=self.covered | self.shared.people,
            arrived=self.arrived | self.shared.of(self.arrived),
            lost=self.lost | self.shared.of(self.lost),
            waiting=self.waiting | self.shared.of(self.waiting),
        )


def tally(connection: Connection, campaign: Campaign) -> Tally:
    """Messages without a row wait if their shard is still open, and were given up unsent otherwise."""
    seen = deliveries.picture(connection, campaign.id)
    by_state = seen.by_state
    rows = BitMap.union(BitMap(), *by_state.values())
    still_open = campaigns.open_recipients(connection, campaign.id)
    shared = co_holders.of_campaign(connection, campaign.id)
    covered = campaign.covered - shared.people
    unsent = covered - rows
    return Tally(
        covered=covered,
        arrived=BitMap.union(BitMap(), *(by_state.get(state, BitMap()) for state in ARRIVED)),
        confirmed=by_state.get(S.CONFIRMED, BitMap()),
        lost=BitMap.union(unsent - still_open, *(by_state.get(state, BitMap()) for state in LOST)),
        waiting=(unsent & still_open) | by_state.get(S.PENDING, BitMap()),
        on_the_wire=S.INFLIGHT in by_state,
        accepted=seen.accepted,
        shared=shared,
    )


def progress(connection: Connection, row: AlertRow) -> Progress:
    """Everything about one alert's delivery as it stands now."""
    found = campaigns.find(connection, row.id)
    tallies = {channel: tally(connection, campaign) for channel, campaign in found.items()}
    personal = personal_channels(connection, {channel: each.covered for channel, each in found.items()})
    inflight = any(each.on_the_wire for each in tallies.values())
    open_shards = campaigns.open_counts(connection, row.id)
    return Progress(
        alert=row.id,
        stage=Stage(row.stage),
        persons=_persons(connection, row, {c: t.of_people() for c, t in tallies.items() if c in personal}),
        channels={
            channel: channel_progress(found[channel], each, row.released_at or 0) for channel, each in tallies.items()
        },
        settled=bool(row.released_at) and not open_shards and not inflight,
        escalations=escalation_progress(connection, row),
        waits=wait_progress(connection, row),
    )


def escalation_progress(connection: Connection, row: AlertRow) -> tuple[EscalationProgress, ...]:
    """Who was tried on a further channel, and why."""
    return tuple(
        EscalationProgress(each.before, each.then, each.cause, each.people, from_ms(each.first_at))
        for each in escalations.of_alert(connection, row.id)
    )


def wait_progress(connection: Connection, row: AlertRow) -> tuple[WaitProgress, ...]:
    """What the escalation waits for, as long as the alert is in force."""
    if row.stage != Stage.RELEASED:
        return ()
    return tuple(
        WaitProgress(each.channel, each.reason, each.people, from_ms(each.since), from_ms(each.until))
        for each in escalations.waits(connection, row.id).values()
    )


def channel_progress(campaign: Campaign, each: Tally, released_at: int) -> ChannelProgress:
    """One campaign in numbers; times in seconds since `released_at` (ms)."""
    taken = each.accepted
    return ChannelProgress(
        targeted=campaign.targeted,
        accepted=len(taken),
        delivered=len(each.arrived),
        confirmed=len(each.confirmed),
        failed=len(each.lost),
        unknown=len(each.unknown),
        waiting=len(each.waiting),
        first_s=_since(taken, 0.0, released_at),
        p50_s=_since(taken, 0.5, released_at),
        p99_s=_since(taken, 0.99, released_at),
    )


def _since(taken: NDArray[np.int64], share: float, released_at: int) -> float | None:
    """Seconds from release until this share of those accepted had been accepted."""
    if not len(taken):
        return None
    return float(taken[min(len(taken) - 1, int(share * len(taken)))] - released_at) / 1000


def count_meant(connection: Connection, row: AlertRow, covered: BitMap) -> int:
    """How many persons a released message was meant for: those it was sent to, and those selected but on no channel.

    An order also allows everyone the earlier messages covered; of these only those it was sent to are meant. Someone
    without any address who was selected by two messages of a chain is known only by the number selected at release.
    """
    if row.msg_type == "Cancel":
        return len(covered)
    return max(row.targeted or 0, len(covered | newly_ordered(connection, row)))


def newly_ordered(connection: Connection, row: AlertRow) -> BitMap:
    """Whom this order covers and no earlier one of its chain did; nobody for a Cancel, which only follows."""
    order = alerts.find_order(connection, row.id)
    if order is None or row.msg_type == "Cancel":
        return BitMap()
    fresh = order.audience.copy()
    for earlier in chain.earlier_of(connection, row):
        before = alerts.find_order(connection, earlier.id)
        if before is not None:
            fresh -= before.audience
    return fresh


def _persons(connection: Connection, row: AlertRow, tallies: Mapping[str, Tally]) -> PersonProgress:
    """A person is reached if any channel reached them, unknown if any might have, and failed only if none could."""
    if row.released_at is None:
        return PersonProgress(targeted=row.targeted or 0)
    covered = BitMap.union(BitMap(), *(each.covered for each in tallies.values()))
    reached = BitMap.union(BitMap(), *(each.arrived for each in tallies.values()))
    unknown = BitMap.union(BitMap(), *(each.unknown for each in tallies.values())) - reached
    confirmed = BitMap.union(BitMap(), *(each.confirmed for each in tallies.values()))
    targeted = count_meant(connection, row, covered)
    return PersonProgress(
        targeted=targeted,
        reached=len(reached),
        confirmed=len(confirmed),
        failed=targeted - len(reached) - len(unknown),
        unknown=len(unknown),
    )
