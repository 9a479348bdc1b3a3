"""Submit: render every form every recipient will get, count the audience, freeze it all under one digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.authority import Denied, Policy
from approvals.level import Level
from approvals.official import Official, Right
from channels.driver import Driver, Reach
from channels.message import Form
from hub.alert import Scope, Status
from hub.alerts import Alerts
from hub.clock import Clock, to_ms
from hub.delivery import AlertView
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lifecycle import Event, IllegalTransition, Stage, advance
from hub.release import follow, frozen
from hub.release.compose import compose
from hub.release.refusals import as_refusals
from hub.release.targeting import target
from hub.settings import Settings
from hub.store import alerts, audit
from hub.store.alerts import AlertRow
from hub.store.database import Database
from targeting.geometry import ShapeRefused
from templates.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Submission:
    """The step after which nothing may change without voiding every decision."""

    db: Database
    clock: Clock
    settings: Settings
    policy: Policy
    drivers: Mapping[str, Driver]
    catalog: Catalog
    alerts: Alerts

    async def submit(self, official: Official, alert_id: int, version: int) -> AlertView:
        """Freezes a draft. Raises Invalid, Conflict, Forbidden, NotFound; then nothing has changed."""
        with as_refusals():
            await self.db.write(lambda connection: self._submit(connection, official, alert_id, version))
        return await self.alerts.get(alert_id)

    def _submit(self, connection: Connection, official: Official, alert_id: int, version: int) -> None:
        row = alerts.get(connection, alert_id, lock=True)
        if row is None:
            raise NotFound(f"there is no alert {alert_id}", rule="alert-unknown")
        _advanced(row)
        if row.version != version:
            raise Conflict(f"the draft is now at version {row.version}", rule="version", place="version")
        dossier = frozen.load(connection, row)
        answer = self.policy.may(official, Right.DRAFT, dossier.stakes)
        if isinstance(answer, Denied):
            raise Forbidden(answer.reason, rule=answer.rule)
        alerts.add_author(connection, alert_id, official.id, "submitter", to_ms(self.clock.now()))
        self.freeze(connection, official.name, alert_id)

    def freeze(self, connection: Connection, actor: str, alert_id: int) -> frozen.Dossier:
        """Freezes a draft on a connection, in the caller's transaction, whoever that may be; returns it frozen.

        `actor` stands in the audit log. Raises Invalid, Conflict, NotFound.
        """
        now = to_ms(self.clock.now())
        row = alerts.get(connection, alert_id, lock=True)
        if row is None:
            raise NotFound(f"there is no alert {alert_id}", rule="alert-unknown")
        stage = _advanced(row)
        dossier = frozen.load(connection, row)
        self._must_be_releasable(row, now)
        persons = self._persons(connection, dossier)
        forms = self._forms(dossier)
        alerts.replace_forms(connection, alert_id, forms)
        digest = frozen.digest_of(row, dossier.alert, dossier.plan, forms)
        alerts.void_decisions(connection, alert_id)
        alerts.change(connection, alert_id, stage=stage, digest=digest, targeted=len(persons), submitted_at=now)
        detail = {"digest": digest, "persons": len(persons), "forms": len(forms)}
        subject = f"alert/{alert_id}"
        audit.append(connection, at_ms=now, actor=actor, action="submit", subject=subject, detail=detail)
        return frozen.of(connection, alert_id)

    def _must_be_releasable(self, row: AlertRow, now: int) -> None:
        if row.expires_at <= now:
            raise Invalid("the alert is over", rule="X21", place="alert/info/expires")
        if row.status == Status.DRAFT:
            raise Invalid("CAP status Draft never leaves the hub", rule="X20", place="alert/status")
        if row.world != self.settings.hub.world:
            # Worlds are apart by construction: an exercise has its own hub, keys, channels and recipients.
            raise Conflict(
                f"status {row.status} belongs to the {row.world} world; this hub is {self.settings.hub.world}",
                rule="EX-1",
                place="alert/status",
            )
        if row.scope != Scope.PUBLIC:
            raise Invalid(f"scope {row.scope} may not reach public channels", rule="X2", place="alert/scope")

    def _persons(self, connection: Connection, dossier: frozen.Dossier) -> BitMap:
        row = dossier.row
        if row.msg_type == "Cancel":
            return follow.persons_maybe_reached(connection, row, self._person_channels(dossier))
        try:
            found = target(connection, dossier.plan.audience, ()).persons
        except ShapeRefused as error:
            raise Invalid(str(error), rule="X9", place="alert/info/area") from None
        if not found:
            raise Invalid("the audience is empty: nobody known lives there", rule="audience-empty", place="audience")
        return found

    def _person_channels(self, dossier: frozen.Dossier) -> frozenset[str]:
        return frozenset(name for name in dossier.plan.channels if self.drivers[name].reach is Reach.PERSON)

    def _forms(self, dossier: frozen.Dossier) -> tuple[Form, ...]:
        return compose(
            dossier.alert,
            channels=dossier.plan.channels,
            level=Level(dossier.row.level),
            cap=dossier.row.content,
            catalog=self.catalog,
            gather_url=f"{self.settings.public_url}/hooks/voice?gather=1",
        )


def _advanced(row: AlertRow) -> Stage:
    try:
        return advance(Stage(row.stage), Event.SUBMIT)
    except IllegalTransition as error:
        raise Conflict(str(error), rule="stage") from None
