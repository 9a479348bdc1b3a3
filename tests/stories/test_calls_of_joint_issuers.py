"""Where several units issue a warning, each of them is called for the step that it has to take for itself."""

from __future__ import annotations

from tests.stories.duty import Duty
from tests.stories.test_joint_issuers import STATION, drafts
from tests.stories.town import BAOTA, Cast
from tests.stories.units import enters

LAND = Cast(bridge=2, river=1, hills=0, officials_of=BAOTA, kind="natural-resources")


async def test_each_issuer_is_called_for_its_own_step_and_what_one_lacks_is_said_of_it(settle) -> None:
    town = await settle(LAND)
    duty = Duty(town)
    for name in ("mei", "ning", "ou"):
        await enters(town, name, "county station")
    await duty.rosters(*(duty.line(name) for name in ("reviewer", "signer", "releaser", "mei")))
    view = await town.submits(await drafts(town, STATION))
    await duty.rounds()
    assert duty.called() == {"reviewer": 1, "mei": 1}
    assert [(step.step, step.issuer, step.on_duty, step.lacking) for step in view.duty] == [
        ("review", "office", ("reviewer",), 0),
        ("sign", "office", ("signer",), 0),
        ("review", "county station", ("mei",), 0),
        ("sign", "county station", ("mei",), 1),
        ("release", "", ("mei", "releaser"), 0),
    ]
    (lack,) = (each["values"] for each in view.findings if each["rule"] == "duty-lacks-step")
    assert lack == {"step": "sign", "wanted": 1, "on_duty": 0, "unit": "county station"}
    view = await town.decides(view, "mei", "review")
    await duty.rounds()
    assert duty.called() == {"reviewer": 1, "mei": 1}, "the station signs with nobody on duty, the office still reviews"
    await town.decides(view, "reviewer", "review")
    await duty.rounds()
    assert duty.called() == {"reviewer": 1, "mei": 1, "signer": 1}
