"""`hub region`: the tree of places and their outlines."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from sqlalchemy import Connection

from hub.app import Hub
from hub.cli.session import run
from hub.errors import Invalid, NotFound
from hub.registry.outlines import import_outlines
from hub.registry.regions import Regions, read_table
from hub.rules.rule import Rule
from hub.store.register import bitmaps
from hub.store.register import regions as store
from hub.store.register.regions import Region
from targeting.region import normalise

SHOWN = 20  #: on a terminal; --json has them all

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group()
def region() -> None:
    """The tree of places that alerts and people are filed under."""


@region.command(name="import")
@click.argument("file", type=_FILE, required=False)
@click.option("--outlines", type=_FILE, help="GeoJSON FeatureCollection, or a .tar.gz of GeoJSON files.")
@click.option(
    "--scheme", default="CPEAS Geographic Code", show_default=True, help="Geocode scheme of the codes in --outlines."
)
@_JSON
@click.pass_context
def import_(context: click.Context, file: Path | None, outlines: Path | None, scheme: str, *, as_json: bool) -> None:
    """Load regions: the built-in Chinese tree, FILE (CSV: key,name,parent) instead, or outlines.

    Outlines that cannot be read are listed and make the exit code 1.
    """
    told = run(lambda hub: _import(hub, file, outlines, scheme))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        _tell(told)
    context.exit(1 if told.get("refused") else 0)


async def _import(hub: Hub, file: Path | None, outlines: Path | None, scheme: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    with Console(stderr=True).status("regions"):
        if file is not None:
            told["new"] = await Regions(hub.db).import_rows(_table(file))
        elif outlines is None:
            told["new"] = await Regions(hub.db).import_builtin()
        if outlines is not None:
            told |= asdict(await import_outlines(hub.db, outlines, scheme))
    told["regions"] = await hub.db.read(store.count)
    return told


def _table(file: Path) -> list[store.NewRegion]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return read_table(lines, file.name)
    except UnicodeDecodeError:
        raise Invalid(f"{file.name}: not UTF-8 text", rule=Rule.ENCODING, place=file.name) from None


def _tell(told: dict[str, Any]) -> None:
    if "stored" in told:
        click.echo(f"{told['stored']} outlines stored, {told['repaired']} of them repaired.")
        for refused in told["refused"][:SHOWN]:
            click.echo(f"  {refused['place']}: {refused['rule']}")
    click.echo(f"{told['new']} regions new, {told['regions']} in all.")


@region.command()
@click.argument("key")
@_JSON
def show(key: str, *, as_json: bool) -> None:
    """Show the region of KEY (a code, scheme:code, or a name): what lies above and below it, and how many people."""
    told = run(lambda hub: hub.db.read(lambda connection: _show_region(connection, key)))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(f"{told['key']} {told['name']} (level {told['level']}), {told['persons']} persons")
    click.echo(f"  in: {' < '.join(told['above']) or 'nothing'}")
    click.echo(f"  outline: {'yes' if told['outlined'] else 'no'}; {len(told['below'])} regions directly below")
    for below in told["below"][:SHOWN]:
        click.echo(f"  {below['key']} {below['name']}")


def _show_region(connection: Connection, text: str) -> dict[str, Any]:
    found = store.by_key(connection, normalise("", text)) or _by_name(connection, text)
    above = store.ancestors(connection, [found.id])[found.id][1:]
    below = store.children(connection, found.id)
    return {
        "key": found.key,
        "name": found.name,
        "level": found.level,
        "outlined": found.outlined,
        "above": [key for _, key in above],
        "below": [{"key": child.key, "name": child.name} for child in below],
        "persons": len(bitmaps.one(connection, bitmaps.REGION, found.key)),
    }


def _by_name(connection: Connection, text: str) -> Region:
    """The only region of that name. Raises NotFound listing the candidates."""
    found = store.search(connection, text)
    named = [candidate for candidate in found if candidate.name == text]
    if len(named) == 1:
        return named[0]
    candidates = ", ".join(f"{candidate.key} {candidate.name}" for candidate in (named or found)[:SHOWN])
    hint = f"; did you mean {candidates}" if candidates else "; hub region import loads the Chinese tree"
    raise NotFound(f"no single region {text!r}{hint}", rule=Rule.REGION_UNCLEAR, place="KEY")
