"""An Update that says which level it changes names the level people were told before."""

from __future__ import annotations

from typing import Any

import pytest

from hub.alert.alert import MsgType
from hub.errors import Invalid
from hub.formats.cap.write import write
from tests.stories.town import BRIDGE, Town
from tests.stories.warnings import alert_of


async def updated(town: Town, headline: str) -> Any:
    """An orange Update of a red warning, submitted."""
    first = alert_of(town.clock.now(), "first", BRIDGE, severity="Extreme")
    await town.warns(write(first), channels=("sms",))
    changed = alert_of(
        town.clock.now(), "second", BRIDGE, msg_type=MsgType.UPDATE, references=(first.reference,), headline=headline
    )
    return await town.submits(await town.drafts(write(changed), channels=("sms",)))


def changes(view: Any) -> list[Any]:
    return [each["values"] for each in view.findings if each["rule"] == "level-change-said"]


@pytest.mark.parametrize(
    "headline", ["将暴雨黄色预警信号升级为暴雨橙色", "暴雨蓝色预警变更为橙色预警", "将暴雨红色预警升级为暴雨橙色"]
)
async def test_an_update_that_changes_another_level_or_the_other_way_is_refused(town: Town, headline: str) -> None:
    with pytest.raises(Invalid) as refused:
        await updated(town, headline)
    assert (refused.value.rule, refused.value.place) == ("level-change-said", "alert/info[1]/headline")


@pytest.mark.parametrize("headline", ["将暴雨红色预警信号降级为暴雨橙色", "暴雨红色预警变更为橙色预警", "暴雨橙色预警"])
async def test_an_update_that_changes_what_holds_passes(town: Town, headline: str) -> None:
    assert changes(await updated(town, headline)) == []


async def test_a_first_warning_that_changes_something_is_shown_to_the_signers(town: Town) -> None:
    fresh = alert_of(town.clock.now(), "fresh", BRIDGE, headline="将暴雨红色预警降为暴雨橙色")
    view = await town.submits(await town.drafts(write(fresh), channels=("sms",)))
    assert changes(view) == [{"former": "red", "new": "orange"}]


async def test_it_is_the_look_at_what_holds_that_refuses_a_wrong_change(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out: the Update tells of a level that nobody was told before."""
    monkeypatch.setattr("hub.signoff.freeze.must_change_what_holds", lambda *_: None)
    assert (await updated(town, "将暴雨黄色预警信号升级为暴雨橙色")).stage == "submitted"
