"""`hub alert evacuate, alarm`: notices without a level, each drafted and submitted in one go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from approvals.grant import EMERGENCY
from approvals.moment import read_moment
from approvals.official import Official
from hub.alert.views import AlertView
from hub.app import Hub
from hub.cli.alert_acts import _AS, _JSON, _act
from hub.compose.evacuation_notice import FilledPlaces
from hub.drafting.alarm import AlarmRequest
from hub.drafting.evacuation import EvacuationRequest


@click.command()
@click.option("--event", required=True, help="Key, code or word of the table of events, such as landslide.")
@click.option(
    "--region", "regions", multiple=True, required=True, help="Region key of a place to leave; may be repeated."
)
@click.option("--by", required=True, help="When to be away, with its offset: 2026-07-12T20:30:00+08:00.")
@click.option(
    "--leave",
    "filled",
    nargs=3,
    multiple=True,
    required=True,
    metavar="LANGUAGE PLACE REFUGE",
    help="Who leaves which place, and where to, in a language; may be repeated.",
)
@click.option("--contact", default="", help="A number that people can call.")
@click.option("--channel", "channels", multiple=True, help="None named means every enabled one.")
@_AS
@_JSON
def evacuate(who: str, *, as_json: bool, **given: Any) -> None:
    """Draft and submit an urgent evacuation notice for a part of one's own area; one other person signs it."""
    words = {tag: FilledPlaces(place, refuge) for tag, place, refuge in given["filled"]}
    by, contact, channels = _moment(given["by"]), given["contact"], given["channels"]
    request = EvacuationRequest(given["event"], frozenset(given["regions"]), by, words, contact, channels)

    async def act(hub: Hub, official: Official) -> AlertView:
        draft = await hub.drafting.evacuate(official, request)
        return await hub.submission.submit(official, draft.id, draft.version, EMERGENCY)

    _act(who, "evacuate", None, act, as_json=as_json)


@click.command()
@click.argument("mandate", metavar="PAPER", type=click.IntRange(min=1))
@click.option("--set", "values", nargs=2, multiple=True, metavar="SLOT VALUE", help="What is put into its texts.")
@click.option("--zone", "zones", multiple=True, help="A zone of the paper; none named means all of them.")
@click.option("--level", default="", help="One of the levels of the paper; its highest by default.")
@click.option("--channel", "channels", multiple=True, help="None named means all that the paper names.")
@_AS
@_JSON
def alarm(mandate: int, who: str, *, as_json: bool, **given: Any) -> None:
    """Draft and submit an alarm by PAPER, a delegation with texts and zones; one other person signs it."""
    request = AlarmRequest(mandate, dict(given["values"]), given["zones"], given["level"], given["channels"])

    async def act(hub: Hub, official: Official) -> AlertView:
        draft = await hub.drafting.alarm(official, request)
        return await hub.submission.submit(official, draft.id, draft.version, EMERGENCY)

    _act(who, "alarm", None, act, as_json=as_json)


def _moment(text: str) -> datetime:
    found = read_moment(text)
    if found is None:
        raise click.BadParameter("a time with its offset, such as 2026-07-12T20:30:00+08:00", param_hint="--by")
    return found
