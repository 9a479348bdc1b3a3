"""`hub official invite`, `link` and `unlink`: how an official comes to sign in."""

from __future__ import annotations

from typing import Any

import click

from hub.access.administration.view import RequestResult
from hub.app import Hub
from hub.cli.acting import perform, perform_on, tell
from hub.cli.session import run
from hub.clock import from_ms
from hub.store.access import officials
from hub.store.access.officials import OfficialRecord

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command()
@click.argument("who")
@click.option("--reset", is_flag=True, help="Also take away everything they could sign in with, now.")
@_JSON
def invite(who: str, *, reset: bool, as_json: bool) -> None:
    """A code with which WHO (number or name) chooses password and authenticator. It is shown once.

    Who can invite could sign in as anybody: as soon as there are two administrators, another has to agree first.
    """
    answer, record = run(lambda hub: _about(hub, "credential-reset" if reset else "invite", who, {}))
    told: dict[str, Any] = {"official": record.official.id, "name": record.official.name}
    line = f"{record.official.name} is invited."
    if answer.done:
        until = from_ms(answer.result["expires"])
        told["expires"] = answer.result["expires"]
        line = f"{record.official.name} is invited until {until.isoformat(timespec='minutes')}."
    tell(answer, line, told, as_json=as_json)


@click.command()
@click.argument("who")
@click.option("--issuer", required=True, help="The provider, as its tokens name it.")
@click.option("--subject", required=True, help="The account's sub claim there.")
@_JSON
def link(who: str, issuer: str, subject: str, *, as_json: bool) -> None:
    """Let WHO sign in with an account of an identity provider."""
    answer, record = run(lambda hub: _about(hub, "identity-link", who, {"issuer": issuer, "subject": subject}))
    told = {"official": record.official.id}
    tell(answer, f"{record.official.name} may sign in at {issuer}.", told, as_json=as_json)


@click.command()
@click.option("--issuer", required=True, help="The provider, as its tokens name it.")
@click.option("--subject", required=True, help="The account's sub claim there.")
@_JSON
def unlink(issuer: str, subject: str, *, as_json: bool) -> None:
    """Let nobody sign in with an account of an identity provider any more."""
    answer = perform("identity-unlink", {"issuer": issuer, "subject": subject})
    tell(answer, f"Nobody signs in with that account of {issuer} any more.", answer.result, as_json=as_json)


async def _about(hub: Hub, kind: str, who: str, more: dict[str, Any]) -> tuple[RequestResult, OfficialRecord]:
    record = await hub.db.read(lambda connection: officials.find(connection, who, "WHO"))
    return await perform_on(hub, kind, {"official": record.official.id, **more}), record
