"""`hub partner`: the media partners that pull the feeds and are pushed the bulletins."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from typing import Any

import click
from sqlalchemy import Connection

from channels.egress import TargetRefused, check_target
from hub.app import Hub
from hub.cli.session import run
from hub.clock import to_ms
from hub.errors import Conflict, Invalid
from hub.identity.opaque import fingerprint
from hub.store import audit, endpoints
from hub.store import partners as store
from hub.store.endpoints import NewEndpoint

ACTOR = "command line"
CHANNEL = "partners"

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@dataclass(frozen=True, slots=True)
class _New:
    name: str
    token: str
    push_url: str | None
    secret: str
    region: str | None


@click.group()
def partner() -> None:
    """The media partners."""


@partner.command()
@click.argument("name")
@click.option(
    "--push-url", help="Where bulletins are pushed to, signed after Standard Webhooks; without it, pull only."
)
@click.option("--region", help="Region key the partner serves; without it, everywhere.")
@click.option("--allow-loopback", is_flag=True, help="For trials: the push address may be on this machine.")
@_JSON
def add(name: str, push_url: str | None, region: str | None, *, allow_loopback: bool, as_json: bool) -> None:
    """Register NAME. Its feed token and signing secret are shown once; the hub keeps a hash and a sealed copy."""
    if push_url is not None:
        try:
            check_target(push_url, allow_loopback=allow_loopback)
        except TargetRefused as error:
            raise Invalid(str(error), rule="push-target", place="--push-url") from None
    elif region is not None:
        raise Invalid("a region narrows what is pushed: name --push-url too", rule="push-target", place="--region")
    # Standard Webhooks 1.0.0: 24 to 64 random bytes, written whsec_ and base64
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}" if push_url else ""
    new = _New(name, secrets.token_urlsafe(32), push_url, secret, region)
    number = run(lambda hub: hub.db.write(lambda connection: _add(connection, hub, new)))
    told: dict[str, Any] = {"id": number, "name": name, "token": new.token}
    if secret:
        told["secret"] = secret
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else "\n".join(f"{k}: {v}" for k, v in told.items()))


def _add(connection: Connection, hub: Hub, new: _New) -> int:
    now = to_ms(hub.clock.now())
    if any(known.name == new.name for known in store.list_all(connection)):
        raise Conflict(f"partner {new.name!r} exists", rule="partner-exists", place="NAME")
    endpoint = None
    if new.push_url is not None:
        made = NewEndpoint(CHANNEL, new.name, new.push_url, new.secret, new.region)
        try:
            endpoint = endpoints.add(connection, hub.vault, made)
        except ValueError as error:
            raise Invalid(str(error), rule="region-unknown", place="--region") from None
    number = store.add(connection, new.name, fingerprint(new.token), endpoint, now_ms=now)
    detail = {"name": new.name, "pushed": endpoint is not None}
    audit.append(connection, at_ms=now, actor=ACTOR, action="enrol", subject=f"partner/{number}", detail=detail)
    return number


@partner.command(name="list")
@_JSON
def list_(*, as_json: bool) -> None:
    """Every partner, by name; no token and no address."""
    found = run(lambda hub: hub.db.read(store.list_all))
    told = [{"id": each.id, "name": each.name, "pushed": each.endpoint is not None} for each in found]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for row in told:
        click.echo(f"{row['id']:>4}  {row['name']}: pulls{' and is pushed' if row['pushed'] else ''}")
