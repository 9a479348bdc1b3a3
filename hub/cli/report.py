"""`hub report`: what became of a warning, its Updates and its Cancel together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
import orjson
from rich.table import Table

from hub.cli.alert_views import wide_console
from hub.cli.session import run

COUNTS = ("targeted", "accepted", "delivered", "confirmed", "failed", "unknown")
TIMES = ("first_s", "p50_s", "p99_s")


@click.command()
@click.argument("alert", type=click.IntRange(min=1))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def report(alert: int, *, as_json: bool) -> None:
    """Report the reach of ALERT and of everything that followed it. The words are explained in docs/overview.md."""
    told = run(lambda hub: hub.alerts.report(alert))
    if as_json:
        click.echo(orjson.dumps(told))
        return
    console = wide_console()
    console.print(f"{told['alert']['identifier']}  {told['alert']['digest'] or 'not submitted'}", soft_wrap=True)
    console.print(f"authorized by {', '.join(told['authorized_by']) or 'nobody'}", soft_wrap=True)
    console.print(_persons(told["persons"]))
    console.print(_channels(told["channels"]))
    for name, each in told["shared"].items():
        console.print(
            f"one number is told once: {each['messages']:,} messages by {name} told {each['persons']:,} persons, "
            f"{each['crowded_messages']:,} of them more than five each"
        )
    console.print(_messages(told["messages"]))
    partners, feedback, audit = told["partners"], told["feedback"], told["audit"]
    console.print("partners: " + ", ".join(f"{name} {count}" for name, count in partners.items()))
    console.print(f"feedback: {feedback['items']} items{_counts(feedback['sentiment'])}{_counts(feedback['intents'])}")
    console.print(f"audit: {audit['entries']} entries, {'verified' if audit['verified'] else 'BROKEN'}")


def _persons(persons: Mapping[str, int]) -> str:
    return "persons: " + ", ".join(f"{count:,} {name}" for name, count in persons.items())


def _channels(channels: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table("channel", *COUNTS, "first", "p50", "p99", box=None, header_style="dim")
    for name, each in channels.items():
        times = ("" if each[key] is None else f"{each[key]:.2f} s" for key in TIMES)
        table.add_row(name, *(f"{each[key]:,}" for key in COUNTS), *times)
    return table


def _messages(messages: list[Mapping[str, Any]]) -> Table:
    table = Table("alert", "type", "stage", "targeted", "reached", "failed", "unknown", box=None, header_style="dim")
    for each in messages:
        persons = (f"{each['persons'][key]:,}" for key in ("targeted", "reached", "failed", "unknown"))
        table.add_row(str(each["id"]), each["msg_type"], each["stage"], *persons)
    return table


def _counts(counted: Mapping[str, int]) -> str:
    return "; " + ", ".join(f"{name} {count}" for name, count in counted.items()) if counted else ""
