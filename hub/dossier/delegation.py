"""Powers lent to a unit by another (授权书): which papers are in force at this very moment, for whose word.

A paper counts from its last signature until it is over or revoked, and only while the hub's seals stand under it and
the policy of now lets its signers give what it gives (AUTH-1, AUTH-3). So it is asked in the transaction of the act.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from approvals.acts import ActsRefused
from approvals.answer import Denied
from approvals.authority import Authorization, Policy, PolicyRefused
from approvals.delegation import SignedDelegation
from approvals.entrustment import Entrusted
from approvals.grant import EMERGENCY, FULL, Grant
from approvals.official import Official, Right
from approvals.paper import StandingRefused
from approvals.policy_input import PolicyInput
from approvals.seal import SealRefused, must_be_sealed
from hub.clock import Clock, to_ms
from hub.crypto.keys import Keys
from hub.dossier.acts import Acts
from hub.dossier.frozen import Dossier
from hub.dossier.issuers import issuers_of
from hub.dossier.sealed_decisions import only_sealed
from hub.errors import Conflict
from hub.rules.rule import Rule
from hub.store.access import units
from hub.store.alerts import standing as store
from hub.store.alerts.standing import DELEGATION, IN_FORCE, StandingRow
from hub.store.records import alarms, audit


@dataclass(frozen=True, slots=True)
class Lending:
    """Reads the papers; `record` alone writes."""

    clock: Clock
    policy: Policy
    keys: Keys
    acts: Acts

    def with_lent_powers(
        self, connection: Connection, official: Official, stakes: PolicyInput, *, lock: bool = False
    ) -> Official:
        """The official with every power that is lent to their unit now and speaks of these stakes.

        Locked, none of the papers is revoked before the transaction ends.
        """
        return replace(official, grants=tuple(self._grants(connection, official.unit, stakes, lock=lock)))

    def is_upheld(self, connection: Connection, dossier: Dossier, *, lock: bool = False) -> Dossier:
        """The dossier with each decision as it counts now: one that was given by a lent power has that power back only
        while its very paper is in force.
        """
        decisions = tuple(
            replace(each, official=self._by_paper(connection, each.official, each.delegation, dossier, lock=lock))
            if each.delegation
            else each
            for each in dossier.decisions
        )
        return replace(dossier, decisions=decisions)

    def with_sealed_decisions(self, connection: Connection, dossier: Dossier, *, lock: bool = False) -> Dossier:
        """As `upheld`, with those decisions alone that this hub sealed for this very warning."""
        return only_sealed(connection, self.is_upheld(connection, dossier, lock=lock), self.keys.order_public)

    def must_hold(self, connection: Connection, dossier: Dossier) -> None:
        """Raises Conflict where the paper a warning was submitted under, which its digest names, holds no more."""
        row = dossier.row
        for number in {row.delegation or 0, issuers_of(row).entrustment} - {0}:
            paper = store.get(connection, number)
            unit = store.borrower(paper) if paper is not None else ""
            if not any(grant.id == number for grant in self._grants(connection, unit, dossier.stakes)):
                kind = paper.kind if paper is not None else DELEGATION
                text = f"submitted under {kind} {number}, which is not in force: return it and submit it anew"
                raise Conflict(text, rule=Rule.AUTH_1, place=kind)

    def entrustment(self, connection: Connection, publisher: str, principal: str, stakes: PolicyInput) -> int:
        """The paper in force under which one unit publishes such a warning for another; 0 where there is none.

        One for either way before one for the short way alone: by which way a draft goes is said when it is submitted.
        """
        found = self._grants(connection, publisher, stakes)
        own = [grant for grant in found if grant.entrusts and grant.unit == principal]
        able = (grant.id for path in (FULL, EMERGENCY) for grant in own if grant.covers(Right.RELEASE, stakes, path))
        return next(able, 0)

    def record(self, connection: Connection, granted: Authorization, actor: str, now: int) -> None:
        """Notes the use on every paper the release rests on (AUTH-6), in the caller's transaction; `now` in ms."""
        detail = {"alert": granted.alert, "digest": granted.digest, "rule": granted.rule}
        for number in sorted(granted.delegations):
            paper = store.get(connection, number)
            subject = f"{paper.kind if paper is not None else DELEGATION}/{number}"
            audit.append(connection, at_ms=now, actor=actor, action=store.USE, subject=subject, detail=detail)

    def alarm(self, connection: Connection, unit: str) -> None:
        """Raises an alarm for each paper of this unit that was changed or written behind the hub's back."""
        now = to_ms(self.clock.now())
        for row in store.papers_lending_to(connection, unit, now):
            try:
                self._sound(connection, row)
            except (SealRefused, StandingRefused, ActsRefused) as error:
                alarms.raise_once(connection, now, "forged-decision", f"{row.kind}/{row.id}", str(error))

    def _by_paper(
        self, connection: Connection, official: Official, paper: int, dossier: Dossier, *, lock: bool
    ) -> Official:
        found = self._grants(connection, official.unit, dossier.stakes, lock=lock)
        return replace(official, grants=tuple(grant for grant in found if grant.id == paper))

    def _grants(self, connection: Connection, unit: str, stakes: PolicyInput, *, lock: bool = False) -> Iterator[Grant]:
        now = self.clock.now()
        # Whose warning it is that is changed is asked of whoever acts, not of those who signed the paper.
        spoken = stakes.without_issuers_of_chain()
        for row in store.papers_lending_to(connection, unit, to_ms(now), lock=lock):
            try:
                paper = self._sound(connection, row)
            except (SealRefused, StandingRefused, ActsRefused):
                continue  # `alarm` tells of it
            grantor = units.by_name(connection, paper.document.grantor)
            if grantor is not None and grantor.active and self._is_upheld(paper, spoken, now):
                yield paper.document.grant(paper.id, grantor.area, grantor.kind)

    def _is_upheld(self, paper: SignedDelegation | Entrusted, stakes: PolicyInput, now: datetime) -> bool:
        try:
            return not isinstance(self.policy.uphold(paper, stakes, now), Denied)
        except PolicyRefused:
            return False  # where no rule holds there is nothing to lend

    def _sound(self, connection: Connection, row: StandingRow) -> SignedDelegation | Entrusted:
        """The paper, if it is the one that was signed and every word about it was given through this hub.

        Raises SealRefused, StandingRefused, ActsRefused.
        """
        must_be_in_force(connection, self.acts, row)
        paper = store.load_lending(connection, row)
        must_be_sealed(-paper.id, paper.decisions, self.keys.order_public)
        if paper.document.digest() != paper.digest:
            raise StandingRefused("document", "it is not the one that was signed")
        return paper


def must_be_in_force(connection: Connection, acts: Acts, row: StandingRow) -> None:
    """Raises ActsRefused unless the newest act on a paper put it in force: what was revoked stays so, whatever its row
    says.
    """
    subject = f"{row.kind}/{row.id}"
    sequence = acts.read(connection, subject)
    if sequence.stage != IN_FORCE:
        raise ActsRefused(subject, sequence.newest.number, f"by it the paper is {sequence.stage}, and not in force")
