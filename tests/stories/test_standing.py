"""A sensor releases by itself what officials signed beforehand, to the letter; everything else it sends is a draft."""

from __future__ import annotations

from tests.stories.sensor import Sensor, quake
from tests.stories.town import Town


async def test_a_covered_warning_goes_out_with_nobody_at_a_desk(town: Town) -> None:
    sensor = await Sensor.known(town)
    paper = await sensor.licensed()
    assert paper.state == "in-force", paper.wanted
    taken = await sensor.sends(quake(town.clock.now()))
    assert (taken.stage, taken.why_not, taken.standing) == ("released", (), {"id": paper.id, "name": paper.name})
    await town.rests()
    view = await town.hub.alerts.get(taken.alert)
    await town.inbox("sms").expects(view, town.people("bridge", "river"))
