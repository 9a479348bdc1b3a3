"""`hub audit`: is the record whole, a signed head to keep elsewhere, and one warning's whole record in one file."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from approvals.audit import Broken, Head, Verified
from hub import settings
from hub.audit import Audit, read_head, sign_head
from hub.clock import SystemClock, to_ms
from hub.errors import Refusal
from hub.keys import Keys
from hub.settings import Settings
from hub.store.database import Database

T = TypeVar("T")


@click.group()
def audit() -> None:
    """The audit log: a chain in which one changed byte is found."""


@audit.command()
@click.option("--head", "kept", default="", metavar="FILE|COUNT:HASH", help="A head taken earlier: finds a cut end.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def verify(context: click.Context, kept: str, *, as_json: bool) -> None:
    """Check every entry against the one before it. Exit 1 names the first that does not hold, and the field."""
    current = settings.load()
    head = _head(kept, current) if kept else None
    answer = asyncio.run(_with_log(current, lambda log: log.verify(head)))
    if isinstance(answer, Verified):
        told: dict[str, object] = {"verified": True, "entries": answer.count, "head": answer.head}
        line = f"The audit log is whole: {answer.count} entries, head {answer.head}."
    else:
        told = {"verified": False, "entry": answer.seq, "field": answer.field, "reason": answer.reason}
        line = f"The audit log is broken at entry {answer.seq}, {answer.field}: {answer.reason}."
    click.echo(json.dumps(told) if as_json else line)
    context.exit(1 if isinstance(answer, Broken) else 0)


@audit.command("head")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def head_(*, as_json: bool) -> None:
    """Print where the log ends now, signed: keep it elsewhere, and give it to `hub audit verify --head` later."""
    current = settings.load()
    keys = Keys.load(current.hub.data_dir / "keys", os.environ)
    head = asyncio.run(_with_log(current, lambda log: log.head()))
    signed = sign_head(head, to_ms(SystemClock().now()), keys.order_key, keys.order_kid)
    click.echo(json.dumps({"entries": head.count, "head": head.hash, "signed": signed}) if as_json else signed)


def _head(kept: str, current: Settings) -> Head:
    """From a file that `hub audit head` wrote, or in words. Raises Refusal."""
    count, _, found = kept.partition(":")
    if count.isdigit() and found:
        return Head(int(count), found)
    try:
        text = Path(kept).read_text("ascii")
    except (OSError, ValueError):
        raise Refusal(f"{kept}: neither a readable file nor COUNT:HASH", rule="head", place="--head") from None
    signed = json.loads(text)["signed"] if text.startswith("{") else text
    return read_head(signed, Keys.load(current.hub.data_dir / "keys", os.environ).order_public)


async def _with_log(current: Settings, ask: Callable[[Audit], Awaitable[T]]) -> T:
    database = Database(current.store_url, patience_s=current.store.patience_s)
    try:
        return await ask(Audit(database))
    finally:
        database.close()
