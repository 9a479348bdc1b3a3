"""A whole state and a range of zones are the regions of them that are known here."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from hub.alert.alert import Area, NamedValue
from hub.audience.codes import expand_codes
from hub.drafting.text import finish_text
from hub.store.register import regions
from hub.store.register.regions import NewRegion
from hub.store.sql.database import Database
from tests.stories.warnings import alert_of

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)

KNOWN = ("UGC:MIC001", "UGC:MIC163", "UGC:MIC163/01", "UGC:MIZ001", "UGC:MIZ004", "UGC:MIZ006", "UGC:OHC000")


async def test_codes_of_many_become_what_is_known_and_stay_where_that_is_nothing(db: Database) -> None:
    def work(connection: Connection) -> None:
        regions.upsert(connection, [NewRegion(key, key, None, 3) for key in (*KNOWN, "UGC:OHC001")])

    await db.write(work)
    wanted = {
        "UGC:MIC000": {"UGC:MIC001", "UGC:MIC163"},
        "UGC:MIZ001>005": {"UGC:MIZ001", "UGC:MIZ004"},
        "UGC:OHC000": {"UGC:OHC000", "UGC:OHC001"},
        "UGC:TXZALL": {"UGC:TXZALL"},
        "UGC:MIZ004": {"UGC:MIZ004"},
        "SAME:000000": {"UGC:MIC001", "UGC:MIC163", "UGC:OHC001"},
    }
    found = await db.read(lambda connection: {key: set(expand_codes(connection, [key])) for key in wanted})
    assert found == wanted


def test_a_code_of_many_places_is_said_once_when_a_warning_is_drafted() -> None:
    areas = (Area("all", geocodes=(NamedValue("SAME", "026000"), NamedValue("SAME", "026163"))),)
    text = finish_text(alert_of(NOW, "a1", areas=areas), b"", (), NOW)
    told = [finding.text for finding in text.findings if finding.rule == "code-many"]
    assert told == ["SAME '026000' names many places: every one of them that is known here is warned"]
