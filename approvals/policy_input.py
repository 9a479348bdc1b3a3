"""What is at stake in one release: everything the authority policy may look at, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from approvals.issuers import IssuingUnit
from approvals.level import Level
from approvals.pattern import matches


@dataclass(frozen=True, slots=True)
class PolicyInput:
    """`areas` are region keys of every target; empty means the targets are under no known region.

    `event` is a 12379 event code such as ``11B03`` where there is one, else the event's own words; `words` are all that
    the warning calls it by, in every language, and `category` its CAP category. Once the table of events has been asked
    `event` is a key of it, and `names` are whatever a policy or a paper may call it (`approvals.event_words.known`).
    `persons` is the size of the audience; `msg_type` the CAP word; `world` is ``live`` or ``exercise``.
    An Update or a Cancel carries the higher of its own level and the level of what it changes (陕西 2013 art. 5), and
    names the unit that issued the first message: `issuer_unit` by name, empty for a first message; `issuer_joint` those
    that issued it jointly; `issuer_for` the unit in whose place it did so, where the power was lent.
    `issuers` are the units that issue this very message, the lead first, and `publisher` who publishes for it; none are
    named for a paper, or for a case that is thought up.
    `relays` says that it passes another unit's warning on, unaltered. `notice` is empty for a warning; an urgent
    evacuation notice (`approvals.evacuation.NOTICE`) has a rule of its own.
    `at` is when the content was frozen (with a zone): rules that are in force for a time are asked about this moment;
    without it only rules without a period are. `lasts` is how long the warning stays in force from then.
    """

    level: Level
    event: str
    areas: frozenset[str]
    channels: frozenset[str]
    persons: int
    msg_type: str
    world: str
    issuer_unit: str = ""
    issuer_area: str = ""
    issuer_kind: str = ""
    issuer_for: str = ""
    issuer_joint: frozenset[str] = frozenset()
    issuers: tuple[IssuingUnit, ...] = ()
    publisher: str = ""
    relays: bool = False
    notice: str = ""
    at: datetime | None = None
    lasts: timedelta | None = None
    words: tuple[str, ...] = ()
    category: str = ""
    names: frozenset[str] = frozenset()

    def without_issuers(self) -> PolicyInput:
        """These stakes without who issues the message: what its event, level and place alone demand."""
        return replace(self, issuers=(), publisher="")

    def without_issuers_of_chain(self) -> PolicyInput:
        """These stakes without who issues the message, and without who issued what it continues."""
        chain = replace(self, issuer_unit="", issuer_area="", issuer_kind="", issuer_for="", issuer_joint=frozenset())
        return chain.without_issuers()

    def is_about(self, pattern: str) -> bool:
        """Whether a pattern of keys, codes or words speaks of the event."""
        return any(matches(pattern, name) for name in self.names or {self.event})
