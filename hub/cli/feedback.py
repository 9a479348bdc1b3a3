"""`hub feedback`: import posts, train and evaluate the mood model."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from hub.app import Hub
from hub.cli.session import run
from hub.errors import NotFound
from hub.feedback.evaluate import Evaluation, evaluate, without
from hub.feedback.labelled import read_labelled, read_texts
from hub.feedback.posts import Fault, Imported, Posts
from hub.feedback.sentiment import MODEL_FILE, SentimentModel, model_in_force
from hub.rules.rule import Rule
from hub.settings import settings
from hub.store.alerts.alerts import get as find_alert

FAULTS_SHOWN = 20  #: on a terminal; --json has them all

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def feedback() -> None:
    """What the public answers: take in posts, train and measure the mood model."""


@feedback.command(name="import")
@click.argument("file", type=_FILE)
@click.option("--alert", type=int, help="Number of the alert the posts are about.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def import_(context: click.Context, file: Path, *, alert: int | None, as_json: bool) -> None:
    """Take in public posts from FILE: JSON lines of id, text, at, and where known source and region.

    Good rows are kept, each id once; bad ones are listed and make the exit code 1.
    """
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=as_json or not console.is_terminal) as bar:
        task = bar.add_task("posts", total=None)
        done = run(lambda hub: _take(hub, file, alert, lambda rows: bar.advance(task, rows)))
    if as_json:
        click.echo(json.dumps(asdict(done), ensure_ascii=False))
    else:
        click.echo(f"{done.stored} posts kept, {done.repeated} known before, {len(done.faults)} left out.")
        _list(done.faults)
    context.exit(1 if done.faults else 0)


@feedback.command()
@click.argument("file", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def train(file: Path, *, as_json: bool) -> None:
    """Train the mood model on FILE, JSON lines of text and label; it takes the place of the shipped one."""
    rows = read_labelled(file)
    origin = f"file:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    started = time.perf_counter()
    model = SentimentModel.train([row.text for row in rows], [row.label for row in rows], origin=origin)
    path = settings.load().hub.data_dir / MODEL_FILE
    model.save(path)
    told = {"n": len(rows), "labels": model.labels, "seconds": round(time.perf_counter() - started, 2)}
    line = f"Trained on {len(rows)} rows ({', '.join(model.labels)}) in {told['seconds']} s; kept in {path}."
    click.echo(json.dumps(told | {"model": str(path)}) if as_json else line)


@feedback.command(name="evaluate")
@click.argument("file", type=_FILE)
@click.option("--without", "excluded", type=_FILE, help="Leave out rows whose text occurs in this file, and repeats.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate_(file: Path, *, excluded: Path | None, as_json: bool) -> None:
    """Measure the model in force on FILE, JSON lines of text and label."""
    rows = read_labelled(file)
    if excluded:
        rows = without(rows, read_texts(excluded))
    result = evaluate(rows, model_in_force(settings.load().hub.data_dir), time.perf_counter)
    click.echo(json.dumps(asdict(result)) if as_json else _table(result))


async def _take(hub: Hub, file: Path, alert: int | None, progress: Callable[[int], None]) -> Imported:
    if alert is not None and await hub.db.read(lambda connection: find_alert(connection, alert)) is None:
        raise NotFound(f"there is no alert {alert}", rule=Rule.KNOWN_ALERT, place="--alert")
    model = model_in_force(hub.settings.hub.data_dir)
    return await Posts(hub.db, hub.vault, model).take_file(file, alert, progress)


def _list(faults: tuple[Fault, ...]) -> None:
    for fault in faults[:FAULTS_SHOWN]:
        click.echo(f"{fault.text} ({fault.rule})", err=True)
    if len(faults) > FAULTS_SHOWN:
        click.echo(f"and {len(faults) - FAULTS_SHOWN} more; --json lists all", err=True)


def _table(result: Evaluation) -> str:
    figures = f"accuracy {result.accuracy:.3f}, macro-F1 {result.macro_f1:.3f}, {result.rows_per_s:.0f} rows/s"
    head = "true / said".ljust(12) + "".join(said.rjust(10) for said in result.confusion)
    rows = (
        true.ljust(12) + "".join(str(n).rjust(10) for n in said.values()) for true, said in result.confusion.items()
    )
    return "\n".join([f"{result.n} rows, {figures}", head, *rows])
