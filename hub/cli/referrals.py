"""`hub alert referrals`: what lies in the inbox of a unit, and what its officials do with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import click
import orjson
from rich.table import Table

from approvals.official import Official
from hub.alert.views import AlertView
from hub.app import Hub
from hub.cli.alert_acts import _AS, _JSON, _act
from hub.cli.alert_views import wide_console
from hub.cli.session import run
from hub.cli.validate import printable
from hub.signoff.referral import Referrals, ReferralView
from hub.store.alerts.referrals import OPEN, STATES

EVERY = "every"
Take = Callable[[Referrals, Official, int, int, str], Awaitable[AlertView]]

_NUMBER = click.argument("number", metavar="NUMBER", type=click.IntRange(min=1))
_VERSION = click.option("--version", type=click.IntRange(min=1), help="Refuse any other; default the newest.")


@click.group(name="referrals")
def referrals() -> None:
    """Drafts that were referred: adopt them, give them back to be mended, or decline them."""


@referrals.command(name="list")
@click.option("--unit", help="Only the inbox of this unit.")
@click.option("--state", default=OPEN, show_default=True, type=click.Choice([*STATES, EVERY]))
@_JSON
def list_(unit: str | None, state: str, *, as_json: bool) -> None:
    """List what was referred, oldest first."""
    found = run(lambda hub: hub.referrals.list_referrals(None if state == EVERY else state, unit))
    if as_json:
        click.echo(orjson.dumps(found))
        return
    table = Table("number", "alert", "from", "to", "state", "due", "reason", box=None, header_style="dim")
    for each in found:
        table.add_row(*map(printable, _row(each)))
    wide_console().print(table)


@referrals.command()
@_NUMBER
@click.option("--reason", default="", help="It stands in the record.")
@_VERSION
@_AS
@_JSON
def adopt(number: int, reason: str, version: int | None, who: str, *, as_json: bool) -> None:
    """Make the draft of referral NUMBER your unit's own: its own approvals are needed then."""
    _take("adopt", (number, version, reason), who, Referrals.adopt, as_json=as_json)


@referrals.command(name="return")
@_NUMBER
@click.option("--reason", required=True, help="What is to be mended.")
@_VERSION
@_AS
@_JSON
def give_back(number: int, reason: str, version: int | None, who: str, *, as_json: bool) -> None:
    """Give the draft of referral NUMBER back to its author, to be mended."""
    _take("return", (number, version, reason), who, Referrals.give_back, as_json=as_json)


@referrals.command()
@_NUMBER
@click.option("--reason", required=True, help="Why there is no warning in it.")
@_VERSION
@_AS
@_JSON
def decline(number: int, reason: str, version: int | None, who: str, *, as_json: bool) -> None:
    """Give the draft of referral NUMBER back: your unit sees no warning in it."""
    _take("decline", (number, version, reason), who, Referrals.decline, as_json=as_json)


def _take(word: str, said: tuple[int, int | None, str], who: str, take: Take, *, as_json: bool) -> None:
    number, version, reason = said

    async def act(hub: Hub, official: Official) -> AlertView:
        seen = version if version is not None else (await hub.referrals.get(number)).version
        return await take(hub.referrals, official, number, seen, reason)

    _act(who, f"referrals {word}", None, act, as_json=as_json)


def _row(each: ReferralView) -> tuple[str, ...]:
    due = f"{each.due:%Y-%m-%d %H:%MZ}"
    return (str(each.id), str(each.alert), each.from_unit, each.to_unit, each.state, due, each.reason)
