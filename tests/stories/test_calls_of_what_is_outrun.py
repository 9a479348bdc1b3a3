"""Nobody is called about what can be released no more, since another message of its chain went out before it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import false

from hub.alert.views import AlertView
from hub.callout.matter import DECISION
from hub.dossier.ending import Ending
from hub.store.alerts import calls
from tests.stories.duty import Duty
from tests.stories.test_the_office import countersigns, rushed
from tests.stories.town import BAOTA, Cast
from tests.stories.warnings import because


@pytest.fixture
async def duty(settle: Any) -> Duty:
    """Whoever reviews, signs and releases is on duty; a tornado warning went out the short way and was refused."""
    duty = Duty(await settle(Cast(bridge=2, river=0, hills=0, officials_of=BAOTA)))
    await duty.rosters(*(duty.line(name) for name in ("reviewer", "signer", "releaser")))
    return duty


async def waits(duty: Duty, draft: AlertView) -> AlertView:
    """The Cancel that the refusal drafted waits for its decisions."""
    return await duty.town.hub.submission.submit(duty.town.officials["author"], draft.id, draft.version)


async def refused(duty: Duty) -> tuple[AlertView, AlertView]:
    """The warning whose countersignature was refused, and the Cancel that this drafted."""
    town = duty.town
    warning = await rushed(town)
    await countersigns(town, warning, "editor", "reject", "no tornado was seen")
    page = await town.hub.alerts.page(None, 10, "draft")
    return warning, await town.hub.alerts.get(page.items[0].id)


async def decisions(duty: Duty) -> set[str]:
    """The warnings about whose decisions officials are called."""
    found = await duty.town.hub.db.read(calls.open_matters)
    return {each.subject for each in found if each.kind == DECISION}


async def outruns(duty: Duty) -> AlertView:
    """A Cancel that waits for its decisions, and another one that goes out before it; returns the first."""
    town = duty.town
    warning, drafted = await refused(duty)
    stale = await waits(duty, drafted)
    await duty.rounds()
    assert await decisions(duty) == {f"alert/{stale.id}"}
    own = await town.hub.drafting.cancel(town.officials["author"], warning.id, because("另行说明。", Ending.LIFTED))
    await town.releases(await town.approves(await town.submits(own)))
    town.clock.advance(61)  # a warning's next step is looked at once a minute
    await duty.rounds()
    return stale


async def test_a_cancel_that_another_cancel_outran_calls_nobody(duty: Duty) -> None:
    await outruns(duty)
    assert await decisions(duty) == set()


async def test_without_the_look_at_its_chain_it_goes_on_calling(duty: Duty, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out."""
    monkeypatch.setattr(calls, "_is_outrun", false)
    stale = await outruns(duty)
    assert await decisions(duty) == {f"alert/{stale.id}"}
