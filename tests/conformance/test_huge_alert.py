"""The largest real alert of the collection: repaired without losing a corner, and every shape of it decides."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.audience.plan import audience_of
from hub.formats.cap.period import PeriodFault, ending_after, period_fault
from hub.formats.cap.read import read
from hub.formats.cap.repair import emittable
from hub.formats.cap.write import write
from targeting.select import shapes_of

FILE = "kde-fpas/invalid/noaa-2.49.0.1.840.0.9b5195e635069329b12a7c697fad5934d144784a.001.1.xml"


def test_a_real_alert_of_93_040_corners_is_written_whole_and_holds_until_the_end_it_states(shared_data):
    file = shared_data / "cap" / FILE
    if not file.is_file():
        pytest.skip(f"no {file}")
    reading = read(file.read_bytes())
    assert reading.alert is not None
    alert, changes = emittable(reading.alert, now=reading.alert.sent)
    assert changes == ()
    assert period_fault(alert, alert.infos[0]) is PeriodFault.BEFORE_ONSET
    alert = ending_after(alert, timedelta(hours=1))
    [info] = alert.infos
    assert info.onset == reading.alert.infos[0].onset
    assert info.expires == info.onset + timedelta(hours=12)
    written = read(write(alert))
    assert written.verdict == "clean"
    assert written.alert == alert
    audience = audience_of(alert, frozenset(), frozenset())
    assert sum(len(polygon.ring) for polygon in audience.polygons) == 93_040
    assert len(list(shapes_of(audience))) == 212
