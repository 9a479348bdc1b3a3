"""`hub alert`: officials act on the machine itself, and the rules of authority hold there too."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.cli.alert import COMMANDS
from hub.formats.cap.read import read
from hub.store.schema import alerts, audit, shards

PATHS = {"review": ("li",), "sign": ("zhao", "sun")}


@pytest.fixture
def submitted(commands: Any, warning: Path) -> dict[str, Any]:
    made = commands.done("alert", "draft", warning, "--as", "chen")
    return commands.done("alert", "submit", made["id"], "--as", "chen")


def approve(commands: Any, view: dict[str, Any], step: str, name: str, *more: str) -> dict[str, Any]:
    order = ("alert", "approve", view["id"], "--step", step, "--as", name, "--digest", view["digest"], *more)
    return commands.done(*order)


@pytest.fixture
def released(commands: Any, submitted: dict[str, Any]) -> dict[str, Any]:
    for step, names in PATHS.items():
        for name in names:
            approve(commands, submitted, step, name)
    return commands.done("alert", "release", submitted["id"], "--as", "zhou", "--digest", submitted["digest"])


def test_a_file_walks_to_its_release_with_a_queue_that_is_away(commands: Any, released: dict[str, Any]) -> None:
    assert (released["stage"], released["targeted"], released["missing"]) == ("released", 2, [])
    assert [(each["official"], each["step"]) for each in released["decisions"]] == [
        ("li", "review"),
        ("zhao", "sign"),
        ("sun", "sign"),
    ]
    assert {row.state for row in commands.rows(shards)} == {"ready"}


def test_the_record_says_that_the_command_line_acted_and_for_whom(commands: Any, released: dict[str, Any]) -> None:
    entries = [row for row in commands.rows(audit) if row.action != "enrol"]
    acted = [(row.actor, row.subject) for row in entries if row.action == "act-as"]
    assert acted == [("command line", f"official/{number}") for number in (1, 1, 2, 3, 4, 5)]
    # Each act stands right behind the entry that says who typed it.
    assert [entries[at + 1].actor for at, row in enumerate(entries) if row.action == "act-as"] == [
        "chen",
        "chen",
        "li",
        "zhao",
        "sun",
        "zhou",
    ]
    assert commands.done("audit", "verify")["verified"] is True


def test_nothing_is_released_without_its_signatures(commands: Any, submitted: dict[str, Any]) -> None:
    told = commands.refused("alert", "release", submitted["id"], "--as", "zhou", "--digest", submitted["digest"])
    assert told["rule"] == "stage"
    assert commands.rows(shards) == []


@pytest.mark.parametrize(
    ("name", "step", "rule"),
    [("chen", "sign", "SEP-1"), ("zhou", "sign", "RIGHT"), ("li", "sign", "RIGHT")],
)
def test_the_machine_gives_nobody_a_right_he_does_not_have(
    commands: Any, submitted: dict[str, Any], name: str, step: str, rule: str
) -> None:
    order = ("alert", "approve", submitted["id"], "--step", step, "--as", name, "--digest", submitted["digest"])
    assert commands.refused(*order)["rule"].upper().startswith(rule)


def test_one_person_decides_once(commands: Any, submitted: dict[str, Any]) -> None:
    approve(commands, submitted, "sign", "zhao")
    order = ("alert", "approve", submitted["id"], "--step", "sign", "--as", "3", "--digest", submitted["digest"])
    assert commands.refused(*order)["rule"] == "SEP-2"


def test_a_decision_counts_for_the_digest_that_was_seen_and_for_no_other(
    commands: Any, submitted: dict[str, Any]
) -> None:
    order = ("alert", "approve", submitted["id"], "--step", "sign", "--as", "zhao", "--digest", "fh3:" + "0" * 64)
    assert commands.refused(*order)["rule"] == "SEP-3"


def test_what_is_returned_is_a_draft_again_and_needs_a_reason(commands: Any, submitted: dict[str, Any]) -> None:
    order = ("alert", "approve", submitted["id"], "--step", "review", "--verdict", "return", "--as", "li")
    assert commands.refused(*order, "--digest", submitted["digest"])["rule"] == "SEP-7"
    view = approve(commands, submitted, "review", "li", "--verdict", "return", "--reason", "say where to go")
    assert (view["stage"], view["digest"]) == ("draft", None)
    assert view["decisions"][0]["reason"] == "say where to go"


@pytest.mark.parametrize(("who", "rule"), [("nobody", "official-unknown"), ("wang", "official-inactive")])
def test_only_who_is_in_office_can_be_acted_for(commands: Any, warning: Path, who: str, rule: str) -> None:
    commands.done("official", "add", "wang", "--unit", "Office", "--kind", "meteorological", "--right", "draft")
    commands.done("official", "retire", "wang")
    told = commands.refused("alert", "draft", warning, "--as", who)
    assert (told["rule"], told["place"]) == (rule, "--as")
    assert commands.rows(alerts) == []


def test_the_same_file_again_is_the_same_draft(commands: Any, warning: Path) -> None:
    first, second = (commands.done("alert", "draft", warning, "--as", "chen")["id"] for _ in range(2))
    assert first == second
    assert len(commands.rows(alerts)) == 1


def test_a_draft_can_be_narrowed_and_sent_elsewhere_too(commands: Any, warning: Path) -> None:
    plan = ("--channels", "sms", "--groups", "elderly,children", "--regions", "110101000000")
    made = commands.done("alert", "draft", warning, *plan, "--as", "chen")
    assert (made["channels"], made["groups"]) == (["sms"], ["children", "elderly"])
    assert commands.done("alert", "submit", made["id"], "--as", "chen")["targeted"] == 1


@pytest.mark.parametrize(
    ("plan", "rule", "place"),
    [
        (("--channels", "pigeon"), "channel-unknown", "channels"),
        (("--regions", "999999999999"), "region-unknown", "regions"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(
    commands: Any, warning: Path, plan: tuple[str, ...], rule: str, place: str
) -> None:
    told = commands.refused("alert", "draft", warning, *plan, "--as", "chen")
    assert (told["rule"], told["place"]) == (rule, place)


def test_a_file_that_is_no_warning_is_refused_with_its_findings(commands: Any, tmp_path: Path) -> None:
    file = tmp_path / "not.xml"
    file.write_text("<rss/>")
    told = commands.refused("alert", "draft", file, "--as", "chen")
    assert told["rule"] == "cap-refused"
    assert told["findings"][0]["rule"] == "S1"


def test_a_version_that_was_edited_meanwhile_is_not_submitted(commands: Any, warning: Path) -> None:
    made = commands.done("alert", "draft", warning, "--as", "chen")
    assert commands.refused("alert", "submit", made["id"], "--version", 9, "--as", "chen")["rule"] == "version"


def test_a_draft_that_is_withdrawn_cannot_be_submitted(commands: Any, warning: Path) -> None:
    made = commands.done("alert", "draft", warning, "--as", "chen")
    view = commands.done("alert", "withdraw", made["id"], "--reason", "a false report", "--as", "chen")
    assert view["stage"] == "withdrawn"
    assert commands.refused("alert", "submit", made["id"], "--as", "chen")["rule"] == "stage"


def test_only_what_went_out_can_be_updated_or_cancelled(
    commands: Any, submitted: dict[str, Any], warning: Path
) -> None:
    number = submitted["id"]
    assert commands.refused("alert", "update", number, warning, "--as", "chen")["rule"] == "stage"
    assert commands.refused("alert", "cancel", number, "--note", "over", "--as", "chen")["rule"] == "stage"


def test_an_update_and_a_cancel_are_drafts_that_refer_to_the_first_message(
    commands: Any, released: dict[str, Any], warning: Path
) -> None:
    text = warning.read_text().replace("_0</identifier>", "_1</identifier>")
    warning.write_text(text)
    update = commands.done("alert", "update", released["id"], warning, "--as", "chen")
    cancel = commands.done("alert", "cancel", released["id"], "--note", "险情解除", "--as", "chen")
    for view, kind in ((update, "Update"), (cancel, "Cancel")):
        assert (view["stage"], view["msg_type"], view["root"]) == ("draft", kind, released["id"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("approve", "1", "--step", "sign", "--as", "zhao"),
        ("approve", "1", "--step", "dance", "--as", "zhao", "--digest", "x"),
        ("release", "1", "--digest", "x"),
        ("release", "one", "--digest", "x", "--as", "zhou"),
        ("draft", "missing.xml", "--as", "chen"),
        ("cancel", "1", "--as", "chen"),
        ("list", "--stage", "limbo"),
        ("sing",),
    ],
)
def test_a_command_that_is_not_complete_is_a_usage_error(commands: Any, arguments: tuple[str, ...]) -> None:
    assert commands("alert", *arguments).exit_code == 2


@pytest.mark.parametrize("command", ["show", "forms"])
def test_an_alert_that_is_not_there_is_refused(commands: Any, command: str) -> None:
    assert commands.refused("alert", command, 99)["rule"] == "alert-unknown"


def test_people_read_the_digest_and_what_is_missing(commands: Any, submitted: dict[str, Any]) -> None:
    shown = commands("alert", "show", submitted["id"]).stdout
    assert f"digest {submitted['digest']}\n" in shown
    assert "missing review, sign, sign\n" in shown
    assert "persons 2\n" in shown


def test_the_forms_are_what_each_channel_will_say(commands: Any, submitted: dict[str, Any]) -> None:
    found = commands.done("alert", "forms", submitted["id"])
    assert {(form["channel"], form["language"]) for form in found} >= {("sms", "zh-CN"), ("email", "en-US")}
    shown = commands("alert", "forms", submitted["id"]).stdout
    assert all(" ".join(form["text"].split()) in " ".join(shown.split()) for form in found if form["channel"] == "sms")


def test_alerts_are_listed_newest_first_page_by_page(commands: Any, warning: Path) -> None:
    for number in range(3):
        warning.write_text(re.sub(r"_\w</identifier>", f"_{number}</identifier>", warning.read_text()))
        commands.done("alert", "draft", warning, "--as", "chen")
    page = commands.done("alert", "list", "--limit", 2)
    assert ([item["id"] for item in page["items"]], page["next"]) == ([3, 2], 2)
    assert [item["id"] for item in commands.done("alert", "list", "--before", 2)["items"]] == [1]
    assert commands.done("alert", "list", "--stage", "released")["items"] == []
    assert "There are more: --before 2" in commands("alert", "list", "--limit", 2).stdout


def test_nothing_a_warning_says_is_obeyed_by_the_terminal(commands: Any, warning: Path) -> None:
    warning.write_text(warning.read_text().replace("<headline>", "<headline>&#x9b;31m&#x202e;", 1))
    commands.done("alert", "draft", warning, "--as", "chen")
    for order in (("show", 1), ("list",)):
        shown = commands("alert", *order).stdout
        assert "暴雨" in shown
        assert not [c for c in shown if not c.isprintable() and c != "\n"]


def test_an_old_format_is_converted_to_strict_cap_and_every_change_is_said(commands: Any, warning: Path) -> None:
    warning.write_text(warning.read_text().replace("cap:1.2", "cap:1.1"))
    result = commands("alert", "convert", warning)
    assert result.exit_code == 0, result.output
    again = read(result.stdout.encode())
    assert (again.version, again.verdict) == ("1.2", "clean")
    assert "what the hub writes is CAP 1.2" in result.stderr
    told = commands.done("alert", "convert", warning)
    assert told["cap"] == result.stdout.rstrip("\n")
    assert told["findings"]


def test_a_warning_of_another_day_is_converted_as_if_it_were_issued_now(commands: Any, warning: Path) -> None:
    warning.write_text(re.sub(r"20\d\d-", "2019-", warning.read_text()))
    assert commands.refused("alert", "draft", warning, "--as", "chen")["rule"] == "X21"
    (now := warning.with_name("now.xml")).write_text(commands("alert", "convert", "--redate", warning).stdout)
    assert commands.done("alert", "draft", now, "--as", "chen")["stage"] == "draft"


@pytest.mark.parametrize("text", [None, "<alert", "<rss/>"])
def test_what_is_no_cap_is_not_converted(commands: Any, tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "not.xml"
    if text is not None:
        file.write_text(text)
    told = commands.refused("alert", "convert", file)
    assert told["place"] == str(file)
    assert told["findings"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_group_exists_and_explains_itself(commands: Any, name: str) -> None:
    result = commands("alert", name, "--help")
    assert (result.exit_code, result.output[:7]) == (0, "Usage: "), result.output


def test_checking_a_file_loads_no_database_and_no_server(warning: Path) -> None:
    program = (
        "import sys; from click.testing import CliRunner; from hub.cli import root\n"
        "result = CliRunner().invoke(root, ['alert', 'validate', sys.argv[1]])\n"
        "print(result.exit_code, *sys.modules)"
    )
    command = [sys.executable, "-c", program, str(warning)]
    code, *loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert code == "0"
    assert set(loaded) & {"sqlalchemy", "aiohttp", "arq", "alembic", "sklearn", "twilio"} == set()


def test_what_was_answered_is_shown_and_answered_anew_on_the_command_line(
    commands: Any, warning: Path, tmp_path: Path
) -> None:
    unknown = tmp_path / "unknown.xml"
    unknown.write_bytes(re.sub(rb"<severity>[^<]*</severity>", b"<severity>Unknown</severity>", warning.read_bytes()))
    made = commands.done("alert", "draft", unknown, "--as", "chen")
    [question] = commands.done("alert", "questions", made["id"])
    for level in (choice["key"] for choice in question["choices"][:2]):
        answered = commands.done("alert", "answer", made["id"], f"{question['key']}={level}", "--as", "chen")
        assert (answered["questions"], answered["level"]) == ([], level)
        assert f"answered {question['key']}={level}:" in commands("alert", "questions", made["id"]).output


def test_what_a_draft_leaves_open_is_shown_answered_and_held_back_on_the_command_line(
    commands: Any, warning: Path, tmp_path: Path
) -> None:
    endless = tmp_path / "endless.xml"
    endless.write_bytes(re.sub(rb"<expires>[^<]*</expires>", b"", warning.read_bytes()))
    made = commands.done("alert", "draft", endless, "--as", "chen")
    assert made["expires_at"] is None
    [question] = commands.done("alert", "questions", made["id"])
    shown = commands("alert", "questions", made["id"]).output
    assert {"end-missing=usual", "end-missing=until=TIME"} <= set(shown.split())
    assert question["text"]["zh"] in shown
    assert commands.refused("alert", "submit", made["id"], "--as", "chen")["rule"] == "open-question"
    assert commands.refused("alert", "answer", made["id"], "end-missing", "--as", "chen")["place"] == "answers"
    answered = commands.done("alert", "answer", made["id"], "end-missing=usual", "--as", "chen")
    assert (answered["questions"], answered["version"]) == ([], made["version"] + 1)
    assert "nothing is open" in commands("alert", "questions", made["id"]).output
    hour = datetime.fromisoformat(answered["sent"]) + timedelta(hours=1)
    held = commands.done("alert", "hold", made["id"], "--until", hour.isoformat(), "--as", "chen")
    assert datetime.fromisoformat(held["not_before"]) == hour
    assert commands.refused("alert", "hold", made["id"], "--until", "soon", "--as", "chen")["place"] == "--until"
    assert commands.done("alert", "hold", made["id"], "--as", "chen")["not_before"] is None
    assert commands.done("alert", "submit", made["id"], "--as", "chen")["stage"] == "submitted"


def test_who_cannot_be_placed_is_included_in_a_draft_there_is_and_left_out_again(commands: Any, warning: Path) -> None:
    made = commands.done("alert", "draft", warning, "--channels", "sms", "--groups", "elderly", "--as", "chen")
    put = ("alert", "include", made["id"], "--as", "chen", "--unlocated")
    more = commands.done(*put, "500229001000")
    assert (more["version"], more["channels"], more["groups"]) == (made["version"] + 1, ["sms"], ["elderly"])
    assert commands.done(*put, "none")["version"] == made["version"] + 2
    assert commands.refused(*put, "990000000000")["rule"] == "region-unknown"
    assert commands.refused(*put, "none", "--version", made["version"])["rule"] == "version"
