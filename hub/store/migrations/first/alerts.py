"""A warning, who wrote it, its forms, the decisions on it and its release order."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)

from hub.store.migrations.first.keys import Key

TABLES = ("alerts", "alert_authors", "forms", "decisions", "orders", "order_parts", "acts")


def create_tables() -> None:
    _create_alerts()
    _create_alert_authors()
    _create_forms()
    _create_decisions()
    _create_orders()
    _create_order_parts()
    _create_acts()


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        Column("id", Key, primary_key=True),
        Column("sender", Text, nullable=False),
        Column("identifier", Text, nullable=False),
        Column("sent", Text, nullable=False),  # verbatim, as later references must quote it
        Column("status", String(16), nullable=False),
        Column("msg_type", String(16), nullable=False),
        Column("scope", String(16), nullable=False),
        Column("world", String(16), nullable=False),  # live or exercise: separate by construction
        Column("level", SmallInteger, nullable=False),
        Column("event", Text, nullable=False),
        Column("headline", Text, nullable=False),
        Column("stage", String(16), nullable=False, index=True),
        Column("root", BigInteger, index=True),  # alerts.id of the first message of the chain; null for a first message
        Column("version", Integer, nullable=False),  # grows with every edit: concurrent edits are detected by it
        Column("content", LargeBinary, nullable=False),  # the Alert as strict CAP 1.2
        Column("source", LargeBinary, nullable=False),  # the bytes as received
        Column("source_digest", String(64), nullable=False),
        Column("findings", Text, nullable=False),  # JSON list
        Column("plan", Text, nullable=False),  # JSON: audience, channels, ladder; what submit freezes
        Column("digest", String(80)),  # over everything frozen; set at submit
        Column("submission", Integer, nullable=False, server_default=text("0")),  # how often it was submitted
        Column("targeted", BigInteger),  # persons, set at submit
        Column("parts", Text, nullable=False, server_default=text("'[]'")),  # JSON: persons by part, counted at submit
        Column("unit", Text, nullable=False, server_default=text("''")),  # units.name of the issuer (谁发布谁负责)
        Column("issuers", Text, nullable=False, server_default=text("'{}'")),  # JSON: joint, consulted, publisher
        Column("path", String(16), nullable=False, server_default="full"),  # full, emergency, standing
        Column("rule", Text, nullable=False, server_default=text("''")),  # of authority, as it held at submit
        Column("standing", BigInteger, index=True),  # standing_authorisations.id it was released by
        Column("delegation", BigInteger),  # standing_authorisations.id of the paper under which it was submitted
        # alerts.id of another unit's message that this one passes on unchanged
        Column("relays", BigInteger, index=True),
        Column("service", BigInteger),  # services.id of the upstream system that sent it
        Column("signature", String(16), nullable=False, server_default=text("''")),  # verdict on what the service sent
        Column("created_by", BigInteger, nullable=False),  # officials.id; 0 where a service did
        Column("created_at", BigInteger, nullable=False),
        Column("submitted_at", BigInteger),
        Column("released_at", BigInteger, index=True),  # what people were sent lately is asked at every submission
        Column("ended_at", BigInteger),
        Column("expires_at", BigInteger, nullable=False),
        UniqueConstraint("sender", "identifier"),
    )


def _create_alert_authors() -> None:
    # creator, every editor and the submitter: none of them may decide
    op.create_table(
        "alert_authors",
        Column("alert", BigInteger, primary_key=True),
        Column("official", BigInteger, primary_key=True),
        Column("role", String(16), primary_key=True),
        Column("at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_forms() -> None:
    op.create_table(
        "forms",
        Column("alert", BigInteger, primary_key=True),
        Column("channel", String(32), primary_key=True),
        Column("language", String(35), primary_key=True),
        Column("part", String(255), primary_key=True, server_default=text("''")),  # of the warning; empty is all of it
        Column("subject", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("segments", Integer, nullable=False),
        Column("seconds", Integer, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("position", Integer, nullable=False, server_default=text("0")),  # the alert's first language comes first
    )


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        Column("id", Key, primary_key=True),
        Column("alert", BigInteger, nullable=False, index=True),
        Column("official", BigInteger, nullable=False),
        Column("step", String(16), nullable=False),  # review, sign
        Column("verdict", String(16), nullable=False),  # approve, return, reject
        Column("digest", String(80), nullable=False),
        Column("reason", Text, nullable=False),
        Column("proof", String(64), nullable=False, server_default=text("''")),  # proofs.id of the fresh second factor
        Column("at", BigInteger, nullable=False),
        Column("void", Boolean, nullable=False),
        # JWS over the decision: SQL alone proves nothing
        Column("seal", Text, nullable=False, server_default=text("''")),
        Column("delegation", BigInteger),  # standing_authorisations.id of the paper that lent the power to decide
    )


def _create_orders() -> None:
    op.create_table(
        "orders",
        Column("alert", BigInteger, primary_key=True, autoincrement=False),
        Column("jws", Text, nullable=False),
        Column("audience", LargeBinary, nullable=False),  # bitmap of recipients the order covers, and no one else
        Column("endpoints", LargeBinary, nullable=False),  # bitmap of endpoints the order covers
        Column("at", BigInteger, nullable=False),
    )


def _create_order_parts() -> None:
    # of a warning whose areas differ: who is told which part; whoever is in none is told the whole
    op.create_table(
        "order_parts",
        Column("alert", BigInteger, primary_key=True, autoincrement=False),
        Column("part", String(255), primary_key=True),
        Column("persons", LargeBinary, nullable=False),  # bitmap
        sqlite_with_rowid=False,
    )


def _create_acts() -> None:
    # what was done to a warning or a paper: a gapless sequence per subject, each act sealed
    op.create_table(
        "acts",
        # alert/<id>, standing/<id>, delegation/<id>, as in the audit log
        Column("subject", String(64), primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("entry", BigInteger, nullable=False, index=True),  # audit.seq of the entry that names it
        Column("jws", Text, nullable=False),
    )
