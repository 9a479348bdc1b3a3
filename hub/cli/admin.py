"""`hub admin`: what waits for a second administrator."""

from __future__ import annotations

import json
import os
from dataclasses import asdict

import click

from hub.access.administration.view import RequestView
from hub.app import Hub
from hub.cli.acting import acting, agreeing
from hub.cli.session import note_configuration, run
from hub.store.access.admin_requests import State

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def admin() -> None:
    """Requests of administrators. Whoever acts is named by the access token in FENGHUO_TOKEN."""


@admin.command()
@click.option("--state", type=click.Choice([str(state) for state in State]), help="Only those in this state.")
@_JSON
def requests(state: str | None, *, as_json: bool) -> None:
    """What was asked for, the newest first."""
    wanted = None if state is None else State(state)
    found = run(lambda hub: hub.administration.list_requests(wanted))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        click.echo(_line(one))


@admin.command()
@click.argument("number", type=click.IntRange(min=1))
@click.option("--digest", help="The digest that was shown; without it the request is shown and asked about.")
@click.option("--proof", default="", help="A second factor shown for this digest, where one is demanded.")
@_JSON
def approve(number: int, digest: str | None, proof: str, *, as_json: bool) -> None:
    """Agree to request NUMBER of another administrator, and do it."""
    if digest is None:
        shown = next((one for one in run(lambda hub: hub.administration.list_requests()) if one.id == number), None)
        if shown is not None:
            click.echo(_line(shown), err=True)
            click.confirm("Agree to it?", abort=True, err=True)
        digest = shown.digest if shown is not None else ""

    async def agree(hub: Hub) -> dict[str, object]:
        # The machine may have loosened what an agreement needs, for this one command: that stands in the log first.
        await note_configuration(hub, os.environ)
        answer = await hub.administration.approve(await agreeing(hub, proof), number, digest, proof)
        return {"request": number, "result": dict(answer.result)}

    told = run(agree)
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else f"Request {number} is approved and done.")


@admin.command()
@click.argument("number", type=click.IntRange(min=1))
@click.option("--reason", required=True, help="Kept in the record.")
@_JSON
def reject(number: int, reason: str, *, as_json: bool) -> None:
    """Refuse request NUMBER, or take one's own back."""

    async def refuse(hub: Hub) -> RequestView:
        return await hub.administration.reject(await acting(hub), number, reason)

    told = run(refuse)
    click.echo(json.dumps(asdict(told), ensure_ascii=False) if as_json else f"Request {number} is rejected.")


def _line(one: RequestView) -> str:
    particulars = json.dumps(one.payload, ensure_ascii=False)
    particulars += "".join(f", {field}: {name}" for field, name in one.names.items())
    return f"{one.id:>4}  {one.state}: {one.kind} {particulars}, asked by {one.requested_by}, until {one.expires_at}"
