"""The supervisor: what dies is started again, what keeps dying is reported, and nothing outlives it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from hub.local.supervisor import Child, ChildGaveUp, RestartPolicy, Supervisor

QUICK = RestartPolicy(fast_s=0.2, fast_failures=3, wait_first_s=0.01, wait_most_s=0.02, stop_s=5.0)
SLEEPS = "import time; print('ready', flush=True); time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
FAILS = "import sys; print('what went wrong', file=sys.stderr); sys.exit(7)"
POLITE = """
import signal, sys, time
def leave(*_): print('leaving', flush=True); sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print('ready', flush=True)
time.sleep(600)
"""
SUPERVISING = """
import asyncio, os, sys
from pathlib import Path
from hub.local.supervisor import Child, Supervisor

async def main():
    async with Supervisor(Path(sys.argv[1])) as supervisor:
        await supervisor.start(Child("one", [sys.executable, "-c", sys.argv[2]], dict(os.environ)))
        print(supervisor.pid("one"), flush=True)
        await supervisor.run()
    print("ended", flush=True)

asyncio.run(main())
"""


def child(name: str, program: str) -> Child:
    return Child(name, [sys.executable, "-c", program], dict(os.environ))


async def until(condition: Callable[[], bool]) -> None:
    """Polls what another process does; the limit is far beyond what it needs."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


def ready(supervisor: Supervisor, name: str, times: int = 1) -> Callable[[], bool]:
    return lambda: supervisor.log_file(name).read_text().count("ready") >= times


async def test_a_child_that_is_killed_is_started_again(tmp_path: Path) -> None:
    async with Supervisor(tmp_path, QUICK) as supervisor:
        await supervisor.start(child("worker", SLEEPS))
        await until(ready(supervisor, "worker"))
        first = supervisor.pid("worker")
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(ready(supervisor, "worker", times=2))
        assert supervisor.restarts("worker") == 1
        assert supervisor.pid("worker") not in {None, first}


async def test_a_child_that_keeps_failing_is_given_up_loudly_with_its_log(tmp_path: Path) -> None:
    async with Supervisor(tmp_path, RestartPolicy(fast_s=30, fast_failures=3, wait_first_s=0.01)) as supervisor:
        await supervisor.start(child("healthy", SLEEPS))
        await supervisor.start(child("broken", FAILS))
        with pytest.raises(ChildGaveUp, match=r"broken ended 3 times .*broken\.log"):
            await supervisor.wait()
        assert supervisor.restarts("broken") == 2
        assert supervisor.log_file("broken").read_text().count("what went wrong") == 3


async def test_a_child_that_lived_long_enough_is_not_counted_as_failing_fast(tmp_path: Path) -> None:
    async with Supervisor(tmp_path, RestartPolicy(fast_s=0.0, fast_failures=2, wait_first_s=0.001)) as supervisor:
        await supervisor.start(child("restless", FAILS))
        await until(lambda: supervisor.restarts("restless") >= 4)
        assert supervisor._kept["restless"].keeper.done() is False


async def test_stopping_asks_before_it_kills(tmp_path: Path) -> None:
    async with Supervisor(tmp_path, QUICK) as supervisor:
        await supervisor.start(child("polite", POLITE))
        await until(ready(supervisor, "polite"))
    assert "leaving" in supervisor.log_file("polite").read_text()
    assert supervisor.pid("polite") is None
    assert supervisor.restarts("polite") == 0


async def test_a_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    async with Supervisor(tmp_path, RestartPolicy(stop_s=0.05)) as supervisor:
        await supervisor.start(child("deaf", DEAF))
        await until(ready(supervisor, "deaf"))
        pid = supervisor.pid("deaf")
    assert pid is not None
    assert not psutil.pid_exists(pid)


async def test_two_children_of_one_name_are_refused(tmp_path: Path) -> None:
    async with Supervisor(tmp_path, QUICK) as supervisor:
        await supervisor.start(child("one", SLEEPS))
        with pytest.raises(ValueError, match="one"):
            await supervisor.start(child("one", SLEEPS))


async def test_a_child_sees_only_the_environment_it_was_given(tmp_path: Path) -> None:
    program = "import os, time; print('ready', dict(os.environ), flush=True); time.sleep(600)"
    async with Supervisor(tmp_path, QUICK) as supervisor:
        await supervisor.start(Child("bare", [sys.executable, "-c", program], {"GIVEN": "this"}))
        await until(ready(supervisor, "bare"))
    text = supervisor.log_file("bare").read_text()
    assert "'GIVEN': 'this'" in text
    assert "HOME" not in text


def start_supervising(tmp_path: Path, program: str) -> tuple[subprocess.Popen[str], psutil.Process]:
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISING, str(tmp_path), program], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    return process, psutil.Process(int(process.stdout.readline()))


def test_no_child_outlives_a_supervisor_that_is_killed_not_even_a_deaf_one(tmp_path: Path) -> None:
    process, kept = start_supervising(tmp_path, DEAF)
    while "ready" not in (tmp_path / "one.log").read_text():
        psutil.wait_procs([kept], timeout=0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    gone, _ = psutil.wait_procs([kept], timeout=30)
    assert gone or kept.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_supervisor_ends_the_children_then_itself(tmp_path: Path, number: signal.Signals) -> None:
    process, kept = start_supervising(tmp_path, POLITE)
    while "ready" not in (tmp_path / "one.log").read_text():
        psutil.wait_procs([kept], timeout=0.01)
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert output.strip() == "ended"
    assert process.returncode == 0
    assert "leaving" in (tmp_path / "one.log").read_text()
