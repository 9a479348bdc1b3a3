"""`hub up`: everything on this machine, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import click
import uvloop
from sqlalchemy import Connection

from hub.app import Hub, build, redis_directory
from hub.cli.port import demand_port
from hub.cli.session import note_configuration
from hub.configuration import read_configuration
from hub.errors import Conflict
from hub.local.embedded import Counterparts, hub_child, until_ready, write_channels
from hub.local.redis_server import RedisServer
from hub.local.supervisor import Supervisor
from hub.logging import configure
from hub.registry.regions import ensure_builtin
from hub.rules.rule import Rule
from hub.settings.settings import Settings, channels_file, load, load_channels
from hub.store.register import endpoints
from hub.store.register.endpoints import NewEndpoint

MOST_WORKERS = 64
#: name of the endpoints that lead to our own counterparts
COUNTERPART = "counterpart"


@click.command()
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, MOST_WORKERS))
@click.option(
    "--counterparts", is_flag=True, help="For trying out: also run the other end of every channel, and use it."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line when everything runs.")
def up(*, workers: int, counterparts: bool, as_json: bool) -> None:
    """Run everything on this machine: database, Redis, server and workers.

    Ends with SIGTERM or SIGINT, and everything it started ends with it.
    """
    with contextlib.suppress(asyncio.CancelledError):
        uvloop.run(_up(workers, counterparts=counterparts, as_json=as_json))


async def _up(workers: int, *, counterparts: bool, as_json: bool) -> None:
    settings = read_configuration(os.environ).settings
    configure(settings.log)
    with _ended_by_signals():
        async with AsyncExitStack() as stack:
            demand_port(settings.hub)
            environ = dict(os.environ)
            found: Mapping[str, Any] = {}
            if counterparts:
                _demand_no_channels(os.environ)
                found = (await stack.enter_async_context(Counterparts({}))).described
                environ["FENGHUO_CHANNELS"] = str(write_channels(settings.hub.data_dir, found["blocks"]).absolute())
            if not settings.redis.url:
                redis = await stack.enter_async_context(RedisServer(redis_directory(settings)))
                environ["FENGHUO_REDIS__URL"] = redis.url
            await _prepare(environ, found.get("endpoints", {}))
            supervisor = await stack.enter_async_context(Supervisor(settings.hub.data_dir / "logs"))
            await _start(supervisor, workers, environ, settings.public_url)
            channels = environ.get("FENGHUO_CHANNELS", "") if counterparts else ""
            _announce(settings, supervisor, {"channels": channels, **_control_of(found)}, as_json=as_json)
            await supervisor.run()


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGINT cancel what we do, so that everything started so far is ended in order."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel if task else loop.stop)
    yield
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)


def _demand_no_channels(environ: Mapping[str, str]) -> None:
    """Raises Conflict where real channels are set up: a trial must not be started on them by mistake."""
    blocks, file = load_channels(environ), channels_file(environ)
    enabled = sorted(name for name, block in blocks.items() if block.get("enabled", True))
    if enabled:
        text = f"{', '.join(enabled)} enabled in {file}: counterparts are for a hub without channels of its own"
        remedy = "unset FENGHUO_CHANNELS" if environ.get("FENGHUO_CHANNELS") else "say enabled = false there"
        raise Conflict(text, rule=Rule.CHANNELS_ENABLED, place="--counterparts", remedy=f"{remedy} and start again")


async def _prepare(environ: Mapping[str, str], found: Mapping[str, Mapping[str, str]]) -> None:
    """Migrates, and refuses here and in one line what would otherwise make the children fail one after the other."""
    hub = await asyncio.to_thread(build, load(environ), load_channels(environ), environ=environ)
    try:
        await hub.db.write(ensure_builtin)
        await note_configuration(hub, environ)
        await hub.db.write(lambda connection: _use_counterparts(connection, hub, found))
    finally:
        await hub.aclose()


def _use_counterparts(connection: Connection, hub: Hub, found: Mapping[str, Mapping[str, str]]) -> None:
    """Endpoints at the counterparts of this start are in service, those of an earlier one are not."""
    for known in endpoints.list_all(connection):
        if known.name == COUNTERPART and known.active:
            endpoints.deactivate(connection, known.id)
    for channel, each in found.items():
        made = NewEndpoint(channel, COUNTERPART, each["url"], each["secret"], None, each["callback_keys"])
        endpoints.add(connection, hub.vault, made)


async def _start(supervisor: Supervisor, workers: int, environ: Mapping[str, str], public_url: str) -> None:
    """Returns when the server answers. Raises ChildGaveUp, TimeoutError."""
    await supervisor.start(hub_child("serve", environ))
    for number in range(1, workers + 1):
        await supervisor.start(hub_child("worker", environ, f"worker-{number}"))
    ready = asyncio.create_task(until_ready(public_url, supervisor.directory))
    kept = asyncio.create_task(supervisor.wait())
    try:
        done, _ = await asyncio.wait([ready, kept], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (ready, kept):
            task.cancel()
        await asyncio.gather(ready, kept, return_exceptions=True)


def _control_of(found: Mapping[str, Any]) -> dict[str, str]:
    """Where the counterparts tell what they received, and the token that it is told for."""
    if not found:
        return {}
    return {"received": f"{found['control']}/counterparts", "received_token": str(found["token"])}


def _announce(settings: Settings, supervisor: Supervisor, trial: Mapping[str, str], *, as_json: bool) -> None:
    """`trial` is what only a start with counterparts has to tell, and where the channels are described."""
    url = settings.public_url
    told = {"console": f"{url}/console", "api": f"{url}/api/v1", "logs": str(supervisor.directory), **trial}
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(f"console  {told['console']}")
    click.echo(f"API      {told['api']}  (described in {told['api']}/openapi.json)")
    click.echo(f"logs     {told['logs']}")
    click.echo(
        "token    hub official add NAME --unit UNIT --area CODE --kind KIND --right draft; hub official token NAME"
    )
    if trial["channels"]:
        bearer = f'--header "Authorization: Bearer {trial["received_token"]}"'
        click.echo(f"received curl {bearer} {trial['received']}")
        click.echo("Every channel leads to a counterpart on this machine: nothing reaches anyone.")
        click.echo(f"In other terminals: export FENGHUO_CHANNELS={trial['channels']}")
    click.echo("Ctrl-C ends everything.")
