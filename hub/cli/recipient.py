"""`hub recipient`: the register of people."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from pyroaring import BitMap
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from sqlalchemy import Connection

from hub.alert.views import PlanRequest
from hub.app import Hub
from hub.audience.resolve import resolve_request
from hub.cli.audience import audience_options, request_of
from hub.cli.estimate import of_plan
from hub.cli.preferences import preferences
from hub.cli.privacy import erase, official_or_machine, reveal, show
from hub.cli.session import run
from hub.crypto.vault import Vault
from hub.errors import Invalid
from hub.registry.importer import ImportProgress, ImportReport, register
from hub.registry.privacy.disclosure import MACHINE
from hub.registry.privacy.purpose import WORLDS, purpose_of
from hub.registry.regions import ensure_builtin
from hub.registry.rows import ADDRESSES
from hub.rules.rule import Rule
from hub.store.register import bitmaps
from hub.store.register import recipients as store
from targeting.audience import Audience, Groups
from targeting.contribution import contributions
from targeting.region import normalise
from targeting.select import narrow, select

REFUSED_SHOWN = 20  #: on a terminal; --json has them all
#: what a clause brings, in the words of `hub recipient count --why`
_CONTRIBUTED = {"alone": "alone", "selected": "selected", "only": "only by this", "left_out": "left out by this only"}
EXPORTED = ("external_id", "region", "language", "lat", "lon")

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_REGION = click.option("--region", "regions", multiple=True, help="Region key; may be repeated.")
_GROUP = click.option("--group", "groups", multiple=True, help="Population group; may be repeated.")


@click.group()
def recipient() -> None:
    """The register of people who can be warned."""


recipient.add_command(of_plan)


recipient.add_command(reveal)
recipient.add_command(erase)
recipient.add_command(show)


recipient.add_command(preferences)


@recipient.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--restart", is_flag=True, help="Begin anew where an earlier import of FILE was interrupted.")
@click.option(
    "--purpose",
    type=click.Choice(sorted(WORLDS)),
    help="What these people gave their addresses for; used for nothing else. Default: what this hub is for.",
)
@_JSON
@click.pass_context
def import_(context: click.Context, file: Path, *, restart: bool, purpose: str | None, as_json: bool) -> None:
    """Take in people from FILE, CSV with a header: external_id, region, and where known language, lat, lon, groups,
    sms, voice, email, wecom.

    Good rows are kept, a known external_id is replaced; bad rows are listed and make the exit code 1. Coordinates that
    cannot be their region's (0,0, exchanged, far away) are dropped and listed, and the person is kept by region. An
    import that was interrupted goes on where it stopped when FILE is imported again.
    """
    size = file.stat().st_size
    report = run(lambda hub: _import(hub, file, size, restart=restart, purpose=purpose))
    if as_json:
        click.echo(json.dumps(asdict(report), ensure_ascii=False))
    else:
        click.echo(f"{report.read} rows: {report.new} new, {report.changed} replaced, {report.refused_count} left out.")
        _list_refused(report)
        _list_unplaced(report)
    context.exit(1 if report.refused_count else 0)


async def _import(hub: Hub, file: Path, size: int, *, restart: bool, purpose: str | None) -> ImportReport:
    lists = register(hub.db, hub.vault, hub.clock, purpose_of(purpose, hub.settings.hub.world))
    await hub.db.write(ensure_builtin)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("rows", total=size)

        def tell(now: ImportProgress) -> None:
            told = f"{now.read:,} rows, {now.refused:,} left out"
            progress.update(task, description=told, completed=now.position)

        return await lists.import_file(file, restart=restart, on_progress=tell)


def _list_refused(report: ImportReport) -> None:
    for refused in report.refused[:REFUSED_SHOWN]:
        click.echo(f"  row {refused.row}: {refused.column}: {refused.rule}")
    if report.refused_count > REFUSED_SHOWN:
        click.echo(f"  … and {report.refused_count - REFUSED_SHOWN} more")


def _list_unplaced(report: ImportReport) -> None:
    if report.unplaced_count:
        click.echo(f"{report.unplaced_count} of those kept were kept without coordinates:")
    for one in report.unplaced[:REFUSED_SHOWN]:
        click.echo(f"  row {one.row}: lat, lon {one.rule}")
    if report.unplaced_count > REFUSED_SHOWN:
        click.echo(f"  … and {report.unplaced_count - REFUSED_SHOWN} more")


@recipient.command()
@_REGION
@_GROUP
@audience_options
@_JSON
@click.option("--why", is_flag=True, help="Say what every place, group and language brings.")
def count(regions: tuple[str, ...], groups: tuple[str, ...], *, as_json: bool, why: bool, **given: Any) -> None:
    """Count people, all or those of some places, groups and languages, with their languages and channels."""
    request = request_of(regions, groups, given)
    told = run(lambda hub: hub.db.read(lambda connection: _count(connection, hub, request, why=why)))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(f"{told['persons']} persons")
    for heading in ("languages", "channels"):
        for key, number in told[heading].items():
            click.echo(f"  {heading[:-1]} {key}: {number}")
    if why:
        _tell_why(told["why"])


def _tell_why(told: dict[str, Any]) -> None:
    click.echo(f"{told['several']} of them are found by more than one place and counted once")
    for clause in told["clauses"]:
        numbers = (f"{clause[name]} {word}" for name, word in _CONTRIBUTED.items() if clause[name])
        click.echo(f"  {clause['kind']} {clause['key']}: {', '.join(numbers) or 'nobody'}")
        for note in clause["notes"]:
            click.echo(f"    {note}")


def _count(connection: Connection, hub: Hub, request: PlanRequest, *, why: bool) -> dict[str, Any]:
    audience = resolve_request(connection, request, hub.audiences.groups)
    directory = store.SqlDirectory(connection)
    if audience.is_placeless and why:
        raise Invalid("what the places bring needs a place", rule=Rule.AUDIENCE_PLACELESS, place="--why")
    if audience.is_placeless:  # here everyone, because the register itself is looked at; for a plan it is nobody
        bits = narrow(directory, audience, store.everyone(connection))
    else:
        bits = select(directory, audience).bits
    channels = bitmaps.all_of(connection, bitmaps.ADDRESS_COLUMN)
    told = {
        "persons": len(bits),
        "languages": store.languages(connection, bits),
        "channels": {key: bits.intersection_cardinality(having) for key, having in sorted(channels.items())},
    }
    return told | {"why": asdict(contributions(directory, audience))} if why else told


def _select_people(connection: Connection, regions: tuple[str, ...], groups: tuple[str, ...]) -> BitMap:
    if regions:
        keys = frozenset(normalise("", key) for key in regions)
        return select(store.SqlDirectory(connection), Audience(regions=keys, groups=Groups(frozenset(groups)))).bits
    everyone = store.everyone(connection)
    return everyone & bitmaps.union(connection, bitmaps.GROUP, groups) if groups else everyone


@recipient.command(name="explain")
@click.argument("external_id")
@click.option("--alert", type=int, help="Number of an alert: say why the person is in its audience, or not.")
@_JSON
def explain_(external_id: str, *, alert: int | None, as_json: bool) -> None:
    """Say where a person is filed and, with --alert, which part of the audience holds them."""
    told = run(lambda hub: _explain_recipient(hub, external_id, alert))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for name in ("regions", "groups", "channels"):
        click.echo(f"{name}: {'withheld' if told[name] is None else ', '.join(told[name]) or 'none'}")
    click.echo(f"language: {told['language']}; coordinates: {'known' if told['located'] else 'unknown'}")
    if alert is not None:
        click.echo(f"alert {alert}: {'selected' if told['selected'] else 'not selected'}")
        for reason in told["reasons"]:
            held = "holds them" if reason["holds"] else "does not hold them"
            click.echo(f"  {reason['kind']} {reason['key']}: {held}{_HOW.get(reason['how'], '')}")


#: what decided, where that is worth a word
_HOW = {
    "chosen": ", by a place of their own choosing",
    "spared": ": it tells them nothing, though they may hold what it changes",
    "not-ordered": ": it was not ordered for them",
    "disputed": ": its record is not the one that was sealed",
}


async def _explain_recipient(hub: Hub, external_id: str, alert: int | None) -> dict[str, Any]:
    """Groups only for an official with the right to reveal, or while there are not yet two administrators."""
    asking = await official_or_machine(hub)
    if alert is not None:
        return asdict(await hub.explaining.of_alert(asking, external_id, alert))
    told = asdict(await hub.explaining.explain_record(asking, external_id))
    return {key: told[key] for key in told.keys() - {"selected", "reasons"}}


@recipient.command()
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False, writable=True), help="Default: stdout.")
@click.option("--reveal", "why", metavar="REASON", help="With every address, readable; noted in the audit log.")
@_REGION
@_GROUP
@_JSON
def export(
    output: Path | None,
    regions: tuple[str, ...],
    groups: tuple[str, ...],
    *,
    why: str | None,
    as_json: bool,
) -> None:
    """Write people as CSV, or as JSON lines with --json: all that is known of them except addresses and groups.

    With --reveal both are there, and an import of the CSV makes the same register.
    """
    run(lambda hub: _export(hub, output, (regions, groups), why=why, as_json=as_json))


async def _export(
    hub: Hub, output: Path | None, wanted: tuple[tuple[str, ...], tuple[str, ...]], *, why: str | None, as_json: bool
) -> None:
    """`why` is there when addresses are to be shown."""
    bits = await hub.db.read(lambda connection: _select_people(connection, *wanted))
    if why is not None:
        official = await official_or_machine(hub)
        await hub.transactions.write(
            official.name if official else MACHINE,
            lambda tx: hub.privacy.disclosure.note_export(tx, official, why, len(bits)),
        )
    vault = hub.vault if why is not None else None
    await hub.db.read(lambda connection: _write(connection, vault, output, bits, as_json))


def _write(connection: Connection, vault: Vault | None, output: Path | None, bits: BitMap, as_json: bool) -> None:
    """Row by row: however many people there are, a page of them is held."""
    names = (*EXPORTED, "groups", *sorted(ADDRESSES)) if vault else EXPORTED
    with output.open("w", encoding="utf-8", newline="") if output else _stdout() as target:
        writer = csv.writer(target)
        if not as_json:
            writer.writerow(names)
        for _, person in store.iterate_recipients(connection, vault, bits):
            values: tuple[Any, ...] = tuple(getattr(person, name) for name in EXPORTED)
            if vault:
                addresses = (person.addresses.get(name) for name in sorted(ADDRESSES))
                values = (*values, ";".join(sorted(person.groups)), *addresses)
            if as_json:
                target.write(json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False) + "\n")
            else:
                writer.writerow(values)


@contextmanager
def _stdout() -> Iterator[io.TextIOBase | Any]:
    yield sys.stdout
    sys.stdout.flush()
