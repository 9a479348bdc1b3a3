"""The report of a warning: its first message, every Update and its Cancel together, and each of them apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.audit import VerifiedLog, verify
from hub.audience.sections import WHOLE
from hub.feedback.summary import summary
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow, parts_of
from hub.store.delivery import campaigns
from hub.store.delivery.campaigns import Campaign
from hub.store.delivery.personal import personal_channels
from hub.store.records import audit
from hub.store.register import partners
from hub.store.register.shared import measure_sharing
from hub.tracking.progress import (
    Tally,
    channel_progress,
    escalation_progress,
    newly_ordered,
    progress,
    tally,
    wait_progress,
)

Found = dict[str, tuple[Campaign, Tally]]


def report(connection: Connection, row: AlertRow) -> dict[str, Any]:
    """The document of `hub report`, for the whole chain the alert belongs to.

    Persons are sets over the chain: targeted = reached + failed + unknown, and confirmed is part of reached. Channels
    count messages, summed over the chain: targeted = delivered + failed + unknown, confirmed is part of delivered, and
    accepted is everything the provider took, whatever became of it. A number is told once: shared says how many of a
    channel's messages told several persons, and how many of these were to numbers of more persons than a family's.
    Confirmed is somebody at the number.
    """
    chain = _released_messages(connection, row)
    tallies = {each.id: _tallies(connection, each) for each in chain}
    people = {alert: _tallies_of_persons(connection, found) for alert, found in tallies.items()}
    chosen = chain[0] if chain else row
    checked = verify(audit.entries(connection))
    return {
        "alert": {"identifier": chosen.identifier, "digest": chosen.digest},
        "authorized_by": names_of_approvers(connection, chosen.id),
        "persons": persons(people.values(), _people_ordered(connection, chain)),
        "channels": _channels(chain, tallies),
        "shared": _shared_numbers(tallies.values()),
        "partners": _partners(connection, chain, tallies),
        "feedback": feedback(connection, row),
        "audit": {"entries": audit.count(connection), "verified": isinstance(checked, VerifiedLog)},
        "messages": [
            {
                **_message(connection, each, tallies[each.id], people[each.id]),
                # of a Cancel: how long the warning stood before it was called off
                "after_s": ((each.released_at or 0) - (chosen.released_at or 0)) / 1000,
            }
            for each in chain
        ],
    }


def feedback(connection: Connection, row: AlertRow) -> dict[str, Any]:
    """What the public answered to the chain the alert belongs to."""
    found = summary(connection, [each.id for each in _released_messages(connection, row)])
    return {name: found[name] for name in ("items", "sentiment", "intents")}


def names_of_approvers(connection: Connection, alert_id: int) -> list[str]:
    """The names of those whose decisions the release rests on."""
    standing = alerts.decision_rows(connection, alert_id, standing=True)
    return [decision.name for decision in standing if decision.verdict == "approve"]


def persons(found: Iterable[Collection[Tally]], ordered: BitMap) -> dict[str, int]:
    """A person is reached if any message on any channel reached them, unknown if any might have.

    `found` are, by message, the tallies of the channels that reach persons. `ordered` are all whom the orders meant to
    reach: who is among them and on no channel at all has failed, and is not left out.
    """
    parts = [each.of_people() for tallies in found for each in tallies]
    targeted = BitMap.union(ordered, *(each.covered for each in parts))
    reached = BitMap.union(BitMap(), *(each.arrived for each in parts))
    unknown = BitMap.union(BitMap(), *(each.unknown for each in parts)) - reached
    return {
        "targeted": len(targeted),
        "reached": len(reached),
        "confirmed": len(BitMap.union(BitMap(), *(each.confirmed for each in parts))),
        "failed": len(targeted - reached - unknown),
        "unknown": len(unknown),
    }


def _released_messages(connection: Connection, row: AlertRow) -> Sequence[AlertRow]:
    """The messages of the chain that were released: a draft whose time ran out is of the chain, and reached nobody."""
    return [each for each in alerts.chain(connection, row.root or row.id) if each.released_at is not None]


def _people_ordered(connection: Connection, chain: Sequence[AlertRow]) -> BitMap:
    """Everyone an Alert or Update meant to reach. A Cancel's order only bounds whom it may be sent to."""
    meant = BitMap()
    for row in chain:
        order = alerts.find_order(connection, row.id)
        if order is not None and row.msg_type != "Cancel":
            meant |= order.audience
    return meant


def _tallies(connection: Connection, row: AlertRow) -> Found:
    found = campaigns.find(connection, row.id)
    return {channel: (campaign, tally(connection, campaign)) for channel, campaign in found.items()}


def _tallies_of_persons(connection: Connection, found: Found) -> list[Tally]:
    """Of the channels that reach persons."""
    personal = personal_channels(connection, {channel: campaign.covered for channel, (campaign, _) in found.items()})
    return [each for channel, (_, each) in found.items() if channel in personal]


def _channels(chain: Sequence[AlertRow], tallies: Mapping[int, Found]) -> dict[str, dict[str, Any]]:
    total: dict[str, dict[str, Any]] = {}
    for row in chain:
        for channel, (campaign, each) in tallies[row.id].items():
            one = channel_progress(campaign, each, row.released_at or 0)
            entry = total.setdefault(
                channel,
                {
                    **dict.fromkeys(("targeted", "accepted", "delivered", "confirmed", "failed", "unknown"), 0),
                    "duplicates": 0,  # only the other end can know; whoever asks it fills this in
                    "first_s": one.first_s,
                    "p50_s": one.p50_s,
                    "p99_s": one.p99_s,
                },
            )
            for name in ("targeted", "accepted", "delivered", "confirmed", "failed", "unknown"):
                entry[name] += getattr(one, name)
    return total


def _shared_numbers(found: Iterable[Found]) -> dict[str, dict[str, int]]:
    """Counts of messages and of the persons they told; never a number."""
    sizes: dict[str, list[int]] = {}
    for one in found:
        for channel, (_, each) in one.items():
            sizes.setdefault(channel, []).extend(each.shared.sizes())
    told = (measure_sharing(channel, counts) for channel, counts in sizes.items() if counts)
    return {
        each.channel: {
            "messages": each.numbers,
            "persons": each.persons,
            "crowded_messages": each.crowded,
            "crowded_persons": each.crowded_persons,
            "most_persons": each.most,
        }
        for each in told
    }


def _partners(connection: Connection, chain: Sequence[AlertRow], tallies: Mapping[int, Found]) -> dict[str, int]:
    counted = partners.counts(connection, [row.id for row in chain])
    pushed: BitMap = BitMap()
    aired: BitMap = BitMap()
    for found in tallies.values():
        if "partners" in found:
            each = found["partners"][1]
            pushed |= each.covered - each.lost - each.waiting
            aired |= each.confirmed
    return {"pulled": counted["pulled"], "pushed": len(pushed), "aired": max(counted["aired"], len(aired))}


def _parts(connection: Connection, row: AlertRow, tallies: Collection[Tally]) -> list[dict[str, Any]]:
    """Of a warning whose areas differ: how far each part of it has come, among those it was sent to or meant for."""
    order = alerts.find_order(connection, row.id)
    if order is None or not order.parts:
        return []
    covered = BitMap.union(BitMap(), *(each.covered for each in tallies))
    meant = covered | newly_ordered(connection, row)
    reached = BitMap.union(BitMap(), *(each.arrived for each in tallies))
    unknown = BitMap.union(BitMap(), *(each.unknown for each in tallies)) - reached
    apart = {part: BitMap.deserialize(bits) & meant for part, bits in order.parts.items()}
    whole = meant - BitMap.union(BitMap(), *apart.values())
    views = {view["part"]: view for view in parts_of(row)}
    return [
        {
            "part": part,
            "level": views.get(part, {}).get("level", ""),
            "areas": views.get(part, {}).get("areas", []),
            "targeted": len(bits),
            "reached": len(bits & reached),
            "failed": len(bits - reached - unknown),
            "unknown": len(bits & unknown),
        }
        for part, bits in sorted((apart | {WHOLE: whole}).items())
        if bits
    ]


def _message(connection: Connection, row: AlertRow, found: Found, people: Collection[Tally]) -> dict[str, Any]:
    return {
        "id": row.id,
        "identifier": row.identifier,
        "msg_type": row.msg_type,
        "stage": row.stage,
        "digest": row.digest,
        "authorized_by": names_of_approvers(connection, row.id),
        "persons": asdict(progress(connection, row).persons),
        "escalations": [
            {**asdict(each), "first_at": each.first_at.isoformat()} for each in escalation_progress(connection, row)
        ],
        "waits": [
            {**asdict(each), "since": each.since.isoformat(), "until": each.until.isoformat()}
            for each in wait_progress(connection, row)
        ],
        "parts": _parts(connection, row, people),
        "channels": {
            channel: {
                "targeted": campaign.targeted,
                "delivered": len(each.arrived),
                "failed": len(each.lost),
                "unknown": len(each.unknown),
            }
            for channel, (campaign, each) in found.items()
        },
    }
