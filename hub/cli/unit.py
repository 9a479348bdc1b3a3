"""`hub unit`: the offices that officials answer for."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from hub.cli.acting import perform, tell
from hub.cli.session import run
from hub.store import units
from targeting.region import normalise

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def unit() -> None:
    """Units: each has one area and one kind for good."""


@unit.command()
@click.argument("name")
@click.option("--area", required=True, help="Region key the unit answers for.")
@click.option("--kind", required=True, help="A word of the authority policy.")
@click.option("--parent", default="", help="The unit it reports to.")
@_JSON
def add(name: str, area: str, kind: str, parent: str, *, as_json: bool) -> None:
    """Open NAME."""
    given = {"name": name, "area": normalise("", area), "kind": kind, "parent": parent}
    answer = perform("unit-open", given)
    tell(answer, f"{name} is open.", {"id": answer.result.get("unit"), **given}, as_json=as_json)


@unit.command()
@click.argument("name")
@_JSON
def close(name: str, *, as_json: bool) -> None:
    """Close NAME: nobody is in office there any more."""
    tell(perform("unit-close", {"name": name}), f"{name} is closed.", {"name": name, "active": False}, as_json=as_json)


@unit.command()
@click.argument("name")
@_JSON
def reopen(name: str, *, as_json: bool) -> None:
    """Open NAME again, with everyone who was in office there."""
    tell(perform("unit-reopen", {"name": name}), f"{name} is open.", {"name": name, "active": True}, as_json=as_json)


@unit.command(name="list")
@_JSON
def list_(*, as_json: bool) -> None:
    """Every unit, open or closed."""
    found = run(lambda hub: hub.db.read(units.everything))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        click.echo(f"{one.id:>4}  {one.name}: {one.kind}, {one.area}{'' if one.active else ' (closed)'}")
