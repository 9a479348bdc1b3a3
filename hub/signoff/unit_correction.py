"""Correcting a unit that was registered with a wrong area or kind: by two administrators, with everything it has begun.

Whoever corrects a unit moves every right of its officials, so what is under way is judged again as if they had stood
there from the beginning, and what is in force keeps somebody who can end it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection

from approvals.answer import Denied
from approvals.authority import PolicyRefused
from approvals.official import Official, Right
from approvals.policy_input import PolicyInput
from approvals.rule import RELEASE_PATH
from hub.access.administration.kind import Kind, Payload
from hub.access.administration.officials import Name, must_be_known, must_be_word
from hub.alert.alert import MsgType
from hub.alert.lifecycle import LifecycleEvent, Stage
from hub.compose.issuer_name import judge_names
from hub.dossier import frozen
from hub.dossier.acts import NewAct, alert_subject
from hub.dossier.advance import advance
from hub.dossier.delegation import Lending
from hub.dossier.issuers import issuers_of
from hub.drafting.store_draft import judge_reach
from hub.errors import Conflict, Invalid, NotFound
from hub.rules.rule import Rule
from hub.store.access import units
from hub.store.access.units import Unit
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow
from hub.store.records import alarms
from hub.store.schema import alerts as alerts_table
from hub.store.sql.rows import must_fit, readable
from hub.transaction import HUB, Tx

CORRECTED = "unit-corrected"  #: of the alarm, and of the act that gives a warning back to its author
_WAITING = (Stage.SUBMITTED, Stage.APPROVED)


class UnitCorrection(Payload):
    """What was registered wrongly, an area, a kind or both; empty is right as it is. `reason`: how it came about."""

    name: Name
    area: Annotated[str, Field(max_length=96)] = ""
    kind: Annotated[str, Field(max_length=units.LONGEST_KIND)] = ""
    reason: Annotated[str, Field(min_length=1, max_length=500)]


def correction_kinds(lending: Lending) -> tuple[Kind[Any], ...]:
    """The act of correcting a unit."""
    correction = _Correction(lending)
    return (Kind("unit-correct", UnitCorrection, lambda payload: f"unit/{payload.name}", correction.execute),)


@dataclass(frozen=True, slots=True)
class _Correction:
    lending: Lending

    def execute(self, connection: Connection, payload: UnitCorrection, at: int) -> Mapping[str, Any]:
        """Raises NotFound, Invalid, Conflict; then nothing has changed."""
        unit = _find_unit(connection, payload.name)
        new = replace(unit, area=payload.area or unit.area, kind=payload.kind or unit.kind)
        if not payload.reason.strip():
            raise Invalid("a correction says how the mistake came about", rule=Rule.SEP_7, place="reason")
        if new == unit:
            text = f"{unit.name} is of the kind {unit.kind} and answers for {unit.area} already"
            raise Conflict(text, rule=Rule.UNIT_SAME, place="area")
        must_be_known(connection, new.area)
        must_be_word(new.kind, self.lending.policy.kinds, "kind")
        units.correct(connection, unit, new.area, new.kind)
        self._must_end_what_it_issued(connection, new, at)
        returned = [
            row.id for row in _find_unreleased(connection, new.name) if self._judge_again(connection, new, row, at)
        ]
        was = {"area": unit.area, "kind": unit.kind}
        return {"unit": unit.name, "area": new.area, "kind": new.kind, "was": was, "returned": returned}

    def _must_end_what_it_issued(self, connection: Connection, unit: Unit, at: int) -> None:
        """Raises Conflict where the corrected unit could not end a warning of its own that is in force: whoever issued
        it ends it (突发事件应对法 2024 art. 70), and no one would be left.
        """
        for row in _in_force(connection, unit.name, at):
            stakes = frozen.load(connection, row).stakes
            ending = replace(stakes, msg_type=MsgType.CANCEL, lasts=timedelta(0), issuer_unit=unit.name)
            ending = replace(ending, issuer_area=unit.area, issuer_kind=unit.kind)
            if reason := self._reason_of_denial(connection, unit, ending):
                text = f"alert {row.id} is in force, and the corrected unit could not end it ({reason}): end it first"
                raise Conflict(text, rule=Rule.UNIT_IN_FORCE, place="name")

    def _judge_again(self, connection: Connection, unit: Unit, row: AlertRow, at: int) -> bool:
        """Judges what is not released yet anew; True where it waited for decisions and went back to its author."""
        judge_reach(connection, row.id)
        judge_names(connection, row.id)
        if row.stage not in _WAITING:
            return False
        stakes = replace(frozen.load(connection, row).stakes, lasts=timedelta(0))
        reason = self._reason_of_denial(connection, unit, stakes)
        if not reason:
            return False
        stage = advance(Tx(connection, at, HUB), row, LifecycleEvent.RETURN)
        text = f"{unit.name} was corrected and may not warn of this ({reason})"
        new = NewAct(CORRECTED, stage, HUB, at, stops=True, detail={"unit": unit.name, "reason": reason})
        self.lending.acts.record(connection, alert_subject(row.id), new)
        alarms.raise_alarm(connection, at, CORRECTED, alert_subject(row.id), text)
        return True

    def _reason_of_denial(self, connection: Connection, unit: Unit, stakes: PolicyInput) -> str:
        """Why nobody in the unit, whatever office they held, could draft this; empty where somebody could."""
        rights, reason = frozenset(RELEASE_PATH), ""
        for office in ("", *self.lending.policy.offices):
            anyone = Official(0, unit.name, unit.name, unit.area, rights, unit.kind, office)
            able = self.lending.with_lent_powers(connection, anyone, stakes)
            try:
                answer = self.lending.policy.may(able, Right.DRAFT, stakes)
            except PolicyRefused as error:
                return str(error)
            if not isinstance(answer, Denied):
                return ""
            reason = f"{answer.rule}: {answer.reason}"
        return reason


def _find_unit(connection: Connection, name: str) -> Unit:
    unit = units.by_name(connection, name)
    if unit is None:
        raise NotFound(f"there is no unit {name!r}", rule=Rule.UNIT_UNKNOWN, place="name")
    return unit


def _find_unreleased(connection: Connection, unit: str) -> Iterator[AlertRow]:
    """What the unit issues, alone or with others, and has not released; each locked."""
    every = alerts.in_stage(connection, Stage.DRAFT, Stage.REFERRED, *_WAITING)
    for number, issuers in readable(every, lambda found: (found.id, issuers_of(found))):
        if unit in issuers.signing and (row := alerts.get(connection, number, lock=True)) is not None:
            yield row


def _in_force(connection: Connection, unit: str, at: int) -> Iterator[AlertRow]:
    """What the unit leads in issuing, is released, warns, and is not over."""
    for row in alerts.in_stage(connection, Stage.RELEASED):
        if row.unit == unit and row.msg_type != MsgType.CANCEL:
            must_fit(alerts_table, row)
            if row.expires_at > at:
                yield row
