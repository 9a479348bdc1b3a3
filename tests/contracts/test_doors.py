"""Who gets in at each door is as the table of record says: for every route and every right, and for services."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from approvals.official import Official, Right
from hub.access.permissions import Permission, demand, demand_of_service
from hub.errors import Forbidden
from hub.store.access.services import ServiceScope
from hub.web.api.endpoint import OpenHandler, Route, ServiceHandler
from hub.web.api.routes import ENDPOINTS

RECORD = Path(__file__).with_name("doors.tsv")
DOORS = dict(line.split("\t") for line in RECORD.read_text("utf-8").splitlines() if line and not line.startswith("#"))


def who_gets_in(route: Route) -> str:
    if isinstance(route.handler, OpenHandler):
        return "open"
    if isinstance(route.handler, ServiceHandler):
        return " ".join(
            f"service {scope}" for scope in ServiceScope if lets_service_in(route.required_permission, scope)
        )
    return rights_that_open(route.required_permission)


def rights_that_open(permission: Permission) -> str:
    return " ".join(right for right in Right if lets_in(permission, right))


def lets_in(permission: Permission, right: Right) -> bool:
    try:
        demand(Official(1, "wang", "the unit", "610600000000", frozenset({right})), permission)
    except Forbidden:
        return False
    return True


def lets_service_in(permission: Permission, scope: ServiceScope) -> bool:
    try:
        demand_of_service(SimpleNamespace(scopes=frozenset({scope})), permission)
    except Forbidden:
        return False
    return True


def test_every_door_is_on_record_and_every_record_has_its_door() -> None:
    assert {f"{route.method} {route.path}" for route in ENDPOINTS} == set(DOORS) - {"the console"}


@pytest.mark.parametrize("route", ENDPOINTS, ids=lambda route: route.name)
def test_who_gets_in_is_who_is_on_record(route: Route) -> None:
    assert who_gets_in(route) == DOORS[f"{route.method} {route.path}"]


def test_the_console_lets_in_whoever_reads_alerts() -> None:
    assert rights_that_open(Permission.UNIT_ALERT_READ) == DOORS["the console"]


def test_another_permission_at_a_door_would_be_seen() -> None:
    """The guard taken out."""
    (release,) = [route for route in ENDPOINTS if route.name == "releaseAlert"]
    assert rights_that_open(Permission.UNIT_ALERT_DRAFT) != DOORS[f"{release.method} {release.path}"]


@pytest.mark.parametrize("handler", [OpenHandler(None), lambda call: None])
def test_a_door_is_open_or_has_a_permission_and_never_neither(handler: object) -> None:
    wrong = Permission.UNIT_ALERT_READ if isinstance(handler, OpenHandler) else None
    with pytest.raises(ValueError, match="a door is open, or a permission opens it"):
        Route("GET", "/x", "x", "x", handler, permission=wrong)
