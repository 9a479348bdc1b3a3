"""The refusal of a database that cannot be brought to this version."""

from __future__ import annotations

from hub.errors import Refusal
from hub.rules.rule import Rule


class SchemaRefused(Refusal):
    """The database cannot be brought to this version."""

    def __init__(self, text: str) -> None:
        super().__init__(text, rule=Rule.SCHEMA_REFUSED)
