"""`hub endpoint`: group robots and broadcast entries, each reaching many people at once."""

from __future__ import annotations

import json
from typing import Any

import click
from sqlalchemy import Connection

from channels.driver import Reach
from channels.egress import TargetRefused, check_target
from hub.app import Hub
from hub.cli.official import ACTOR
from hub.cli.session import run
from hub.clock import to_ms
from hub.errors import Invalid, NotFound
from hub.store import audit, endpoints
from hub.store.endpoints import NewEndpoint

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def endpoint() -> None:
    """Group robots, broadcast entries and other addresses that reach many people at once."""


@endpoint.command()
@click.argument("name")
@click.option("--channel", required=True, help="An enabled channel that reaches many, such as wecom or broadcast.")
@click.option("--url", required=True, help="Where the channel sends to; kept sealed.")
@click.option("--secret-file", type=click.File("r"), help="What signs or authenticates; - reads standard input.")
@click.option("--region", help="Region key it serves; without it, everywhere.")
@click.option("--allow-loopback", is_flag=True, help="For trials: the address may be on this machine.")
@_JSON
def add(
    name: str,
    channel: str,
    url: str,
    secret_file: Any,
    region: str | None,
    *,
    allow_loopback: bool,
    as_json: bool,
) -> None:
    """Register NAME on a channel, or replace its address, secret and region."""
    try:
        check_target(url, allow_loopback=allow_loopback)
    except TargetRefused as error:
        raise Invalid(str(error), rule="endpoint-target", place="--url") from None
    secret = secret_file.read().strip() if secret_file else ""
    new = NewEndpoint(channel, name, url, secret, region)
    number = run(lambda hub: hub.db.write(lambda connection: _add(connection, hub, new)))
    told = {"id": number, "channel": channel, "name": name}
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else f"Endpoint {number}: {name} on {channel}.")


def _add(connection: Connection, hub: Hub, new: NewEndpoint) -> int:
    many = sorted(name for name, driver in hub.drivers.items() if driver.reach is Reach.MANY)
    if new.channel not in many:
        text = f"{new.channel!r} is no enabled channel that reaches many: {', '.join(many) or 'none is enabled'}"
        raise Invalid(text, rule="endpoint-channel", place="--channel")
    try:
        number = endpoints.add(connection, hub.vault, new)
    except ValueError as error:
        raise Invalid(str(error), rule="region-unknown", place="--region") from None
    _record(connection, hub, "enrol", number, {"channel": new.channel, "name": new.name, "region": new.region})
    return number


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
    run(lambda hub: hub.db.write(lambda connection: _retire(connection, hub, number)))
    told = {"id": number, "active": False}
    click.echo(json.dumps(told) if as_json else f"Endpoint {number} is out of service.")


def _retire(connection: Connection, hub: Hub, number: int) -> None:
    if not endpoints.deactivate(connection, number):
        raise NotFound(f"there is no endpoint {number}", rule="endpoint-unknown", place="NUMBER")
    _record(connection, hub, "retire", number, {})


def _record(connection: Connection, hub: Hub, action: str, number: int, detail: dict[str, Any]) -> None:
    now = to_ms(hub.clock.now())
    audit.append(connection, at_ms=now, actor=ACTOR, action=action, subject=f"endpoint/{number}", detail=detail)
