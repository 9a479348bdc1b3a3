"""What waits for somebody to act, and whom the hub called about it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, SmallInteger, String, Text, UniqueConstraint, text

from hub.store.migrations.first.keys import Key

TABLES = ("matters", "calls")


def create_tables() -> None:
    _create_matters()
    _create_calls()


def _create_matters() -> None:
    op.create_table(
        "matters",
        Column("id", Key, primary_key=True),  # the reference number that is said
        Column("kind", String(24), nullable=False),  # decision, referral, countersignature, request, alarm, duty
        Column("subject", Text, nullable=False),  # alert/12, request/3
        Column("occasion", Text, nullable=False),  # a later submission, or the next step, is another matter
        Column("unit", Text, nullable=False),  # units.name whose duty officers are called; empty for the whole hub
        Column("level", SmallInteger, nullable=False),  # decides the pace
        Column("opened_at", BigInteger, nullable=False),
        Column("step", SmallInteger, nullable=False),  # how far the calling has climbed
        Column("step_at", BigInteger, nullable=False),  # since when
        Column("next_at", BigInteger, nullable=False, index=True),  # when it is looked at again
        Column("exhausted_at", BigInteger),  # when nobody further was left to call
        Column("closed_at", BigInteger, index=True),
        Column("closed_reason", Text, nullable=False, server_default=text("''")),
        UniqueConstraint("kind", "subject", "occasion"),
    )


def _create_calls() -> None:
    # one message or telephone call to one official
    op.create_table(
        "calls",
        Column("id", Key, primary_key=True),
        Column("matter", BigInteger, nullable=False, index=True),
        Column("official", BigInteger, nullable=False),
        Column("channel", String(32), nullable=False),
        Column("attempt", SmallInteger, nullable=False),
        Column("at", BigInteger, nullable=False, index=True),
        Column("state", SmallInteger, nullable=False),  # a DeliveryState: its rank
        Column("detail", Text, nullable=False),  # the provider's code; never an address or a text
        Column("acknowledged_at", BigInteger),
        Column("acknowledged_by", String(32), nullable=False, server_default=text("''")),  # channel, or "session"
        UniqueConstraint("matter", "official", "channel", "attempt"),
    )
