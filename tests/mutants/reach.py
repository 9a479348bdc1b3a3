"""Which test runs which line: a pytest plugin that notes it, and the map that is made of the notes.

As a plugin (`-p tests.mutants.reach`) every process of a run writes its own two files to the folder FENGHUO_REACH.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import coverage
import pytest

FOLDER = "FENGHUO_REACH"
SOURCES = "FENGHUO_REACH_SOURCES"


class _Notes:
    """The lines each test runs, in whatever thread, and how long it takes."""

    def __init__(self, folder: Path, sources: list[str]) -> None:
        self._seconds: dict[str, float] = {}
        self._times = folder / f"{os.getpid()}.json"
        self._coverage = coverage.Coverage(
            data_file=folder / f"{os.getpid()}.coverage", source=sources, config_file=False
        )
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._coverage.switch_context(item.nodeid)
        began = time.perf_counter()
        try:
            return (yield)
        finally:
            self._seconds[item.nodeid] = time.perf_counter() - began
            self._coverage.switch_context("")

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        self._coverage.save()
        self._times.write_text(json.dumps(self._seconds), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    distributing = config.getoption("numprocesses", None) and not hasattr(config, "workerinput")
    if FOLDER in os.environ and not distributing:
        config.pluginmanager.register(_Notes(Path(os.environ[FOLDER]), os.environ[SOURCES].split(",")))


@dataclass(frozen=True, slots=True)
class Reach:
    """Which tests run which line of which file, and the seconds each of them takes."""

    lines: Mapping[str, Mapping[int, frozenset[str]]]
    seconds: Mapping[str, float] = field(default_factory=dict)

    def tests_of(self, file: Path, line: int, most_seconds: float) -> list[str]:
        """The tests that run a line, as many as fit into so many seconds: from each file of tests its quickest, then
        from each its second, and so on; files named as the changed one lead.
        """
        groups: dict[str, list[str]] = defaultdict(list)
        for test in sorted(self._running(file, line), key=lambda each: (self.seconds.get(each, 0.0), each)):
            groups[test.partition("::")[0]].append(test)
        order = sorted(groups, key=lambda name: (file.stem not in Path(name).stem, name))
        chosen: list[str] = []
        left = most_seconds
        for turn in zip_longest(*(groups[name] for name in order)):
            for test in filter(None, turn):
                if not chosen or self.seconds.get(test, 0.0) <= left:
                    chosen.append(test)
                    left -= self.seconds.get(test, 0.0)
        return chosen

    def _running(self, file: Path, line: int) -> frozenset[str]:
        """An expression over several lines is noted under some of them only: the nearest before it counts."""
        noted = self.lines.get(file.as_posix(), {})
        nearest = max((each for each in noted if each <= line), default=None)
        found = noted[nearest] if nearest is not None else frozenset()
        # What runs when the module is imported belongs to no test: any test of the module may notice it.
        return found or frozenset().union(*noted.values())


def read_reach(folder: Path, root: Path) -> Reach:
    """The map of a run whose processes wrote to `folder`."""
    lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    seconds: dict[str, float] = {}
    for path in sorted(folder.glob("*.coverage")):
        data = coverage.CoverageData(basename=str(path))
        data.read()
        for name in data.measured_files():
            known = lines[Path(name).relative_to(root).as_posix()]
            for line, tests in data.contexts_by_lineno(name).items():
                known[line].update(filter(None, tests))
    for path in sorted(folder.glob("*.json")):
        seconds |= json.loads(path.read_text(encoding="utf-8"))
    frozen = {name: {line: frozenset(tests) for line, tests in known.items()} for name, known in lines.items()}
    return Reach(frozen, seconds)
