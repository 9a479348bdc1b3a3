"""`hub alert estimate`, `hub recipient estimate`: what an alert would do, before anybody approves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import click
import orjson

from approvals.level import Level
from hub.cli.audience import audience_options, request_of
from hub.cli.session import run
from hub.cli.validate import printable
from hub.estimate.service import Hypothetical
from hub.estimate.view import Estimate, KeyCount, RecentMessages
from hub.store.register.shared import CROWD, Sharing

LINES = 12  #: of one list on a terminal; --json has more

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command(name="estimate")
@click.argument("alert", metavar="ID", type=click.IntRange(min=1))
@_JSON
def of_alert(alert: int, *, as_json: bool) -> None:
    """Show what releasing alert ID now would do: whom it reaches, whom not, and what reviewers are warned of."""
    tell(run(lambda hub: hub.estimates.of_alert(alert)), as_json=as_json)


@click.command(name="estimate")
@click.option("--region", "regions", multiple=True, help="Region key; may be repeated.")
@click.option("--group", "groups", multiple=True, help="Population group; may be repeated.")
@audience_options
@click.option("--channel", "channels", multiple=True, help="Channel to use; none named means every configured one.")
@click.option("--level", type=click.Choice([level.word for level in Level]), required=True)
@click.option("--event", default="", help="12379 event code, or the event in words.")
@click.option("--text", "texts", multiple=True, help="Language the warning will be written in; may be repeated.")
@click.option("--unit", default="", help="The unit that would issue it: whether the places are its own.")
@_JSON
def of_plan(regions: tuple[str, ...], groups: tuple[str, ...], *, as_json: bool, **given: Any) -> None:
    """Show what an alert for these places, groups and languages would do, before anything is drafted."""
    request = replace(request_of(regions, groups, given), channels=given["channels"])
    thought = Hypothetical(Level.of(given["level"]), given["event"], frozenset(given["texts"]) or None, given["unit"])
    tell(run(lambda hub: hub.estimates.of_plan(request, thought)), as_json=as_json)


def tell(estimate: Estimate, *, as_json: bool) -> None:
    """As JSON, or a line for each thing somebody who must decide wants to know."""
    if as_json:
        click.echo(orjson.dumps(estimate))
        return
    for line in _lines(estimate):
        click.echo(printable(line))


def _lines(estimate: Estimate) -> Iterator[str]:
    yield f"{estimate.persons} persons, as of {estimate.at:%Y-%m-%d %H:%M:%SZ}"
    yield from _list_counts("townships", estimate.townships.shown, estimate.townships.further)
    yield from _list_counts("groups", estimate.groups)
    yield from _list_counts("languages", estimate.languages)
    yield from _list_counts("channels", estimate.channels)
    yield from (_shared_line(each) for each in estimate.shared)
    missed = estimate.unreachable
    yield f"on none of the channels: {missed.persons}, of these where an endpoint serves: {missed.served}"
    yield from _list_counts("would be reached by", missed.others)
    yield from (line for recent in estimate.recent for line in _recent(recent))
    for finding in estimate.findings:
        yield f"  {finding['level']} {finding['rule']} {finding['element']}: {finding['text']}"


def _shared_line(each: Sharing) -> str:
    crowds = (
        f"; {each.crowded} of them of more than {CROWD} each, {each.crowded_persons} persons" if each.crowded else ""
    )
    return (
        f"told once, though several have it: {each.numbers} numbers of {each.channel}, {each.persons} persons{crowds}"
    )


def _recent(recent: RecentMessages) -> Iterator[str]:
    counts = ", ".join(f"{times}: {persons}" for times, persons in recent.histogram.items())
    bound = f"; {recent.over} had the {recent.budget} that are allowed" if recent.budget else ""
    yield f"in the last {recent.hours} h {recent.alerts} alerts; persons by how many they were sent: {counts}{bound}"


def _list_counts(heading: str, counts: Sequence[KeyCount], further: int = 0) -> Iterator[str]:
    if not counts:
        return
    yield f"{heading}:"
    for each in counts[:LINES]:
        name = "" if each.name == each.key else f" {each.name}"
        yield f"  {each.key}{name}: {each.persons}"
    if more := max(len(counts) - LINES, 0) + further:
        yield f"  … and {more} more"
