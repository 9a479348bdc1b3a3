"""`hub alert convert`: any CAP 1.0, 1.1 or 1.2 file as strict CAP 1.2."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console

from hub.cli.validate import print_reading, read_file
from hub.clock import SystemClock
from hub.errors import Invalid
from hub.formats.cap.finding import Finding
from hub.formats.cap.period import PERIOD_RULES
from hub.formats.cap.repair import emittable
from hub.formats.cap.write import write
from hub.local.demo.redate import reissue
from hub.rules.cited_rule import CitedRule


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--redate", is_flag=True, help="As if issued now: every time moved by the same span. For drills.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: file, verdict, findings, cap.")
def convert(file: Path, *, redate: bool, as_json: bool) -> None:
    """Write FILE as strict CAP 1.2 to standard output; what was found and changed goes to standard error.

    When it ends is the sender's to say: a period that is missing or contradicts itself is left as it is, and said.
    Exit code 1 when the file cannot be read as CAP or cannot be made strict; then nothing is written.
    """
    reading = read_file(file)
    if reading.alert is None:
        findings = [asdict(finding) for finding in reading.findings]
        first = reading.findings[0] if reading.findings else Finding("P0", "", "error", "not readable")
        raise Invalid(first.text, rule=CitedRule(first.rule), place=str(file), findings=findings)
    now = SystemClock().now()
    if redate:
        strict, changes = reissue(reading.alert, now)
    else:
        strict, changes = emittable(reading.alert, now=now)
    text = write(strict, unsettled=PERIOD_RULES).decode()
    if as_json:
        told = [asdict(finding) for finding in (*reading.findings, *changes)]
        click.echo(json.dumps({"file": str(file), "verdict": reading.verdict, "findings": told, "cap": text}))
        return
    print_reading(Console(stderr=True, highlight=False), file, reading, changes)
    click.echo(text)
