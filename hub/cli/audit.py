"""`hub audit`: is the record whole."""

from __future__ import annotations

import asyncio
import json

import click

from approvals.audit import Broken, Verified
from hub import settings
from hub.audit import Audit
from hub.store.database import Database


@click.group()
def audit() -> None:
    """The audit log: a chain in which one changed byte is found."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def verify(context: click.Context, *, as_json: bool) -> None:
    """Check every entry against the one before it. Exit 1 names the first that does not hold."""
    current = settings.load()
    answer = asyncio.run(_verify(current.store_url, current.store.patience_s))
    if isinstance(answer, Verified):
        told: dict[str, object] = {"verified": True, "entries": answer.count, "head": answer.head}
        line = f"The audit log is whole: {answer.count} entries, head {answer.head}."
    else:
        told = {"verified": False, "entry": answer.seq, "reason": answer.reason}
        line = f"The audit log is broken at entry {answer.seq}: {answer.reason}."
    click.echo(json.dumps(told) if as_json else line)
    context.exit(0 if isinstance(answer, Verified) else 1)


async def _verify(url: str, patience_s: float) -> Verified | Broken:
    database = Database(url, patience_s=patience_s)
    try:
        return await Audit(database).verify()
    finally:
        database.close()
