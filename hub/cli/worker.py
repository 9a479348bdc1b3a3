"""`hub worker`: sends."""

from __future__ import annotations

import click
import uvloop

from hub.cli.session import starting
from hub.worker import work


@click.command()
def worker() -> None:
    """Run a worker that sends."""
    uvloop.run(_work())


async def _work() -> None:
    async with starting() as hub:
        await work(hub)
