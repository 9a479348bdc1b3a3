"""`hub endpoint`: group robots and broadcast entries, each reaching many people at once."""

from __future__ import annotations

import json
from typing import Any

import click

from hub.cli.acting import perform, tell
from hub.cli.session import run
from hub.store.register import endpoints

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def endpoint() -> None:
    """Group robots, broadcast entries and other addresses that reach many people at once."""


@endpoint.command()
@click.argument("name")
@click.option("--channel", required=True, help="An enabled channel that reaches many, such as wecom or broadcast.")
@click.option("--url", required=True, help="Where the channel sends to; kept sealed.")
@click.option("--secret-file", type=click.File("r"), help="What signs or authenticates; - reads standard input.")
@click.option(
    "--callback-keys-file",
    type=click.File("r"),
    help="What its operator signs reports with (whsec_ or whpk_ keys); without it no report is believed.",
)
@click.option("--region", help="Region key it serves; without it, everywhere.")
@click.option("--allow-loopback", is_flag=True, help="For trials: the address may be on this machine.")
@_JSON
def add(
    name: str,
    channel: str,
    url: str,
    secret_file: Any,
    callback_keys_file: Any,
    region: str | None,
    *,
    allow_loopback: bool,
    as_json: bool,
) -> None:
    """Register NAME on a channel, or replace its address, secret and region."""
    given = {"channel": channel, "name": name, "url": url, "region": region or "", "allow_loopback": allow_loopback}
    secret = secret_file.read().strip() if secret_file else ""
    keys = " ".join(callback_keys_file.read().split()) if callback_keys_file else ""
    answer = perform("endpoint-register", {**given, "secret": secret, "callback_keys": keys})
    told = {"id": answer.result.get("endpoint"), "channel": channel, "name": name}
    tell(answer, f"Endpoint {told['id']}: {name} on {channel}.", told, as_json=as_json)


@endpoint.command(name="list")
@_JSON
def list_(*, as_json: bool) -> None:
    """Every endpoint, in and out of service; no address and no secret."""
    found = run(lambda hub: hub.db.read(endpoints.list_all))
    told = [{"id": one.id, "channel": one.channel, "name": one.name, "active": one.active} for one in found]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for row in told:
        click.echo(f"{row['id']:>4}  {row['channel']}: {row['name']}{'' if row['active'] else ' (out of service)'}")


@endpoint.command()
@click.argument("number", type=click.IntRange(min=1))
@_JSON
def retire(number: int, *, as_json: bool) -> None:
    """Take endpoint NUMBER out of service for everything released from now on."""
    answer = perform("endpoint-retire", {"endpoint": number})
    tell(answer, f"Endpoint {number} is out of service.", {"id": number, "active": False}, as_json=as_json)
