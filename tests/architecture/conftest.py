"""The project read as syntax trees, once for all tests of its shape."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("hub", "channels", "targeting", "approvals", "templates")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    path: Path

    @property
    def name(self) -> str:
        """The path inside the project."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


@pytest.fixture(scope="module", autouse=True)
def _set_trees_aside() -> Iterator[None]:
    """The trees of all modules stay to the end of the run: no later collection need walk them, a second each time."""
    yield
    gc.freeze()


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def every_module() -> list[Module]:
    """Every module of our packages."""
    return [Module(path) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.fixture(scope="session")
def modules(every_module: list[Module]) -> list[Module]:
    """The modules people write: generated migrations are left out."""
    return [module for module in every_module if "/migrations/" not in module.name]


@pytest.fixture(scope="session")
def written_tests() -> list[Module]:
    return [Module(path) for path in sorted((ROOT / "tests").rglob("*.py"))]
