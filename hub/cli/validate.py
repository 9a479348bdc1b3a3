"""`hub alert validate`: what the rules say about CAP files, one answer per file."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from hub.formats.cap.finding import Finding
from hub.formats.cap.parse import MAX_BYTES
from hub.formats.cap.read import CapReading, read

_COLOURS = {"clean": "green", "findings": "yellow", "refused": "red", "error": "red", "advice": "cyan"}


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object per file and line.")
def validate(files: tuple[Path, ...], as_json: bool) -> None:
    """Check CAP 1.2, 1.1 or 1.0 FILES against the rules of reading.

    Exit code 0 when every file is clean (advice allowed), 1 when any has errors or is refused.
    """
    console = Console(highlight=False)
    clean = True
    for file in files:
        reading = read_file(file)
        clean = clean and reading.verdict == "clean"
        if as_json:
            click.echo(json_line(file, reading))
        else:
            print_reading(console, file, reading)
    sys.exit(0 if clean else 1)


def read_file(file: Path) -> CapReading:
    """The reading of one file; a file that is missing or cannot be read is refused, naming why."""
    try:
        # A pipe or device could block for ever or never end.
        if not stat.S_ISREG(file.stat().st_mode):
            return _unread("not a regular file")
        with file.open("rb") as source:
            data = source.read(MAX_BYTES + 1)
    except OSError as error:
        return _unread(error.strerror or "cannot be read")
    except ValueError:
        return _unread("not a file name")
    return read(data)


def json_line(file: Path, reading: CapReading) -> str:
    """The answer for one file as JSON in ASCII: no character of the file reaches a terminal as it is."""
    findings = [asdict(finding) for finding in reading.findings]
    return json.dumps({"file": str(file), "verdict": reading.verdict, "findings": findings})


def _unread(why: str) -> CapReading:
    return CapReading(None, (Finding("P0", "", "error", why),))


def print_reading(console: Console, file: Path, reading: CapReading, more: tuple[Finding, ...] = ()) -> None:
    """What a file's reading found, for people; `more` findings follow its own."""
    for line in _lines(file, reading, more):
        # Lines are not wrapped: a path must stay whole when it is copied.
        console.print(line, soft_wrap=True)


def _lines(file: Path, reading: CapReading, more: tuple[Finding, ...]) -> Iterator[Text]:
    version = f" (CAP {reading.version})" if reading.version else ""
    yield Text.assemble((printable(str(file)), "bold"), ": ", (reading.verdict, _COLOURS[reading.verdict]), version)
    for finding in (*reading.findings, *more):
        where = f" {printable(finding.element)}:" if finding.element else ""
        yield Text.assemble(
            "  ",
            (f"{finding.level:<6}", _COLOURS[finding.level]),
            f" {finding.rule:<4}{where} {printable(finding.text)}",
        )


def printable(text: str) -> str:
    """The text without anything a terminal would obey or its encoding cannot show."""
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    encoding = sys.stdout.encoding or "utf-8"
    return shown.encode(encoding, "replace").decode(encoding)
