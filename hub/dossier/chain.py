"""Whoever may hold a message of a chain, and the shards that take its Update or Cancel to them, and to no one else.

Both are set algebra over what SQL knows now, so running a follow again adds only latecomers: a send that settled after
the Cancel was asked for, a receipt that came a minute later. A person never reached is told nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from pyroaring import BitMap
from sqlalchemy import Connection

from channels.message import MAY_HAVE_REACHED
from hub.alert.alert import Alert
from hub.errors import Conflict
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow
from hub.store.delivery import campaigns, reached
from hub.store.delivery.campaigns import Campaign, ShardRequest
from hub.store.delivery.personal import personal_channels
from hub.store.register.recipients import channel_bits


def maybe_reached(connection: Connection, alert_id: int, since: int | None = None) -> dict[str, BitMap]:
    """By channel, whom this one alert may have reached; unknown counts as reached.

    With `since` (ms) also those of whom only a later report said that they had not been reached: at that moment they
    may have been.
    """
    found: dict[str, BitMap] = {}
    for channel, campaign in campaigns.numbers(connection, alert_id).items():
        rows = reached.states(connection, campaign)
        found[channel] = BitMap.union(BitMap(), *(bits for state, bits in rows.items() if state in MAY_HAVE_REACHED))
        if since is not None:
            found[channel] |= reached.late_failures(connection, campaign, since)
    return found


def earlier_of(connection: Connection, row: AlertRow) -> list[AlertRow]:
    """The messages of the chain before this one, oldest first. Raises RowUnreadable."""
    if row.root is None:
        return []
    return [each for each in alerts.chain(connection, row.root) if each.id < row.id]


def earlier_ids(connection: Connection, row: AlertRow) -> list[int]:
    """The numbers of the messages of the chain before this one, in order, whatever else their rows say."""
    if row.root is None:
        return []
    return [number for number in alerts.chain_ids(connection, row.root) if number < row.id]


def roots_named(connection: Connection, alert: Alert) -> frozenset[int]:
    """The first messages of the chains that the references of an alert name, as far as they are known here."""
    named = (alerts.by_identifier(connection, each.sender, each.identifier) for each in alert.references)
    return frozenset(int(known.root or known.id) for known in named if known is not None)


def must_name_its_chain(connection: Connection, row: AlertRow, alert: Alert) -> None:
    """Raises Conflict where the alert speaks of a warning that its row is no part of.

    Whoever holds that warning would take this one in its place, and its issuer was never asked (UC-1; 突发事件应对法
    2024 art. 70). What it names may have become known here only after it was drafted.
    """
    if row.relays is not None:
        return  # a relay names just what it passes on (hub.dossier.relay), and sends that message's own text
    if strange := roots_named(connection, alert) - {row.root}:
        text = f"its references name alert {min(strange)}, to whose chain it does not belong: draft an Update of that"
        raise Conflict(text, rule=Rule.CHAIN, place="alert/references")


def chain_reached(connection: Connection, row: AlertRow, since: int | None = None) -> dict[str, BitMap]:
    """By channel, whom any earlier message of the chain may have reached; `since` as in `maybe_reached`."""
    found: dict[str, BitMap] = {}
    for earlier in earlier_ids(connection, row):
        for channel, bits in maybe_reached(connection, earlier, since).items():
            found[channel] = found.get(channel, BitMap()) | bits
    return found


def persons_maybe_reached(connection: Connection, row: AlertRow, person_channels: Collection[str]) -> BitMap:
    """Persons any earlier message of the chain may have reached, over these channels or one that is not there any
    more.
    """
    return persons_among(connection, chain_reached(connection, row), person_channels)


def persons_among(connection: Connection, told: Mapping[str, BitMap], person_channels: Collection[str]) -> BitMap:
    """The persons of these sets, by channel. Of a channel that today reaches no person, or is not there any more, the
    record says what it reached.
    """
    others = {channel: bits for channel, bits in told.items() if channel not in person_channels and bits}
    known = (personal_channels(connection, others) if others else frozenset()) | frozenset(person_channels)
    return BitMap.union(BitMap(), *(bits for channel, bits in told.items() if channel in known))


@dataclass(frozen=True, slots=True)
class FollowUp:
    """How a chain is followed up: the queue and the size of shards, and the channels that reach persons, with the
    column of the register that holds their addresses.
    """

    priority: str
    shard_size: int
    personal: Mapping[str, str] = field(default_factory=dict)


def cuts(connection: Connection, row: AlertRow, channels: Iterable[str], how: FollowUp) -> list[ShardRequest]:
    """Who may hold an earlier message, channel by channel, and is not covered yet, as far as the order allows.

    Reads only. The sweep asks at every round: the people of the order are loaded only where somebody is left over,
    which is whoever is late, or is told nothing though they hold what it changes (hub.dossier.update_audience). Who
    holds it over a channel that this message does not go over is told over another they have an address for.
    """
    told = chain_reached(connection, row)
    mine = campaigns.find(connection, row.id)
    left = {
        channel: told.get(channel, BitMap()) - (mine[channel].covered if channel in mine else BitMap())
        for channel in channels
    }
    left = _take_over(connection, row, left, (told, mine), how)
    if any(bits for channel, bits in left.items() if channel in how.personal):
        order = alerts.find_order(connection, row.id)
        if order is not None:
            left |= {channel: bits & order.audience for channel, bits in left.items() if channel in how.personal}
    return [
        ShardRequest(row.id, channel, how.priority, (bits,), how.shard_size) for channel, bits in left.items() if bits
    ]


def _take_over(
    connection: Connection,
    row: AlertRow,
    left: Mapping[str, BitMap],
    look: tuple[Mapping[str, BitMap], Mapping[str, Campaign]],
    how: FollowUp,
) -> dict[str, BitMap]:
    """`left` with whoever would be told over no channel of their own: each over the first they have an address for.

    `look` is whom the chain may have reached, and the campaigns of this message, by channel. Of a channel that is still
    sending an earlier message nobody is taken over yet: this one must not overtake it.
    """
    told, mine = look
    found = dict(left)
    others = {channel: bits for channel, bits in told.items() if channel not in left and bits}
    if not others:
        return found
    chain = earlier_ids(connection, row)
    gone = {
        channel: bits
        for channel, bits in others.items()
        if not campaigns.earlier_on_the_wire(connection, row.id, channel, chain)
    }
    personal = [channel for channel in left if channel in how.personal]
    covered = persons_among(connection, {channel: each.covered for channel, each in mine.items()}, how.personal)
    rest = persons_among(connection, gone, how.personal) - covered
    rest -= BitMap.union(BitMap(), *(left[channel] for channel in personal))
    for channel in personal if rest else ():
        taken = rest & channel_bits(connection, how.personal[channel])
        found[channel], rest = left[channel] | taken, rest - taken
    return found


def may_follow(connection: Connection, row: AlertRow, cut: ShardRequest) -> bool:
    """False while an earlier message of the chain is on the wire on this channel: no Cancel overtakes its alert."""
    chain = earlier_ids(connection, row)
    return not campaigns.earlier_on_the_wire(connection, row.id, cut.channel, chain)
