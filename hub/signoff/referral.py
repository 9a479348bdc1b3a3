"""Referral: a draft whose stakes exceed its unit goes to the unit that is competent. It never releases anything.

The receiver adopts it and becomes author and issuer, so that its own approvals are needed; or gives it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from approvals.answer import Referral
from approvals.issuers import Issuers
from approvals.level import Level
from approvals.official import Official, Right
from approvals.rule import RELEASE_PATH
from approvals.territory import under
from hub.access.permissions import Permission, holds
from hub.alert.lifecycle import LifecycleEvent, Stage
from hub.alert.views import AlertReader, AlertView, PlanRequest
from hub.clock import from_ms
from hub.compose.issuer_name import rename_issuers
from hub.compose.prepared_notice import must_not_change_hands
from hub.dossier import frozen
from hub.dossier.acts import NewAct, alert_subject, write_act
from hub.dossier.advance import advance, next_stage
from hub.dossier.authority import fitting
from hub.dossier.issuers import ALONE, IssuersRequest, issuers_column, issuers_of
from hub.dossier.refusals import as_refusals, name_regions
from hub.drafting.context import DraftingContext, Writer
from hub.drafting.service import Drafting
from hub.drafting.store_draft import must_draft
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.rules.rule import Rule
from hub.store.access import units
from hub.store.access.units import Unit
from hub.store.alerts import alerts, referrals
from hub.store.alerts.alert_row import AlertRow
from hub.store.alerts.referrals import ListedReferral, NewReferral
from hub.store.schema import referrals as referrals_table
from hub.store.sql.rows import read_rows, reading_row
from hub.transaction import Transactions, Tx

#: 突发事件应对法 2024: the drafter sees it rise beyond the unit though the rules do not say so yet
BY_CHOICE = "HU-2"


@dataclass(frozen=True, slots=True)
class ReferralRequest:
    """Why a draft goes up at once, and to which unit where not to the competent one."""

    reason: str
    to_unit: str = ""


@dataclass(frozen=True, slots=True)
class ReferralView:
    """One referral. `state`: open, adopted, returned, declined, or passed-on to the tier above when nobody answered.

    `version` is the one its draft is at: who takes it or gives it back says which they have read.
    """

    id: int
    alert: int
    from_unit: str
    to_unit: str
    rule: str
    reason: str
    by: str
    at: datetime
    due: datetime
    state: str
    closed_at: datetime | None
    closed_reason: str
    version: int


@dataclass(frozen=True, slots=True)
class Referrals:
    """The inboxes of the units."""

    transactions: Transactions
    drafting: Drafting
    alerts: AlertReader

    async def draft(
        self,
        official: Official,
        source: bytes,
        plan: PlanRequest,
        why: ReferralRequest,
        stated: IssuersRequest = ALONE,
    ) -> AlertView:
        """A draft that exceeds the unit, made and referred in one step: nobody else could do anything with it.

        Raises as `Drafting.create` and `referral` do; then nothing was kept.
        """
        text, reason = await self.drafting.read(source), why.reason
        writer = replace(Writer.of(official, reason, stated), upward=True)

        def work(tx: Tx) -> int:
            made = self.drafting.create_on(tx, writer, text, plan)
            self._refer(tx, official, made, reason, why.to_unit)
            return made

        with as_refusals():
            return await self.alerts.get(await self.transactions.write(official.name, work))

    async def refer(self, official: Official, alert_id: int, reason: str, to_unit: str = "") -> AlertView:
        """Freezes a draft into the inbox of the competent unit, or of a named one above it: a level that is skipped is
        a choice, and logged as one. Raises Invalid, Conflict, Forbidden, NotFound.
        """
        if not reason.strip():
            raise Invalid("a reason is required to refer a draft", rule=Rule.SEP_7, place="reason")
        with as_refusals():
            await write_act(
                self.transactions,
                official.name,
                alert_id,
                lambda tx: self._refer(tx, official, alert_id, reason, to_unit),
            )
        return await self.alerts.get(alert_id)

    @property
    def desk(self) -> DraftingContext:
        return self.drafting.desk

    def _refer(self, tx: Tx, official: Official, alert_id: int, reason: str, to_unit: str) -> None:
        row = tx.alert(alert_id, lock=True)
        if official.unit not in issuers_of(row).signing:
            raise Forbidden(f"only {row.unit}, which issues it, refers the draft", rule=Rule.REFERRAL_STRANGER)
        must_not_change_hands(row, frozen.content_of(row), "refers")
        self.desk.acts.must_agree(tx.connection, row)
        next_stage(Stage(row.stage), LifecycleEvent.REFER)
        answer = self._competent(tx.connection, official, row)
        unit = self._receiver(tx.connection, official, answer, to_unit)
        now = tx.now_ms
        due = now + self._minutes_ms(row.level)
        rule = answer.trigger if answer is not None else BY_CHOICE
        new: NewReferral = {
            "alert": alert_id,
            "from_unit": row.unit,
            "to_unit": unit.name,
            "rule": rule,
            "reason": reason,
            "official": official.id,
            "at": now,
            "due_at": due,
        }
        number = referrals.add(tx.connection, new)
        stage = advance(tx, row, LifecycleEvent.REFER)
        skips = answer is not None and unit.area != answer.area
        detail = {"referral": number, "to": unit.name, "rule": rule, "reason": reason, "skips": skips}
        self._record(tx.connection, alert_id, NewAct("refer", stage, official.name, now, detail=detail))

    def _competent(self, connection: Connection, official: Official, row: AlertRow) -> Referral | None:
        """Which unit the policy says is competent; None where the official's own is."""
        stakes = frozen.load(connection, row).stakes
        able = self.desk.lending.with_lent_powers(connection, official, stakes)
        for right in (Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE):
            holder = replace(able, rights=frozenset(RELEASE_PATH))
            answer = self.desk.policy.may(holder, right, stakes)
            if isinstance(answer, Referral):
                return answer
        return None

    def _receiver(self, connection: Connection, official: Official, answer: Referral | None, to_unit: str) -> Unit:
        """The unit whose inbox it goes to. Raises Invalid, Conflict."""
        if to_unit:
            unit = units.by_name(connection, to_unit)
            if unit is None or not unit.active:
                raise Invalid(f"there is no unit {to_unit!r} at work", rule=Rule.UNIT_UNKNOWN, place="to_unit")
            if unit.name == official.unit or not under(unit.area, answer.area if answer else official.area):
                text = f"{to_unit}, of {unit.area}, does not stand above what the draft is for: it may not take this"
                raise Invalid(name_regions(connection, text), rule=Rule.LAW_18, place="to_unit")
            return unit
        if answer is None:
            text = "the unit itself is competent: name in to_unit who is to have it all the same"
            raise Conflict(text, rule=Rule.REFERRAL_NEEDLESS, place="to_unit")
        able = fitting(connection, answer)
        found = next((unit for unit in able if unit.area == answer.area), None)
        if found is None:
            kinds = f" of the kind {' or '.join(answer.kinds)}" if answer.kinds else ""
            above = (
                f": name one above it in to_unit, as {able[0].name}" if able else " nor above it: register one first"
            )
            text = f"no unit{kinds} is at work for {answer.area}{above}"
            raise Conflict(text, rule=Rule.REFERRAL_NOBODY, place="to_unit")
        return found

    async def list_referrals(self, state: str | None, unit: str | None = None) -> Sequence[ReferralView]:
        """Oldest first; of one unit's inbox where it is named. One whose row does not read is left out: the patrol
        raises an alarm about it.
        """
        rows = await self.transactions.read(lambda tx: referrals.list_referrals(tx.connection, state, unit))
        return read_rows(referrals_table, rows, view)

    async def get(self, number: int) -> ReferralView:
        """One of them. Raises NotFound, RowUnreadable."""
        row = await self.transactions.read(lambda tx: referrals.find_referral(tx.connection, number))
        if row is None:
            raise NotFound(f"there is no referral {number}", rule=Rule.REFERRAL_UNKNOWN)
        with reading_row(referrals_table, number):
            return view(row)

    async def adopt(self, official: Official, number: int, version: int, reason: str = "") -> AlertView:
        """The receiver's unit makes it its own: it becomes author and issuer. Raises Forbidden, Conflict, NotFound.

        `version` is that of the draft as the receiver read it; Conflict where it is at another by now.
        """
        return await self._close(official, (number, version), referrals.ADOPTED, reason)

    async def give_back(self, official: Official, number: int, version: int, reason: str) -> AlertView:
        """Returned to its author, with what is to be mended. Raises Invalid without a reason, else as `adopt`."""
        return await self._close(official, (number, version), referrals.RETURNED, reason)

    async def decline(self, official: Official, number: int, version: int, reason: str) -> AlertView:
        """Given back: the receiver sees no warning in it. Raises Invalid without a reason, else as `adopt`."""
        return await self._close(official, (number, version), referrals.DECLINED, reason)

    async def _close(self, official: Official, read: tuple[int, int], state: str, reason: str) -> AlertView:
        number, version = read
        if state != referrals.ADOPTED and not reason.strip():
            raise Invalid("a reason is required to give a draft back", rule=Rule.SEP_7, place="reason")

        def work(tx: Tx) -> int:
            found = referrals.get(tx.connection, number)
            if found is None:
                raise NotFound(f"there is no referral {number}", rule=Rule.REFERRAL_UNKNOWN)
            row = tx.alert(found.alert, lock=True)
            if found.state != referrals.OPEN:
                raise Conflict(f"the referral is {found.state}", rule=Rule.REFERRAL_CLOSED)
            if row.version != version:
                raise Conflict(f"the draft is now at version {row.version}", rule=Rule.VERSION, place="version")
            if not in_inbox(official, found.to_unit):
                raise Forbidden(f"it is in the inbox of {found.to_unit}", rule=Rule.REFERRAL_INBOX)
            referrals.close(tx.connection, number, state, official.id, reason.strip(), tx.now_ms)
            stage = self._stage_after(tx, official, row, state)
            detail = {"referral": number, "reason": reason.strip()}
            no = state != referrals.ADOPTED
            new = NewAct(f"referral-{state}", stage, official.name, tx.now_ms, stops=no, detail=detail)
            self._record(tx.connection, row.id, new)
            return int(row.id)

        with as_refusals():
            return await self.alerts.get(await self.transactions.write(official.name, work))

    def _record(self, connection: Connection, alert_id: int, new: NewAct) -> None:
        self.desk.acts.record(connection, alert_subject(alert_id), new)

    def _stage_after(self, tx: Tx, official: Official, row: AlertRow, state: str) -> Stage:
        if state != referrals.ADOPTED:
            return advance(tx, row, LifecycleEvent.RETURN)
        self.desk.acts.must_agree(tx.connection, row)
        consulted = tuple(name for name in issuers_of(row).consulted if name != official.unit)
        alone = issuers_column(Issuers(official.unit, consulted=consulted))
        stage = advance(tx, row, LifecycleEvent.ADOPT, unit=official.unit, issuers=alone)
        must_draft(tx.connection, self.desk, Writer.of(official), row.id)
        alerts.add_author(tx.connection, row.id, official.id, "adopter", tx.now_ms)
        rename_issuers(tx.connection, row.id, issuers_of(row).signing)
        return stage

    def _minutes_ms(self, level: int) -> int:
        return int(self.desk.settings.referral.minutes.of(Level(level).word) * 60_000)


def in_inbox(official: Official, to_unit: str) -> bool:
    """Whether the official may answer what was referred to the unit."""
    return official.unit == to_unit and holds(official, Permission.UNIT_REFERRAL_HANDLE)


def view(row: ListedReferral) -> ReferralView:
    """One row, with the name of who referred it, as officials see it."""
    closed = from_ms(row.closed_at) if row.closed_at else None
    at, due = from_ms(row.at), from_ms(row.due_at)
    units_of = (row.from_unit, row.to_unit)
    why = (row.rule, row.reason)
    return ReferralView(
        row.id, row.alert, *units_of, *why, row.name, at, due, row.state, closed, row.closed_reason, row.version
    )
