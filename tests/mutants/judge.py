"""Whether the tests notice a change: they run over a copy of the project in which it was made."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.mutants.mutation import Mutation

STARTING_S = 120.0  #: what a run may take beyond its tests; a change that makes one run for ever is found after it
SLOWER = 5.0  #: so many times their noted seconds the tests may take, on a machine that others use too


class Fate(StrEnum):
    """What became of a change. Only `KILLED` is to the tests' credit."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "timed out"
    NOT_RUN = "not run by any test"


@dataclass(frozen=True, slots=True)
class Verdict:
    mutation: Mutation
    fate: Fate
    tests: int

    def __str__(self) -> str:
        return f"{self.fate}: {self.mutation} ({self.tests} tests)"


class Copy:
    """A copy of the project that changes are made in, one at a time."""

    def __init__(self, root: Path, folder: Path, *, starting_s: float = STARTING_S) -> None:
        self.folder, self._starting_s = folder, starting_s
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True).stdout
        for name in filter(None, listed.decode().split("\0")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, folder / name)

    def judge(self, mutation: Mutation, tests: list[str], seconds: float) -> Verdict:
        """Runs tests that take about so many seconds until the first of them fails."""
        if not tests:
            return Verdict(mutation, Fate.NOT_RUN, 0)
        path = self.folder / mutation.file
        source = path.read_bytes()
        path.write_bytes(mutation.applied_to(source))
        try:
            fate = self._run(tests, self._starting_s + SLOWER * seconds)
        finally:
            path.write_bytes(source)
        return Verdict(mutation, fate, len(tests))

    def _run(self, tests: list[str], limit_s: float) -> Fate:
        command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
        environment = {**os.environ, "PYTHONPATH": str(self.folder)}
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            try:
                return Fate.KILLED if process.wait(limit_s) else Fate.SURVIVED
            except subprocess.TimeoutExpired:
                return Fate.TIMED_OUT
            finally:  # servers that the tests started belong to its session
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
