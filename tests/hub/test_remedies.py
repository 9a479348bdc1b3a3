"""Whatever is unknown, too early or too late, or not for this person to decide is refused with its place and a remedy."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from hub.cli import root
from hub.errors import Conflict, Forbidden, NotFound
from hub.rules.remedies import REMEDIES
from hub.rules.rule import Rule

HUB = Path(__file__).parents[2] / "hub"
KINDS = {"Refusal", "NotSignedIn", "NotFound", "Forbidden", "Conflict", "Invalid", "HttpRefusal"}
#: of these nobody may learn what there is, or the text is the list of it
LISTED = {Rule.STAGE_UNKNOWN, Rule.STATE_UNKNOWN, Rule.FIELD_UNKNOWN}


def is_of_the_class(rule: str) -> bool:
    return "unknown" in rule or rule.startswith(("no-such-", "SEP-")) or rule == "stage"


def refusals() -> Iterator[tuple[str, Rule, set[str]]]:
    """Where each refusal of the class is raised, its rule, and what it says of itself."""
    for file in sorted(HUB.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
                said = {each.arg: each.value for each in node.keywords if each.arg}
                rule = said.get("rule")
                match rule:
                    case ast.Attribute(ast.Name("Rule"), member) if is_of_the_class(Rule[member]):
                        yield f"{file.relative_to(HUB)}:{node.lineno}", Rule[member], set(said)


def test_every_refusal_of_the_class_says_place_and_remedy() -> None:
    found = list(refusals())
    assert len(found) > 80, "the search has lost its reach"
    silent = [
        (where, rule)
        for where, rule, said in found
        if rule not in LISTED and rule not in REMEDIES and not {"place", "remedy"} <= said
    ]
    assert silent == []


def test_without_the_table_most_of_them_say_none() -> None:
    """The guard taken out."""
    assert any(rule == Rule.STAGE and not {"place", "remedy"} <= said for _, rule, said in refusals())


@pytest.mark.parametrize("rule", sorted(REMEDIES))
def test_a_remedy_has_a_place_and_names_commands_that_exist(rule: str) -> None:
    place, remedy = REMEDIES[rule]
    assert place
    for called in re.findall(r"`hub ([a-z -]+?)(?: [A-Z]+)?`", remedy):
        command: click.Command = root
        for word in called.split():
            assert isinstance(command, click.Group), called
            found = command.get_command(click.Context(root), word)
            assert found is not None, called
            command = found


def test_what_a_refusal_says_itself_goes_before_what_is_usual() -> None:
    usual = NotFound("there is no alert 7", rule="alert-unknown")
    assert (usual.place, usual.members["remedy"]) == ("alert", REMEDIES["alert-unknown"].remedy)
    assert str(usual) == f"there is no alert 7: {usual.members['remedy']}"
    own = Conflict("it is released", rule="stage", place="id", remedy="draft an Update")
    assert (own.place, own.members["remedy"], str(own)) == ("id", "draft an Update", "it is released: draft an Update")
    other = Forbidden("no", rule="of-no-table")
    assert (other.place, dict(other.members), str(other)) == ("", {}, "no")
