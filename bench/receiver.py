"""The limit of the receipts benchmark: a bare handler that checks the signature, and keeps nothing."""

from __future__ import annotations

import asyncio
import sys

import uvloop
from aiohttp import web

from channels.driver import Callback, CallbackReader
from channels.registry import open_drivers
from channels.settings import DriverContext
from hub.clock import SystemClock
from hub.settings.settings import load_channels


async def main(base: str, port: int) -> None:
    """Listens until it is ended; prints a line when it is ready."""
    driver = open_drivers(load_channels(), DriverContext(public_url=base, now=SystemClock().now))["sms"]
    assert isinstance(driver, CallbackReader)

    async def hook(request: web.Request) -> web.Response:
        body = await request.read()
        driver.read(Callback("POST", base + request.raw_path, request.headers, request.query, body))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hooks/sms", hook)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
