"""Who issues a warning is stated with its first draft, stands in what is signed, and stays with its chain."""

from __future__ import annotations

import pytest

from hub.alert.views import PlanRequest
from hub.dossier.issuers import IssuersRequest
from hub.errors import Conflict, Invalid
from tests.stories.town import Town
from tests.stories.units import enters


async def test_the_first_draft_states_who_issues_it_and_whom_they_consulted(town: Town) -> None:
    await enters(town, "li", "land office", kind="natural-resources")
    stated = IssuersRequest(consulted=("land office",))
    draft = await town.hub.drafting.create(town.officials["author"], town.cap(), PlanRequest(), stated)
    assert draft.issuers.signing == ("office",)
    assert (draft.unit, draft.issuers.consulted) == ("office", ("land office",))


@pytest.mark.parametrize(
    ("stated", "rule"),
    [
        (IssuersRequest(joint=("nowhere",)), "unit-unknown"),
        (IssuersRequest(consulted=("nowhere",)), "unit-unknown"),
        (IssuersRequest(joint=("office",)), "issuers-twice"),
        (IssuersRequest(joint=("land office",), consulted=("land office",)), "issuers-twice"),
    ],
)
async def test_an_issuer_is_a_registered_unit_and_has_one_part(town: Town, stated: IssuersRequest, rule: str) -> None:
    await enters(town, "li", "land office", kind="natural-resources")
    with pytest.raises(Invalid) as refused:
        await town.hub.drafting.create(town.officials["author"], town.cap(), PlanRequest(), stated)
    assert refused.value.rule == rule


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ('{"consulted":["land office"]}', "SEP-3"),
        ('{"joint":["land office"]}', "SEP-3"),
        ('{"publisher":"x"}', "SEP-3"),
    ],
)
async def test_no_issuer_is_added_in_sql_behind_those_who_signed(town: Town, changed: str, rule: str) -> None:
    await enters(town, "li", "land office", kind="natural-resources")
    signed = await town.prepares()
    await town.sql("UPDATE alerts SET issuers = ? WHERE id = ?", changed, signed.id)
    with pytest.raises(Conflict) as refused:
        await town.releases(signed)
    assert refused.value.rule == rule


async def test_the_unit_of_a_signed_warning_is_not_another_s_behind_those_who_signed(town: Town) -> None:
    await enters(town, "li", "land office")
    signed = await town.prepares()
    await town.sql("UPDATE alerts SET unit = 'land office' WHERE id = ?", signed.id)
    with pytest.raises(Conflict) as refused:
        await town.releases(signed, by="li")  # who holds the right to release in the office it is said to be of
    assert refused.value.rule == "SEP-3"


async def test_an_update_and_a_cancel_are_of_whoever_issued_the_first_message(town: Town) -> None:
    await enters(town, "li", "land office", kind="natural-resources")
    stated = IssuersRequest(consulted=("land office",))
    draft = await town.hub.drafting.create(town.officials["author"], town.cap(), PlanRequest(), stated)
    first = await town.releases(await town.approves(await town.submits(draft)))
    update = await town.updates(first, town.cap())
    assert update.issuers == first.issuers
    assert (await town.cancels(update)).issuers == first.issuers
