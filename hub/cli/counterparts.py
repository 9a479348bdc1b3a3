"""`hub counterparts`: the other end of every channel, for drills, the demo and benchmarks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys

import click
import uvloop

from channels.counterparts.control import turn_knobs
from channels.counterparts.counterpart import Knobs
from channels.counterparts.run import Ensemble


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line when ready.")
@click.option(
    "--knob", "knobs", multiple=True, metavar="CHANNEL.KNOB=VALUE", help="Start misbehaved, e.g. sms.undelivered=0.05."
)
def counterparts(*, as_json: bool, knobs: tuple[str, ...]) -> None:
    """Run the other end of every channel.

    Runs until it is told to stop: by SIGTERM, by SIGINT, or, where the standard input is a pipe, by its closing.
    """
    turned_knobs = _knobs(knobs)
    uvloop.run(_serve(turned_knobs, as_json=as_json))


def _knobs(given: tuple[str, ...]) -> dict[str, Knobs]:
    found: dict[str, Knobs] = {}
    for text in given:
        place, _, value = text.partition("=")
        channel, _, knob = place.partition(".")
        try:
            found[channel] = turn_knobs(found.get(channel, Knobs()), {knob: float(value)})
        except ValueError as error:
            raise click.BadParameter(f"{text}: {error}", param_hint="--knob") from None
    return found


async def _serve(knobs: dict[str, Knobs], *, as_json: bool) -> None:
    ensemble, over = Ensemble(knobs), asyncio.Event()
    if unknown := knobs.keys() - ensemble.members.keys():
        raise click.BadParameter(f"{min(unknown)}: no such channel", param_hint="--knob")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    _watch_parent(loop, over)
    try:
        await ensemble.start()
        _announce(ensemble, as_json=as_json)
        await over.wait()
    finally:
        await ensemble.aclose()


def _announce(ensemble: Ensemble, *, as_json: bool) -> None:
    told = ensemble.describe()
    if as_json:
        click.echo(json.dumps(told))
    else:
        for name, url in told["counterparts"].items():
            click.echo(f"{name:<10} {url}")
        click.echo(f"control    {told['control']}   token {told['token']}")
    sys.stdout.flush()


def _watch_parent(loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
    """A pipe that closes says that whoever started us is gone. A terminal or /dev/null says nothing."""
    try:
        descriptor = sys.stdin.fileno()
        mode = os.fstat(descriptor).st_mode
        piped = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)  # uvloop makes a pipe of two sockets
    except (AttributeError, OSError, ValueError):
        return
    if not piped:
        return

    def readable() -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            over.set()

    loop.add_reader(descriptor, readable)
