"""An official, and what an official may be entitled to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from approvals.grant import Grant


class Right(StrEnum):
    """What an official may do. Rights of the release path and administration never meet in one person.

    REVEAL is to see a person's address, each time with a reason; administrators grant it and do not hold it.
    """

    DRAFT = "draft"
    REVIEW = "review"
    SIGN = "sign"
    RELEASE = "release"
    MONITOR = "monitor"
    ADMINISTER = "administer"
    REVEAL = "reveal"


@dataclass(frozen=True, slots=True)
class Official:
    """A person with an office. `area` is the region key the unit answers for; ``000000000000`` is the whole country."""

    id: int
    name: str
    unit: str
    area: str
    rights: frozenset[Right]
    kind: str = ""  #: kind of the unit, a word of the authority policy: government, meteorological, ...
    office: str = ""  #: office held in the unit, a word of the policy: leader, main-leader, duty, ...
    account_of: int = 0  #: id of the first account of the same natural person; 0 where this is the only one
    commands_for: str = ""  #: of a command body: the government it is registered under (突发事件应对法 2024 art. 20)
    grants: tuple[Grant, ...] = ()  #: powers lent to the unit that are in force now

    @property
    def person(self) -> int:
        """The natural person behind the account: one person counts once, however many accounts (SEP-2)."""
        return self.account_of or self.id

    def may(self, right: Right) -> bool:
        return right in self.rights
