"""`hub roster`: who is on duty when, and how they are called (值班表). The duties of a release are `hub duty`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from hub.alert.views import CallView
from hub.app import Hub
from hub.callout.service import MatterView
from hub.callout.text import reference as reference_of
from hub.cli.acting import acting
from hub.cli.privacy import official_or_machine
from hub.cli.session import run
from hub.errors import Invalid
from hub.registry.duty_roster.entry import BEIJING, ROLES, moment_of
from hub.registry.duty_roster.service import RosterReport, ShiftView, name_of, read_roster_file
from hub.registry.rows import RowBreach
from hub.rules.rule import Rule
from hub.store.register.roster import DUTY

REFUSED_SHOWN = 20  #: on a terminal; --json has them all

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def roster() -> None:
    """The duty roster (值班表): who is called when something waits for their unit."""


@roster.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@_JSON
@click.pass_context
def import_(context: click.Context, file: Path, *, as_json: bool) -> None:
    """Take in FILE, CSV with a header: official, and where known unit, from, until, role, order, language, sms, voice,
    wecom, wecom_user.

    Good rows are kept, a shift of the same official from the same time is replaced; bad rows are listed and make the
    exit code 1.
    """
    text = file.read_bytes().decode("utf-8", "surrogateescape")

    rows = read_roster_file(text)

    async def take_in(hub: Hub) -> RosterReport:
        actor = await official_or_machine(hub)
        return await hub.transactions.write(name_of(actor), lambda tx: hub.roster.import_rows(tx, actor, rows))

    report = run(take_in)
    if as_json:
        click.echo(json.dumps(asdict(report), ensure_ascii=False))
    else:
        told = f"{report.shifts} shifts and {report.contacts} contacts kept, {len(report.refused)} left out."
        click.echo(f"{report.read} rows: {told}")
        for refused in report.refused[:REFUSED_SHOWN]:
            click.echo(f"  row {refused.row}: {refused.column}: {refused.rule}")
        if len(report.refused) > REFUSED_SHOWN:
            click.echo(f"  … and {len(report.refused) - REFUSED_SHOWN} more")
    context.exit(1 if report.refused else 0)


@roster.command()
@click.option("--unit", help="Only of this unit.")
@click.option("--from", "start", default="", help="From when on; default now.")
@click.option("--until", "end", default="", help="Until when; default a week later.")
@_JSON
def show(unit: str | None, start: str, end: str, *, as_json: bool) -> None:
    """Who is on duty, by unit, role and order of calling. Addresses are shown to nobody."""
    try:
        first, last = (moment_of(text, name) if text else None for text, name in ((start, "from"), (end, "until")))
    except RowBreach as breach:
        raise Invalid(f"{breach.column} {breach.rule}", rule=Rule.QUERY_TIME, place=f"--{breach.column}") from None
    found = run(lambda hub: hub.transactions.read(lambda tx: hub.roster.list_shifts(tx, unit, first, last)))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, default=str))
        return
    for each in found:
        click.echo(_line(each))
    if not found:
        click.echo("Nobody is on duty in that time: nobody would be called.")


@roster.command(name="set")
@click.argument("official")
@click.option("--from", "from_", default="", help="2026-07-12T08:00, Beijing time unless an offset is given.")
@click.option("--until", default="")
@click.option("--role", type=click.Choice(sorted(ROLES)), help=f"Default {DUTY}.")
@click.option("--order", type=click.IntRange(1, 99), help="1 is called first.")
@click.option("--sms", default="", help="Telephone number.")
@click.option("--voice", default="", help="Telephone number.")
@click.option("--wecom", default="", help="Webhook of the robot of a duty group.")
@click.option("--wecom-user", default="", help="Who answers there.")
@click.option("--language", default="", help="zh or en.")
@_JSON
def put_on_duty(official: str, role: str | None, order: int | None, *, as_json: bool, **given: str) -> None:
    """Put OFFICIAL on duty, say how they are called, or both. A contact replaces the one before whole."""
    cells = {name.rstrip("_"): text for name, text in given.items()}
    cells |= {"official": official, "role": role or "", "order": str(order or "")}

    async def put(hub: Hub) -> RosterReport:
        actor = await official_or_machine(hub)
        return await hub.transactions.write(name_of(actor), lambda tx: hub.roster.put(tx, actor, cells))

    report = run(put)
    line = f"{official}: {report.shifts} shift, {report.contacts} contact kept."
    click.echo(json.dumps(asdict(report), ensure_ascii=False) if as_json else line)


@roster.command()
@click.argument("shift", type=click.IntRange(1))
@_JSON
def remove(shift: int, *, as_json: bool) -> None:
    """Take SHIFT out, by the number that `hub roster show` gives."""

    async def act(hub: Hub) -> None:
        actor = await official_or_machine(hub)
        await hub.transactions.write(name_of(actor), lambda tx: hub.roster.remove(tx, actor, shift))

    run(act)
    click.echo(json.dumps({"removed": shift}) if as_json else f"Shift {shift} is out of the roster.")


@roster.command()
@click.option("--open", "only_open", is_flag=True, help="Only what still waits.")
@click.option("--alert", type=click.IntRange(1), help="Only of this alert.")
@_JSON
def calls(alert: int | None, *, only_open: bool, as_json: bool) -> None:
    """What waits for officials, whom the hub called about it, and who knows of it."""
    subject = f"alert/{alert}" if alert is not None else None
    found = run(lambda hub: hub.calls.list_matters(subject, only_open=only_open))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, default=str))
        return
    for each in found:
        click.echo(_matter_line(each))
        for call in each.calls:
            click.echo(f"    {call_line(call)}")


@roster.command()
@click.argument("reference", type=click.IntRange(1))
@_JSON
def acknowledge(reference: int, *, as_json: bool) -> None:
    """Say, in the name of whoever FENGHUO_TOKEN says, that one knows of matter REFERENCE. It decides nothing."""

    async def act(hub: Hub) -> MatterView:
        return await hub.calls.acknowledge(await acting(hub), reference)

    view = run(act)
    click.echo(json.dumps(asdict(view), ensure_ascii=False, default=str) if as_json else _matter_line(view))


@roster.command(name="seen-to")
@click.argument("reference", type=click.IntRange(1))
@click.option("--reason", required=True, help="What was done; it is kept in the audit log.")
@_JSON
def seen_to(reference: int, reason: str, *, as_json: bool) -> None:
    """Say what was done about the alarm with this REFERENCE: nobody is called about it any more."""

    async def act(hub: Hub) -> MatterView:
        return await hub.calls.see_to(await acting(hub), reference, reason)

    view = run(act)
    click.echo(json.dumps(asdict(view), ensure_ascii=False, default=str) if as_json else _matter_line(view))


def call_line(call: CallView) -> str:
    """One call, without its number."""
    known = f", known {call.acknowledged:%H:%M:%SZ} by {call.acknowledged_by}" if call.acknowledged else ""
    detail = f" ({call.detail})" if call.detail else ""
    at = f"{call.at:%m-%d %H:%M:%SZ}"
    return f"{reference_of(call.reference)} {at} {call.official} {call.channel} {call.state}{detail}{known}"


def _matter_line(view: MatterView) -> str:
    state = f"closed: {view.closed_reason}" if view.closed else "NOBODY LEFT TO CALL" if view.exhausted else "waits"
    about = f"{view.kind} {view.occasion} of {view.subject}"
    return f"{reference_of(view.reference):>6}  {about}, {view.unit or 'the hub'}: {state}"


def _line(view: ShiftView) -> str:
    start, end = (moment.astimezone(BEIJING).strftime("%m-%d %H:%M") for moment in (view.begins, view.ends))
    media = ", ".join(view.media) or "NO ADDRESS KNOWN: cannot be called"
    return f"{view.id:>5}  {start}–{end}  {view.unit}  {view.role} {view.order}  {view.official}  ({media})"
