"""The draw of small faults itself: what is changed, which tests are asked, and what counts as noticed."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.mutants.__main__ import LEAST, draw, report
from tests.mutants.judge import Copy, Fate, Verdict
from tests.mutants.mutation import Mutation, mutations_in, mutations_of
from tests.mutants.reach import FOLDER, SOURCES, Reach, read_reach

ROOT = Path(__file__).resolve().parents[2]
GATE = '''"""Who may enter."""


def may_enter(age: int, banned: bool) -> bool:
    """Whether somebody may."""
    if banned:
        return False
    return age >= 18


def never_called() -> int:
    return 1
'''
TESTS = """from gate.gate import may_enter


def test_a_child_may_not_enter():
    assert not may_enter(10, banned=False)


def test_a_grown_person_may_enter_unless_banned():
    assert may_enter(18, banned=False)
    assert not may_enter(40, banned=True)
"""


def changes(source: str) -> set[tuple[str, str]]:
    return {(each.before.strip(), each.after.strip()) for each in mutations_of(Path("a.py"), source.encode())}


@pytest.mark.parametrize(
    ("source", "before", "after"),
    [
        ("a = b < c", "<", "<="),
        ("a = b not in c", "not in", "in"),
        ("a = b and c", "b and c", "((b))"),
        ("a = not b", "not b", "bool(b)"),
        ("a = b - c", "-", "+"),
        ("a = True", "True", "False"),
        ("a = 1", "1", "2"),
        ("if a:\n    b = c", "a", "(not (a))"),
        ("a = [b for b in c if d(b)]", "d(b)", "True"),
        ("check(a)", "check(a)", "pass"),
        ("raise Refusal", "raise Refusal", "pass"),
        ("a = select(b).where(c)", "select(b).where(c)", "select(b)"),
        ("def f(a=1): ...", "1", "2"),
        ("字 = '红'; a = b == '橙'", "==", "!="),
    ],
)
def test_each_kind_of_fault_is_made(source: str, before: str, after: str) -> None:
    assert (before, after) in changes(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""Words."""',
        "log.warning('late', seconds=1)",
        "a: Literal[1]",
        "def f(a: Literal[1]): ...",
        "a = 3600",
        "a = 'b'",
    ],
)
def test_what_no_test_need_notice_is_left_alone(source: str) -> None:
    assert changes(source) == set()


def test_every_fault_in_the_project_changes_its_own_stretch_alone_and_parses() -> None:
    found = list(mutations_in(ROOT, ("approvals",)))
    for each in draw(found, 100, "any"):
        source = (ROOT / each.file).read_bytes()
        changed = each.applied_to(source)
        assert changed != source
        assert changed.startswith(source[: each.start])
        assert changed.endswith(source[each.end :])
        compile(changed, str(each.file), "exec")


def test_a_draw_can_be_repeated_and_another_seed_draws_others() -> None:
    found = list(mutations_in(ROOT, ("approvals",)))
    assert draw(found, 30, "one") == draw(found, 30, "one")
    assert draw(found, 30, "one") != draw(found, 30, "two")


def test_tests_are_asked_in_turn_by_file_and_the_mirror_leads() -> None:
    seconds = {
        "tests/test_b.py::x": 1.0,
        "tests/test_a.py::x": 0.1,
        "tests/test_a.py::y": 0.2,
        "tests/test_c.py::z": 99,
    }
    reach = Reach({"p/b.py": {3: frozenset(seconds)}}, seconds)
    assert reach.tests_of(Path("p/b.py"), 3, 10.0) == ["tests/test_b.py::x", "tests/test_a.py::x", "tests/test_a.py::y"]


def test_an_expression_over_several_lines_is_asked_of_the_tests_of_its_first() -> None:
    reach = Reach({"p/b.py": {3: frozenset({"t::x"}), 9: frozenset({"t::y"})}}, {})
    assert reach.tests_of(Path("p/b.py"), 5, 10.0) == ["t::x"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project under git, and what a run of its tests noted."""
    root = tmp_path_factory.mktemp("project")
    (root / "gate").mkdir()
    (root / "gate" / "gate.py").write_text(GATE)
    (root / "test_gate.py").write_text(TESTS)
    (root / "notes").mkdir()
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "gate", "test_gate.py"], cwd=root, check=True)
    environment = {
        **os.environ,
        "PYTHONPATH": f"{root}{os.pathsep}{ROOT}",
        FOLDER: str(root / "notes"),
        SOURCES: str(root / "gate"),
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.mutants.reach",
        "--rootdir",
        root,
        root,
    ]
    subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True)
    return root


@pytest.fixture(scope="module")
def reach(project: Path) -> Reach:
    return read_reach(project / "notes", project)


def made(before: str, after: str) -> Mutation:
    found = mutations_of(Path("gate/gate.py"), GATE.encode())
    return next(each for each in found if (each.before.strip(), each.after.strip()) == (before, after))


def judged(project: Path, folder: Path, mutation: Mutation, reach: Reach) -> Fate:
    return Copy(project, folder).judge(mutation, reach.tests_of(mutation.file, mutation.line, 60.0), 60.0).fate


def test_a_run_notes_which_test_runs_which_line(reach: Reach) -> None:
    assert reach.lines["gate/gate.py"][7] == {"test_gate.py::test_a_grown_person_may_enter_unless_banned"}
    assert len(reach.lines["gate/gate.py"][8]) == 2
    assert not reach.lines["gate/gate.py"].get(12)


def test_a_fault_that_a_test_notices_is_killed_and_the_copy_is_whole_again(
    project: Path, tmp_path: Path, reach: Reach
) -> None:
    assert judged(project, tmp_path, made(">=", ">"), reach) is Fate.KILLED
    assert (tmp_path / "gate" / "gate.py").read_text() == GATE


def test_a_fault_that_no_test_notices_survives(project: Path, tmp_path: Path, reach: Reach) -> None:
    weak = replace(made(">=", ">"), after=" >= 0 + ")
    assert judged(project, tmp_path, weak, reach) is Fate.SURVIVED


def test_a_fault_where_no_test_comes_is_not_to_anybodys_credit(project: Path, tmp_path: Path) -> None:
    assert judged(project, tmp_path, made("1", "2"), Reach({}, {})) is Fate.NOT_RUN


def test_a_run_without_an_end_is_no_kill(project: Path, tmp_path: Path, reach: Reach) -> None:
    endless = replace(made("False", "True"), after="__import__('time').sleep(3600)")
    copy = Copy(project, tmp_path, starting_s=1.0)
    assert copy.judge(endless, reach.tests_of(endless.file, endless.line, 60.0), 0.0).fate is Fate.TIMED_OUT


@pytest.mark.parametrize("fate", [Fate.SURVIVED, Fate.TIMED_OUT, Fate.NOT_RUN])
def test_only_what_was_killed_is_in_the_share_and_the_rest_is_named(
    fate: Fate, capsys: pytest.CaptureFixture[str]
) -> None:
    one = made(">=", ">")
    share = report(iter([Verdict(one, Fate.KILLED, 2)] * 3 + [Verdict(one, fate, 2)]), "seed s")
    said = capsys.readouterr().out.splitlines()
    assert share == 0.75 < LEAST
    assert said[0] == f"{fate}: gate/gate.py:8: >= -> > (2 tests)"
    assert said[1].startswith("3 of 4 killed (75.0%, limit 90%); ")
    assert len(said) == 2
