"""Why somebody looks at an address or erases a person: said in words, kept without any address."""

from __future__ import annotations

from hub.errors import Invalid
from hub.masking import without_addresses
from hub.rules.rule import Rule

SHORTEST, LONGEST = 4, 500


def demand_reason(text: str) -> str:
    """The reason as the audit log keeps it. Raises Invalid for one that says nothing, or too much."""
    said = " ".join(text.split())
    if not SHORTEST <= len(said) <= LONGEST:
        rule = f"a reason has {SHORTEST} to {LONGEST} characters"
        raise Invalid(rule, rule=Rule.REASON_MISSING, place="reason")
    return without_addresses(said)
