"""What conformance tests read: real material that lies beside the project, never inside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.stories.places import place, settle, town  # noqa: F401


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of shared material; the test is skipped, naming it, where it is absent."""
    named = os.environ.get("FENGHUO_SHARED")
    root = Path(named) if named else Path(__file__).resolve().parents[2].parent / "shared"
    folder = root / "data"
    if not folder.is_dir():
        pytest.skip(f"no {folder}: set FENGHUO_SHARED to the folder that holds data/")
    return folder
