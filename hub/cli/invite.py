"""`hub official invite`, `link` and `unlink`: how an official comes to sign in, on the machine itself."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click
from sqlalchemy import Connection

from hub.app import Hub
from hub.cli.session import run
from hub.clock import from_ms, to_ms
from hub.errors import Conflict, NotFound
from hub.identity.enrolment import Invitation
from hub.store import audit, identities, officials
from hub.store.identities import Account

ACTOR = "command line"
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command()
@click.argument("who")
@click.option("--reset", is_flag=True, help="Also take away everything they could sign in with, now.")
@_JSON
def invite(who: str, *, reset: bool, as_json: bool) -> None:
    """A code with which WHO (number or name) chooses password and authenticator. It is shown once."""

    async def invite_on(hub: Hub) -> Invitation:
        act = hub.identity.enrolment.reset if reset else hub.identity.enrolment.invite
        return await hub.db.write(lambda connection: act(connection, _number(connection, who), ACTOR))

    made = run(invite_on)
    if as_json:
        click.echo(json.dumps(asdict(made), ensure_ascii=False))
    else:
        click.echo(f"{made.name}: {made.code} (until {from_ms(made.expires).isoformat(timespec='minutes')})")


@click.command()
@click.argument("who")
@click.option("--issuer", required=True, help="The provider, as its tokens name it.")
@click.option("--subject", required=True, help="The account's sub claim there.")
@_JSON
def link(who: str, issuer: str, subject: str, *, as_json: bool) -> None:
    """Let WHO sign in with an account of an identity provider."""
    account = Account(issuer, subject)

    def work(connection: Connection, now: int) -> int:
        official = _number(connection, who)
        if not identities.link(connection, account, official, now):
            raise Conflict("this account is linked already", rule="identity-linked", place="--subject")
        return official

    _told(run(lambda hub: _linking(hub, "identity-link", work, issuer)), as_json=as_json)


@click.command()
@click.option("--issuer", required=True, help="The provider, as its tokens name it.")
@click.option("--subject", required=True, help="The account's sub claim there.")
@_JSON
def unlink(issuer: str, subject: str, *, as_json: bool) -> None:
    """Let nobody sign in with an account of an identity provider any more."""

    def work(connection: Connection, _now: int) -> int:
        official = identities.unlink(connection, Account(issuer, subject))
        if official is None:
            raise NotFound("there is no such link", rule="identity-unknown", place="--subject")
        return official

    _told(run(lambda hub: _linking(hub, "identity-unlink", work, issuer)), as_json=as_json)


async def _linking(hub: Hub, action: str, work: Any, issuer: str) -> int:
    now = to_ms(hub.clock.now())

    def change(connection: Connection) -> int:
        official: int = work(connection, now)
        subject = f"official/{official}"
        audit.append(connection, at_ms=now, actor=ACTOR, action=action, subject=subject, detail={"issuer": issuer})
        return official

    return await hub.db.write(change)


def _told(official: int, *, as_json: bool) -> None:
    click.echo(json.dumps({"official": official}) if as_json else f"Official {official}.")


def _number(connection: Connection, who: str) -> int:
    number = int(who) if who.isascii() and who.isdigit() and len(who) <= 18 else None
    found = officials.by_id(connection, number) if number is not None else officials.by_name(connection, who)
    if found is None:
        raise NotFound(f"there is no official {who!r}", rule="official-unknown", place="WHO")
    return found.official.id
