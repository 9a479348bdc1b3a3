"""The door for upstream systems: a message is verified and kept as a draft, unless a standing paper releases it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection

from approvals.paper import Gap
from hub.access.permissions import Permission, service_holds
from hub.access.services import Caller
from hub.access.trust import TrustList
from hub.alert.views import PlanRequest
from hub.audience.plan import Plan, audience_of
from hub.dispatch.queue import ShardQueue
from hub.dossier.refusals import as_refusals
from hub.drafting.context import Writer
from hub.drafting.service import Drafting
from hub.drafting.store_draft import same_source
from hub.drafting.text import DraftText
from hub.errors import Conflict, Forbidden, NotFound
from hub.formats.cap.signature import Signature, Verdict
from hub.intake.standing_release import (
    CoveredDraft,
    Incoming,
    NotCovered,
    Released,
    StandingReleases,
    raise_forged,
    stakes_of,
)
from hub.rules.rule import Rule, rule_named
from hub.settings.settings import AuthSettings
from hub.signoff.submit import ATTEMPTS
from hub.store.access import services
from hub.store.alerts import alerts
from hub.store.alerts import standing as papers
from hub.store.alerts.alert_row import AlertRow, findings_of
from hub.store.delivery.campaigns import ShardJob
from hub.transaction import Transactions, Tx
from targeting.region import NATION, covers

_SIGNATURE, _STANDING = "alert/Signature", "standing"  #: `element` of the findings that ingest adds


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of a message. `standing` is the paper that released it, else `why_not` says why none did.

    `signature` is its verdict, rule and text. The same message again gets the same answer, with the stage of now.
    """

    alert: int
    identifier: str
    stage: str
    digest: str | None
    targeted: int | None
    standing: Mapping[str, Any] | None
    why_not: tuple[Mapping[str, str], ...]
    signature: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ingest:
    """Takes messages of services."""

    transactions: Transactions
    settings: AuthSettings
    drafting: Drafting
    trust: TrustList
    standing: StandingReleases
    queue: ShardQueue

    async def take(self, caller: Caller, source: bytes, channels: tuple[str, ...] = ()) -> IngestResult:
        """Keeps the message as a draft of the service's unit, or releases it where a paper covers it to the letter.

        The same message again gives the same answer. Raises Invalid, Conflict (another content under this
        identifier), Forbidden (signature, or a target outside the unit's area).
        """
        text = await self.drafting.read(source)
        plan = Plan(audience_of(text.alert, frozenset(), frozenset()), channels)
        signature = await self.trust.judge(
            source, text.alert.sender, self.drafting.desk.policy.with_known_event(stakes_of(text.alert, plan))
        )
        self._must_be_let_in(signature)
        _must_be_inside(caller, plan)
        writer = Writer(f"service {caller.service.name}", caller.unit.name, service=caller.service.id)
        incoming = Incoming(caller.service.name, writer, text, channels, signature.verdict is Verdict.VALID)
        with as_refusals():
            alert, tickets = await self._keep(caller, incoming, signature)
        await self.queue.put(tickets)
        return await self.transactions.read(lambda tx: _result(tx.connection, alerts.get(tx.connection, alert)))

    async def status(self, caller: Caller, identifier: str) -> IngestResult:
        """What became of a message the same service sent. Raises NotFound."""
        service = caller.service.id
        return await self.transactions.read(
            lambda tx: _result(tx.connection, alerts.find_by_service(tx.connection, service, identifier))
        )

    def _must_be_let_in(self, signature: Signature) -> None:
        refused = {Verdict.BROKEN, Verdict.OUTSIDE}
        if self.settings.untrusted_ingest == "refuse":
            refused.add(Verdict.UNTRUSTED)
        if self.settings.unsigned_ingest == "refuse":
            refused.add(Verdict.UNSIGNED)
        if signature.verdict in refused:
            raise Forbidden(signature.text, rule=rule_named(signature.rule), place=_SIGNATURE)

    async def _keep(self, caller: Caller, incoming: Incoming, signature: Signature) -> tuple[int, Sequence[ShardJob]]:
        """Judges on a snapshot and writes, until nothing has moved in between; what others change each time it is
        judged stays a draft.
        """
        actor, tried = incoming.writer.name, 0
        while True:
            tried += 1
            judged = await self.transactions.judge(actor, lambda tx: self._judge(tx, caller, incoming))
            job = _Job(caller, incoming, signature, judged, last=tried == ATTEMPTS)
            if (done := await self.transactions.write(actor, partial(self._take, job=job))) is not None:
                return done

    def _judge(self, tx: Tx, caller: Caller, incoming: Incoming) -> CoveredDraft | NotCovered:
        if not service_holds(caller.service, Permission.SERVICE_ALERT_RELEASE):
            return NotCovered((Gap(Rule.STANDING_SCOPE, "the service may only send drafts"),))
        alert = incoming.text.alert
        if alerts.by_identifier(tx.connection, alert.sender, alert.identifier) is not None:
            return NotCovered(())  # it is told what became of it
        return self.standing.judge(tx, incoming)

    def _take(self, tx: Tx, job: _Job) -> tuple[int, Sequence[ShardJob]] | None:
        """Keeps the message as it was judged; None, and nothing, where something that rests on has moved."""
        incoming, text = job.incoming, job.incoming.text
        alerts.claim_identifier(tx.connection, text.alert.sender, text.alert.identifier)
        known = alerts.by_identifier(tx.connection, text.alert.sender, text.alert.identifier)
        if known is not None:
            return _again(known, job.caller, text), ()
        outcome = job.judged if isinstance(job.judged, NotCovered) else self.standing.write(tx, job.judged)
        if outcome is None and not job.last:
            return None
        services.note_message(tx.connection, job.caller.service.id, tx.now_ms)
        if isinstance(outcome, Released):
            _note(tx.connection, outcome.alert, job.signature, ())
            return outcome.alert, outcome.tickets
        left = outcome or NotCovered((Gap(Rule.SUBMIT_OVERTAKEN, "others kept changing what its release rests on"),))
        raise_forged(tx, left.forged)
        alert = self.drafting.create_on(tx, incoming.writer, text, PlanRequest(incoming.channels))
        _note(tx.connection, alert, job.signature, left.missing)
        return alert, ()


@dataclass(frozen=True, slots=True)
class _Job:
    """A message as it was judged, to be written; the `last` time it is kept whatever has moved."""

    caller: Caller
    incoming: Incoming
    signature: Signature
    judged: CoveredDraft | NotCovered
    last: bool


def _must_be_inside(caller: Caller, plan: Plan) -> None:
    """A system speaks for its unit; shapes are left to the officials who will read the draft."""
    area = caller.unit.area
    outside = [key for key in sorted(plan.audience.regions) if area != NATION and not covers(area, key)]
    if outside:
        text = f"{len(outside)} target areas lie outside {area}, the first {outside[0]}"
        raise Forbidden(text, rule=Rule.LAW_18, place="alert/info/area")


def _again(known: AlertRow, caller: Caller, text: DraftText) -> int:
    if known.service != caller.service.id:
        raise Conflict("another sender's message has this identifier", rule=Rule.L4, place="alert/identifier")
    return same_source(known, text.source)


def _note(connection: Connection, alert: int, signature: Signature, missing: tuple[Gap, ...]) -> None:
    """The verdict and the reasons stand beside the draft, for the officials who read it and for the repeated answer."""
    told = [{"rule": signature.rule, "element": _SIGNATURE, "level": "advice", "text": signature.text}]
    told += [{"rule": gap.rule, "element": _STANDING, "level": "advice", "text": gap.text} for gap in missing]
    row = alerts.get(connection, alert)
    found = findings_of(row) if row is not None else []
    alerts.change(connection, alert, signature=signature.verdict, findings=orjson.dumps([*found, *told]).decode())


def _result(connection: Connection, row: AlertRow | None) -> IngestResult:
    if row is None:
        raise NotFound("this service sent no such message", rule=Rule.ALERT_UNKNOWN, place="identifier")
    findings = findings_of(row)
    signature = next((each for each in findings if each["element"] == _SIGNATURE), {"rule": "", "text": ""})
    paper = papers.get(connection, row.standing) if row.standing is not None else None
    return IngestResult(
        alert=row.id,
        identifier=row.identifier,
        stage=row.stage,
        digest=row.digest,
        targeted=row.targeted,
        standing={"id": paper.id, "name": paper.name} if paper is not None else None,
        why_not=tuple(
            {"rule": each["rule"], "text": each["text"]} for each in findings if each["element"] == _STANDING
        ),
        signature={"verdict": row.signature, "rule": signature["rule"], "text": signature["text"]},
    )
