"""Units beside the town's own, and their officials."""

from __future__ import annotations

from sqlalchemy import Connection

from approvals.official import Official, Right
from hub.clock import to_ms
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from tests.stories.town import BAOTA, Town

RIGHTS = frozenset({Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE})


async def enters(town: Town, name: str, unit: str, area: str = BAOTA, kind: str = "meteorological") -> Official:
    """An official of a unit, which is registered with him where it is new."""

    def work(connection: Connection) -> Official:
        return officials.add(connection, NewOfficial(name, unit, area, RIGHTS, kind), to_ms(town.clock.now()))

    town.officials[name] = await town.hub.db.write(work)
    return town.officials[name]
