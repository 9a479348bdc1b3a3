"""`hub counterparts` as another process sees it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import aiohttp
import pytest

COMMAND = [sys.executable, "-m", "hub", "counterparts"]
PATIENCE_S = 60


@pytest.fixture
def running():
    process = subprocess.Popen(
        [*COMMAND, "--json", "--knob", "sms.loss=0.5"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        yield process
        process.kill()


async def test_it_says_in_one_line_how_to_reach_it_and_answers_there(running) -> None:
    told = json.loads(running.stdout.readline())
    headers = {"Authorization": f"Bearer {told['token']}"}
    url = f"{told['control']}/counterparts"
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
        listed = await answer.json()
    assert {name: one["url"] for name, one in listed.items()} == told["counterparts"]
    assert listed["sms"]["knobs"]["loss"] == 0.5
    assert told["endpoints"].keys() == {"wecom", "broadcast", "partners"}


def test_it_ends_when_its_parent_closes_the_pipe(running) -> None:
    running.stdout.readline()
    running.stdin.close()
    assert running.wait(PATIENCE_S) == 0


def test_it_ends_when_it_is_told_to(running) -> None:
    running.stdout.readline()
    running.send_signal(signal.SIGTERM)
    assert running.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("knob", ["sms.lost=1", "pigeon.loss=1", "sms.loss=much", "loss"])
def test_a_wrong_knob_is_a_usage_error_that_names_it(knob: str) -> None:
    ended = subprocess.run([*COMMAND, "--knob", knob], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert ended.returncode == 2
    assert knob in ended.stderr or knob.partition(".")[0] in ended.stderr
    assert "Traceback" not in ended.stderr
