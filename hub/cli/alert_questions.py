"""`hub alert questions, answer, hold`: what a draft leaves open, and the hour it is held back until."""

from __future__ import annotations

from datetime import datetime

import click
import orjson

from approvals.moment import read_moment
from approvals.official import Official
from hub.alert.views import NOBODY, AlertView
from hub.app import Hub
from hub.audience.plan import QuestionAnswer
from hub.cli.alert_acts import _AS, _ID, _JSON, _VERSION, _act, _version_of
from hub.cli.session import run
from hub.cli.validate import printable
from hub.errors import Invalid
from hub.rules.rule import Rule


@click.command()
@_ID
@_JSON
def questions(alert: int, *, as_json: bool) -> None:
    """Show what draft ID leaves open, and the answers there are."""
    view = run(lambda hub: hub.alerts.get(alert))
    if as_json:
        click.echo(orjson.dumps(view.questions))
        return
    for question in view.questions:
        _say(f"{question.key}  {question.element}  {question.rule}  [{question.source}]")
        for text in question.text.values():
            _say(f"  {text}")
        for choice in question.choices:
            value = f"={choice.takes.upper()}" if choice.takes else ""
            _say(f"    {question.key}={choice.key}{value}")
            for text in choice.text.values():
                _say(f"      {text}")
    if not view.questions:
        _say("nothing is open")
    for given in view.answers:
        _say(f"answered {given.question}={given.choice}: another answer to it takes its place until submission")


@click.command()
@_ID
@click.argument("answers", metavar="KEY=CHOICE[=VALUE]…", nargs=-1, required=True)
@_VERSION
@_AS
@_JSON
def answer(alert: int, answers: tuple[str, ...], version: int | None, who: str, *, as_json: bool) -> None:
    """Answer questions of draft ID, such as end-missing=until=2026-07-12T20:30:00+08:00, or say something else to one
    that is answered.
    """
    said = [_answer(each) for each in answers]

    async def act(hub: Hub, official: Official) -> AlertView:
        return await hub.drafting.answer(official, alert, await _version_of(hub, alert, version), said)

    _act(who, "answer", alert, act, as_json=as_json)


@click.command()
@_ID
@click.option(
    "--unlocated",
    multiple=True,
    required=True,
    help="Region whose people without coordinates are included where a shape covers a part; 'none' for nobody's.",
)
@_VERSION
@_AS
@_JSON
def include(alert: int, unlocated: tuple[str, ...], version: int | None, who: str, *, as_json: bool) -> None:
    """Choose for draft ID of which regions people who cannot be placed are told; everybody else stays as it is."""
    keys = frozenset(unlocated) - {NOBODY}

    async def act(hub: Hub, official: Official) -> AlertView:
        return await hub.drafting.choose_unlocated(official, alert, await _version_of(hub, alert, version), keys)

    _act(who, "include", alert, act, as_json=as_json)


@click.command()
@_ID
@click.option("--until", default="", help="The hour, with its offset; without it the warning leaves on release.")
@_VERSION
@_AS
@_JSON
def hold(alert: int, until: str, version: int | None, who: str, *, as_json: bool) -> None:
    """Hold draft ID back until an hour: once released, nothing of it leaves before."""
    hour = _moment(until) if until else None

    async def act(hub: Hub, official: Official) -> AlertView:
        return await hub.drafting.hold(official, alert, await _version_of(hub, alert, version), hour)

    _act(who, "hold", alert, act, as_json=as_json)


def _answer(text: str) -> QuestionAnswer:
    key, _, rest = text.partition("=")
    choice, _, value = rest.partition("=")
    if not key or not choice:
        raise Invalid(f"{text[:64]!r} is not KEY=CHOICE or KEY=CHOICE=VALUE", rule=Rule.ANSWER, place="answers")
    return QuestionAnswer(key, choice, value)


def _moment(text: str) -> datetime:
    moment = read_moment(text)
    if moment is None:
        raise Invalid("a time with its offset, such as 2026-07-12T20:30:00+08:00", rule=Rule.HOLD, place="--until")
    return moment


def _say(line: str) -> None:
    click.echo(printable(line))
