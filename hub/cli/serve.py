"""`hub serve`: the API, feeds, hooks and console."""

from __future__ import annotations

import asyncio
import os
import signal

import click
import uvloop
from aiohttp import web

from hub.app import Hub
from hub.cli.port import demand_port, port_refusal
from hub.cli.session import starting
from hub.clock import to_ms
from hub.settings.settings import load
from hub.store.records.log_witness import look_at_end
from hub.web import doorkeeper
from hub.web.background import attempt, running
from hub.web.feeds.readback import reading_back
from hub.web.server import create_app


@click.command()
def serve() -> None:
    """Run the API, feeds, hooks and console."""
    uvloop.run(_serve())


async def _watch_log(hub: Hub) -> None:
    """Looks every second where the audit log ends: a machine that serves alone has no worker that does."""

    async def look() -> None:
        if hub.acts.witness is not None:
            await look_at_end(hub.db, hub.acts.witness, to_ms(hub.clock.now()))

    while True:
        await attempt("log_end_not_seen", look)
        await asyncio.sleep(1)


async def _serve() -> None:
    demand_port(load(os.environ).hub)
    async with starting() as hub, doorkeeper.watching(hub), running(_watch_log(hub)):
        runner = web.AppRunner(create_app(hub), access_log=None, handle_signals=False)
        await runner.setup()
        site = web.TCPSite(runner, hub.settings.hub.host, hub.settings.hub.port, backlog=1024)
        try:
            await site.start()
        except OSError as error:  # somebody came between
            await runner.cleanup()
            raise port_refusal(hub.settings.hub, error) from None
        click.echo(f"serving {hub.settings.public_url}")
        asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, asked.set)
        host, port = runner.addresses[0][:2]
        own = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - compared, not bound
        async with reading_back(hub, f"http://{own}:{port}"):
            await asked.wait()
        await runner.cleanup()
