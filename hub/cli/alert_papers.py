"""`hub alert refer, countersign, history`: the papers of a warning."""

from __future__ import annotations

import click
import orjson

from approvals.decision import APPROVE, REJECT
from hub.cli.alert_acts import _AS, _DIGEST, _ID, _JSON, _act
from hub.cli.session import run
from hub.cli.validate import printable
from hub.evidence.history import history_of


@click.command()
@_ID
@click.option("--reason", required=True)
@click.option("--to", "to_unit", default="", help="Another unit than the competent one; it must stand above.")
@_AS
@_JSON
def refer(alert: int, reason: str, to_unit: str, who: str, *, as_json: bool) -> None:
    """Refer draft ID to the unit that is competent for its stakes."""
    _act(
        who,
        "refer",
        alert,
        lambda hub, official: hub.referrals.refer(official, alert, reason, to_unit),
        as_json=as_json,
    )


@click.command()
@_ID
@click.option("--verdict", default=APPROVE, show_default=True, type=click.Choice([APPROVE, REJECT]))
@click.option("--reason", default="", help="Required to reject; then a Cancel is drafted at once.")
@_DIGEST
@_AS
@_JSON
def countersign(alert: int, verdict: str, reason: str, digest: str, who: str, *, as_json: bool) -> None:
    """Give or refuse the countersignature that the emergency release of ID owes."""
    _act(
        who,
        "countersign",
        alert,
        lambda hub, official: hub.countersigning.give(official, alert, verdict, digest, reason),
        as_json=as_json,
    )


@click.command()
@_ID
@_JSON
def history(alert: int, *, as_json: bool) -> None:
    """Show who wrote, decided, referred and countersigned alert ID."""
    found = run(lambda hub: hub.transactions.read(lambda tx: history_of(tx, alert)))
    if as_json:
        click.echo(orjson.dumps(found))
        return
    for entry in found.entries:
        said = " ".join(f"{name}={value}" for name, value in entry.detail.items())
        click.echo(printable(f"{entry.seq} {entry.at:%Y-%m-%d %H:%M:%SZ} {entry.actor} {entry.action} {said}"))
