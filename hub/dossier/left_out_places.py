"""Places that an Update leaves out, and what its author said becomes of the warning there.

The warning is over there (ended), it goes on under the old text (continues), or another warning has taken its place
(moved). Without a word of the author nobody knows, and submit asks (hub.drafting.questions.left_out).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

import orjson
from sqlalchemy import Connection

from hub.audience.plan import Plan, QuestionAnswer
from hub.store.register import regions
from targeting.audience import Audience, tree
from targeting.region import covers

KIND = "left-out"  #: of the question; the key of the place follows a colon
Shape = TypeVar("Shape")
ENDED, CONTINUES, MOVED = "ended", "continues", "moved"


def places_by_key(audience: Audience) -> dict[str, Audience]:
    """Each region and each shape of an audience by itself: a region by its key, a shape by a digest of it."""
    found = {key: Audience(frozenset({key})) for key in sorted(audience.regions)}
    drawn = [
        *(Audience(polygons=(shape,)) for shape in audience.polygons),
        *(Audience(circles=(shape,)) for shape in audience.circles),
        *(Audience(corridors=(shape,)) for shape in audience.corridors),
    ]
    return found | {_key_of(shape): shape for shape in drawn}


def places_left_out(before: Audience, after: Audience) -> dict[str, Audience]:
    """The places of `before` that `after` neither names, by themselves or within a larger region, nor draws alike."""
    drawn = places_by_key(after).keys()
    return {
        key: place
        for key, place in places_by_key(before).items()
        if key not in drawn and not any(covers(region, key) for region in after.regions if place.regions)
    }


def rest_of(connection: Connection, key: str, after: Audience) -> tuple[str, ...]:
    """A region without the parts of it that `after` names: as few region keys as say it, itself where none of them is.

    Where the regions below it are not known here it stays whole: whoever is in both places is told what warns.
    """
    inside = [region for region in after.regions if region != key and covers(key, region)]
    found = regions.by_key(connection, key) if inside else None
    below = regions.children(connection, found.id) if found is not None else []
    if not below:
        return (key,)
    left = [child.key for child in below if not any(covers(region, child.key) for region in inside)]
    return tuple(part for child in left for part in rest_of(connection, child, after))


def answers_of(plan: Plan) -> Iterator[tuple[str, QuestionAnswer]]:
    """What the author said of each place left out: its key, and the answer."""
    for answer in plan.answers:
        kind, _, key = answer.question.partition(":")
        if kind == KIND:
            yield key, answer


def places_said(plan: Plan, last: Audience, choice: str) -> Mapping[str, Audience]:
    """The places of the message before of which the author said this, by key; of a region what is left of it."""
    known = places_by_key(last)
    said = {key: answer for key, answer in answers_of(plan) if answer.choice == choice and key in known}
    return {
        key: Audience(frozenset(answer.value.split(","))) if known[key].regions and choice == CONTINUES else known[key]
        for key, answer in said.items()
    }


def without_places(audience: Audience, gone: Audience, kept: Audience) -> Audience:
    """The audience without these places, save those that `kept` names or draws too."""

    def left(shapes: tuple[Shape, ...], out: tuple[Shape, ...], stay: tuple[Shape, ...]) -> tuple[Shape, ...]:
        return tuple(shape for shape in shapes if shape not in out or shape in stay)

    return replace(
        audience,
        regions=audience.regions - (gone.regions - kept.regions),
        polygons=left(audience.polygons, gone.polygons, kept.polygons),
        circles=left(audience.circles, gone.circles, kept.circles),
        corridors=left(audience.corridors, gone.corridors, kept.corridors),
    )


def _key_of(shape: Audience) -> str:
    described = orjson.dumps(tree(shape), option=orjson.OPT_SORT_KEYS)
    return f"shape-{hashlib.sha256(described).hexdigest()[:12]}"
