"""Permissions are one enum: each is asked for somewhere, each is held by somebody, and the page shows it."""

from __future__ import annotations

import ast
import re

import pytest

from approvals.official import Official, Right
from hub.access.permissions import HOLDERS, SCOPES, Permission, demand, holds
from hub.errors import Forbidden
from hub.web.api.routes import ENDPOINTS
from tests.pages.permissions import permissions_page
from tests.pages.rules import DOCS, HUB


def asks_for_a_right(tree: ast.Module) -> list[int]:
    """Lines where it is asked whether somebody holds a right, by `may(Right.X)` or by a set of rights."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Attribute(_, "may"), [ast.Attribute(ast.Name("Right"), _)]):
                found.append(node.lineno)
            case ast.BinOp(ast.Attribute(_, "rights"), ast.BitAnd(), ast.Name(set_of_rights)) if (
                set_of_rights.isupper()
            ):
                found.append(node.lineno)
    return found


def test_every_permission_is_scope_resource_and_action() -> None:
    assert all(re.fullmatch(r"(unit|hub|service|own):[a-z]+:[a-z]+", permission) for permission in Permission)
    assert {permission.name for permission in Permission} == {
        permission.replace(":", "_").upper() for permission in Permission
    }


def test_every_permission_is_held_by_officials_or_by_services_and_never_by_both() -> None:
    assert set(HOLDERS) | set(SCOPES) == set(Permission)
    assert set(HOLDERS) & set(SCOPES) == set()
    assert all(permission.startswith("service:") for permission in SCOPES)
    assert all(HOLDERS.values())


def test_every_permission_is_asked_for() -> None:
    asked = {route.permission for route in ENDPOINTS}
    for file in HUB.rglob("*.py"):
        if file.name != "permissions.py":
            text = file.read_text("utf-8")
            asked |= {permission for permission in Permission if f"Permission.{permission.name}" in text}
    assert set(Permission) - asked == set()


def test_nobody_but_the_table_asks_for_a_right() -> None:
    found = {
        f"{file.relative_to(HUB)}:{line}"
        for file in HUB.rglob("*.py")
        if file.name != "permissions.py"
        for line in asks_for_a_right(ast.parse(file.read_text("utf-8")))
    }
    assert found == set()


@pytest.mark.parametrize("text", ["official.may(Right.ADMINISTER)", "official.rights & RELEASE_PATH"])
def test_a_question_for_a_right_would_be_seen(text: str) -> None:
    """The guard taken out."""
    assert asks_for_a_right(ast.parse(text)) == [1]


def test_an_official_holds_no_permission_of_a_service() -> None:
    everything = Official(1, "everybody", "unit", "000000000000", frozenset(Right))
    assert not any(holds(everything, permission) for permission in SCOPES)
    with pytest.raises(Forbidden):
        demand(everything, Permission.SERVICE_ALERT_SEND)


def test_the_page_is_as_the_code_has_it() -> None:
    assert (DOCS / "permissions.md").read_text("utf-8") == permissions_page(), "make pages"
