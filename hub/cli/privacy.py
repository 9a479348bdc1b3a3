"""What is shown, erased and forgotten of persons: `hub recipient reveal`, `hub recipient erase`, `hub privacy`."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime

import click
from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.official import Official
from hub.access.permissions import Permission, holds
from hub.app import Hub
from hub.cli.acting import TOKEN, acting
from hub.cli.session import run
from hub.crypto.vault import Vault
from hub.errors import Forbidden, NotFound
from hub.masking import mask_address
from hub.registry.privacy.disclosure import MACHINE
from hub.rules.rule import Rule
from hub.store.register import recipients as store

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
REASON = click.option("--reason", required=True, help="Why; it is kept in the audit log.")


async def official_or_machine(hub: Hub) -> Official | None:
    """The official of the token in the environment; None, the machine itself, where there is no token."""
    return await acting(hub) if os.environ.get(TOKEN) else None


@click.command()
@click.argument("external_id")
@click.option("--channel", required=True, help="Which address: sms, voice, email.")
@REASON
@_JSON
def reveal(external_id: str, channel: str, reason: str, *, as_json: bool) -> None:
    """Show one address of EXTERNAL_ID to the official in FENGHUO_TOKEN, who needs the right to reveal."""

    async def show(hub: Hub) -> str:
        official = await acting(hub)
        number = await hub.db.read(lambda connection: _number(connection, external_id))
        return await hub.privacy.disclosure.reveal(official, number, channel, reason)

    address = run(show)
    click.echo(json.dumps({"channel": channel, "address": address}) if as_json else address)


@click.command()
@click.argument("external_id")
@_JSON
def show(external_id: str, *, as_json: bool) -> None:
    """Show the addresses of EXTERNAL_ID with their middle gone: enough to compare, too little to send to."""

    def read(connection: Connection, vault: Vault) -> dict[str, str]:
        number = _number(connection, external_id)
        [(_, person)] = store.iterate_recipients(connection, vault, BitMap([number]))
        return {channel: mask_address(address) for channel, address in sorted(person.addresses.items())}

    told = run(lambda hub: hub.db.read(lambda connection: read(connection, hub.vault)))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for channel, address in told.items():
        click.echo(f"{channel}: {address}")


def _number(connection: Connection, external_id: str) -> int:
    number = store.by_external_id(connection, external_id)
    if number is None:
        raise NotFound("there is no such person", rule=Rule.RECIPIENT_UNKNOWN, place="external_id")
    return number


@click.command()
@click.argument("external_id")
@REASON
@_JSON
def erase(external_id: str, reason: str, *, as_json: bool) -> None:
    """Erase a person: row, addresses, hashes, index, preferences, and the texts they sent. It cannot be undone."""

    async def gone(hub: Hub) -> int:
        official = await official_or_machine(hub)
        if official is not None and not holds(official, Permission.HUB_PERSON_ERASE):
            raise Forbidden("the right to reveal is needed", rule=Rule.RIGHT, place="rights")
        actor = official.name if official else MACHINE
        return await hub.transactions.write(actor, lambda tx: hub.privacy.erasing.erase(tx, external_id, reason))

    number = run(gone)
    click.echo(json.dumps({"erased": number}) if as_json else f"Erased; evidence names them recipient {number}.")


@click.group()
def privacy() -> None:
    """Retention of what persons left."""


@privacy.command()
@click.argument("alert", type=int)
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day it is kept to (UTC).")
@REASON
def assess(alert: int, until: datetime, reason: str) -> None:
    """Record that what ALERT left is needed as evidence until a day; until then retention leaves it alone."""
    day = until.replace(tzinfo=UTC)
    run(lambda hub: hub.transactions.write(MACHINE, lambda tx: hub.privacy.retention.assess(tx, alert, day, reason)))
    click.echo(f"What alert {alert} left is kept until {day:%Y-%m-%d}.")


@privacy.command()
@click.option("--apply", "applied", is_flag=True, help="Forget it. Without this it is counted only.")
@_JSON
def retention(*, applied: bool, as_json: bool) -> None:
    """Say what is older than the settings allow, by sort; with --apply forget it."""

    async def work(hub: Hub) -> dict[str, int]:
        kept = hub.privacy.retention
        return await (kept.apply(MACHINE) if applied else hub.transactions.read(kept.due))

    told = run(work)
    if as_json:
        click.echo(json.dumps({"applied": applied, "rows": told}))
        return
    for name, count in told.items():
        click.echo(f"{name}: {count} {'forgotten' if applied else 'too old'}")
