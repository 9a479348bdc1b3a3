"""The frozen alert as approvals see it: its digest, its stakes and its decisions, rebuilt from SQL every time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from approvals.authority import ground
from approvals.decision import Decision
from approvals.digest import Frozen, frozen_digest, frozen_document
from approvals.issuers import IssuingUnit
from approvals.level import Level
from approvals.policy_input import PolicyInput
from channels.message import Form
from hub.alert.alert import Alert
from hub.audience.jurisdiction import select_drawing
from hub.audience.plan import REMEMBERED, Plan, plan_of
from hub.audience.select import Target
from hub.clock import from_ms
from hub.dossier.event import category_of, event_of, words_of
from hub.dossier.issuers import issuers_of
from hub.dossier.notice import notice_of
from hub.errors import NotFound
from hub.formats.cap.read import read_unjudged
from hub.rules.rule import Rule
from hub.store.access import officials, units
from hub.store.alerts import alerts, standing
from hub.store.alerts.alert_row import AlertRow
from hub.store.schema import alerts as alerts_table
from hub.store.sql.rows import reading_row
from targeting.region import NATION

#: of the stakes, what `in_chain` reads from rows other than that of the alert
_STAKED_BY_OTHERS = (
    "level",
    "issuers",
    "publisher",
    "issuer_unit",
    "issuer_area",
    "issuer_kind",
    "issuer_joint",
    "issuer_for",
)


@dataclass(frozen=True, slots=True)
class Dossier:
    """One alert with everything a decision about it rests on; good for the transaction it was loaded in.

    `found` is whom its audience selects, where this transaction has looked already.
    """

    row: AlertRow
    alert: Alert
    plan: Plan
    forms: tuple[Form, ...]
    stakes: PolicyInput
    authors: frozenset[int]  #: accounts, and the persons behind them
    hands: frozenset[int]  #: the accounts alone, which the digest covers
    deciders: frozenset[int]  #: of every decision not void, also by who has left office: one person decides once
    decisions: tuple[Decision, ...]  #: of those, what was said by whoever still is in office
    found: Target | None = None

    def digest(self) -> str:
        """Computed from the content itself, never read from the row."""
        return frozen_digest(frozen_of(self))

    def document(self) -> dict[str, Any]:
        """What that digest is taken over, for whoever is to compute it without this hub."""
        return frozen_document(frozen_of(self))


def load(connection: Connection, row: AlertRow) -> Dossier:
    """Everything about one alert, from SQL. Raises RowUnreadable."""
    dossier = load_alone(connection, row)
    return replace(dossier, stakes=in_chain(connection, row, dossier.stakes))


def load_alone(connection: Connection, row: AlertRow) -> Dossier:
    """As `load`, with the stakes of a first message: for what was ordered, which no other row of its chain can change.

    Raises RowUnreadable for a row of its own alone.
    """
    alert, plan = content_of(row), plan_of(row)
    with reading_row(alerts_table, row.id):
        return Dossier(
            row=row,
            alert=alert,
            plan=plan,
            forms=alerts.find_forms(connection, row.id),
            stakes=stakes_of(row, alert, plan),
            authors=alerts.authors(connection, row.id),
            hands=alerts.hands(connection, row.id),
            deciders=alerts.deciders(connection, row.id),
            decisions=_decisions(connection, row.id),
        )


def with_decision(connection: Connection, dossier: Dossier, decision: Decision) -> Dossier:
    """The dossier with one decision more, as `load` counts it: not where who took it is out of office."""
    official = decision.official
    record = officials.by_id(connection, official.id)
    counted = (replace(decision, official=record.official),) if record is not None and record.active else ()
    deciders = dossier.deciders | {official.id, official.person}
    return replace(dossier, decisions=(*dossier.decisions, *counted), deciders=deciders)


def of(connection: Connection, alert_id: int) -> Dossier:
    """The dossier of an alert by its id, as it stands now. Raises NotFound, RowUnreadable."""
    row = alerts.get(connection, alert_id)
    if row is None:
        raise NotFound(f"there is no alert {alert_id}", rule=Rule.ALERT_UNKNOWN)
    return load(connection, row)


def content_of(row: AlertRow) -> Alert:
    """The alert of a stored row: our own strict CAP. Raises RowUnreadable where something else wrote it."""
    with reading_row(alerts_table, row.id):
        return _read_content(row.content)


@lru_cache(REMEMBERED)
def _read_content(content: bytes) -> Alert:
    """Read without being judged again: what was judged when it was written may hold a hundred thousand corners."""
    alert = read_unjudged(content)
    if alert is None:
        raise RuntimeError("the stored content of an alert does not read")
    return alert


def frozen_of(dossier: Dossier) -> Frozen:
    """Everything that submit freezes."""
    row, plan = dossier.row, dossier.plan
    return Frozen(
        content=row.content,
        forms=dossier.forms,
        audience=plan.audience,
        channels=frozenset(plan.channels),
        ladder=plan.escalation,
        expires=from_ms(row.expires_at),
        world=row.world,
        level=Level(row.level),
        issuers=issuers_of(row),
        references=tuple(str(reference) for reference in dossier.alert.references),
        rule=ground(() if row.delegation is None else (row.delegation,), row.rule),
        path=row.path,
        override=plan.override,
        authors=dossier.hands,
        not_before=plan.not_before,
        answers=tuple((each.question, each.choice, each.value) for each in plan.answers),
        submission=row.submission,
    )


def stakes_of(row: AlertRow, alert: Alert, plan: Plan) -> PolicyInput:
    """What the authority policy looks at.

    A drawing may reach beyond every region that is named: it stakes what it was found to concern when it was planned,
    and the whole country where that is not known (突发事件应对法 art. 18: beyond it the common superior decides). What
    is held back lasts from the hour it leaves.
    """
    at = from_ms(row.submitted_at or row.created_at)
    leaves = max(at, plan.not_before or at)
    return PolicyInput(
        level=Level(row.level),
        event=event_of(alert),
        areas=plan.audience.regions | (plan.staked or {NATION}) if plan.audience.has_shapes else plan.audience.regions,
        channels=frozenset(plan.channels),
        persons=row.targeted or 0,
        msg_type=row.msg_type,
        world=row.world,
        at=at,
        lasts=from_ms(row.expires_at) - leaves,
        relays=row.relays is not None,
        words=words_of(alert),
        category=category_of(alert),
        notice=notice_of(alert),
    )


def with_row(dossier: Dossier, row: AlertRow) -> Dossier:
    """The dossier of the same alert with another row, such as `with_values` makes: content, plan and stakes are
    those of that row. What other rows say of its chain and of its issuers is kept and not read again.
    """
    alert, plan = content_of(row), plan_of(row)
    of_others = {name: getattr(dossier.stakes, name) for name in _STAKED_BY_OTHERS}
    return replace(dossier, row=row, alert=alert, plan=plan, stakes=replace(stakes_of(row, alert, plan), **of_others))


def with_current_regions(connection: Connection, dossier: Dossier) -> Dossier:
    """The dossier with what its drawing concerns found anew: people move, and what the row says is no proof.

    Only a drawing is looked at again; regions that are named stake themselves.
    """
    if not dossier.plan.audience.has_shapes:
        return dossier
    now = select_drawing(connection, dossier.plan.audience)
    plan = replace(dossier.plan, staked=now.areas)
    stakes = in_chain(connection, dossier.row, stakes_of(dossier.row, dossier.alert, plan))
    return replace(dossier, plan=plan, stakes=stakes, found=now.found)


def in_chain(connection: Connection, row: AlertRow, stakes: PolicyInput) -> PolicyInput:
    """The stakes of a message as one of its chain, as they are for a first message.

    Authority for an Update or a Cancel follows the highest level of the whole chain (陕西 2013 art. 5), and belongs to
    the unit that issued the first message (突发事件应对法 2024 art. 70), and to the one in whose place it did so.
    """
    own = issuers_of(row)
    stakes = replace(stakes, issuers=_units(connection, own.signing), publisher=own.publisher)
    chain = alerts.chain(connection, row.root) if row.root else ()
    earlier = [each for each in chain if each.id < row.id]
    if not earlier:
        return stakes
    level = Level(max([row.level, *(each.level for each in earlier)]))
    first = issuers_of(earlier[0])
    (unit, *_) = _units(connection, first.signing)
    paper = standing.get(connection, earlier[0].delegation) if earlier[0].delegation is not None else None
    return replace(
        stakes,
        level=level,
        issuer_unit=unit.name,
        issuer_area=unit.area,
        issuer_kind=unit.kind,
        issuer_joint=frozenset(first.joint),
        issuer_for=standing.grantor(paper) if paper is not None else "",
    )


def _units(connection: Connection, names: Iterable[str]) -> tuple[IssuingUnit, ...]:
    """The units of these names; one that is not registered, or does not read, has no area: nobody stands above it."""
    found = [(name, units.look_up(connection, name)) for name in names]
    return tuple(IssuingUnit(name, unit.area if unit else "", unit.kind if unit else "") for name, unit in found)


def _decisions(connection: Connection, alert: int) -> tuple[Decision, ...]:
    found: list[Decision] = []
    for row in alerts.decision_rows(connection, alert, standing=True):
        record = officials.by_id(connection, row.official)
        if record is not None and record.active:  # who has left office no longer signs for anything
            word = (row.step, row.verdict, row.digest, from_ms(row.at), row.reason)
            found.append(Decision(record.official, *word, row.seal, row.delegation or 0))
    return tuple(found)
