"""`hub partner`: the media partners that pull the feeds and are pushed the bulletins."""

from __future__ import annotations

import json

import click

from hub.cli.acting import perform, tell
from hub.cli.session import run
from hub.store.register import partners as store

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


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
    """Register NAME. Its feed token, its secret and that of its proofs are shown once.

    The hub keeps a hash of the token and sealed copies of the secrets.
    """
    given = {"name": name, "push_url": push_url or "", "region": region or "", "allow_loopback": allow_loopback}
    answer = perform("partner-register", given)
    told = {"id": answer.result.get("partner"), "name": name}
    tell(answer, f"Partner {told['id']}: {name}.", told, as_json=as_json)


@partner.command()
@click.argument("number", type=click.IntRange(min=1))
@_JSON
def retire(number: int, *, as_json: bool) -> None:
    """Close the feeds and the push to partner NUMBER."""
    answer = perform("partner-retire", {"partner": number})
    tell(answer, f"Partner {number} is retired.", {"id": number, "active": False}, as_json=as_json)


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
