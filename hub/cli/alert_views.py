"""`hub alert show, forms, list`: alerts as the store has them."""

from __future__ import annotations

from collections.abc import Iterator

import click
import orjson
from rich.console import Console
from rich.table import Table

from approvals.issuers import Issuers
from hub.alert.lifecycle import Stage
from hub.alert.views import AlertView
from hub.cli.roster import call_line
from hub.cli.session import run
from hub.cli.validate import printable
from hub.dossier.ending import Ending
from hub.web.api.reading import form_view

LISTED = 50
MOST_LISTED = 1000
PIPE_WIDTH = 200

_ID = click.argument("alert", metavar="ID", type=click.IntRange(min=1))
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@_ID
@_JSON
def show(alert: int, *, as_json: bool) -> None:
    """Show alert ID: its stage, its digest, who decided and which steps are missing."""
    tell(run(lambda hub: hub.alerts.get(alert)), as_json=as_json)


@click.command()
@_ID
@_JSON
def forms(alert: int, *, as_json: bool) -> None:
    """Show every form of alert ID: what each channel sends in each language, frozen at submit."""
    found = [form_view(form) for form in run(lambda hub: hub.alerts.forms(alert))]
    if as_json:
        click.echo(orjson.dumps(found))
        return
    for form in found:
        part = f" part {form.part}" if form.part else ""
        click.echo(click.style(f"{form.channel} {form.language}{part}", bold=True))
        click.echo("\n".join(map(printable, (form.text or form.body).splitlines())) + "\n")


@click.command(name="list")
@click.option("--stage", type=click.Choice([stage.value for stage in Stage]), help="Only alerts in this stage.")
@click.option("--limit", default=LISTED, show_default=True, type=click.IntRange(1, MOST_LISTED))
@click.option("--before", type=click.IntRange(min=1), help="Only alerts with a smaller ID: the next page.")
@_JSON
def list_(stage: str | None, limit: int, before: int | None, *, as_json: bool) -> None:
    """List alerts, newest first."""
    page = run(lambda hub: hub.alerts.page(before, limit, stage))
    if as_json:
        click.echo(orjson.dumps(page))
        return
    table = Table("id", "stage", "type", "level", "headline", "persons", box=None, header_style="dim")
    for view in page.items:
        persons = "" if view.targeted is None else f"{view.targeted:,}"
        table.add_row(
            str(view.id), view.stage, view.msg_type, _level(view), printable(view.headline or view.event), persons
        )
    wide_console().print(table)
    if page.next is not None:
        click.echo(f"There are more: --before {page.next}")


def tell(view: AlertView, *, as_json: bool) -> None:
    """One alert as JSON, or a line for each thing somebody who must decide wants to know."""
    if as_json:
        click.echo(orjson.dumps(view))
        return
    _say(f"alert {view.id}: {view.stage}, version {view.version}")
    _say(f"{view.msg_type} {_level(view)}: {view.headline or view.event}")
    _say(f"identifier {view.identifier} of {view.sender}, {view.status}, {_until(view)}")
    _say(f"areas {', '.join(view.areas)}; channels {', '.join(view.channels)}")
    if view.escalation:
        _say(f"escalation {', '.join(f'{before} to {then}' for before, then in view.escalation)}")
    if view.groups:
        _say(f"groups {', '.join(view.groups)}")
    if view.targeted is not None:
        _say(f"persons {view.targeted:,}")
    for part in view.parts if len(view.parts) > 1 else ():
        place = ", ".join(part.areas) if part.part else "elsewhere in the audience: every part under its place"
        told = view.ending or part.level or view.notice or "over there"
        _say(f"  part {part.part or 'whole'}: {told}, {part.persons:,} persons, {place}")
    for answer in view.answers:
        _say(f"  author's answer to {answer.question}: {answer.choice} {answer.value}".rstrip())
    _say(f"issued by {describe_issuers(view.issuers)}")
    _say(f"written by {', '.join(view.authors)}")
    for decision in view.decisions:
        void = " (void)" if decision.void else ""
        reason = f": {decision.reason}" if decision.reason else ""
        _say(f"{decision.step} {decision.verdict} by {decision.official}{void}{reason}")
    for line in _missing(view):
        _say(line)
    _tell_duty(view)
    if view.digest:
        _say(f"digest {view.digest}")
    for question in view.questions:
        _say(f"open {question.key}: {question.text['en']} (hub alert questions {view.id})")
    for finding in view.findings:
        _say(f"  {finding['level']} {finding['rule']} {finding['element']}: {finding['text']}")


def describe_issuers(issuers: Issuers) -> str:
    """Who issues it, and who had another part in it."""
    published = f", published by {issuers.publisher}" if issuers.publisher else ""
    asked = f", after consulting {', '.join(issuers.consulted)}" if issuers.consulted else ""
    return " and ".join(issuers.signing) + published + asked


def keeps_no_roster(view: AlertView) -> bool:
    """Whether the warning waits where nobody ever entered a shift: with a roster, its release at least has a line."""
    waits = view.stage in (Stage.SUBMITTED, Stage.APPROVED)
    return waits and not view.duty and all(step.step != "rule" for step in view.steps)


def _tell_duty(view: AlertView) -> None:
    if keeps_no_roster(view):
        _say("nobody is called: this hub keeps no duty roster (hub roster import)")
    for step in view.duty:
        people = ", ".join(step.on_duty) or "nobody"
        people += f" (no number: {', '.join(step.uncallable)})" if step.uncallable else ""
        lack = f" — {step.lacking} of {step.wanted} LACKING" if step.lacking else ""
        whose = f" of {step.issuer}" if step.issuer else ""
        _say(f"on duty for {step.step}{whose}: {people}{lack}")
    for call in view.calls:
        _say(f"called {call_line(call)}")


def _missing(view: AlertView) -> Iterator[str]:
    """The steps still wanted, and whose they are where several units sign."""
    if view.missing:
        yield f"missing {', '.join(view.missing)}"
    for step in view.steps:
        if step.issuer and step.given < step.wanted:
            yield f"  of {step.issuer}: {step.wanted - step.given} x {step.step}"


#: what a Cancel is, by how it ends its warning
_ENDINGS = {Ending.LIFTED: "an all-clear", Ending.ISSUED_IN_ERROR: "takes back what was issued in error"}


def _until(view: AlertView) -> str:
    if view.ending or view.is_over:
        return _ENDINGS[Ending(view.ending)] if view.ending else "over"
    held = f"held until {view.not_before:%Y-%m-%d %H:%M%z}, " if view.not_before else ""
    return held + (f"until {view.expires_at:%Y-%m-%d %H:%MZ}" if view.expires_at else "its end is not settled")


def _level(view: AlertView) -> str:
    """The colour of what may stand, or which notice without one it is; how an all-clear ends a warning, and nothing
    for what has ended.
    """
    return view.ending or ("" if view.is_over else view.level or view.notice)


def wide_console() -> Console:
    """A console for tables, which are cut to the terminal's width but not to that of a pipe."""
    console = Console(highlight=False, markup=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, width=PIPE_WIDTH)


def _say(line: str) -> None:
    """One line, without anything of a warning's text that a terminal would obey."""
    click.echo(printable(line))
