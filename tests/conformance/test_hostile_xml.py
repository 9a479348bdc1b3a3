"""XML made to hurt is refused in bounded time and memory, with nothing read and nobody called."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 1.0
MEGABYTES = 100
# Runs in a process of its own: measures each refusal, and notices any file or connection opened meanwhile.
WATCHED = """
import json, sys, time
from hub.formats.cap.read import read

opened = []
watching = False
def watch(event, arguments):
    if watching and (event == "open" or event.startswith(("socket.", "subprocess.", "os.exec"))):
        opened.append(event)
sys.addaudithook(watch)

for name in sys.argv[1:]:
    data = open(name, "rb").read()
    watching = True
    started = time.process_time()
    reading = read(data)
    seconds = time.process_time() - started
    watching = False
    # Not ru_maxrss: that one remembers the process that started this one.
    peak = next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(json.dumps([name, reading.verdict, reading.findings[0].rule, seconds, peak, opened]))
"""


def watched(files: list[Path]) -> list[list[object]]:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *map(str, files)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def too_costly(answers: list[list[object]]) -> list[list[object]]:
    return [a for a in answers if a[1] != "refused" or a[3] > SECONDS or a[4] > MEGABYTES or a[5]]


def test_every_known_attack_file_is_refused_cheaply_and_opens_nothing(shared_data):
    folder = shared_data / "hostile" / "defusedxml-xxe" / "xmltestdata"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    files = sorted(file for file in folder.iterdir() if file.is_file())
    answers = watched(files)
    assert len(answers) == len(files) == 13
    assert too_costly(answers) == []


def entity_bomb() -> bytes:
    layers = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE b [<!ENTITY l0 "boom">{layers}]><b>&l11;</b>'.encode()


ATTACKS = {
    "entities": entity_bomb(),
    "long_entity": b'<!DOCTYPE b [<!ENTITY a "' + b"x" * 100_000 + b'">]><b>' + b"&a;" * 10_000 + b"</b>",
    "parameter_entity": b'<!DOCTYPE b [<!ENTITY % p SYSTEM "http://localhost:9/x">%p;]><b/>',
    "twenty_megabytes": b"<a>" + b"x" * (20 * 1024 * 1024) + b"</a>",
    "deep": b"<a>" * 500_000,
    "wide": b"<a>" + b"<b/>" * 500_000 + b"</a>",
    "attributes": b"<a " + b" ".join(b'x%d=""' % n for n in range(200_000)) + b"/>",
    "namespaces": b"<a " + b" ".join(b'xmlns:x%d="u"' % n for n in range(100_000)) + b"/>",
    "long_text": b"<a>" + b"x" * (7 * 1024 * 1024) + b"</a>",
    "long_name": b"<" + b"a" * (7 * 1024 * 1024) + b"/>",
    "many_pairs": b"<polygon>" + b"1,1 " * (1024 * 1024) + b"</polygon>",
    "comments": b"<a>" + b"<!--x-->" * 500_000,
    "instructions": b"<a>" + b"<?x y?>" * 500_000,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_of_our_own_making_is_refused_cheaply_and_opens_nothing(tmp_path, attack):
    file = tmp_path / f"{attack}.xml"
    file.write_bytes(ATTACKS[attack])
    assert too_costly(watched([file])) == []
