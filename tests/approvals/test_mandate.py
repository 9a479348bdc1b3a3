"""What an operator may say under its paper: the texts that were signed, for the zones that were drawn, and no more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from approvals.delegation import Delegation, delegation_of
from approvals.mandate import NamedPlace, mandate_gaps
from approvals.paper import StandingRefused
from approvals.standing import MessageWords
from tests.approvals.test_delegation import AREA, INSIDE, OUTSIDE, tree

TEXT = {
    "language": "zh-CN", "event": "溃坝", "sender_name": "水库", "headline": "{n:number 1..9}号坝告急",
    "description": "", "instruction": "立即离开河道",
}  # fmt: skip
ENGLISH = TEXT | {"language": "en", "event": "dam break", "headline": "Dam {n:number 1..9}", "instruction": "Leave now"}
ZONE = {"name": "坝下", "regions": [INSIDE]}
BLOCK = MessageWords("zh-CN", "溃坝", "3号坝告急", "", "立即离开河道", "水库", ("坝下",), "Immediate", "Observed")
SPOKEN = replace(BLOCK, language="en", event="dam break", headline="Dam 3", instruction="Leave now")
PLACE = NamedPlace("坝下", frozenset({INSIDE}), ())


def paper(**changes: Any) -> Delegation:
    return delegation_of(tree(**{"texts": [TEXT, ENGLISH], "zones": [ZONE]} | changes))


def gaps(*blocks: MessageWords, places: tuple[NamedPlace, ...] = (PLACE,)) -> list[str]:
    return [gap.text for gap in mandate_gaps(paper(), blocks, [places] * len(blocks))]


def test_the_signed_texts_for_the_drawn_zones_leave_no_gap() -> None:
    assert gaps(BLOCK) == gaps(BLOCK, SPOKEN) == []


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        ((), "one block for each language"),
        ((BLOCK, BLOCK), "one block for each language"),
        ((BLOCK, replace(BLOCK, language="ZH-cn")), "one block for each language"),
        ((replace(BLOCK, language="fr"),), "the paper has no text in 'fr'"),
        ((replace(BLOCK, other=("note",)),), "nobody approved what it says"),
        ((replace(BLOCK, headline="溃坝了"),), "headline"),
        ((BLOCK, replace(SPOKEN, headline="Dam 4")), "n"),
    ],
)
def test_another_text_is_one_gap_that_names_it(blocks: tuple[MessageWords, ...], told: str) -> None:
    (found,) = gaps(*blocks)
    assert told in found


@pytest.mark.parametrize(
    ("places", "told"),
    [
        ((), "no zone is named"),
        ((replace(PLACE, name="坝上"),), "is no zone of the paper"),
        ((replace(PLACE, regions=frozenset({AREA})),), "as it is drawn there"),
        ((PLACE, replace(PLACE, regions=frozenset())), "as it is drawn there"),
    ],
)
def test_another_place_is_one_gap_that_names_it(places: tuple[NamedPlace, ...], told: str) -> None:
    (found,) = gaps(BLOCK, places=places)
    assert told in found


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"texts": []}, "texts"),
        ({"zones": []}, "zones"),
        ({"texts": [TEXT, TEXT]}, "texts"),
        ({"texts": [TEXT, TEXT | {"language": "ZH-CN", "headline": "告急"}]}, "texts"),
        ({"texts": [TEXT | {"msg_type": "Cancel"}]}, "texts"),
        ({"texts": [TEXT | {"instruction": " "}]}, "texts"),
        ({"zones": [ZONE, ZONE]}, "zones"),
        ({"zones": [ZONE | {"name": " 坝下"}]}, "zones"),
        ({"zones": [{"name": "坝下"}]}, "zones.坝下"),
        ({"zones": [ZONE | {"regions": [OUTSIDE]}]}, "zones.坝下"),
    ],
)
def test_a_paper_of_texts_and_zones_is_refused_where_one_of_them_is_missing_or_loose(
    changes: dict[str, Any], place: str
) -> None:
    assert paper()
    with pytest.raises(StandingRefused) as refused:
        paper(**changes)
    assert refused.value.place == place
