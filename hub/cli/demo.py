"""`hub demo`: one real warning to a whole town and back, everything embedded."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import click
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from hub.alert.alert import Alert, Status
from hub.cli.alert_views import PIPE_WIDTH
from hub.clock import SystemClock
from hub.errors import Invalid
from hub.formats.cap.finding import Finding
from hub.formats.cap.read import read
from hub.local.demo.notice import notice_of
from hub.local.demo.office import Office
from hub.local.demo.redate import demonstrable, standing_alone
from hub.local.demo.settle import furnish, populate
from hub.local.demo.stage import DemoStage, Scene
from hub.local.demo.town import MOST_CITIZENS, seed_town
from hub.local.demo.verdict import complete_report
from hub.local.demo.walk import Walk, WalkPace
from hub.rules.rule import Rule
from hub.settings.settings import CONFIG_DIR

WARNING = CONFIG_DIR / "demo" / "rainstorm.xml"
#: the town's providers: some numbers are wrong, some phones are off, some calls are not answered
KNOBS = {
    "sms.latency_s": 0.01,
    "sms.jitter_s": 0.01,
    "sms.undelivered": 0.06,
    "sms.loss": 0.02,
    "sms.receipt_s": 0.5,
    "voice.latency_s": 0.03,
    "voice.receipt_s": 1.0,
    "voice.answer": 0.7,
    "email.latency_s": 0.005,
    "wecom.latency_s": 0.02,
    "broadcast.latency_s": 0.05,
    "partners.latency_s": 0.05,
    "partners.answer": 1.0,
}
#: seconds an SMS may be silent before its citizen is called, and one more for every so many citizens: all receipts
#: come through one machine that is busy sending
LADDER_FIRST_S = 3.0
LADDER_PEOPLE_PER_S = 4000
FORM_PREVIEW = 110


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for."""

    recipients: int
    alert: Path
    workers: int
    seed: int
    store: str
    directory: Path | None


@click.command()
@click.option("--recipients", default=20_000, show_default=True, type=click.IntRange(1, MOST_CITIZENS))
@click.option(
    "--alert",
    "alert",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=WARNING,
    help="Any CAP file; the town is placed under its areas.",
)
@click.option(
    "--json",
    "report_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report here; - for standard output.",
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 16))
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same town.")
@click.option("--store", default="", help="SQLAlchemy URL of an empty database; SQLite of its own by default.")
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the data and logs here instead of a temporary folder.",
)
def demo(*, report_file: Path | None, **wished: Any) -> None:
    """One real warning to a whole town and back."""
    console = Console(stderr=str(report_file) == "-")
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    wish = Wish(**wished)
    report = uvloop.run(_demo(wish, console))
    text = json.dumps(report, ensure_ascii=False, indent=2)
    if str(report_file) == "-":
        click.echo(text)
    elif report_file is not None:
        report_file.write_text(text + "\n", encoding="utf-8")
    _show(console, report)
    sys.exit(1 if report["disagreements"] else 0)


async def _demo(wish: Wish, console: Console) -> dict[str, Any]:
    start = time.monotonic()
    alert = _alert(wish.alert, console)
    kept = wish.directory or Path(tempfile.mkdtemp(prefix="fenghuo-demo-"))
    scene = Scene(
        directory=kept,
        world="live" if alert.status is Status.ACTUAL else "exercise",
        knobs=KNOBS,
        workers=wish.workers,
        store_url=wish.store,
        settings={"FENGHUO_ESCALATION__AFTER_S": str(_ladder_s(wish)), "FENGHUO_LOG__LEVEL": "warning"},
    )
    try:
        return await _play(wish, alert, scene, _Screen(console), start)
    finally:
        if wish.directory is None:
            shutil.rmtree(kept, ignore_errors=True)


async def _play(wish: Wish, alert: Alert, scene: Scene, screen: _Screen, start: float) -> dict[str, Any]:
    screen.say("starting Redis, the providers' counterparts, the server and the workers")
    async with DemoStage(scene) as stage:
        town = seed_town(alert, wish.recipients, seed=wish.seed)
        with screen.counting(f"{town.name}: citizens", town.citizens) as counted:
            await populate(stage.hub, town, counted)
        tokens = await furnish(stage.hub, town, stage.counterparts)
        await stage.start_hub()
        screen.say(f"console and API at {stage.settings.public_url}")
        most_s = 90.0 + wish.recipients / 500
        async with Office(stage.hub) as office:
            walk = Walk(stage, office, screen, WalkPace(_ladder_s(wish) + 3, most_s))
            if (form := await notice_of(stage.hub, town.townships)) is not None:
                screen.say(f"a township cannot warn; it may have people leave: {form.body}")
            with screen:
                first, exactness = await walk.walk(alert, town.extra_regions, tokens)
            report = await office.report(first)
        counts = await walk.counts()
    return complete_report(report, counts, exactness, time.monotonic() - start)


def _ladder_s(wish: Wish) -> float:
    return LADDER_FIRST_S + wish.recipients / LADDER_PEOPLE_PER_S


def _alert(file: Path, console: Console) -> Alert:
    """The file's warning, made emittable, as if issued now. Raises Invalid with the findings."""
    reading = read(file.read_bytes())
    if reading.alert is None:
        raise Invalid(f"{file}: {_first(reading.findings)}", rule=Rule.CAP_REFUSED, place=str(file))
    read_as = standing_alone(reading.alert)
    alert, changes = demonstrable(read_as, SystemClock().now())
    console.print(
        f"[bold]{file.name}[/]: {reading.verdict}, CAP {reading.version}, {len(reading.findings)} findings,"
        f" {len(changes)} repairs; re-dated to {alert.sent.isoformat()}"
    )
    for change in changes:
        console.print(f"  {change.element}: {change.text} ({change.rule})", markup=False, highlight=False)
    if read_as is not reading.alert:
        console.print("  it cancels a warning that nobody here holds: shown as a warning of its own")
    return alert


def _first(findings: tuple[Finding, ...]) -> str:
    return findings[0].text if findings else "not readable"


class _Screen:
    """The terminal: one line per step, one bar per channel. Without a terminal the bars are left out."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False)

    def counting(self, title: str, total: int) -> _Counting:
        return _Counting(self._console, title, total)

    def show_forms(self, forms: list[dict[str, Any]]) -> None:
        table = Table("channel", "language", "cost", "text", box=None, header_style="dim")
        for form in forms:
            cost = f"{form['segments']} SMS" if form["segments"] else f"{form['seconds']} s" if form["seconds"] else ""
            text = " ".join((form["text"] or form["body"]).split())
            table.add_row(form["channel"], form["language"], cost, text[:FORM_PREVIEW])
        self._console.print(table)

    def progress(self, title: str, progress: Mapping[str, Any]) -> None:
        for channel, each in progress["channels"].items():
            key = f"{title} {channel}"
            if key not in self._tasks:
                self._tasks[key] = self._bars.add_task(key, total=each["targeted"], note="")
            note = f"delivered {each['delivered']:,} confirmed {each['confirmed']:,} failed {each['failed']:,}"
            self._bars.update(self._tasks[key], total=each["targeted"], completed=each["accepted"], note=note)


class _Counting:
    """A bar for a number that grows."""

    def __init__(self, console: Console, title: str, total: int) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bars.add_task(title, total=total)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def __call__(self, more: int) -> None:
        self._bars.advance(self._task, more)


def _show(console: Console, report: Mapping[str, Any]) -> None:
    table = Table(
        "channel", "targeted", "accepted", "other end", "delivered", "confirmed", "failed", "unknown", "first", "p99"
    )
    for name, each in report["channels"].items():
        counted = report["counterparts"].get(name, {}).get("unique", "")
        times = [f"{each[key]:.2f} s" if each[key] is not None else "" for key in ("first_s", "p99_s")]
        numbers = [each["targeted"], each["accepted"], counted, each["delivered"], each["confirmed"]]
        table.add_row(name, *map(str, numbers), str(each["failed"]), str(each["unknown"]), *times)
    console.print(table)
    persons, cancel = report["persons"], report["cancel"]
    console.print(
        f"persons: {persons['targeted']:,} targeted, {persons['reached']:,} reached,"
        f" {persons['confirmed']:,} confirmed, {persons['failed']:,} failed, {persons['unknown']:,} unknown"
    )
    for name, each in report["shared"].items():
        console.print(
            f"one number is told once: {each['messages']:,} messages by {name} told {each['persons']:,} persons;"
            f" {each['crowded_messages']:,} of them went to more than five persons each"
        )
    console.print(f"cancel: {cancel['told']:,} told of {cancel['maybe_reached']:,} who may have been reached")
    console.print(f"partners: {report['partners']}   feedback: {report['feedback']['items']} items")
    console.print(f"audit: {report['audit']['entries']} entries, verified: {report['audit']['verified']}")
    for line in report["disagreements"]:
        console.print(f"[red]disagreement:[/] {line}")
    console.print(f"wall time {report['wall_s']} s")
