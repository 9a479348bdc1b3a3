"""Options by which commands say whom they mean: places, groups and languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import orjson

from hub.alert.views import NOBODY, PlanRequest
from hub.errors import Invalid
from hub.rules.rule import Rule
from targeting import geojson
from targeting.audience import Audience, Corridor, Groups, unite_audiences
from targeting.geometry import ShapeRefused

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--area", "areas", multiple=True, help="Named area; may be repeated."),
    click.option("--geojson", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Shapes (RFC 7946)."),
    click.option("--corridor", metavar="LAT,LON…:KM", help="A line and its half width: '20,110 21,112:50'."),
    click.option("--buffer", "buffer_km", type=float, default=0.0, help="Kilometres added around the GeoJSON shapes."),
    click.option("--any", "any_of", multiple=True, help="In one of these groups; may be repeated."),
    click.option("--all", "all_of", multiple=True, help="In each of these groups; may be repeated."),
    click.option("--none", "none_of", multiple=True, help="In none of these groups; may be repeated."),
    click.option(
        "--unlocated",
        multiple=True,
        help="Region whose people without coordinates are included where a shape covers a part; 'none' for nobody's.",
    ),
    click.option("--language", "languages", multiple=True, help="Language range, en holds en-US; may be repeated."),
)


def audience_options(command: F) -> F:
    """Adds the options; `request_of` reads what they were given."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def request_of(regions: tuple[str, ...], groups: tuple[str, ...], given: dict[str, Any]) -> PlanRequest:
    """What the options ask for. Raises Invalid naming file or option."""
    kinds = (frozenset((*groups, *given["any_of"])), frozenset(given["all_of"]), frozenset(given["none_of"]))
    narrowed = Audience(groups=Groups(*kinds), languages=frozenset(given["languages"]))
    also = unite_audiences(read_shapes(given["geojson"], given["buffer_km"]), _corridor(given["corridor"]), narrowed)
    named = given["unlocated"]
    unlocated = (frozenset(named) - {NOBODY}) if named else None
    return PlanRequest(regions=frozenset(regions), areas=given["areas"], also=also, unlocated=unlocated)


def read_shapes(file: Path | None, buffer_km: float) -> Audience:
    """The shapes of a GeoJSON file; none without a file. Raises Invalid naming the place in it."""
    if file is None:
        return Audience()
    try:
        return geojson.read(orjson.loads(file.read_bytes()), buffer_km)
    except (orjson.JSONDecodeError, ShapeRefused) as error:
        raise Invalid(f"{file.name}: {error}", rule=Rule.GEOJSON, place=file.name) from None


def _corridor(text: str | None) -> Audience:
    if not text:
        return Audience()
    points, _, half = text.rpartition(":")
    try:
        line = tuple((float(lat), float(lon)) for lat, lon in (pair.split(",") for pair in points.split()))
        return Audience(corridors=(Corridor(line, float(half)),))
    except ValueError:
        raise Invalid("is LAT,LON pairs, a colon and kilometres", rule=Rule.CORRIDOR, place="--corridor") from None
