"""How often each act was allowed and how often refused: a rule that was not tried on both sides was not shown."""

from __future__ import annotations

from collections import Counter

from tests.properties.sql_edits import TAMPERINGS

#: what is counted, by the part of the law it shows
ACTS: dict[str, tuple[str, ...]] = {
    "whose it is": (
        "draft", "edit", "submit", "review", "sign", "return", "reject", "release", "withdraw", "update", "cancel", "refer",
        "take up", "countersign",
    ),
    "what is asked for": ("a step that is asked for",),
    "who reads it": ("an alert read",),
    "in whose name it speaks": ("a name of an issuer",),
    "who issues it": ("a joint warning released", "a draft taken over", "a unit consulted"),
    "the level that is said": ("a headline that says a level",),
    "who is competent": ("a hazard of the table", "a hazard of no table"),
    "how high a unit": ("a warning of a county or above",),
    "what the law wants stated": ("a warning with a blank element", "a level that nobody stated"),
    "orders to leave": ("an order to leave", "an order to leave, countersigned"),
    "who is called": ("a call acknowledged",),
    "powers that are lent": ("a message published for another unit", "a draft under a delegation"),
    "papers": ("a word on a paper", "a message under a paper", "a paper revoked"),
    "the record": tuple(f"SQL: {each}" for each in TAMPERINGS),
}  # fmt: skip


class Ledger:
    """Both counts of every act. An act that stands in no table is counted, too."""

    def __init__(self) -> None:
        self.allowed: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def notes(self, act: str, *, taken: bool) -> None:
        (self.allowed if taken else self.refused)[act] += 1

    def names(self) -> list[str]:
        known = [act for acts in ACTS.values() for act in acts]
        return [*known, *sorted((set(self.allowed) | set(self.refused)) - set(known))]

    def short_of(self, least: int) -> dict[str, tuple[int, int]]:
        """The acts that were allowed or refused less often than that."""
        counts = {act: (self.allowed[act], self.refused[act]) for act in self.names()}
        return {act: pair for act, pair in counts.items() if min(pair) < least}

    def table(self) -> str:
        """Act, how often allowed, how often refused."""
        rows = [f"| {act} | {self.allowed[act]} | {self.refused[act]} |" for act in self.names()]
        return "\n".join(["| act | allowed | refused |", "|---|---|---|", *rows])
