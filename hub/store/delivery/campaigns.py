"""Campaigns (one alert on one channel) and their shards: planning, leasing with a fence, sweeping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from hub.alert.priority import PRIORITIES
from hub.store.schema import alerts, campaigns, shards
from hub.store.sql.numbers import add_row
from hub.store.sql.rows import read_row, read_rows
from hub.store.sql.times import LATEST, SKEW

READY, LEASED, DONE, REVOKED = STATES = ("ready", "leased", "done", "revoked")


@dataclass(frozen=True, slots=True)
class Campaign:
    """`covered` are people, or endpoints; `targeted` counts messages: several people may have one number."""

    id: int
    alert: int
    channel: str
    covered: BitMap
    targeted: int


@dataclass(frozen=True, slots=True)
class ShardJob:
    """All a queue job says: which shard, the generation it may be leased as, and the queue it goes to."""

    shard: int
    generation: int
    priority: str
    channel: str


@dataclass(frozen=True, slots=True)
class Lease:
    """A shard in the hands of one owner. The generation is the fence: a newer lease has a greater one."""

    shard: int
    campaign: int
    alert: int
    channel: str
    priority: str
    generation: int
    owner: str
    recipients: BitMap


@dataclass(frozen=True, slots=True)
class ShardRequest:
    """Recipients to add to a campaign: in this order of bitmaps, the most endangered first."""

    alert: int
    channel: str
    priority: str
    groups: tuple[BitMap, ...]
    size: int  # most recipients per shard
    not_before: int = 0  # ms


def find(connection: Connection, alert: int) -> dict[str, Campaign]:
    """The campaigns of an alert by channel. Raises RowUnreadable."""
    rows = connection.execute(select(campaigns).where(campaigns.c.alert == alert)).all()
    return {row.channel: read_row(campaigns, row, _campaign) for row in rows}


def numbers(connection: Connection, alert: int) -> dict[str, int]:
    """The number of each campaign of an alert by channel, whatever else their rows say."""
    query = select(campaigns.c.channel, campaigns.c.id).where(campaigns.c.alert == alert)
    return {str(channel): number for channel, number in connection.execute(query)}


def alert_of(connection: Connection, campaign: int) -> int | None:
    """The alert of a campaign."""
    alert: int | None = connection.execute(select(campaigns.c.alert).where(campaigns.c.id == campaign)).scalar()
    return alert


#: of people to be told, group after group: those who get a message of their own; the others are told by somebody's
Merge = Callable[[Campaign, Sequence[BitMap]], list[BitMap]]


def one_each(_campaign: Campaign, groups: Sequence[BitMap]) -> list[BitMap]:
    """As endpoints are told, and people none of whom share a number."""
    return list(groups)


def extend(connection: Connection, cut: ShardRequest, merge: Merge = one_each) -> list[ShardJob]:
    """Cuts those not yet covered into shards; opens the campaign at its first call. Running it again adds nobody."""
    campaign = _lock(connection, cut.alert, cut.channel)
    covered = campaign.covered.copy()
    groups: list[BitMap] = []
    for group in cut.groups:
        # This is the guard that nobody is told twice: whoever cut the groups looked before the campaign was locked.
        groups.append(group - covered)
        covered |= groups[-1]
    return _add_shards(connection, campaign, (cut, groups, covered), merge) if any(groups) else []


def extend_again(connection: Connection, cut: ShardRequest, merge: Merge) -> list[ShardJob]:
    """Cuts people into shards who are covered already, by a message that has turned out not to be for them."""
    campaign = _lock(connection, cut.alert, cut.channel)
    return _add_shards(connection, campaign, (cut, cut.groups, campaign.covered), merge)


def _add_shards(
    connection: Connection, campaign: Campaign, work: tuple[ShardRequest, Sequence[BitMap], BitMap], merge: Merge
) -> list[ShardJob]:
    cut, groups, covered = work
    told = merge(campaign, groups)
    tickets = [_add_shard(connection, campaign.id, cut, part) for each in told for part in _parts(each, cut.size)]
    messages = campaigns.c.targeted + sum(map(len, told))
    values = {"covered": covered.serialize(), "targeted": messages}
    connection.execute(update(campaigns).where(campaigns.c.id == campaign.id).values(values))
    return tickets


def _lock(connection: Connection, alert: int, channel: str) -> Campaign:
    query = select(campaigns).where(campaigns.c.alert == alert, campaigns.c.channel == channel).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is not None:
        return read_row(campaigns, row, _campaign)
    opened = insert(campaigns).values(alert=alert, channel=channel, covered=BitMap().serialize(), targeted=0)
    made = add_row(connection, campaigns, opened)
    return Campaign(made, alert, channel, BitMap(), 0)


def _campaign(row: Row[Any]) -> Campaign:
    return Campaign(row.id, row.alert, row.channel, BitMap.deserialize(row.covered), row.targeted)


def _parts(bits: BitMap, size: int) -> list[BitMap]:
    return [bits[start : start + size] for start in range(0, len(bits), size)]


def _add_shard(connection: Connection, campaign: int, cut: ShardRequest, part: BitMap) -> ShardJob:
    row = insert(shards).values(
        campaign=campaign,
        priority=cut.priority,
        recipients=part.serialize(),
        size=len(part),
        state=READY,
        generation=1,
        owner="",
        lease_until=0,
        not_before=cut.not_before,
        queued_at=0,
    )
    made = add_row(connection, shards, row)
    return ShardJob(made, 1, cut.priority, cut.channel)


def lease(connection: Connection, ticket: ShardJob, owner: str, now: int, until: int) -> Lease | None:
    """Takes the shard if it is ready in just this generation; otherwise None: another job has been faster. Raises
    RowUnreadable.
    """
    taken = connection.execute(
        update(shards)
        .where(
            shards.c.id == ticket.shard,
            shards.c.generation == ticket.generation,
            shards.c.state == READY,
            shards.c.not_before <= now,
        )
        .values(state=LEASED, owner=owner, lease_until=until)
    )
    if taken.rowcount != 1:
        return None
    query = (
        select(shards, campaigns.c.alert, campaigns.c.channel)
        .join(campaigns, campaigns.c.id == shards.c.campaign)
        .where(shards.c.id == ticket.shard)
    )
    return read_row(shards, connection.execute(query).one(), _lease)


def renew(connection: Connection, held: Lease, until: int) -> bool:
    """Prolongs a lease. False when it is lost: the owner must stop at once."""
    mine = and_(shards.c.id == held.shard, shards.c.generation == held.generation, shards.c.owner == held.owner)
    changed = connection.execute(update(shards).where(mine, shards.c.state == LEASED).values(lease_until=until))
    return changed.rowcount == 1


def give_back(connection: Connection, held: Lease, state: str, not_before: int = 0) -> ShardJob | None:
    """Ends a lease: done, revoked, or ready again from `not_before` (ms) on. None when the lease had been lost."""
    mine = and_(shards.c.id == held.shard, shards.c.generation == held.generation, shards.c.owner == held.owner)
    changed = connection.execute(
        update(shards)
        .where(mine, shards.c.state == LEASED)
        .values(
            state=state, generation=held.generation + 1, owner="", lease_until=0, not_before=not_before, queued_at=0
        )
    )
    return ShardJob(held.shard, held.generation + 1, held.priority, held.channel) if changed.rowcount == 1 else None


def earlier_on_the_wire(connection: Connection, held_alert: int, channel: str, chain: Sequence[int]) -> bool:
    """Whether a shard of an earlier message of the chain is still leased on this channel: nothing may overtake it."""
    query = (
        select(func.count())
        .select_from(shards.join(campaigns, campaigns.c.id == shards.c.campaign))
        .where(
            campaigns.c.alert.in_([alert for alert in chain if alert < held_alert]),
            campaigns.c.channel == channel,
            shards.c.state == LEASED,
        )
    )
    return connection.execute(query).scalar_one() > 0


def revoke_ready(connection: Connection, alert: int) -> int:
    """Stops what is queued: shards nobody holds will never be leased. Returns how many.

    The state is what keeps a job from its shard; the generation is raised as by every change of hands, and would alone.
    """
    ids = select(campaigns.c.id).where(campaigns.c.alert == alert)
    changed = connection.execute(
        update(shards)
        .where(shards.c.campaign.in_(ids), shards.c.state == READY)
        .values(state=REVOKED, generation=shards.c.generation + 1)
    )
    return changed.rowcount


def lost_leases(connection: Connection, now: int, longest: int = LATEST) -> list[Lease]:
    """Leases whose owner has not renewed them, and those that no owner took, since they end more than `longest` (ms)
    from now; locked for this transaction, of rows that read.
    """
    query = (
        select(shards, campaigns.c.alert, campaigns.c.channel)
        .join(campaigns, campaigns.c.id == shards.c.campaign)
        .where(shards.c.state == LEASED, or_(shards.c.lease_until < now, shards.c.lease_until > now + longest))
        .with_for_update(of=shards, skip_locked=True)
    )
    return read_rows(shards, connection.execute(query), _lease)


def _lease(row: Row[Any]) -> Lease:
    _must_be_priority(row.priority, row.channel)
    whose = (row.id, row.campaign, row.alert, row.channel, row.priority, row.generation, row.owner)
    return Lease(*whose, BitMap.deserialize(row.recipients))


def due(connection: Connection, now: int, requeue_before: int, limit: int = 500) -> list[ShardJob]:
    """Ready shards that no queue job is known for (never queued, or queued before `requeue_before`); marks them. A row
    that does not read is left out.
    """
    order = alerts.c.level.desc()
    query = (
        select(shards.c.id, shards.c.generation, shards.c.priority, campaigns.c.channel)
        .join(campaigns, campaigns.c.id == shards.c.campaign)
        .join(alerts, alerts.c.id == campaigns.c.alert)
        .where(
            shards.c.state == READY,
            shards.c.not_before <= now,
            or_(
                shards.c.queued_at == 0,
                shards.c.queued_at < requeue_before,
                shards.c.queued_at > now + SKEW,  # nobody queued it then
            ),
        )
        .order_by(order, shards.c.id)
        .limit(limit)
    )
    tickets = read_rows(shards, connection.execute(query), _ticket)
    mark_queued(connection, tickets, now)
    return tickets


def _ticket(row: Row[Any, Any, Any, Any]) -> ShardJob:
    _must_be_priority(row.priority, row.channel)
    return ShardJob(row.id, row.generation, row.priority, row.channel)


def _must_be_priority(priority: object, channel: object) -> None:
    """Raises ValueError for a shard or its campaign of no priority, or of no channel: no queue is theirs."""
    if priority not in PRIORITIES or not isinstance(channel, str):
        raise ValueError


def postpone(connection: Connection, shard: int, until: int) -> None:
    """A ready shard is not due before `until` (ms)."""
    ready = and_(shards.c.id == shard, shards.c.state == READY)
    connection.execute(update(shards).where(ready).values(not_before=until, queued_at=0))


def mark_queued(connection: Connection, tickets: Sequence[ShardJob], now: int) -> None:
    """Notes that a queue job exists, so that the sweep does not make another one at once."""
    if tickets:
        connection.execute(
            update(shards).where(shards.c.id.in_([ticket.shard for ticket in tickets])).values(queued_at=now)
        )


def open_counts(connection: Connection, alert: int) -> dict[str, tuple[int, int]]:
    """Per channel: recipients in shards that are ready or leased, and how many of these shards there are."""
    query = (
        select(campaigns.c.channel, func.coalesce(func.sum(shards.c.size), 0), func.count())
        .join(shards, shards.c.campaign == campaigns.c.id)
        .where(campaigns.c.alert == alert, shards.c.state.in_((READY, LEASED)))
        .group_by(campaigns.c.channel)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in connection.execute(query)}


def open_recipients(connection: Connection, campaign: int) -> BitMap:
    """Everyone in a shard that may still send, of rows that read."""
    query = select(shards.c.id, shards.c.recipients).where(
        shards.c.campaign == campaign, shards.c.state.in_((READY, LEASED))
    )
    return BitMap.union(BitMap(), *read_rows(shards, connection.execute(query), _recipients))


def waiting(connection: Connection, campaign: int, latest: int) -> BitMap:
    """Everyone in a shard that is leased, or ready and due by `latest` (ms); of rows that read."""
    due = or_(shards.c.state == LEASED, and_(shards.c.state == READY, shards.c.not_before <= latest))
    query = select(shards.c.id, shards.c.recipients).where(shards.c.campaign == campaign, due)
    return BitMap.union(BitMap(), *read_rows(shards, connection.execute(query), _recipients))


def bearers(connection: Connection, campaign: int) -> BitMap:
    """Everyone who is in a shard: a message is, or will be, under their number. Of rows that read: whoever is in
    another bears nobody's.
    """
    query = select(shards.c.id, shards.c.recipients).where(shards.c.campaign == campaign)
    return BitMap.union(BitMap(), *read_rows(shards, connection.execute(query), _recipients))


def _recipients(row: Row[Any, Any]) -> BitMap:
    return BitMap.deserialize(row.recipients)


def exists(connection: Connection, shard: int) -> bool:
    return connection.execute(select(shards.c.id).where(shards.c.id == shard)).first() is not None
