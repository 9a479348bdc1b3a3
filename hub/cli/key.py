"""`hub key`: the hub's own keys, rotated without stopping."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from hub.access.administration.view import RequestResult
from hub.app import Hub
from hub.cli.acting import perform, perform_on, tell
from hub.cli.session import run
from hub.registry.privacy.disclosure import MACHINE

PURPOSES = ("order", "token", "record")
SECRETS = ("seal", "hash")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_PURPOSE = click.argument("purpose", type=click.Choice(PURPOSES))


@click.group()
def key() -> None:
    """Signing keys, for orders, tokens and the record; and those that seal and hash addresses."""


@key.command(name="list")
@_JSON
def list_(*, as_json: bool) -> None:
    """Every key by its kid: in force, retired or revoked. No private key is shown."""

    async def read(hub: Hub) -> list[dict[str, str]]:
        return [
            {"purpose": purpose, "kid": kid, "state": "in force" if kid == ring.current.kid else state}
            for purpose, ring in hub.keys.rings.items()
            for state, kids in (("retired", ring), ("revoked", ring.revoked_kids))
            for kid in sorted(kids)
        ] + [
            {"purpose": purpose, "kid": each.kid, "state": state}
            for purpose, secrets in hub.keys.secrets.items()
            for state, each in (("in force", secrets.current), *(("older", one) for one in secrets.current_keys.older))
        ]

    told = run(read)
    if as_json:
        click.echo(json.dumps(told))
        return
    for row in told:
        click.echo(f"{row['purpose']:<7} {row['kid']}  {row['state']}")


@key.command()
@click.argument("purpose", type=click.Choice((*PURPOSES, *SECRETS)))
@_JSON
def rotate(purpose: str, *, as_json: bool) -> None:
    """Put a new key in force. What the old one signed stays good; running processes follow by themselves."""
    kid, answer = run(lambda hub: _rotating(hub, purpose))
    line = f"The {purpose} key {kid} is replaced."
    if purpose in SECRETS:
        line += " Run hub key reseal, then hub key retire."
    tell(answer, line, dict(answer.result), as_json=as_json)


async def _rotating(hub: Hub, purpose: str) -> tuple[str, RequestResult]:
    kid, _ = hub.keys.in_force(purpose)
    return kid, await perform_on(hub, "key-rotate", {"purpose": purpose, "kid": kid})


#: a kid is base64url (RFC 7638): one of 64 begins with the mark of an option
_KID = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


@key.command(context_settings=_KID)
@_PURPOSE
@click.argument("kid")
@_JSON
def revoke(purpose: str, kid: str, *, as_json: bool) -> None:
    """Refuse whatever the compromised key KID signed, from now on. A key in force is rotated first."""
    answer = perform("key-revoke", {"purpose": purpose, "kid": kid})
    tell(answer, f"The {purpose} key {kid} is revoked.", dict(answer.result), as_json=as_json)


@key.command()
@_JSON
def reseal(*, as_json: bool) -> None:
    """Bring every address under the seal and hash keys in force, beside whatever else goes on.

    Interrupted, it goes on where it stopped when it is started again.
    """

    async def renew(hub: Hub) -> int:
        columns = (TextColumn("people"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("people", total=await hub.privacy.renewing.count_left())
            return await hub.privacy.renewing.run(MACHINE, lambda count: progress.advance(task, count))

    done = run(renew)
    click.echo(json.dumps({"rows": done}) if as_json else f"{done} rows are under the keys in force now.")


@key.command()
@click.argument("purpose", type=click.Choice(SECRETS))
@click.argument("kid")
@_JSON
def retire(purpose: str, kid: str, *, as_json: bool) -> None:
    """Read the older key KID no more. Refused while a row still needs it; backups as old as it need its file."""
    answer = perform("key-retire", {"purpose": purpose, "kid": kid})
    tell(answer, f"The {purpose} key {kid} is retired.", dict(answer.result), as_json=as_json)
