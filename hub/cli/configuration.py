"""`hub configuration`: what this hub is configured with."""

from __future__ import annotations

import json
import os

import click

from hub.cli import FAILS_AS, Failed
from hub.configuration import named_sources, read_configuration


class Broken(Failed):
    """A file or variable that is refused: an exit code of its own, for scripts that check before they restart."""

    exit_code = 2


@click.group()
def configuration() -> None:
    """The files and variables a hub is started with."""


@configuration.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def check(ctx: click.Context, *, as_json: bool) -> None:
    """Read every file and variable as a start would, name them, and change nothing.

    Ends with 0 where all of them are taken, and with 2 and one line where one is refused.
    """
    ctx.meta[FAILS_AS] = Broken
    found = read_configuration(os.environ)
    sources, channels = named_sources(found.settings, os.environ), sorted(found.drivers)
    if as_json:
        click.echo(json.dumps({"read": sources, "channels": channels}, ensure_ascii=False))
        return
    for source in sources:
        click.echo(f"read     {source}")
    click.echo(f"channels {', '.join(channels) or 'none is enabled: nothing can be sent'}")
