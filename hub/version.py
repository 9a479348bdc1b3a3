"""The version of the hub, as the source tree says it: the image runs from the tree, without being installed."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


@cache
def project_version() -> str:
    """What `pyproject.toml` beside the packages says. Raises OSError where the file was not laid there."""
    version: str = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    return version
