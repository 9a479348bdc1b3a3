"""`hub alert issuers, take-over`: who issues a draft, stated anew or taken over by a superior."""

from __future__ import annotations

import click

from approvals.official import Official
from hub.alert.views import AlertView
from hub.app import Hub
from hub.cli.alert_acts import _AS, _ID, _JSON, _VERSION, _act, _split_values, _version_of
from hub.dossier.issuers import IssuersRequest


@click.command()
@_ID
@click.option("--joint", multiple=True, help="A unit that issues it jointly and signs for itself; may be repeated.")
@click.option("--consulted", multiple=True, help="A unit that was consulted and need not sign; may be repeated.")
@_VERSION
@_AS
@_JSON
def issuers(
    alert: int, joint: tuple[str, ...], consulted: tuple[str, ...], version: int | None, who: str, *, as_json: bool
) -> None:
    """Say who issues draft ID beside its unit, and who was consulted: all of both, what is left out is nobody."""
    stated = IssuersRequest(_split_values(joint), _split_values(consulted))

    async def act(hub: Hub, official: Official) -> AlertView:
        return await hub.drafting.restate(official, alert, await _version_of(hub, alert, version), stated)

    _act(who, "issuers", alert, act, as_json=as_json)


@click.command(name="take-over")
@_ID
@click.option("--reason", required=True, help="Why a superior acts in the issuer's place; it stands in the record.")
@_VERSION
@_AS
@_JSON
def take_over(alert: int, reason: str, version: int | None, who: str, *, as_json: bool) -> None:
    """As a superior of its issuer, make unreleased alert ID your unit's own: its own approvals are needed then."""

    async def act(hub: Hub, official: Official) -> AlertView:
        return await hub.drafting.take_over(official, alert, await _version_of(hub, alert, version), reason)

    _act(who, "take-over", alert, act, as_json=as_json)
