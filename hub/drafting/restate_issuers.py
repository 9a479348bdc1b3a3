"""Saying anew who issues a draft beside its lead, or whom it consulted, is an edit of it."""

from __future__ import annotations

from hub.compose.issuer_name import rename_issuers
from hub.compose.prepared_notice import must_not_be_notice
from hub.dossier.frozen import content_of
from hub.dossier.issuers import issuers_column, issuers_of, restate_issuers
from hub.drafting.context import DraftingContext, Writer
from hub.drafting.issuers import must_be_entrusted
from hub.drafting.store_draft import must_draft, open_draft, record
from hub.store.alerts import alerts
from hub.transaction import Tx


def restate(tx: Tx, desk: DraftingContext, writer: Writer, draft: tuple[int, int]) -> None:
    """`draft` is its id and the version its editor saw; `writer.stated` what is said now. The lead stays who it is.

    Raises Invalid, Conflict, Forbidden, NotFound.
    """
    alert_id, version = draft
    row = open_draft(tx, alert_id, version)
    must_not_be_notice(row, content_of(row), "issues jointly")
    must_draft(tx.connection, desk, writer, alert_id)
    issuers = restate_issuers(tx.connection, issuers_of(row), writer.stated)
    alerts.change(tx.connection, alert_id, version=row.version + 1, issuers=issuers_column(issuers), digest=None)
    must_be_entrusted(tx.connection, desk, writer, alert_id)
    must_draft(tx.connection, desk, writer, alert_id)
    rename_issuers(tx.connection, alert_id, issuers_of(row).signing)
    alerts.void_decisions(tx.connection, alert_id)
    if writer.official is not None:
        alerts.add_author(tx.connection, alert_id, writer.id, "editor", tx.now_ms)
    detail = {"version": row.version + 1, "issuers": issuers.tree()}
    record(tx, desk, writer, alert_id, "edit", detail)
