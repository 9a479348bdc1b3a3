"""The patrol of the untold: counts who was to be told of a warning in force against who was, or still waits for it.

A shard says itself that it is done, revoked or due some day; a row that says so is what somebody wrote last. So nobody
counts as told by it: whoever a campaign covers has a delivery, bears none since somebody else with their number does,
or is in a shard that will leave. How many each campaign had to cover at least, the entry of the release says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson
from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.acts import RELEASE
from hub.alert.lifecycle import Stage
from hub.clock import Clock, to_ms
from hub.dossier.acts import Acts, alert_subject
from hub.dossier.verified_order import OrderDisputed, is_over, sealed_order
from hub.errors import RowUnreadable
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow
from hub.store.delivery import campaigns, co_holders, deliveries
from hub.store.delivery.campaigns import Campaign
from hub.store.records import alarms, audit
from hub.store.sql.database import Database
from hub.store.sql.rows import ALARM as UNREADABLE
from hub.store.sql.rows import FAULTS
from hub.store.sql.times import SKEW, is_time

ALARM = "untold"  #: of the alarm
WAIT_MS = 60_000  #: nobody puts off for longer a shard of which nothing has been sent yet
MOST = 100_000  #: people looked up for one campaign in a round; the next goes on with the others
REMEDY = "somebody changed its rows by hand: tell them by an Update, and look into it"


class UntoldAlarm(NamedTuple):
    """An alarm: its kind, subject and text."""

    kind: str
    subject: str
    text: str


@dataclass(slots=True)
class UntoldPatrol:
    """Looks in a read. Whoever was found to have a delivery once is not looked up again."""

    db: Database
    acts: Acts
    clock: Clock
    _known: dict[int, BitMap] = field(default_factory=dict)  #: by campaign, who has a delivery

    async def look(self) -> None:
        """One round over the warnings in force."""
        if found := await self.db.read(lambda connection: list(self._missing(connection))):
            await self.db.write(lambda connection: self._tell(connection, found))

    def _tell(self, connection: Connection, found: list[UntoldAlarm]) -> None:
        for each in found:
            alarms.raise_once(connection, to_ms(self.clock.now()), *each)

    def _missing(self, connection: Connection) -> Iterator[UntoldAlarm]:
        now = to_ms(self.clock.now())
        kept: dict[int, BitMap] = {}
        for row in alerts.in_stage(connection, Stage.RELEASED):
            try:
                if not (is_time(row.expires_at) and row.expires_at <= now and is_over(connection, self.acts, row, now)):
                    yield from self._of_alert(connection, row, kept, now)
            except RowUnreadable as error:
                yield UntoldAlarm(UNREADABLE, error.place, str(error))
            except FAULTS as error:
                text = f"whether everybody was told cannot be found: {type(error).__name__}"
                yield UntoldAlarm(ALARM, alert_subject(row.id), text)
        self._known = kept

    def _of_alert(
        self, connection: Connection, row: AlertRow, kept: dict[int, BitMap], now: int
    ) -> Iterator[UntoldAlarm]:
        subject, least = alert_subject(row.id), _coverage_at_release(connection, row.id)
        found = campaigns.find(connection, row.id)
        for channel, wanted in least.items():
            covered = len(found[channel].covered) if channel in found else 0
            if covered < wanted:
                text = f"{channel} is said to cover {covered}, and its release had it cover {wanted}: {REMEDY}"
                yield UntoldAlarm(ALARM, subject, text)
        for channel, campaign in found.items():
            known = kept[campaign.id] = self._known.get(campaign.id, BitMap()) & campaign.covered
            if untold := self._untold(connection, row, campaign, known, now):
                text = f"{len(untold)} of {len(campaign.covered)} on {channel} were sent nothing and wait for nothing"
                yield UntoldAlarm(ALARM, subject, f"{text}: {REMEDY}")

    def _untold(self, connection: Connection, row: AlertRow, campaign: Campaign, known: BitMap, now: int) -> BitMap:
        """Who of a campaign has no delivery and will get none; `known` is added to.

        The shards are read before the deliveries: what leaves a shard in between has a delivery by then.
        """
        left = campaign.covered - known
        if not left:
            return left
        waits = campaigns.waiting(connection, campaign.id, self._latest(connection, row, now))
        asked = (left - waits)[:MOST]
        known |= deliveries.having(connection, campaign.id, asked)
        if asked - known:
            known |= self._told_by_others(connection, campaign.id, asked - known, known | waits)
        return asked - known

    @staticmethod
    def _told_by_others(connection: Connection, campaign: int, people: BitMap, told: BitMap) -> BitMap:
        """Who of these is told by a message to somebody with the same number, which was sent or waits."""
        shared = co_holders.of_campaign(connection, campaign)
        bearers = shared.bearers_of(people)
        sent = deliveries.having(connection, campaign, bearers - told)
        return shared.of((bearers & told) | sent) & people

    def _latest(self, connection: Connection, row: AlertRow, now: int) -> int:
        """Until when (ms) a shard may wait of which nothing was sent: a warning may be held back for an hour."""
        try:
            begins = to_ms(sealed_order(connection, self.acts, row).not_before)
        except OrderDisputed:  # is an alarm of its own
            begins = now
        return max(now, begins) + WAIT_MS + SKEW


def _coverage_at_release(connection: Connection, alert: int) -> Mapping[str, int]:
    """By channel, how many the release had covered; nothing where it did not say, as of old."""
    entry = audit.last_of(connection, alert_subject(alert), RELEASE)
    if entry is None:
        return {}
    found: Mapping[str, int] = orjson.loads(entry.detail).get("covered", {})
    return found
