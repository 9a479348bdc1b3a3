"""What no file of the project may say: where it was made, and from where things are fetched."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

CACHES = {".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache"}
SKIPPED = CACHES | {"__pycache__", "build", "dist", "node_modules", "data"}
TEXT = {".py", ".md", ".toml", ".txt", ".html", ".yaml", ".yml", ".lock", ".json", ".mako", ".css", ".js", ".csv", ""}
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.])/(work|root|home/[a-z]|Users)/",
    "a package registry": r"pypi\.org|pythonhosted\.org|npmjs\.(org|com)|proxy\.golang\.org|conda\.anaconda\.org",
    "an image registry": r"\b(docker\.io|ghcr\.io|quay\.io|gcr\.io|mcr\.microsoft\.com)\b",
    "a registry option": r"--(extra-)?index-url|--trusted-host|PIP_INDEX_URL",
    "an issue by number": r"\b[Ii]ssue\s*#?\d+\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{20}",
}


@pytest.fixture(scope="module")
def texts(root: Path) -> dict[str, str]:
    """What people read: every text file by its path inside the project. What is skipped is not even walked through."""
    found = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIPPED and not name.endswith(".egg-info")]
        for path in (Path(folder, name) for name in names):
            if path.suffix in TEXT and path.is_file() and path.name != ".git":  # a second work tree's link
                found[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8", errors="replace")
    return found


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_of_the_project_mentions(what: str, texts: dict[str, str], root: Path) -> None:
    pattern, itself = re.compile(FORBIDDEN[what]), Path(__file__).relative_to(root).as_posix()
    said = [
        f"{name}:{text.count(chr(10), 0, found.start()) + 1}: {found.group()!r}"
        for name, text in texts.items()
        for found in pattern.finditer(text)
        if name != itself
    ]
    assert not said, "\n".join(said)


def test_the_search_reads_the_files_people_read_first(texts: dict[str, str]) -> None:
    assert {"pyproject.toml", "Makefile", "hub/settings/settings.py", "requirements/run.lock"} <= texts.keys()
