"""Acts of administration from the command line: filed in the name of whoever FENGHUO_TOKEN says, or done at the start.

Before there are two administrators whoever has the machine acts alone, and the record says so. From then on an act is a
request of the official in FENGHUO_TOKEN, and another administrator agrees to it with `hub admin approve`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

import click

from approvals.official import Official
from hub.access.administration.view import RequestResult
from hub.access.identity.factors import SecondFactorAnswer
from hub.access.identity.proofs import must_come_from_session
from hub.app import Hub
from hub.cli.session import run
from hub.web.auth import official_of, sign_in_by_token

TOKEN = "FENGHUO_TOKEN"  # noqa: S105 - the name of the variable
Read = Callable[[Hub], Mapping[str, Any]]


async def acting(hub: Hub) -> Official:
    """The official whose access token is in the environment. Raises HttpRefusal 401."""
    return await official_of(hub, os.environ.get(TOKEN, ""))


async def agreeing(hub: Hub, proof: str) -> Official:
    """The official of the token, who shows this proof of a second factor. Raises HttpRefusal 401, Forbidden."""
    who = await sign_in_by_token(hub, os.environ.get(TOKEN, ""))
    must_come_from_session(who.claims.login, proof)
    return who.official


async def signing(hub: Hub, step: str, digest: str, proof: str) -> tuple[Official, str]:
    """Who signs, and their proof for `digest`: the one given, else by a one-time code that is asked for (decision 20).

    Raises HttpRefusal 401, Forbidden, NotSignedIn, TooMany.
    """
    who = await sign_in_by_token(hub, os.environ.get(TOKEN, ""))
    must_come_from_session(who.claims.login, proof)
    if proof or not hub.identity.proofs.is_demanded(step):
        return who.official, proof
    code = click.prompt("One-time code", hide_input=True, err=True)
    granted = await hub.identity.factors.prove(who.official, who.claims.login, digest, SecondFactorAnswer(totp=code))
    return who.official, granted.proof


def perform(kind: str, given: Mapping[str, Any]) -> RequestResult:
    """One act, done or filed. Raises Refusal."""
    return run(lambda hub: perform_on(hub, kind, given))


async def perform_on(hub: Hub, kind: str, given: Mapping[str, Any]) -> RequestResult:
    """Files or performs an act of administration on a hub that is open already."""
    if not os.environ.get(TOKEN):
        return await hub.administration.bootstrap(kind, given)
    return await hub.administration.propose(await acting(hub), kind, given)


def tell(answer: RequestResult, line: str, more: Mapping[str, Any], *, as_json: bool) -> None:
    """What was done, or what waits for a second administrator, and what is shown this once."""
    if answer.request is not None:
        told: dict[str, Any] = {"request": answer.request.id, "digest": answer.request.digest}
        told["expires_at"] = answer.request.expires_at
        line = f"Request {answer.request.id} waits for another administrator until {answer.request.expires_at}."
    else:
        told = {**more}
    told |= answer.told
    secrets = "".join(f"\n{name}: {value}" for name, value in answer.told.items())
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else line + secrets)
