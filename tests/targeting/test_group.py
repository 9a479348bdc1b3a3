"""Population groups are data; the file is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from targeting.group import GroupsRefused, load, unknown

CONFIG = Path(__file__).resolve().parents[2] / "config" / "groups.toml"


def test_every_configured_group_has_a_chinese_and_an_english_name() -> None:
    groups = load(CONFIG)
    assert {"elderly", "children", "hearing_impaired", "responsible"} <= groups.keys()
    for group in groups.values():
        assert group.names.keys() >= {"zh", "en"}
        assert group.name("zh") != group.name("en")


def test_a_name_in_a_language_nobody_wrote_is_the_english_one() -> None:
    assert load(CONFIG)["elderly"].name("fr") == "Elderly people"


def test_unknown_keys_are_listed_and_known_ones_are_not() -> None:
    assert unknown(load(CONFIG), ["elderly", "wizards", "astronauts"]) == ["astronauts", "wizards"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[Elderly]\nzh='x'", "Elderly: a group key"),
        ("[a]\nzh=1", "a: a group is a table of names"),
        ("[a]\nneeds=['smell']", "a: needs is a list of text, speech"),
        ("a = 'x'", "a: a group is a table of names"),
        ("[a", "groups.toml: "),
        ("", "no group is named: .* write a table"),
        ("# nothing", "no group is named"),
    ],
)
def test_a_wrong_file_is_refused_naming_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "groups.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GroupsRefused, match=words):
        load(file)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(GroupsRefused, match=r"none\.toml: no such file"):
        load(tmp_path / "none.toml")
