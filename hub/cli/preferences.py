"""`hub recipient preferences`: what a person chose, and setting it for somebody who asked for it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import click
import orjson
from sqlalchemy import Connection

from approvals.level import Level
from hub.app import Hub
from hub.cli.session import run
from hub.clock import to_ms
from hub.dossier.explain import find_registered
from hub.registry.preferences import order, places
from hub.registry.preferences.view import PreferencesView, view
from hub.registry.rows import ADDRESSES
from hub.store.records import audit
from hub.store.register import preferences as store
from hub.store.register.preferences import EVERYTHING, Preferences, Way

LEVELS = [level.word for level in sorted(Level, reverse=True)]
ACTOR = "command line"


@click.command(name="preferences")
@click.argument("who")
@click.option("--refuse", multiple=True, help="Channel they want nothing on, or 'everything'; may be repeated.")
@click.option("--accept", multiple=True, help="Channel they want again, or 'everything'; may be repeated.")
@click.option("--language", help="Language they chose.")
@click.option("--least", type=click.Choice([*LEVELS, "any"]), help="Lowest level they wish to hear of.")
@click.option("--place", multiple=True, help="Region or named area they also want warnings for; may be repeated.")
@click.option("--leave", multiple=True, help="Region they want no longer; may be repeated.")
@click.option("--order", help="Channels in the order to try them, such as voice,sms; 'any' for none.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def preferences(who: str, *, as_json: bool, **wanted: Any) -> None:
    """Show what WHO (external_id) chose, with its history; with options, set it as they asked."""
    changes = any(wanted.values())
    told = run(
        lambda hub: (
            _store_preferences(hub, who, wanted) if changes else hub.db.read(lambda c: _show_preferences(c, who))
        )
    )
    if as_json:
        click.echo(orjson.dumps(told).decode())
        return
    click.echo(f"refused: {', '.join(told.refused) or 'nothing'}")
    click.echo(f"language: {told.language or 'as registered'}; levels: {told.least or 'all'}")
    click.echo(f"places: {', '.join(told.places) or 'none'}; order: {', '.join(told.order) or 'as planned'}")
    for line in told.history:
        change = f"{line.what} {json.dumps(line.before)} -> {json.dumps(line.after)}"
        click.echo(f"  {line.at:%Y-%m-%d %H:%M} {change} by {line.way} {line.actor}".rstrip())


def _show_preferences(connection: Connection, who: str) -> PreferencesView:
    return view(connection, find_registered(connection, who).id, who)


async def _store_preferences(hub: Hub, who: str, wanted: dict[str, Any]) -> PreferencesView:
    now = to_ms(hub.clock.now())

    def work(connection: Connection) -> PreferencesView:
        number = find_registered(connection, who).id
        choice = _change_preferences(store.of(connection, [number]).get(number, Preferences()), wanted)
        choice = _add_places(connection, choice, wanted)
        if wanted["order"]:
            names = [] if wanted["order"] == "any" else wanted["order"].split(",")
            choice = replace(choice, order=order.read(names, tuple(ADDRESSES)))
        store.store_preferences(connection, {number: choice}, Way("official", now, ACTOR))
        subject, detail = f"recipient/{number}", choice.fields()
        audit.append(connection, at_ms=now, actor=ACTOR, action="preferences-set", subject=subject, detail=detail)
        return view(connection, number, who)

    return await hub.db.write(work)


def _change_preferences(choice: Preferences, wanted: dict[str, Any]) -> Preferences:
    refuse, accept = (
        {EVERYTHING if name == "everything" else name for name in wanted[key]} for key in ("refuse", "accept")
    )
    least = choice.least
    if wanted["least"]:
        least = 0 if wanted["least"] == "any" else int(Level.of(wanted["least"]))
    refused = frozenset((choice.refused | refuse) - accept)
    return replace(choice, refused=refused, language=wanted["language"] or choice.language, least=least)


def _add_places(connection: Connection, choice: Preferences, wanted: dict[str, Any]) -> Preferences:
    choice = places.leaving(choice, wanted["leave"])
    return places.adding(choice, {key for text in wanted["place"] for key in places.find_regions(connection, text)})
