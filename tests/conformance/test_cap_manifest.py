"""Real alerts of many countries, judged as the catalogue of the collection judges them."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli.validate import validate
from hub.formats.cap.read import CapReading, read

# The verdicts that agree with a class: A valid, B valid with an error of meaning, C invalid or malformed.
AGREEING = {"A": {"clean"}, "B": {"findings"}, "C": {"findings", "refused"}}
# Words of the other library's errors, and the rules of ours that speak of the same fault.
SAME_FAULT = {
    "for type '#AnonType_referencesalert'": {"L5"},
    "for type '#AnonType_senderalert'": {"L3"},
    "for type '#AnonType_sentalert'": {"L1"},
    "'#AnonType_parameterinfoalert'": {"S8"},
    "Invalid <polygon>": {"L8", "L9", "X9"},
    "Invalid <web>": {"L15"},
    "Invalid <references>": {"X5"},
}


@dataclass(frozen=True)
class Case:
    file: str
    kind: str
    row: dict[str, str]
    reading: CapReading


@pytest.fixture(scope="session")
def cap(shared_data) -> Path:
    folder = shared_data / "cap"
    if not (folder / "MANIFEST.csv").is_file():
        pytest.skip(f"no {folder}/MANIFEST.csv")
    return folder


@pytest.fixture(scope="session")
def cases(cap) -> list[Case]:
    with (cap / "MANIFEST.csv").open(newline="") as source:
        rows = list(csv.DictReader(source))
    found = []
    for row in rows:
        data = (cap / row["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == row["sha256"], row["file"]
        found.append(Case(row["file"], row["class"][0], row, read(data)))
    return found


def test_every_verdict_agrees_with_the_class_of_the_catalogue(cases):
    disagreeing = [(c.kind, c.file, c.reading.verdict) for c in cases if c.reading.verdict not in AGREEING[c.kind]]
    assert disagreeing == []
    assert Counter(case.kind for case in cases) == {"A": 131, "B": 28, "C": 15}


def test_only_what_is_malformed_or_in_no_cap_namespace_is_refused(cases):
    refused = {case.file for case in cases if case.reading.verdict == "refused"}
    assert refused == {case.file for case in cases if case.row["error"].startswith(("Invalid bytes", "no schema"))}


def test_what_an_independent_library_objects_to_is_objected_to_by_the_same_rule(cases):
    missed = []
    for case in cases:
        rules = {finding.rule for finding in case.reading.findings if finding.level == "error"}
        for words, ours in SAME_FAULT.items():
            if case.kind == "B" and words in case.row["google_cap_library"] and not rules & ours:
                missed.append((case.file, words, sorted(rules)))
    assert missed == []


def test_what_is_read_is_what_the_catalogue_says_is_there(cases):
    wrong = []
    for case in cases:
        alert, row = case.reading.alert, case.row
        if alert is None or case.kind != "A":
            continue
        areas = [area for info in alert.infos for area in info.areas]
        read_here = (
            str(alert.status), str(alert.msg_type), str(alert.scope), len(alert.infos), len(areas), case.reading.signed,
            sum(len(area.polygons) for area in areas), sum(len(area.circles) for area in areas), len(alert.references),
        )  # fmt: skip
        listed = (
            row["status"], row["msgType"], row["scope"] or "Public", int(row["n_info"]), int(row["n_area"]),
            row["signed"] == "1", int(row["polys"]), int(row["circles"]), int(row["refs"]),
        )  # fmt: skip
        if read_here != listed:
            wrong.append((case.file, read_here, listed))
    assert wrong == []


def test_the_command_answers_every_file_on_a_line_of_its_own(cap, cases):
    files = [str(cap / case.file) for case in cases]
    result = CliRunner().invoke(validate, ["--json", *files])
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["file"] for answer in answers] == files
    assert [answer["verdict"] for answer in answers] == [case.reading.verdict for case in cases]
    assert all(answer["findings"] for answer in answers if answer["verdict"] != "clean")


def test_no_private_address_of_a_sender_stands_in_a_finding(cases):
    shown = [
        (case.file, finding.rule)
        for case in cases
        for finding in case.reading.findings
        if case.reading.alert and "@" in case.reading.alert.sender and case.reading.alert.sender in finding.text
    ]
    assert shown == []
