"""`hub audit`: is the record whole, a signed head to keep elsewhere, and one warning's whole record in one file."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection

from approvals.audit import AuditEntry, Broken, Head, VerifiedLog
from approvals.pack import PackBroken
from approvals.signed import jwk_set, keys_of
from hub.cli.session import run
from hub.clock import SystemClock, to_ms
from hub.crypto.keys import Keys
from hub.errors import Refusal
from hub.evidence.audit import Audit, read_head, sign_head
from hub.evidence.verify_pack import Flaw, judge
from hub.rules.rule import Rule
from hub.settings import settings
from hub.settings.settings import Settings
from hub.store.records import alarms
from hub.store.records import audit as store
from hub.store.records.log_witness import ACCEPTED, WITNESS, LogWitness
from hub.store.sql.database import Database

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
    if isinstance(answer, VerifiedLog):
        told: dict[str, object] = {"verified": True, "entries": answer.count, "head": answer.head}
        line = f"The audit log is whole: {answer.count} entries, head {answer.head}."
    else:
        told = {"verified": False, "entry": answer.seq, "field": answer.field, "reason": answer.reason}
        line = f"The audit log is broken at entry {answer.seq}, {answer.field}: {answer.reason}."
    click.echo(json.dumps(told) if as_json else line)
    context.exit(1 if isinstance(answer, Broken) else 0)


@audit.command("accept-end")
@click.confirmation_option(prompt="Was a backup restored? Whatever the log held beyond it is then forgotten")
def accept_end() -> None:
    """Take the log as it is now for whole, after a backup was restored: until then nothing goes on.

    What was done after the backup is not on record any more, a no among it. That it was accepted is an alarm.
    """
    current = settings.load()
    db = Database(current.store_url, patience_s=current.store.patience_s)
    try:
        last = asyncio.run(_accept(db, LogWitness(current.hub.data_dir / WITNESS)))
    finally:
        db.close()
    if last is None:
        click.echo("The audit log goes as far as was seen of it: there is nothing to accept.")
    else:
        click.echo(f"The audit log is taken to end at entry {last}. Look at what was decided after that: it is undone.")


async def _accept(db: Database, witness: LogWitness) -> int | None:
    """Accepts an end that is not the one that was seen; returns its number, None where it is.

    Noted in the log first, so that nobody accepts it in silence.
    """

    def work(connection: Connection) -> tuple[int, AuditEntry | None] | None:
        broken, last = witness.broken(connection), store.last(connection)
        if not broken:
            return None
        end = last.seq if last is not None else 0
        text = f"the end of the audit log, entry {end}, was accepted on this machine: {broken}"
        alarms.raise_alarm(connection, to_ms(SystemClock().now()), ACCEPTED, "audit", text)
        return end, store.last(connection)

    found = await db.write(work)
    if found is None:
        return None
    witness.accept(found[1])
    return found[0]


@audit.command("head")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def head_(*, as_json: bool) -> None:
    """Print where the log ends now, signed: keep it elsewhere, and give it to `hub audit verify --head` later."""
    current = settings.load()
    keys = Keys.load(current.hub.data_dir / "keys", os.environ)
    head = asyncio.run(_with_log(current, lambda log: log.head()))
    signed = sign_head(head, to_ms(SystemClock().now()), keys.record.current.key, keys.record.current.kid)
    click.echo(json.dumps({"entries": head.count, "head": head.hash, "signed": signed}) if as_json else signed)


@audit.command()
@click.argument("alert", type=click.IntRange(min=1))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where to write it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def pack(alert: int, out: Path, *, as_json: bool) -> None:
    """Write everything about ALERT into one file that anyone can verify without this hub: `hub audit verify-pack`."""
    raw = run(lambda hub: hub.transactions.read(lambda tx: hub.packer.pack(tx, alert)))
    try:
        out.write_bytes(raw)
    except OSError as error:
        raise Refusal(f"{out}: {error.strerror}", rule=Rule.UNWRITABLE, place="--out") from None
    told = {"alert": alert, "file": str(out), "bytes": len(raw), "parts": raw.count(b"\n")}
    click.echo(json.dumps(told) if as_json else f"{out}: {told['parts']} parts, {len(raw):,} bytes")


@audit.command("verify-pack")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--keys", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A JWK set you trust; else the file's."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def verify_pack(context: click.Context, file: Path, keys: Path | None, *, as_json: bool) -> None:
    """Judge a pack with nothing but the FILE and public keys. Exit 1 names every part that does not hold."""
    try:
        found = judge(file.read_bytes(), _read_keys(keys))
    except PackBroken as error:
        _tell_flaws([Flaw(error.part, error.reason)], {"sound": False, "line": error.line}, as_json=as_json)
        context.exit(1)
    told = {"sound": not found.flaws, "identifier": found.identifier, "digest": found.digest}
    told |= {"released": found.released, "entries": found.entries, "own_keys": found.own_keys}
    _tell_flaws(found.flaws, told, as_json=as_json)
    if not as_json and not found.flaws:
        click.echo(f"The record of {found.identifier} is whole: {found.digest or 'never submitted'}")
    if not as_json and found.own_keys:
        click.echo("Verified against the keys in the file. Give --keys to know whose they are.")
    context.exit(1 if found.flaws else 0)


@audit.command("keys")
def keys_() -> None:
    """Print the public keys that orders, decisions, packs and heads are verified with, as a JWK set."""
    keys = Keys.load(settings.load().hub.data_dir / "keys", os.environ)
    click.echo(json.dumps(jwk_set({**keys.order, **keys.record})))


def _tell_flaws(flaws: Sequence[Flaw], told: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told | {"flaws": [asdict(flaw) for flaw in flaws]}, ensure_ascii=False))
        return
    for flaw in flaws:
        click.echo(f"{flaw.part}: {flaw.text}")


def _read_keys(file: Path | None) -> Mapping[str, Ed25519PublicKey] | None:
    if file is None:
        return None
    try:
        return keys_of(json.loads(file.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise Refusal(f"{file}: {error}", rule=Rule.KEYS, place="--keys") from None


def _head(kept: str, current: Settings) -> Head:
    """From a file that `hub audit head` wrote, or in words. Raises Refusal."""
    count, _, found = kept.partition(":")
    if count.isdigit() and found:
        return Head(int(count), found)
    try:
        text = Path(kept).read_text("ascii")
    except (OSError, ValueError):
        raise Refusal(f"{kept}: neither a readable file nor COUNT:HASH", rule=Rule.HEAD, place="--head") from None
    signed = json.loads(text)["signed"] if text.startswith("{") else text
    return read_head(signed, Keys.load(current.hub.data_dir / "keys", os.environ).record)


async def _with_log(current: Settings, ask: Callable[[Audit], Awaitable[T]]) -> T:
    database = Database(current.store_url, patience_s=current.store.patience_s)
    try:
        return await ask(Audit(database))
    finally:
        database.close()
