"""Writes the pages of the documentation that are made from the code: `make pages`."""

from __future__ import annotations

from tests.pages.permissions import permissions_page
from tests.pages.rules import DOCS, rules_page

if __name__ == "__main__":
    (DOCS / "rules.md").write_text(rules_page(), encoding="utf-8")
    (DOCS / "permissions.md").write_text(permissions_page(), encoding="utf-8")
