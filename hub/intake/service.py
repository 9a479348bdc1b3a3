"""The door for upstream systems: a message is verified and kept as a draft, unless a standing paper releases it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from hub.intake.standing_release import Incoming, Released, StandingReleases, stakes_of
from hub.rules.rule import Rule, rule_named
from hub.settings.settings import AuthSettings
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
            source, text.alert.sender, self.drafting.desk.policy.known(stakes_of(text.alert, plan))
        )
        self._must_be_let_in(signature)
        _must_be_inside(caller, plan)
        with as_refusals():
            alert, tickets = await self.transactions.write(
                f"service {caller.service.name}", lambda tx: self._take(tx, caller, text, channels, signature)
            )
        await self.queue.put(tickets)
        return await self.transactions.read(lambda tx: _result(tx.connection, alerts.get(tx.connection, alert)))

    async def status(self, caller: Caller, identifier: str) -> IngestResult:
        """What became of a message the same service sent. Raises NotFound."""
        service = caller.service.id
        return await self.transactions.read(
            lambda tx: _result(tx.connection, alerts.sent_by_service(tx.connection, service, identifier))
        )

    def _must_be_let_in(self, signature: Signature) -> None:
        refused = {Verdict.BROKEN, Verdict.OUTSIDE}
        if self.settings.untrusted_ingest == "refuse":
            refused.add(Verdict.UNTRUSTED)
        if self.settings.unsigned_ingest == "refuse":
            refused.add(Verdict.UNSIGNED)
        if signature.verdict in refused:
            raise Forbidden(signature.text, rule=rule_named(signature.rule), place=_SIGNATURE)

    def _take(
        self, tx: Tx, caller: Caller, text: DraftText, channels: tuple[str, ...], signature: Signature
    ) -> tuple[int, Sequence[ShardJob]]:
        alerts.claim_identifier(tx.connection, text.alert.sender, text.alert.identifier)
        known = alerts.by_identifier(tx.connection, text.alert.sender, text.alert.identifier)
        if known is not None:
            return _again(known, caller, text), ()
        services.note_message(tx.connection, caller.service.id, tx.now_ms)
        writer = Writer(tx.actor, caller.unit.name, service=caller.service.id)
        signed = signature.verdict is Verdict.VALID
        outcome: Released | tuple[Gap, ...] = (Gap(Rule.STANDING_SCOPE, "the service may only send drafts"),)
        if service_holds(caller.service, Permission.SERVICE_ALERT_RELEASE):
            incoming = Incoming(caller.service.name, writer, text, channels, signed)
            outcome = self.standing.release(tx, incoming)
        if isinstance(outcome, Released):
            _note(tx.connection, outcome.alert, signature, ())
            return outcome.alert, outcome.tickets
        alert = self.drafting.create_on(tx, writer, text, PlanRequest(channels))
        _note(tx.connection, alert, signature, outcome)
        return alert, ()


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
