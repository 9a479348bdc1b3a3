"""The documentation names commands and options; each of them exists."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from hub.cli import COMMANDS, root

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "config").rglob("*.md"))]
#: `hub …` at the start of a line of code, or of inline code
CALL = re.compile(r"(?:^|[`$(]\s*)(?:\.venv/bin/)?hub ([^`|>\n)]+)", re.MULTILINE)


def calls() -> list[tuple[str, str]]:
    return [(page.name, words.strip()) for page in PAGES for words in CALL.findall(page.read_text("utf-8"))]


def command_of(words: list[str]) -> click.Command:
    """The command the first words name. Raises KeyError naming what there is not."""
    context = click.Context(root)
    command: click.Command = root
    for word in words:
        if not isinstance(command, click.Group) or word.startswith("-"):
            break
        found = command.get_command(context, word)
        if found is None:
            raise KeyError(word)
        command = found
    return command


@pytest.mark.parametrize(("page", "text"), calls())
def test_what_the_documentation_calls_exists_with_its_options(page: str, text: str) -> None:
    command = command_of(text.split())
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert set(re.findall(r"(?<=\s)--[a-z-]+", text)) <= known, (page, text)


def test_the_search_finds_the_commands_people_type_first() -> None:
    found = {text.split()[0] for _, text in calls()}
    assert (
        {"up", "alert", "official", "recipient", "report", "audit", "bench", "region"} <= found <= {*COMMANDS, "--help"}
    )
