"""docs/permissions.md, made from the table of permissions and the table of routes."""

from __future__ import annotations

from collections import defaultdict

from hub.access.permissions import HOLDERS, SCOPES, Permission
from hub.web.api.endpoint import ROOT
from hub.web.api.routes import ENDPOINTS
from hub.web.openapi import template

HEAD = """# Permissions

What opens each door. A permission is `scope:resource:action`: `unit` concerns one's own unit or what the policy gives it to
read, `hub` the whole hub, `own` what is one's own, `service` an upstream system. One of the rights is enough. A permission
opens a door and no more: who may review, sign and release what, and where, the policy of authority says.

Made by `make pages` from `hub/access/permissions.py` and the table of routes; a test holds it true. A permission without a
route is asked for by the console, the command line or a service of the hub.

| permission | held by | routes |
|---|---|---|
"""


def permissions_page() -> str:
    """The whole page."""
    return HEAD + "".join(row(permission) for permission in Permission) + opened()


def row(permission: Permission) -> str:
    if permission in SCOPES:
        held = f"services with the scope {SCOPES[permission]}"
    else:
        held = ", ".join(sorted(HOLDERS[permission]))
    return f"| `{permission}` | {held} | {'<br>'.join(routes_of(permission))} |\n"


def opened() -> str:
    return "\nFor those who are not signed in: " + ", ".join(routes_of(None)) + ".\n"


def routes_of(permission: Permission | None) -> list[str]:
    found: dict[Permission | None, list[str]] = defaultdict(list)
    for route in ENDPOINTS:
        found[route.permission].append(f"`{route.method} {template(ROOT + route.path)}`")
    return sorted(found[permission])
