"""Whoever is refused reads what to do: which signatures are wanted, which place is meant, what to write instead."""

from __future__ import annotations

from typing import Any

import pytest

from hub.alert.views import PlanRequest
from hub.errors import Conflict, Forbidden, Invalid
from tests.stories.duty import import_roster
from tests.stories.town import BAOTA, BRIDGE, HILLS, Cast, Town
from tests.stories.warnings import because

UNKNOWN = "610602999000"  #: a code nobody registered


async def test_a_release_too_early_names_the_signatures_that_are_wanted(town: Town) -> None:
    draft = await town.drafts(channels=("sms",))
    view = await town.submits(draft)
    with pytest.raises(Conflict, match="still wanted: 1 x review of office, 1 x sign of office") as refused:
        await town.releases(view)
    assert refused.value.rule == "stage"
    view = await town.decides(view, "reviewer", "review")
    with pytest.raises(Conflict, match=r"still wanted: 1 x sign of office$"):
        await town.releases(view)


async def test_a_draft_is_to_be_submitted_before_it_is_released(town: Town) -> None:
    draft = await town.drafts(channels=("sms",))
    with pytest.raises(Conflict, match="submit it, and have it decided on"):
        await town.hub.releases.release(town.officials["releaser"], draft.id, "")


async def test_what_lies_outside_is_named_and_where_it_is_referred_to(settle: Any) -> None:
    town: Town = await settle(Cast(officials_of=BAOTA))
    with pytest.raises(Forbidden) as refused:
        await town.hub.drafting.create(town.officials["author"], town.cap(BRIDGE, HILLS), PlanRequest(("sms",)))
    assert refused.value.rule == "LAW-18"
    assert f"{BAOTA} (宝塔区)" in str(refused.value)
    assert f"{HILLS} (山镇)" in str(refused.value)
    assert "610600000000 (延安市)" in refused.value.members["remedy"]


async def test_without_the_names_the_keys_alone_are_read(settle: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out."""
    monkeypatch.setattr("hub.dossier.refusals.name_regions", lambda _connection, text: text)
    town: Town = await settle(Cast(officials_of=BAOTA))
    with pytest.raises(Forbidden) as refused:
        await town.hub.drafting.create(town.officials["author"], town.cap(HILLS), PlanRequest(("sms",)))
    assert "山镇" not in str(refused.value)


async def test_a_cancel_without_a_reason_is_told_where_to_say_it(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    with pytest.raises(Invalid, match="`note`, or by language in `notes`") as refused:
        await town.hub.drafting.cancel(town.officials["author"], flood.id, because(" "))
    assert refused.value.rule == "N6"


async def test_what_is_over_is_told_to_be_given_another_end(town: Town) -> None:
    draft = await town.drafts(channels=("sms",))
    town.clock.advance(7 * 3600)
    with pytest.raises(Invalid, match="give it another end") as refused:
        await town.submits(draft)
    assert refused.value.rule == "X21"


async def test_a_row_of_a_roster_is_told_what_to_write_instead(town: Town) -> None:
    rows = "official,unit,sms\nnobody,,+8613800000001\nsigner,elsewhere,+8613800000002\n"
    report = await import_roster(town.hub, None, rows)
    first, second = (each.rule for each in report.refused)
    assert "`hub official list` tells who is" in first
    assert "leave the column empty" in second


async def test_a_code_nobody_registered_is_a_finding_of_the_draft(town: Town) -> None:
    draft = await town.drafts(town.cap(BRIDGE, UNKNOWN), channels=("sms",))
    (found,) = [each for each in draft.findings if each["rule"] == "area-silent"]
    assert found["element"] == f"region {UNKNOWN}"
    assert "`hub region show NAME` tells that of a place" in found["text"]
    view = await town.submits(draft)
    assert [each["element"] for each in view.findings if each["rule"] == "area-silent"] == [f"region {UNKNOWN}"]
