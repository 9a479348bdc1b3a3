"""Alerts as they are shown: views, pages, forms, the strict CAP, and what feeds may publish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from approvals.level import Level
from approvals.official import Official
from channels.message import Form
from hub.alert.lifecycle import UNRELEASED, Stage
from hub.alert.views import AlertPage, AlertView, AnswerView, DecisionView, DutyStepView, PartView, Progress
from hub.callout.progress import calls_of
from hub.clock import Clock, from_ms, to_ms
from hub.dossier import frozen
from hub.dossier.competent_officials import Judgement
from hub.dossier.delegation import Lending
from hub.dossier.ending import ending_of
from hub.dossier.in_force import InForce, PublicAlert, PublicCap, Snapshot
from hub.dossier.issuers import issuers_of
from hub.dossier.notice import EVACUATION, notice_of
from hub.dossier.reader import Page, must_read, readable_among, readable_rows
from hub.dossier.signature_progress import missing_of, steps_of
from hub.dossier.verified_order import VerifiedOrders
from hub.drafting.questions.shown import ShownQuestions
from hub.errors import NotFound
from hub.formats.cap.period import has_settled_end
from hub.rules.rule import Rule
from hub.store.alerts import alerts, countersignatures, released
from hub.store.alerts.alert_row import AlertRow, findings_of, parts_of
from hub.store.alerts.alerts import StoredDecision
from hub.store.schema import alerts as alerts_table
from hub.store.sql.database import Database
from hub.store.sql.rows import must_fit, readable
from hub.tracking.progress import progress
from hub.tracking.report import feedback, report


@dataclass(frozen=True, slots=True)
class Alerts:
    """Reads only."""

    db: Database
    clock: Clock
    lending: Lending
    questions: ShownQuestions
    orders: VerifiedOrders
    public_record: InForce

    async def get(self, alert_id: int) -> AlertView:
        """Raises NotFound."""

        def work(connection: Connection) -> AlertView:
            row = self._row(connection, alert_id)
            dossier = _load_listed(connection, row)
            view = self._view(connection, dossier, self._stages(connection, [row]))
            is_open = view.stage in (Stage.DRAFT, Stage.REFERRED)
            asked = self.questions.of(connection, row) if is_open else ()
            on_duty = self._duty(connection, dossier, view.stage)
            return replace(view, questions=asked, duty=on_duty, calls=calls_of(connection, row))

        return await self.db.read(work)

    async def must_read(self, official: Official, alert_id: int) -> None:
        """Raises NotFound, and Forbidden where the policy does not let the official read the alert."""
        policy = self.lending.policy
        await self.db.read(lambda connection: must_read(connection, policy, official, alert_id))

    async def readable(self, official: Official, alert_ids: Iterable[int]) -> frozenset[int]:
        """Those of the alerts that the official reads."""
        policy, wanted = self.lending.policy, frozenset(alert_ids)

        def work(connection: Connection) -> frozenset[int]:
            rows = [row for number in wanted if (row := alerts.look_up(connection, number)) is not None]
            return frozenset(row.id for row in readable_among(connection, policy, official, rows))

        return await self.db.read(work)

    async def page(self, after: int | None, limit: int, stage: str | None, reader: Official | None = None) -> AlertPage:
        """Newest first, of those that the reader may read; open questions are shown with a single alert alone. One
        whose row does not read is left out: the patrol raises an alarm about it.
        """
        asked = Page(after, limit + 1, stage)

        def work(connection: Connection) -> AlertPage:
            if reader is None:
                rows = alerts.page(connection, asked.after, asked.limit, asked.stage)
            else:
                rows = readable_rows(connection, self.lending.policy, reader, asked)
            stages = self._stages(connection, rows[:limit])
            listed = readable(rows[:limit], lambda row: self._view(connection, _load_listed(connection, row), stages))
            return AlertPage(tuple(listed), rows[limit - 1].id if len(rows) > limit else None)

        return await self.db.read(work)

    async def forms(self, alert_id: int) -> tuple[Form, ...]:
        def work(connection: Connection) -> tuple[Form, ...]:
            self._row(connection, alert_id)
            return alerts.find_forms(connection, alert_id)

        return await self.db.read(work)

    async def cap(self, alert_id: int) -> bytes:
        """The alert as strict CAP 1.2."""

        def work(connection: Connection) -> bytes:
            content: bytes = self._row(connection, alert_id).content
            return content

        return await self.db.read(work)

    async def progress(self, alert_id: int) -> Progress:
        """How far its delivery has come."""
        return await self.db.read(lambda connection: progress(connection, self._row(connection, alert_id)))

    async def report(self, alert_id: int) -> dict[str, Any]:
        """What became of it, with an honest "unknown"."""
        return await self.db.read(lambda connection: report(connection, self._row(connection, alert_id)))

    async def feedback(self, alert_id: int) -> dict[str, Any]:
        """What the public answered to its chain, as in the report, without the rest of it."""
        return await self.db.read(lambda connection: feedback(connection, self._row(connection, alert_id)))

    async def public(self, limit: int) -> Sequence[PublicAlert]:
        """The first of what is in force now and meant for everyone, the most dangerous first."""
        return (await self.in_force(await self.last_change(self.clock.now()))).alerts[:limit]

    async def last_change(self, by: datetime) -> datetime:
        """When what is in force last changed before that moment, or now if it is to come."""
        moment = min(to_ms(by), to_ms(self.clock.now()))
        return from_ms(await self.db.read(lambda connection: released.last_public_change(connection, moment)))

    async def in_force(self, at: datetime) -> Snapshot:
        """Everything that was in force then, the most dangerous first."""
        now = to_ms(self.clock.now())
        return await self.db.read(lambda connection: self.public_record.snapshot(connection, to_ms(at), now))

    async def public_cap(self, alert_id: int) -> PublicCap:
        """What feeds serve of a message that is or was in force: just the CAP that was signed. Raises NotFound."""
        now = to_ms(self.clock.now())

        def work(connection: Connection) -> PublicCap:
            row = self._row(connection, alert_id)
            message = self.orders.message(connection, row, now)
            if message is None or not message.is_public or message.order.world != "live":
                raise NotFound("there is no such public alert", rule=Rule.NO_SUCH_ALERT, place="id")
            if not message.is_content(row.content) or to_ms(message.order.not_before) > now:
                raise NotFound("there is no such public alert", rule=Rule.NO_SUCH_ALERT, place="id")
            return PublicCap(row.content, message.order.not_before)

        return await self.db.read(work)

    def _row(self, connection: Connection, alert_id: int) -> AlertRow:
        row = alerts.get(connection, alert_id)
        if row is None:
            raise NotFound(f"there is no alert {alert_id}", rule=Rule.ALERT_UNKNOWN)
        return row

    def _stages(self, connection: Connection, rows: Sequence[AlertRow]) -> Mapping[int, Stage]:
        return self.lending.acts.stages_to_show(connection, {row.id: row.stage for row in rows})

    def _duty(self, connection: Connection, dossier: frozen.Dossier, stage: Stage) -> tuple[DutyStepView, ...]:
        if stage not in (Stage.SUBMITTED, Stage.APPROVED):
            return ()
        judgement = Judgement(self.clock, self.lending.policy, self.lending)
        return judgement.on_duty(connection, dossier)

    def _view(self, connection: Connection, dossier: frozen.Dossier, stages: Mapping[int, Stage]) -> AlertView:
        """`stages` are by the acts, whatever the row says. Raises RowUnreadable."""
        row = dossier.row
        stage = stages[row.id]
        out = stage not in (*UNRELEASED, Stage.REJECTED, Stage.WITHDRAWN, Stage.LAPSED)
        waiting = stage in (Stage.SUBMITTED, Stage.APPROVED)
        steps = (
            steps_of(self.lending.policy, self.lending.with_sealed_decisions(connection, dossier)) if waiting else ()
        )
        unasked = stage not in (Stage.DRAFT, Stage.REFERRED)
        notice, ending = notice_of(dossier.alert), ending_of(dossier.alert)
        has_level = ending is None and notice != EVACUATION
        return AlertView(
            id=row.id,
            identifier=row.identifier,
            sender=row.sender,
            sent=row.sent,
            status=row.status,
            msg_type=row.msg_type,
            scope=row.scope,
            world=row.world,
            level="" if notice == EVACUATION else Level(row.level).word,
            notice=notice,
            event=row.event,
            headline=row.headline,
            stage=stage,
            version=row.version,
            root=row.root,
            languages=dossier.alert.languages,
            areas=tuple(dict.fromkeys(area.description for info in dossier.alert.infos for area in info.areas)),
            channels=dossier.plan.channels,
            escalation=dossier.plan.escalation,
            groups=tuple(sorted(dossier.plan.audience.groups.keys)),
            findings=(*_dispute(connection, row, stage), *findings_of(row)),
            digest=row.digest,
            targeted=row.targeted,
            authors=alerts.author_names(connection, row.id),
            decisions=_decisions(connection, row.id),
            missing=missing_of(steps),
            created_at=from_ms(row.created_at),
            expires_at=from_ms(row.expires_at) if unasked or has_settled_end(dossier.alert) else None,
            released_at=from_ms(row.released_at) if row.released_at and out else None,
            ended_at=from_ms(row.ended_at) if row.ended_at else None,
            unit=row.unit,
            issuers=issuers_of(row),
            path=row.path,
            rule=row.rule,
            relays=row.relays,
            ending=ending or "",
            steps=steps,
            countersignature=countersignatures.view(connection, row.id),
            not_before=dossier.plan.not_before,
            answers=tuple(AnswerView(each.question, each.choice, each.value) for each in dossier.plan.answers),
            parts=tuple(_part(each, has_level) for each in parts_of(row)),
        )


def _load_listed(connection: Connection, row: AlertRow) -> frozen.Dossier:
    """The dossier of a row that was listed. Raises RowUnreadable."""
    must_fit(alerts_table, row)
    return frozen.load(connection, row)


def _dispute(connection: Connection, row: AlertRow, stage: Stage) -> tuple[dict[str, Any], ...]:
    """That somebody changed the row by hand, until the patrol has put it right."""
    newest = alerts.look_up(connection, row.id) if row.stage != stage else None
    if newest is None or newest.stage == stage:  # on PostgreSQL it may have gone on between the two looks
        return ()
    values = {"row": row.stage, "acts": str(stage)}
    text = f"its row says {row.stage}, by its acts it is {stage}: somebody changed the row by hand"
    return ({"rule": Rule.ACTS_DIFFER, "element": "stage", "level": "error", "text": text, "values": values},)


def _part(described: dict[str, Any], has_level: bool) -> PartView:
    """A part of an all-clear or of an order to leave has no level: what its blocks state is only for machines."""
    if not has_level:
        described = described | {"level": ""}
    lists = {name: tuple(described[name]) for name in ("areas", "languages")}
    return PartView(**(described | lists))


def _decisions(connection: Connection, alert_id: int) -> tuple[DecisionView, ...]:
    return tuple(decision_view(row) for row in alerts.decision_rows(connection, alert_id))


def decision_view(row: StoredDecision) -> DecisionView:
    """A decision as it is shown."""
    said = (row.name, row.step, row.verdict, row.digest, row.reason, from_ms(row.at), row.void)
    return DecisionView(*said, delegation=row.delegation)
