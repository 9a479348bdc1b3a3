"""`hub duty`: whom else a release obliges to tell, and the receipt of it."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from hub.app import Hub
from hub.cli.acting import acting
from hub.cli.session import run
from hub.signoff.duties import DutyReceipt, DutyView

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def duty() -> None:
    """Report up, tell the neighbours and the garrison (突发事件应对法 art. 64)."""


@duty.command(name="list")
@click.option("--alert", type=click.IntRange(1), help="Only of this alert.")
@click.option("--open", "only_open", is_flag=True, help="Only what nobody has met yet.")
@_JSON
def list_(alert: int | None, *, only_open: bool, as_json: bool) -> None:
    """Every duty, with its time and whom it is about."""
    found = run(lambda hub: hub.transactions.read(lambda tx: hub.duties.list_duties(tx, alert, only_open=only_open)))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, default=str))
        return
    for each in found:
        click.echo(_line(each))


@duty.command(name="met")
@click.argument("number", type=click.IntRange(1))
@click.option("--channel", required=True, help="By what means: telephone, letter, system.")
@click.option("--receiver", required=True, help="Who took it.")
@click.option("--note", default="")
@_JSON
def meet(number: int, channel: str, receiver: str, note: str, *, as_json: bool) -> None:
    """Say that duty NUMBER was met just now, in the name of whoever FENGHUO_TOKEN says."""

    async def act(hub: Hub) -> DutyView:
        official, receipt = await acting(hub), DutyReceipt(channel, receiver, note=note)
        return await hub.transactions.write(official.name, lambda tx: hub.duties.close(tx, official, number, receipt))

    view = run(act)
    click.echo(json.dumps(asdict(view), ensure_ascii=False, default=str) if as_json else _line(view))


def _line(view: DutyView) -> str:
    state = f"met by {view.by}: {view.receiver}, {view.channel}" if view.met else _proposal(view)
    if view.unnamed:
        state += f"; {view.unnamed} more may touch it: import outlines, or choose who is told in [duties.neighbours]"
    late = " OVERDUE" if view.overdue else ""
    return f"{view.id:>4}  alert {view.alert} {view.kind} by {view.due:%Y-%m-%d %H:%M:%SZ}{late}: {state}"


def _proposal(view: DutyView) -> str:
    """Whom to tell: proposed by what is registered, and chosen by whoever tells them."""
    if view.proposed:
        return f"proposed: {', '.join(view.proposed)}"
    return "no unit to be told is registered (hub unit add)"
