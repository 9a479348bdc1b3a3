"""Drafts: read, checked, kept; edited only by their version; linked to the first message of their chain."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection

from approvals.authority import Denied, Policy
from approvals.level import Level
from approvals.official import Official, Right
from channels.driver import Driver
from hub.alert import Alert, Info, MsgType, Reference, Status, cap_time
from hub.alerts import Alerts
from hub.cap.check import check_timely
from hub.cap.finding import Finding
from hub.cap.read import read
from hub.cap.repair import emittable
from hub.cap.write import write
from hub.clock import Clock, to_ms
from hub.delivery import AlertView, PlanRequest
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lifecycle import Event, IllegalTransition, Stage, advance
from hub.release.frozen import content_of, stakes_of
from hub.release.plan import Plan, audience_of
from hub.release.refusals import as_refusals
from hub.settings import Settings
from hub.store import alerts, audit, regions
from hub.store.alerts import AlertRow
from hub.store.database import Database
from targeting.region import normalise

#: how long a warning without an end of its own is taken to be in force
DEFAULT_EXPIRY = timedelta(hours=24)
#: how long a Cancel stays in the feeds and may still be sent to latecomers
CANCEL_EXPIRY = timedelta(hours=24)
#: stages of a Cancel that is drafted and not yet released
OPEN_STAGES = (Stage.DRAFT, Stage.SUBMITTED, Stage.APPROVED)


@dataclass(frozen=True, slots=True)
class _Text:
    """What an upstream file or a person wrote, made emittable."""

    alert: Alert
    content: bytes
    source: bytes
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Drafting:
    """Everything that happens before an alert is submitted. Machine ingest ends here too: never above a draft."""

    db: Database
    clock: Clock
    settings: Settings
    policy: Policy
    drivers: Mapping[str, Driver]
    alerts: Alerts
    groups: Collection[str]  #: the population groups there are

    async def create(self, official: Official, source: bytes, plan: PlanRequest) -> AlertView:
        """A draft from a CAP document (1.2, 1.1 or 1.0).

        The same document again gives the same draft; another document under the same sender and identifier is a
        Conflict. Raises Invalid with the findings, Forbidden.
        """
        text = await asyncio.to_thread(self._read, source)

        def work(connection: Connection) -> int:
            known = alerts.by_identifier(connection, text.alert.sender, text.alert.identifier)
            if known is not None:
                return self._again(known, source)
            root = self._root_of(connection, text.alert)
            return self._keep(connection, official, text, self._plan(connection, text.alert, plan, root), root)

        with as_refusals():
            made = await self.db.write(work)
        return await self.alerts.get(made)

    async def replace(
        self, official: Official, alert_id: int, version: int, source: bytes, plan: PlanRequest
    ) -> AlertView:
        """Edits a draft. `version` is the one the editor saw; Conflict when another edit came between."""
        text = await asyncio.to_thread(self._read, source)

        def work(connection: Connection) -> None:
            row = self._draft(connection, alert_id, version)
            if (row.sender, row.identifier) != (text.alert.sender, text.alert.identifier):
                raise Invalid("an edit keeps sender and identifier", rule="identity", place="alert/identifier")
            values = self._values(text, self._plan(connection, text.alert, plan, row.root), row.root)
            self._must_draft(official, row, values)
            alerts.change(connection, alert_id, version=row.version + 1, **values)
            alerts.void_decisions(connection, alert_id)
            self._record(connection, official, alert_id, "edit", {"version": row.version + 1})

        with as_refusals():
            await self.db.write(work)
        return await self.alerts.get(alert_id)

    async def update(self, official: Official, alert_id: int, source: bytes) -> AlertView:
        """A draft of an Update, linked to every message of the chain that may still be held (CAP 1.2 §3.2.1)."""
        text = await asyncio.to_thread(self._read, source)

        def work(connection: Connection) -> int:
            whole = self._whole(connection, alert_id)
            chain = _sent(whole)
            if over := next((each for each in chain if each.msg_type == MsgType.CANCEL), None):
                raise Conflict(f"alert {over.id} has cancelled this chain: draft a new alert", rule="cancelled")
            linked = replace(text.alert, msg_type=MsgType.UPDATE, references=self._references(chain))
            plan = Plan.from_json(chain[-1].plan)
            request = PlanRequest(plan.channels, plan.added, plan.audience.groups)
            made = self._finished(linked, text.source, text.findings)
            root = whole[0].id
            return self._keep(connection, official, made, self._plan(connection, linked, request, root), root)

        with as_refusals():
            made = await self.db.write(work)
        return await self.alerts.get(made)

    async def cancel(self, official: Official, alert_id: int, note: str) -> AlertView:
        """A draft of a Cancel for the whole chain. `note` says why (12379: note is required on 解除).

        The same request again gives the same Cancel, whatever became of it meanwhile; another note is a Conflict.
        """
        if not note.strip():
            raise Invalid("a Cancel states its reason", rule="N6", place="note")

        def work(connection: Connection) -> int:
            whole = self._whole(connection, alert_id)
            known = next((each for each in whole if _is_standing_cancel(each)), None)
            if known is not None:
                return _same_cancel(known, note.strip())
            sent = _sent(whole)
            # Numbered over the whole chain: a Cancel that was rejected keeps its identifier.
            alert = _cancel_of(content_of(sent[-1]), self._references(sent), note.strip(), self.clock.now(), len(whole))
            root = whole[0].id
            request = PlanRequest(Plan.from_json(sent[-1].plan).channels)
            made = self._finished(alert, b"", ())
            return self._keep(connection, official, made, self._plan(connection, alert, request, root), root)

        with as_refusals():
            made = await self.db.write(work)
        return await self.alerts.get(made)

    async def withdraw(self, official: Official, alert_id: int, reason: str) -> AlertView:
        """Takes back what was not released: nobody was told, so nobody is."""

        def work(connection: Connection) -> None:
            row = alerts.get(connection, alert_id, lock=True)
            if row is None:
                raise NotFound(f"there is no alert {alert_id}", rule="alert-unknown")
            self._must_draft(official, row, {})
            try:
                stage = advance(Stage(row.stage), Event.WITHDRAW)
            except IllegalTransition as error:
                raise Conflict(str(error), rule="stage") from None
            alerts.change(connection, alert_id, stage=stage, ended_at=to_ms(self.clock.now()))
            self._record(connection, official, alert_id, "withdraw", {"reason": reason})

        with as_refusals():
            await self.db.write(work)
        return await self.alerts.get(alert_id)

    # --- reading

    def _read(self, source: bytes) -> _Text:
        reading = read(source)
        if reading.alert is None:
            raise Invalid("the document cannot be read as CAP", rule="cap-refused", findings=shown(reading.findings))
        if reading.alert.msg_type in (MsgType.ACK, MsgType.ERROR):
            raise Invalid(f"{reading.alert.msg_type} is not a warning", rule="msg-type", place="alert/msgType")
        return self._finished(reading.alert, source, reading.findings)

    def _finished(self, alert: Alert, source: bytes, findings: Sequence[Finding]) -> _Text:
        """The alert as we will emit it; refuses what is over already (X21)."""
        now = self.clock.now()
        repaired, changes = emittable(alert, now=now, default_expiry=DEFAULT_EXPIRY)
        late = [finding for finding in check_timely(repaired, now) if finding.level == "error"]
        if late:
            raise Invalid(late[0].text, rule=late[0].rule, place=late[0].element, findings=shown(late))
        return _Text(repaired, write(repaired), source, (*findings, *changes))

    def _plan(self, connection: Connection, alert: Alert, request: PlanRequest, root: int | None) -> Plan:
        """What was asked for; and every channel by which someone may hold an earlier message of the chain."""
        unknown = sorted(set(request.channels) - set(self.drivers))
        if unknown:
            raise Invalid(f"no such channel: {', '.join(unknown)}", rule="channel-unknown", place="channels")
        keys = frozenset(normalise("", key) for key in request.regions)
        known = regions.ids_by_key(connection, keys)
        if missing := sorted(keys - set(known)):
            raise Invalid(f"unknown region: {', '.join(missing)}", rule="region-unknown", place="regions")
        if strange := sorted(request.groups - set(self.groups)):
            raise Invalid(f"unknown group: {', '.join(strange)}", rule="group-unknown", place="groups")
        asked = request.channels or tuple(sorted(self.drivers))
        chain = alerts.chain(connection, root) if root is not None else ()
        used = [name for each in chain if each.released_at for name in Plan.from_json(each.plan).channels]
        chosen = tuple(name for name in dict.fromkeys((*asked, *used)) if name in self.drivers)
        ladder = tuple(step for step in self.settings.ladder.steps if set(step) <= set(chosen))
        return Plan(audience_of(alert, keys, request.groups), chosen, ladder, keys)

    # --- keeping

    def _keep(self, connection: Connection, official: Official, text: _Text, plan: Plan, root: int | None) -> int:
        now = to_ms(self.clock.now())
        if alerts.by_identifier(connection, text.alert.sender, text.alert.identifier) is not None:
            raise Conflict("another alert of this sender has this identifier", rule="L4", place="alert/identifier")
        values = self._values(text, plan, root)
        draft = {**values, "stage": Stage.DRAFT, "version": 1, "created_by": official.id, "created_at": now}
        alert_id = alerts.insert_alert(connection, draft)
        row = alerts.get(connection, alert_id)
        self._must_draft(official, row, {})
        alerts.add_author(connection, alert_id, official.id, "creator", now)
        self._record(
            connection,
            official,
            alert_id,
            "draft",
            {"identifier": text.alert.identifier, "source": values["source_digest"]},
        )
        return alert_id

    def _values(self, text: _Text, plan: Plan, root: int | None) -> dict[str, Any]:
        alert = text.alert
        first = alert.infos[0] if alert.infos else None
        expires = alert.expires or alert.sent + DEFAULT_EXPIRY
        return {
            "sender": alert.sender,
            "identifier": alert.identifier,
            "sent": cap_time(alert.sent),
            "status": alert.status,
            "msg_type": alert.msg_type,
            "scope": alert.scope,
            "world": "live" if alert.status is Status.ACTUAL else "exercise",
            "level": level_of(alert),
            "event": first.event if first else "",
            "headline": first.headline if first else "",
            "root": root,
            "content": text.content,
            "source": text.source,
            "source_digest": hashlib.sha256(text.source).hexdigest(),
            "findings": orjson.dumps(shown(text.findings)).decode(),
            "plan": plan.to_json(),
            "digest": None,
            "expires_at": to_ms(expires),
        }

    def _again(self, known: AlertRow, source: bytes) -> int:
        """Same identifier and same body: the same answer, and no second alert."""
        if known.source_digest == hashlib.sha256(source).hexdigest():
            return int(known.id)
        raise Conflict(
            f"alert {known.id} already has this sender and identifier with other content",
            rule="L4",
            place="alert/identifier",
        )

    def _draft(self, connection: Connection, alert_id: int, version: int) -> AlertRow:
        row = alerts.get(connection, alert_id, lock=True)
        if row is None:
            raise NotFound(f"there is no alert {alert_id}", rule="alert-unknown")
        if row.stage != Stage.DRAFT:
            raise Conflict(f"a warning that is {row.stage} cannot be edited", rule="stage")
        if row.version != version:
            raise Conflict(
                f"version {version} was edited; the draft is now at version {row.version}",
                rule="version",
                place="version",
            )
        return row

    def _must_draft(self, official: Official, row: AlertRow | None, values: Mapping[str, Any]) -> None:
        if row is None:
            raise NotFound("there is no such alert", rule="alert-unknown")
        plan = Plan.from_json(values.get("plan", row.plan))
        answer = self.policy.may(official, Right.DRAFT, stakes_of(row, content_of(row), plan))
        if isinstance(answer, Denied):
            raise Forbidden(answer.reason, rule=answer.rule)

    def _record(
        self, connection: Connection, official: Official, alert_id: int, action: str, detail: Mapping[str, Any]
    ) -> None:
        now = to_ms(self.clock.now())
        if action == "edit":
            alerts.add_author(connection, alert_id, official.id, "editor", now)
        audit.append(
            connection, at_ms=now, actor=official.name, action=action, subject=f"alert/{alert_id}", detail=detail
        )

    # --- chains

    def _whole(self, connection: Connection, alert_id: int) -> Sequence[AlertRow]:
        """Every message of the chain, sent or not, locked by its first: two drafts get two identifiers."""
        row = alerts.get(connection, alert_id)
        if row is None:
            raise NotFound(f"there is no alert {alert_id}", rule="alert-unknown")
        root = row.root or row.id
        alerts.get(connection, root, lock=True)
        return alerts.chain(connection, root)

    def _references(self, chain: Sequence[AlertRow]) -> tuple[Reference, ...]:
        return tuple(Reference(row.sender, row.identifier, row.sent) for row in chain)

    def _root_of(self, connection: Connection, alert: Alert) -> int | None:
        """The first message of the chain an incoming Update or Cancel names (N5 of the 12379 rules holds here too)."""
        for reference in alert.references:
            known = alerts.by_identifier(connection, reference.sender, reference.identifier)
            if known is not None:
                return int(known.root or known.id)
        if alert.msg_type is MsgType.CANCEL:
            raise Conflict(
                "the Cancel references no alert that is known here: it would reach nobody",
                rule="X6",
                place="alert/references",
            )
        return None


def _sent(chain: Sequence[AlertRow]) -> Sequence[AlertRow]:
    """The messages of a chain that somebody may hold. A draft whose time ran out is none of them."""
    sent = [each for each in chain if each.released_at is not None]
    if not sent:
        raise Conflict(f"a warning that is {chain[-1].stage} has reached nobody yet", rule="stage")
    return sent


def _is_standing_cancel(row: AlertRow) -> bool:
    return row.msg_type == MsgType.CANCEL and (row.released_at is not None or row.stage in OPEN_STAGES)


def _same_cancel(known: AlertRow, note: str) -> int:
    if content_of(known).note == note:
        return int(known.id)
    state = "cancels" if known.released_at is None else "has cancelled"
    raise Conflict(f"alert {known.id} {state} this chain, for another reason", rule="cancelled", place="note")


def level_of(alert: Alert) -> Level:
    """The highest severity any language block states."""
    return max((Level.of_severity(info.severity) for info in alert.infos), default=Level.YELLOW)


def shown(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as the API and the store show them."""
    return [
        {"rule": finding.rule, "element": finding.element, "level": finding.level, "text": finding.text}
        for finding in findings
    ]


def _cancel_of(last: Alert, references: tuple[Reference, ...], note: str, now: datetime, number: int) -> Alert:
    """The Cancel of a chain whose newest message is `last`.

    It keeps the level of what it lifts, because authority follows the higher of the two levels, and the languages and
    areas; the templates say in each language that the warning is over.
    """
    # In the zone of the message it lifts: the time is read out to the same people.
    moment = now.replace(microsecond=0).astimezone(last.sent.tzinfo)
    infos = tuple(_all_clear(info, moment) for info in last.infos)
    return replace(
        last,
        identifier=f"{references[0].identifier}.cancel.{number}",
        sent=moment,
        msg_type=MsgType.CANCEL,
        note=note,
        references=references,
        infos=infos,
    )


def _all_clear(info: Info, now: datetime) -> Info:
    return replace(
        info,
        response_types=("AllClear",),
        urgency="Past",
        effective=None,
        onset=None,
        expires=now + CANCEL_EXPIRY,
        instruction="",
        resources=(),
    )
