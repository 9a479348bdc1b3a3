"""`hub alert validate`: one answer per file, an exit code, never a traceback."""

from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner

from hub.cli.validate import validate
from hub.formats.cap.parse import MAX_BYTES


@pytest.fixture
def run():
    def invoke(*arguments):
        result = CliRunner().invoke(validate, [str(argument) for argument in arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return invoke


def test_clean_files_end_with_zero_and_any_other_with_one(run, message, tmp_path):
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(message())
    bad.write_bytes(message(expires="<expires>2026-07-12T20:30:00Z</expires>"))
    assert run(good).exit_code == 0
    assert run(good, bad).exit_code == 1


def test_json_is_one_object_per_file_and_line_with_the_agreed_keys(run, message, tmp_path):
    bad = tmp_path / "bad.xml"
    bad.write_bytes(message(expires="<expires>2026-07-12T20:30:00Z</expires>"))
    missing = tmp_path / "missing.xml"
    first, second = map(json.loads, run("--json", bad, missing).stdout.splitlines())
    assert (first["file"], first["verdict"]) == (str(bad), "findings")
    assert set(first) == {"file", "verdict", "findings"}
    assert set(first["findings"][0]) == {"rule", "element", "level", "text"}
    assert ("L1", "alert/info[1]/expires", "error") in {
        (finding["rule"], finding["element"], finding["level"]) for finding in first["findings"]
    }
    assert (second["file"], second["verdict"]) == (str(missing), "refused")
    assert second["findings"]


def test_folders_pipes_and_oversized_files_are_refused_without_being_read_to_the_end(run, tmp_path):
    pipe, big = tmp_path / "pipe", tmp_path / "big.xml"
    os.mkfifo(pipe)
    with big.open("wb") as file:
        file.truncate(MAX_BYTES * 3)
    lines = [json.loads(line) for line in run("--json", tmp_path, pipe, big).stdout.splitlines()]
    assert [line["verdict"] for line in lines] == ["refused"] * 3
    assert lines[2]["findings"][0]["rule"] == "P1"


@pytest.mark.parametrize("option", [(), ("--json",)])
def test_no_control_character_of_a_file_or_its_name_reaches_the_terminal(run, message, tmp_path, option):
    file = tmp_path / "red\x1b[31m.xml"
    file.write_bytes(message(language="<language>\u009b31m\u202e</language>"))
    shown = run(*option, file).stdout
    assert "language" in shown
    assert not [c for c in shown if not c.isprintable() and c != "\n"]


def test_the_readable_form_names_file_verdict_element_and_rule(run, message, tmp_path):
    file = tmp_path / "warning.xml"
    file.write_bytes(message(area="<area><areaDesc>a</areaDesc><polygon>1,1</polygon></area>"))
    shown = run(file).stdout
    assert f"{file}: findings" in shown
    assert "L8   alert/info[1]/area[1]/polygon:" in shown


def test_no_file_at_all_is_a_usage_error(run):
    assert run().exit_code == 2
