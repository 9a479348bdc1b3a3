"""What reports say of a whole channel: how they come now, and how they usually did."""

from __future__ import annotations

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection, select

from hub.alert.silence import Reports, Usual
from hub.store.schema import alerts, campaigns

#: a channel's past: so many of its latest campaigns, so many rows of each, and no fewer rows altogether
CAMPAIGNS, ROWS, FEWEST = 3, 2000, 50
#: a campaign younger than this says nothing of how reports usually come
SETTLED_MS = 1800 * 1000
#: no past makes silence normal: a channel that lost its reports before would teach that they never come
LEAST_SHARE = 0.5

_REPORTED = "(state IN (60, 70) OR (state = 50 AND accepted_at IS NOT NULL))"


def reports(connection: Connection, campaign: int, since: int, late_ms: int, lately: int) -> Reports:
    """Of messages first sent by `since`: how many got a report, and how many of these after `late_ms` and `lately`.

    What the provider refused outright is no message it could report on. Times in ms.
    """
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    row = connection.exec_driver_sql(
        f"SELECT count(*), coalesce(sum(CASE WHEN {_REPORTED} THEN 1 ELSE 0 END), 0),"
        f" coalesce(sum(CASE WHEN {_REPORTED} AND settled_at > {mark} AND settled_at - sent_at > {mark}"
        f" THEN 1 ELSE 0 END), 0), max(CASE WHEN {_REPORTED} THEN settled_at END)"
        f" FROM deliveries WHERE campaign = {mark} AND sent_at <= {mark} AND (state IN (20, 30) OR {_REPORTED})",
        (lately, late_ms, campaign, since),
    ).one()
    sent, reported, late = (int(value) for value in row[:3])
    return Reports(sent, reported, late, row[3])


def usual(connection: Connection, channel: str, now: int) -> Usual:
    """How a channel's reports came in its latest campaigns, the best of them; the default where it has no past."""
    past = (
        select(campaigns.c.id)
        .join(alerts, alerts.c.id == campaigns.c.alert)
        .where(campaigns.c.channel == channel, alerts.c.released_at < now - SETTLED_MS)
        .order_by(campaigns.c.id.desc())
        .limit(CAMPAIGNS)
    )
    found = [_past(connection, campaign) for campaign in connection.execute(past).scalars()]
    known = [each for each in found if each is not None]
    return max(known, key=lambda each: each.share, default=Usual())


def find_unreported(connection: Connection, campaign: int, since: int) -> BitMap:
    """Who was sent to by `since` (ms), and nothing has been reported."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    rows = connection.exec_driver_sql(
        f"SELECT recipient FROM deliveries WHERE campaign = {mark} AND state IN (20, 30) AND sent_at <= {mark}",
        (campaign, since),
    ).fetchall()
    return BitMap(row[0] for row in rows)


def _past(connection: Connection, campaign: int) -> Usual | None:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    rows = connection.exec_driver_sql(
        f"SELECT CASE WHEN {_REPORTED} THEN settled_at - sent_at ELSE -1 END FROM deliveries"
        f" WHERE campaign = {mark} AND (state IN (20, 30) OR {_REPORTED}) LIMIT {ROWS}",
        (campaign,),
    ).fetchall()
    if len(rows) < FEWEST:
        return None
    delays = np.array([row[0] for row in rows])
    came = delays[delays >= 0]
    share = min(0.999, max(LEAST_SHARE, len(came) / len(rows)))
    return Usual(share, int(np.quantile(came, 0.95)) if len(came) else 0)
