"""`hub unit`: the offices that officials answer for."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from hub.cli.acting import perform, tell
from hub.cli.session import run
from hub.store.access import units
from targeting.region import normalise

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_CALLED = click.option(
    "--called", multiple=True, metavar="LANGUAGE=NAME", help="A public name; the first of a language is the usual one."
)


@click.group()
def unit() -> None:
    """Units: each has one area, one kind, and the names its warnings name it by."""


@unit.command()
@click.argument("name")
@click.option("--area", required=True, help="Region key the unit answers for.")
@click.option("--kind", required=True, help="A word of the authority policy.")
@click.option("--parent", default="", help="The unit it reports to.")
@_CALLED
@_JSON
def add(name: str, area: str, kind: str, parent: str, called: tuple[str, ...], *, as_json: bool) -> None:
    """Open NAME."""
    given: dict[str, Any] = {"name": name, "area": normalise("", area), "kind": kind, "parent": parent}
    given["public_names"] = _names_in(called)
    answer = perform("unit-open", given)
    tell(answer, f"{name} is open.", {"id": answer.result.get("unit"), **given}, as_json=as_json)


@unit.command()
@click.argument("name")
@_CALLED
@_JSON
def names(name: str, called: tuple[str, ...], *, as_json: bool) -> None:
    """Register what warnings may name NAME by beside its own name, in place of what was registered before."""
    given = {"name": name, "public_names": _names_in(called)}
    tell(perform("unit-names", given), f"{name} issues as {', '.join(called) or name}.", given, as_json=as_json)


@unit.command()
@click.argument("name")
@click.option("--area", default="", help="The region key it answers for in truth.")
@click.option("--kind", default="", help="Its kind in truth, a word of the authority policy.")
@click.option("--reason", required=True, help="How the mistake came about.")
@_JSON
def correct(name: str, area: str, kind: str, reason: str, *, as_json: bool) -> None:
    """Give NAME the area and the kind it should have had; what it has not released yet is judged anew."""
    if not area and not kind:
        raise click.UsageError("say what is wrong: --area, --kind or both")
    given = {"name": name, "area": normalise("", area) if area else "", "kind": kind, "reason": reason}
    answer = perform("unit-correct", given)
    back = ", ".join(str(number) for number in answer.result.get("returned", ()))
    line = f"{name} is corrected.{f' Given back to their authors: {back}.' if back else ''}"
    tell(answer, line, {"name": name, **answer.result}, as_json=as_json)


def _names_in(called: tuple[str, ...]) -> list[dict[str, str]]:
    """Each LANGUAGE=NAME. Raises UsageError for what is not."""
    split = [text.partition("=") for text in called]
    if wrong := next((text for text, (_, sign, name) in zip(called, split, strict=True) if not (sign and name)), None):
        raise click.UsageError(f"--called {wrong}: write LANGUAGE=NAME, such as zh=重庆市气象台")
    return [{"language": language.strip(), "name": name.strip()} for language, _, name in split]


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
        called = f"; issues as {', '.join(name.text for name in one.public_names)}" if one.public_names else ""
        click.echo(f"{one.id:>4}  {one.name}: {one.kind}, {one.area}{called}{'' if one.active else ' (closed)'}")
