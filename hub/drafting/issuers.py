"""Who issues a draft: stated by its drafter for a first message; in a chain, whoever issued what went before."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from approvals.issuers import Issuers
from hub.audience.plan import plan_of
from hub.dossier.frozen import content_of, in_chain, stakes_of
from hub.dossier.issuers import issuers_column, issuers_of, resolve_issuers
from hub.dossier.refusals import remediable
from hub.drafting.context import DraftingContext, Writer
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow, with_values


def issuers_for(connection: Connection, writer: Writer, root: int | None) -> Issuers:
    """The issuers of a new draft of the chain `root` begins. Raises Invalid.

    突发事件应对法 (2024) art. 70: whoever issued a warning changes and ends it, all of them where they were several.
    Somebody else who may, such as a superior, issues the change alone.
    """
    if root is None:
        return resolve_issuers(connection, writer.unit, writer.stated)
    sent = [each for each in alerts.chain(connection, root) if each.id == root or each.released_at is not None]
    for issuers in (issuers_of(each) for each in reversed(sent)):
        if writer.unit in (*issuers.signing, issuers.publisher):
            return issuers
    return Issuers(writer.unit)


def must_be_entrusted(connection: Connection, desk: DraftingContext, writer: Writer, alert_id: int) -> None:
    """Notes the paper under which somebody publishes a draft for its lead, as `with_entrustment`. Raises Forbidden."""
    row = alerts.get(connection, alert_id)
    if row is not None:
        alerts.change(connection, alert_id, issuers=with_entrustment(connection, desk, writer, row).issuers)


def with_entrustment(connection: Connection, desk: DraftingContext, writer: Writer, row: AlertRow) -> AlertRow:
    """The draft with the paper under which somebody publishes it for its lead. Raises Forbidden where there is none.

    The lead itself goes on without its publisher where the paper is over: it must be able to end its own warning.
    """
    issuers = issuers_of(row)
    if not issuers.publisher:
        return row
    stakes = desk.policy.with_known_event(in_chain(connection, row, stakes_of(row, content_of(row), plan_of(row))))
    number = desk.lending.entrustment(connection, issuers.publisher, issuers.lead, stakes)
    if number:
        return with_values(row, issuers=issuers_column(replace(issuers, entrustment=number)))
    if row.root is None or writer.unit not in issuers.signing:
        text = f"no entrustment (委托发布) in force has {issuers.publisher} publish this for {issuers.lead}"
        raise remediable(Rule.ENTRUSTMENT, text, f"{issuers.lead} proposes one, or publishes it itself")
    return with_values(row, issuers=issuers_column(replace(issuers, publisher="", entrustment=0)))
