"""`hub serve`: the API, feeds, hooks and console."""

from __future__ import annotations

import asyncio
import signal

import click
import uvloop
from aiohttp import web

from hub.cli.session import starting
from hub.feeds.readback import reading_back
from hub.web import doorkeeper
from hub.web.server import create_app


@click.command()
def serve() -> None:
    """Run the API, feeds, hooks and console."""
    uvloop.run(_serve())


async def _serve() -> None:
    async with starting() as hub, doorkeeper.watching(hub):
        runner = web.AppRunner(create_app(hub), access_log=None, handle_signals=False)
        await runner.setup()
        site = web.TCPSite(runner, hub.settings.hub.host, hub.settings.hub.port, backlog=1024)
        await site.start()
        click.echo(f"serving {hub.settings.public_url}")
        asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, asked.set)
        host, port = runner.addresses[0][:2]
        own = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - compared, not bound
        async with reading_back(hub, f"http://{own}:{port}"):
            await asked.wait()
        await runner.cleanup()
