"""A warning drawn with very many corners walks its whole way, and every one of them leaves."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from hub.alert.alert import Alert, Area, NamedValue
from hub.formats.cap.read import read
from hub.formats.cap.write import write
from targeting.audience import Polygon
from tests.stories.town import BAOTA, Cast, Town
from tests.stories.warnings import SCHEME, alert_of

CORNERS = 10_000


def coast() -> Polygon:
    """Round the townships of Baota with a fine shore, and not round the hills beyond."""
    around = (math.tau * at / CORNERS for at in range(CORNERS))
    ring = [
        (round(36.55 + r * math.sin(a), 6), round(109.5 + r * math.cos(a), 6))
        for a in around
        for r in [0.3 + 0.0005 * math.sin(1500 * a)]
    ]
    return Polygon((*ring, ring[0]))


def _warning(town: Town, areas: tuple[Area, ...]) -> Alert:
    alert = alert_of(town.clock.now(), "shore-1", areas=areas)
    return replace(alert, infos=alert.infos[:1])


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
async def test_ten_thousand_corners_are_drafted_signed_sent_shown_and_cancelled(settle: Any) -> None:
    town: Town = await settle(Cast(channels=("sms", "partners", "broadcast"), media=1))
    areas = (Area("shore", polygons=(coast(),)), Area("county", geocodes=(NamedValue(SCHEME, BAOTA),)))
    cap = write(_warning(town, areas))
    flood = await town.warns(cap)
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))
    released = read(await town.hub.alerts.cap(flood.id)).alert
    assert released is not None
    assert {len(area.polygons[0].ring) for info in released.infos for area in info.areas if area.polygons} == {10_001}
    forms = {form.channel: len(form.body) for form in await town.hub.alerts.forms(flood.id)}
    assert forms["broadcast"] > 100_000
    assert forms["sms"] < 1_000
    [entry] = await town.hub.alerts.public(10)
    assert entry.id == flood.id
    lifted = await town.cancels(flood)
    await town.later_rests()
    await town.inbox("sms").expects(lifted, town.people("bridge", "river"))
