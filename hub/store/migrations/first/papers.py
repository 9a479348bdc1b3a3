"""The papers of authority: countersignatures owed, drafts referred, standing authorisations, upstream systems."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, String, Text, UniqueConstraint

from hub.store.migrations.first.keys import Key

TABLES = (
    "countersignatures",
    "referrals",
    "standing_authorisations",
    "standing_decisions",
    "duties",
    "services",
    "trusted_senders",
)


def create_tables() -> None:
    _create_countersignatures()
    _create_referrals()
    _create_standing_authorisations()
    _create_standing_decisions()
    _create_duties()
    _create_services()
    _create_trusted_senders()


def _create_countersignatures() -> None:
    # what a shortened flow still owes
    op.create_table(
        "countersignatures",
        Column("alert", BigInteger, primary_key=True, autoincrement=False),
        Column("rule", Text, nullable=False),
        Column("due_at", BigInteger, nullable=False),
        Column("overdue_at", BigInteger),  # when it was first seen to be late
        Column("met_at", BigInteger),
        Column("official", BigInteger),
        Column("verdict", String(16)),  # approve, reject
        Column("reason", Text, nullable=False),
        Column("seal", Text),  # JWS over it: SQL alone proves nothing
        Column("checked_at", BigInteger),  # when it was looked at after it fell due
    )


def _create_referrals() -> None:
    # a draft whose stakes exceed its unit, in the inbox of the competent one
    op.create_table(
        "referrals",
        Column("id", Key, primary_key=True),
        Column("alert", BigInteger, nullable=False, index=True),
        Column("from_unit", Text, nullable=False),
        Column("to_unit", Text, nullable=False),
        Column("rule", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("official", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("due_at", BigInteger, nullable=False),
        Column("state", String(16), nullable=False),  # open, adopted, returned, declined
        Column("closed_by", BigInteger),
        Column("closed_at", BigInteger),
        Column("closed_reason", Text, nullable=False),
    )


def _create_standing_authorisations() -> None:
    # 授权书
    op.create_table(
        "standing_authorisations",
        Column("id", Key, primary_key=True),
        Column("kind", String(16), nullable=False),  # standing: to an upstream system; delegation: to another unit
        Column("name", Text, nullable=False, unique=True),
        Column("document", Text, nullable=False),  # canonical JSON: everything the signatures cover
        Column("digest", String(80), nullable=False),
        Column("state", String(16), nullable=False),  # proposed, in-force, rejected, revoked
        Column("valid_from", BigInteger, nullable=False),
        Column("valid_until", BigInteger, nullable=False),
        Column("created_by", BigInteger, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("revoked_by", BigInteger),
        Column("revoked_at", BigInteger),
    )


def _create_standing_decisions() -> None:
    op.create_table(
        "standing_decisions",
        Column("id", Key, primary_key=True),
        Column("standing", BigInteger, nullable=False, index=True),
        Column("official", BigInteger, nullable=False),
        Column("step", String(16), nullable=False),
        Column("verdict", String(16), nullable=False),
        Column("digest", String(80), nullable=False),
        Column("reason", Text, nullable=False),
        Column("proof", String(64), nullable=False),
        Column("seal", Text, nullable=False),  # JWS over the decision: SQL alone proves nothing
        Column("at", BigInteger, nullable=False),
    )


def _create_duties() -> None:
    # whom else a release obliges to tell
    op.create_table(
        "duties",
        Column("id", Key, primary_key=True),
        Column("alert", BigInteger, nullable=False, index=True),
        Column("kind", String(24), nullable=False),  # report-up, notify-neighbours
        Column("opened_at", BigInteger, nullable=False),
        Column("met_at", BigInteger),  # when they were told
        Column("official", BigInteger),
        Column("channel", Text, nullable=False),
        Column("receiver", Text, nullable=False),
        Column("note", Text, nullable=False),
    )


def _create_services() -> None:
    # upstream systems: what they send is a draft, whatever they claim
    op.create_table(
        "services",
        Column("id", Key, primary_key=True),
        Column("name", Text, nullable=False, unique=True),
        Column("unit", Text, nullable=False),  # units.name it belongs to
        Column("scopes", Text, nullable=False),  # comma-separated, sorted
        Column("token_hash", String(64), nullable=False, unique=True),  # SHA-256
        Column("active", Boolean, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
        Column("used_at", BigInteger),
    )


def _create_trusted_senders() -> None:
    # who may sign incoming CAP, for which area and event
    op.create_table(
        "trusted_senders",
        Column("id", Key, primary_key=True),
        Column("sender", Text, nullable=False),  # CAP sender
        Column("certificate", Text, nullable=False),  # PEM
        Column("fingerprint", String(64), nullable=False),  # SHA-256 of the DER
        Column("areas", Text, nullable=False),  # comma-separated region keys
        Column("events", Text, nullable=False),  # comma-separated patterns
        Column("valid_from", BigInteger, nullable=False),
        Column("valid_until", BigInteger, nullable=False),
        Column("revoked_at", BigInteger),
        Column("created_at", BigInteger, nullable=False),
        UniqueConstraint("sender", "fingerprint"),
    )
