"""What no file of the project may say: where it was made, and from where things are fetched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SKIPPED = {".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache"}
SKIPPED_TOO = {"__pycache__", "build", "dist", "node_modules", "data"}
TEXT = {".py", ".md", ".toml", ".txt", ".html", ".yaml", ".yml", ".lock", ".json", ".mako", ".css", ".js", ".csv", ""}
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.])/(work|root|home/[a-z]|Users)/",
    "a package registry": r"pypi\.org|pythonhosted\.org|npmjs\.(org|com)|proxy\.golang\.org|conda\.anaconda\.org",
    "an image registry": r"\b(docker\.io|ghcr\.io|quay\.io|gcr\.io|mcr\.microsoft\.com)\b",
    "a registry option": r"--(extra-)?index-url|--trusted-host|PIP_INDEX_URL",
    "an issue by number": r"\b[Ii]ssue\s*#?\d+\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{20}",
}


def texts(root: Path) -> list[Path]:
    found = []
    for path in root.rglob("*"):
        parts = set(path.relative_to(root).parts)
        skipped = parts & (SKIPPED | SKIPPED_TOO) or any(part.endswith(".egg-info") for part in parts)
        if path.suffix in TEXT and not skipped and path.is_file():
            found.append(path)
    return found


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_of_the_project_mentions(what: str, root: Path) -> None:
    pattern = re.compile(FORBIDDEN[what])
    said = []
    for path in texts(root):
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if path != Path(__file__) and pattern.search(line):
                said.append(f"{path.relative_to(root)}:{number}: {line.strip()[:80]}")
    assert not said, "\n".join(said)


def test_the_search_reads_the_files_people_read_first(root: Path) -> None:
    names = {path.relative_to(root).as_posix() for path in texts(root)}
    assert {"pyproject.toml", "Makefile", "hub/settings.py", "requirements/run.lock"} <= names
