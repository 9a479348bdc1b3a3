"""Drafting: everything that happens before an alert is submitted. Machine ingest ends here too: never above a draft."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from approvals.official import Official
from hub.alert.alert import MsgType
from hub.alert.lifecycle import LifecycleEvent
from hub.alert.views import AlertReader, AlertView, PlanRequest
from hub.audience.plan import QuestionAnswer, plan_of
from hub.compose.issuer_name import Naming, judge_names, naming_by, naming_of
from hub.compose.prepared_notice import must_come_by_its_form, must_not_be_notice
from hub.dossier.acts import NewAct, alert_subject, write_act
from hub.dossier.advance import advance
from hub.dossier.frozen import content_of
from hub.dossier.issuers import ALONE, IssuersRequest, issuers_of, overridden
from hub.dossier.refusals import as_refusals
from hub.dossier.relay import must_be_free_text
from hub.drafting import all_clear, chain
from hub.drafting.alarm import AlarmRequest, alarm_on
from hub.drafting.cancellation import EndingRequest, as_all_clear, cancel_text
from hub.drafting.change_hold import hold
from hub.drafting.change_plan import change_plan, choose_unlocated
from hub.drafting.context import DraftingContext, Writer
from hub.drafting.evacuation import EvacuationRequest, evacuation_on
from hub.drafting.hold import must_have_left
from hub.drafting.issuers import issuers_for
from hub.drafting.plan import channels_left, plan_for
from hub.drafting.prefill import prefill
from hub.drafting.questions.answers import answer_questions
from hub.drafting.relay import relay
from hub.drafting.restate_issuers import restate
from hub.drafting.store_draft import (
    NewDraft,
    insert_draft,
    judge_reach,
    make_draft,
    must_draft,
    open_draft,
    record,
    same_source,
    store_draft,
    values,
)
from hub.drafting.take_over import take_over
from hub.drafting.text import DraftText, finish_text, read_text
from hub.errors import Conflict, Invalid
from hub.rules.rule import Rule
from hub.store.alerts import alerts, referrals
from hub.transaction import Transactions, Tx


@dataclass(frozen=True, slots=True)
class Drafting:
    """The drafting of officials. What ends in `_on` works in somebody else's transaction."""

    transactions: Transactions
    desk: DraftingContext
    alerts: AlertReader

    async def create(
        self, official: Official, source: bytes, plan: PlanRequest, stated: IssuersRequest = ALONE
    ) -> AlertView:
        """A draft from a CAP document (1.2, 1.1 or 1.0), issued by the official's unit and by whom `stated` names.

        The same document again gives the same draft; another document under the same sender and identifier is a
        Conflict. Raises Invalid with the findings, Forbidden.
        """
        text = await self.read(source)
        writer = Writer.of(official, stated=stated)
        with as_refusals():
            made = await self.transactions.write(writer.name, lambda tx: self.create_on(tx, writer, text, plan))
        return await self.alerts.get(made)

    async def read(self, source: bytes) -> DraftText:
        """The text of a document, away from the loop: a large one takes a while. Raises Invalid."""
        return await asyncio.to_thread(read_text, source, self.transactions.clock.now())

    def create_on(self, tx: Tx, writer: Writer, text: DraftText, request: PlanRequest) -> int:
        """`create`, of a text that has been read; returns the draft's id."""
        must_come_by_its_form(text.alert)
        alerts.claim_identifier(tx.connection, text.alert.sender, text.alert.identifier)
        known = alerts.by_identifier(tx.connection, text.alert.sender, text.alert.identifier)
        if known is not None:
            return same_source(known, text.source)
        return insert_draft(tx, self.desk, writer, self.make_on(tx, writer, text, request))

    def make_on(self, tx: Tx, writer: Writer, text: DraftText, request: PlanRequest) -> NewDraft:
        """What `create` would store, of a text that has been read. Reads only."""
        root = chain.root_of(tx.connection, text.alert)
        if root is not None and text.alert.msg_type is MsgType.CANCEL:
            text = as_all_clear(tx, self.desk, text, root, issuers_for(tx.connection, writer, root).signing)
        text = prefill(tx.connection, self.desk, _naming(tx.connection, writer, root), text)
        plan = plan_for(tx.connection, self.desk, text.alert, request, root)
        unknown = chain.finding_of_unknown(text.alert, root)
        told = replace(text, findings=(*text.findings, *unknown))
        return make_draft(tx, self.desk, writer, told, plan, root)

    async def replace(
        self, official: Official, alert_id: int, version: int, source: bytes, plan: PlanRequest
    ) -> AlertView:
        """Edits a draft. `version` is the one the editor saw; Conflict when another edit came between."""
        text = await self.read(source)
        writer = Writer.of(official)

        def work(tx: Tx) -> None:
            chain.whole(tx, alert_id)  # locked as a release locks it, by its first
            row = open_draft(tx, alert_id, version)
            must_not_be_notice(row, content_of(row), "edits")
            must_come_by_its_form(text.alert)
            if (row.sender, row.identifier) != (text.alert.sender, text.alert.identifier):
                raise Invalid("an edit keeps sender and identifier", rule=Rule.IDENTITY, place="alert/identifier")
            linked = chain.keep_chain(tx.connection, row, text.alert)
            made = finish_text(linked, text.source, text.findings, tx.now) if linked != text.alert else text
            if row.root is not None and linked.msg_type is MsgType.CANCEL:
                made = as_all_clear(tx, self.desk, made, row.root, issuers_of(row).signing)
            made = prefill(tx.connection, self.desk, naming_of(tx.connection, row), made)
            planned = plan_for(tx.connection, self.desk, made.alert, plan, row.root)
            changed = values(made, planned, row.root, self.desk, tx.now)
            changed["version"] = row.version + 1
            alerts.change(tx.connection, alert_id, **changed)
            must_draft(tx.connection, self.desk, writer, alert_id)
            judge_reach(tx.connection, alert_id)
            judge_names(tx.connection, alert_id)
            alerts.void_decisions(tx.connection, alert_id)  # for the record: the digest, which is gone, is the guard
            alerts.add_author(tx.connection, alert_id, official.id, "editor", tx.now_ms)
            detail = {"version": row.version + 1}
            record(tx, self.desk, writer, alert_id, "edit", detail)

        return await self._edit(writer, alert_id, work)

    async def replan(self, official: Official, alert_id: int, version: int, plan: PlanRequest) -> AlertView:
        """Edits whom a draft is for and over which channels; its text stays. Conflict as for `replace`."""
        writer, draft = Writer.of(official), (alert_id, version)
        return await self._edit(writer, alert_id, lambda tx: change_plan(tx, self.desk, writer, draft, plan))

    async def choose_unlocated(
        self, official: Official, alert_id: int, version: int, keys: Collection[str]
    ) -> AlertView:
        """Edits of which regions people without coordinates are included, where shapes cover a part. As `replan`."""
        writer, draft = Writer.of(official), (alert_id, version)
        return await self._edit(writer, alert_id, lambda tx: choose_unlocated(tx, self.desk, writer, draft, keys))

    async def answer(
        self, official: Official, alert_id: int, version: int, answers: Sequence[QuestionAnswer]
    ) -> AlertView:
        """Answers open questions of a draft, which is an edit. Raises Invalid, Conflict, Forbidden, NotFound."""
        writer, draft = Writer.of(official), (alert_id, version)
        return await self._edit(writer, alert_id, lambda tx: answer_questions(tx, self.desk, writer, draft, answers))

    async def hold(self, official: Official, alert_id: int, version: int, until: datetime | None) -> AlertView:
        """Holds a draft back until an hour; None lets it leave on release. An edit, and refused as `answer` is."""
        writer, draft = Writer.of(official), (alert_id, version)
        return await self._edit(writer, alert_id, lambda tx: hold(tx, self.desk, writer, draft, until))

    async def _edit(self, writer: Writer, alert_id: int, edit: Callable[[Tx], None]) -> AlertView:
        """The draft after an edit of it, in one transaction."""
        with as_refusals():
            await write_act(self.transactions, writer.name, alert_id, edit)
        return await self.alerts.get(alert_id)

    async def update(self, official: Official, alert_id: int, source: bytes, reason: str = "") -> AlertView:
        """A draft of an Update, linked to every message of the chain that may still be held (CAP 1.2 §3.2.1).

        `reason` says why somebody else than the issuer changes it (UC-1). Raises Invalid without one.
        """
        text = await self.read(source)
        writer = Writer.of(official, reason)

        def work(tx: Tx) -> int:
            whole = chain.whole(tx, alert_id)
            must_be_free_text(whole[0], "updates")
            must_not_be_notice(whole[0], content_of(whole[0]), "updates")
            must_come_by_its_form(text.alert)
            sent = chain.sent_messages(whole)
            if over := next((each for each in sent if each.msg_type == MsgType.CANCEL), None):
                raise Conflict(f"alert {over.id} has cancelled this chain: draft a new alert", rule=Rule.CANCELLED)
            must_have_left(sent[-1], tx.now_ms)
            linked = replace(text.alert, msg_type=MsgType.UPDATE, references=chain.references(sent))
            last = plan_of(sent[-1])
            request = PlanRequest(channels_left(self.desk, last.channels), also=last.added)
            made = finish_text(linked, text.source, text.findings, tx.now)
            made = prefill(tx.connection, self.desk, _naming(tx.connection, writer, whole[0].id), made)
            plan = plan_for(tx.connection, self.desk, linked, request, whole[0].id)
            return store_draft(tx, self.desk, writer, made, plan, whole[0].id)

        with as_refusals():
            made = await self.transactions.write(writer.name, work)
        return await self.alerts.get(made)

    async def cancel(self, official: Official, alert_id: int, request: EndingRequest) -> AlertView:
        """A draft of a Cancel for the whole chain, with the all-clear in every language of what it ends.

        The same request again gives the same Cancel, whatever became of it meanwhile; in other words it is a Conflict
        once one is decided. A draft that nobody decided on stands in nobody's way. Raises Invalid without a note.
        """
        request.must_state_its_reason()
        writer = Writer.of(official, request.notes.whole)
        with as_refusals():
            made = await self.transactions.write(writer.name, lambda tx: self.cancel_on(tx, writer, alert_id, request))
        return await self.alerts.get(made)

    def cancel_on(self, tx: Tx, writer: Writer, alert_id: int, request: EndingRequest) -> int:
        """`cancel`; returns the draft's id."""
        whole = chain.whole(tx, alert_id)
        if not writer.owed:
            must_be_free_text(whole[0], "lifts")
        text = cancel_text(tx, self.desk, whole, request, issuers_for(tx.connection, writer, whole[0].id).signing)
        known = all_clear.same_cancel(whole, text.alert, writer.unit)
        if known is not None:
            return known
        left = channels_left(self.desk, plan_of(chain.sent_messages(whole)[-1]).channels)
        plan = plan_for(tx.connection, self.desk, text.alert, PlanRequest(left), whole[0].id)
        return store_draft(tx, self.desk, writer, text, plan, whole[0].id)

    async def evacuate(self, official: Official, request: EvacuationRequest) -> AlertView:
        """A draft of an urgent evacuation notice (紧急转移通知) for part of the official's own area, in prepared words.

        Raises Invalid, Conflict, Forbidden.
        """
        writer = Writer.of(official)
        with as_refusals():
            made = await self.transactions.write(writer.name, lambda tx: evacuation_on(tx, self.desk, writer, request))
        return await self.alerts.get(made)

    async def alarm(self, official: Official, request: AlarmRequest) -> AlertView:
        """A draft of an operator's alarm, in the texts and for the zones of its paper (授权书).

        Raises Invalid, Conflict, Forbidden, NotFound.
        """
        writer = Writer.of(official)
        with as_refusals():
            made = await self.transactions.write(writer.name, lambda tx: alarm_on(tx, self.desk, writer, request))
        return await self.alerts.get(made)

    async def relay(self, official: Official, alert_id: int, request: PlanRequest) -> AlertView:
        """A draft that passes another unit's warning on, unaltered, to people of one's own area (转发).

        Raises Conflict, Invalid, Forbidden, NotFound.
        """
        writer = Writer.of(official)
        with as_refusals():
            made = await self.transactions.write(
                writer.name, lambda tx: relay(tx, self.desk, writer, alert_id, request)
            )
        return await self.alerts.get(made)

    async def restate(self, official: Official, alert_id: int, version: int, stated: IssuersRequest) -> AlertView:
        """Says anew who issues a draft jointly, and whom its issuers consulted: an edit, refused as `replan` is."""
        writer, draft = Writer.of(official, stated=stated), (alert_id, version)
        return await self._edit(writer, alert_id, lambda tx: restate(tx, self.desk, writer, draft))

    async def take_over(self, official: Official, alert_id: int, version: int, reason: str) -> AlertView:
        """A superior makes an unreleased warning its own. Raises Invalid, Conflict, Forbidden, NotFound."""
        writer, draft = Writer.of(official, reason), (alert_id, version)
        return await self._edit(writer, alert_id, lambda tx: take_over(tx, self.desk, writer, draft))

    async def withdraw(self, official: Official, alert_id: int, reason: str) -> AlertView:
        """Takes back what was not released: nobody was told, so nobody is. Raises Invalid without a reason."""
        if not reason.strip():
            raise Invalid("a reason is required to withdraw a warning", rule=Rule.SEP_7, place="reason")
        writer = Writer.of(official)

        def work(tx: Tx) -> None:
            row = tx.alert(alert_id, lock=True)
            answer = must_draft(tx.connection, self.desk, writer, alert_id, overriding=True)
            known = self.desk.acts.stage_of(tx.connection, row)
            stage = advance(tx, row, LifecycleEvent.WITHDRAW, known_stage=known)
            referrals.close_all(tx.connection, alert_id, referrals.RETURNED, f"the draft is {stage}", tx.now_ms)
            detail = {"reason": reason.strip(), **overridden(row, answer)}
            new = NewAct("withdraw", stage, writer.name, tx.now_ms, stops=True, detail=detail)
            self.desk.acts.record(tx.connection, alert_subject(alert_id), new)

        with as_refusals():
            await self.transactions.write(writer.name, work)
        return await self.alerts.get(alert_id)


def _naming(connection: Connection, writer: Writer, root: int | None) -> Naming:
    """By what names a new draft of the writer names its issuers."""
    return naming_by(connection, issuers_for(connection, writer, root).signing)
