"""`hub bench`: the figures the documentation claims, measured here and now."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from hub.errors import NotFound
from hub.rules.rule import Rule

FOLDER = Path(__file__).resolve().parents[2] / "bench"
EVERY = "all"


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a list of rows, one per figure.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bench(name: str | None, arguments: tuple[str, ...], *, as_json: bool) -> None:
    """Measure NAME, or `all`. Without a name: what there is. ARGUMENTS are passed on to the script."""
    scripts = find_scripts(FOLDER)
    if name is None:
        click.echo(json.dumps(scripts) if as_json else "\n".join([*scripts, EVERY]))
        return
    if name != EVERY and name not in scripts:
        raise click.BadParameter(f"{name}: there are {', '.join([*scripts, EVERY])}", param_hint="NAME")
    rows: list[Any] = []
    codes: dict[str, int] = {}
    for each in scripts if name == EVERY else [name]:
        codes[each], output = _run(each, arguments, as_json=as_json)
        rows += json.loads(output) if output.strip() else []
    failed = [each for each, code in codes.items() if code]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    if failed:
        click.echo(f"hub: failed: {', '.join(failed)}", err=True)
        sys.exit(1)


def find_scripts(folder: Path) -> list[str]:
    """The names of the scripts: modules that show figures; the others are what they share. Raises NotFound."""
    if not folder.is_dir():
        text = "the benchmarks are part of a checkout, not of an installed hub"
        raise NotFound(text, rule=Rule.NO_BENCH_FOLDER, place=str(folder))
    texts = {file.stem: file.read_text("utf-8") for file in folder.glob("*.py")}
    return sorted(name for name, text in texts.items() if "    show(" in text and "__main__" in text)


def _run(name: str, arguments: tuple[str, ...], *, as_json: bool) -> tuple[int, str]:
    """Exit code and, with --json, what was printed."""
    command = [sys.executable, "-m", f"bench.{name}", *(["--json"] if as_json else []), *arguments]
    ended = subprocess.run(  # noqa: S603 - our own script and arguments, no shell
        command, cwd=FOLDER.parent, stdout=subprocess.PIPE if as_json else None, text=True, check=False
    )
    return ended.returncode, ended.stdout or ""
