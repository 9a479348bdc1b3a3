"""`hub area`: places drawn once and used again by name."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hub.alert.views import PlanRequest
from hub.audience.areas import (
    find_named_area,
    list_named_areas,
    regions_and_shapes,
    remove_named_area,
    store_named_area,
)
from hub.cli.acting import perform, tell
from hub.cli.audience import read_shapes
from hub.cli.session import run
from targeting.audience import tree

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_ACTOR = "command line"


@click.group()
def area() -> None:
    """Named areas for plans: a plan takes their content as it is then."""


@area.command()
@click.argument("name")
@click.option("--geojson", "file", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Shapes.")
@click.option("--region", "regions", multiple=True, help="Region key; may be repeated.")
@click.option("--buffer", "buffer_km", type=float, default=0.0, help="Kilometres added around every shape.")
@_JSON
def add(name: str, file: Path | None, regions: tuple[str, ...], buffer_km: float, *, as_json: bool) -> None:
    """Keep regions and the shapes of a GeoJSON file under NAME, in place of what was there."""
    request = PlanRequest(regions=frozenset(regions), also=read_shapes(file, buffer_km))
    kept = run(lambda hub: hub.transactions.write(_ACTOR, lambda tx: store_named_area(tx, "", name, request)))
    if as_json:
        click.echo(json.dumps({"name": name, "version": kept.area.version, "notes": kept.notes}, ensure_ascii=False))
        return
    click.echo(f"{name}, version {kept.area.version}: {regions_and_shapes(kept.area.places)}")
    for note in kept.notes:
        click.echo(f"  {note}")


@area.command(name="list")
@_JSON
def list_(*, as_json: bool) -> None:
    """List the named areas."""
    found = run(lambda hub: hub.transactions.read(list_named_areas))
    if as_json:
        click.echo(json.dumps([{"name": one.name, "version": one.version} for one in found], ensure_ascii=False))
        return
    for one in found:
        owner = one.unit or "nobody"
        click.echo(f"{one.name}, version {one.version}, of {owner}, by {one.by}: {regions_and_shapes(one.places)}")


@area.command()
@click.argument("name")
@_JSON
def show(name: str, *, as_json: bool) -> None:
    """Show what a named area holds, as plans keep it."""
    found = run(lambda hub: hub.transactions.read(lambda tx: find_named_area(tx, name)))
    described = json.dumps(tree(found.places), ensure_ascii=False)
    click.echo(described if as_json else f"{name}, version {found.version}, by {found.by}\n{described}")


@area.command()
@click.argument("name")
@_JSON
def remove(name: str, *, as_json: bool) -> None:
    """Forget a named area; plans that used it keep its content."""
    run(lambda hub: hub.transactions.write(_ACTOR, lambda tx: remove_named_area(tx, "", name)))
    click.echo(json.dumps({"removed": name}, ensure_ascii=False) if as_json else f"{name} is forgotten")


@area.command()
@click.argument("name")
@click.option("--unit", required=True, help="The unit it is to belong to: its officials alone change it then.")
@_JSON
def give(name: str, unit: str, *, as_json: bool) -> None:
    """Give a named area to a unit; where there are two administrators, another one agrees to it."""
    answer = perform("area-give", {"name": name, "unit": unit})
    tell(answer, f"{name} belongs to {unit}.", {"name": name, "unit": unit}, as_json=as_json)
