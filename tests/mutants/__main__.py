"""How many small faults the tests notice: `make mutants`.

Draws changes to the parts on which lives hang, makes each in a copy of the project and runs the tests that run that line.
The draw is seeded with the commit, so that a run can be repeated and every commit is asked something new.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.judge import Copy, Fate, Verdict
from tests.mutants.mutation import Mutation, mutations_in
from tests.mutants.reach import FOLDER, SOURCES, Reach, read_reach

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    "approvals",
    "hub/audience",
    "hub/dossier",
    "hub/compose",
    "hub/signoff",
    "hub/release",
    "hub/dispatch",
    "hub/store",
)
#: what starts whole processes, looks at the text of the project or only at other parts says nothing of one line
LEFT_OUT = (
    "tests/faults",
    "tests/hub/cli",
    "tests/conformance",
    "tests/architecture",
    "tests/mutants",
    "tests/drivers",
)
BUDGETS_S = (40.0, 300.0)  #: seconds of tests for every change, and once more for those that survived
LEAST = 0.9
PROCESSES = 2


def main() -> int:
    """0 where at least the least share was killed."""
    given = _arguments()
    commit = _git("rev-parse", "HEAD")
    drawn = draw(list(mutations_in(ROOT, PARTS)), given.count, given.seed or commit)
    reach = _reach(given.notes or ROOT / ".mutants" / commit)
    killed = report(judge_all(drawn, reach), f"seed {given.seed or commit}")
    return 0 if killed >= LEAST else 1


def draw(every: list[Mutation], count: int, seed: str) -> list[Mutation]:
    """So many of the changes, the same ones for the same seed."""
    return random.Random(seed).sample(every, min(count, len(every)))


def judge_all(drawn: list[Mutation], reach: Reach) -> Iterator[Verdict]:
    """One verdict for each change, as they come; each process works in a copy of its own."""
    copies: SimpleQueue[Copy] = SimpleQueue()
    with tempfile.TemporaryDirectory(prefix="fenghuo-mutants-") as folder, ThreadPoolExecutor(PROCESSES) as pool:
        for number in range(PROCESSES):
            copies.put(Copy(ROOT, Path(folder, str(number))))

        def judge(mutation: Mutation) -> Verdict:
            copy = copies.get()
            try:
                return _judge_in(copy, mutation, reach)
            finally:
                copies.put(copy)

        yield from pool.map(judge, drawn)


def _judge_in(copy: Copy, mutation: Mutation, reach: Reach) -> Verdict:
    for budget in BUDGETS_S:
        verdict = copy.judge(mutation, reach.tests_of(mutation.file, mutation.line, budget), budget)
        if verdict.fate is not Fate.SURVIVED:
            break
    return verdict


def report(verdicts: Iterator[Verdict], seed: str) -> float:
    """Prints whatever was not killed, then the share that was, which it returns."""
    fates: Counter[Fate] = Counter()
    for verdict in verdicts:
        fates[verdict.fate] += 1
        if verdict.fate is not Fate.KILLED:
            print(verdict, flush=True)
    share = fates[Fate.KILLED] / max(1, fates.total())
    others = ", ".join(f"{fates[fate]} {fate}" for fate in Fate if fate is not Fate.KILLED)
    print(f"{fates[Fate.KILLED]} of {fates.total()} killed ({share:.1%}, limit {LEAST:.0%}); {others}; {seed}")
    return share


def _reach(notes: Path) -> Reach:
    """The map of this commit; without one all tests are run once, which takes a good half of an hour."""
    if not notes.exists():
        with tempfile.TemporaryDirectory(prefix="fenghuo-reach-") as folder:
            _note_reach(Path(folder))
            notes.parent.mkdir(exist_ok=True)
            subprocess.run(["cp", "-r", folder, notes], check=True)
    return read_reach(notes, ROOT)


def _note_reach(folder: Path) -> None:
    ignored = [f"--ignore={name}" for name in LEFT_OUT]
    spread = ["-p", "tests.mutants.reach", "-n", str(PROCESSES), "--dist", "worksteal"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        FOLDER: str(folder),
        SOURCES: ",".join(str(ROOT / part) for part in PARTS),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *spread, *ignored]
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
        raise SystemExit("the tests fail without any change: mend them first")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="changes to draw")
    parser.add_argument("--seed", help="instead of the commit's hash")
    parser.add_argument("--notes", type=Path, help="which test runs which line, as an earlier run noted it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
