"""`hub key`: the hub's own signing keys, rotated without stopping."""

from __future__ import annotations

import json

import click

from hub.administration.view import Answer
from hub.app import Hub
from hub.cli.acting import perform, perform_on, tell
from hub.cli.session import run

PURPOSES = ("order", "token", "record")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_PURPOSE = click.argument("purpose", type=click.Choice(PURPOSES))


@click.group()
def key() -> None:
    """Signing keys: for orders, for tokens, for the record."""


@key.command(name="list")
@_JSON
def list_(*, as_json: bool) -> None:
    """Every key by its kid: in force, retired or revoked. No private key is shown."""

    async def read(hub: Hub) -> list[dict[str, str]]:
        return [
            {"purpose": purpose, "kid": kid, "state": "in force" if kid == ring.current.kid else state}
            for purpose, ring in hub.keys.rings.items()
            for state, kids in (("retired", ring), ("revoked", ring.revoked))
            for kid in sorted(kids)
        ]

    told = run(read)
    if as_json:
        click.echo(json.dumps(told))
        return
    for row in told:
        click.echo(f"{row['purpose']:<7} {row['kid']}  {row['state']}")


@key.command()
@_PURPOSE
@_JSON
def rotate(purpose: str, *, as_json: bool) -> None:
    """Put a new key in force. What the old one signed stays good; running processes follow by themselves."""
    kid, answer = run(lambda hub: _rotating(hub, purpose))
    tell(answer, f"The {purpose} key {kid} is retired.", dict(answer.result), as_json=as_json)


async def _rotating(hub: Hub, purpose: str) -> tuple[str, Answer]:
    kid = hub.keys.rings[purpose].current.kid
    return kid, await perform_on(hub, "key-rotate", {"purpose": purpose, "kid": kid})


@key.command()
@_PURPOSE
@click.argument("kid")
@_JSON
def revoke(purpose: str, kid: str, *, as_json: bool) -> None:
    """Refuse whatever the compromised key KID signed, from now on. A key in force is rotated first."""
    answer = perform("key-revoke", {"purpose": purpose, "kid": kid})
    tell(answer, f"The {purpose} key {kid} is revoked.", dict(answer.result), as_json=as_json)
