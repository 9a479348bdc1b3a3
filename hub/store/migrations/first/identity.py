"""Who is asking: credentials, sessions, proofs."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Text

from hub.store.migrations.first.keys import Key

TABLES = (
    "credentials",
    "sessions",
    "refresh_tokens",
    "revoked_tokens",
    "proofs",
    "challenges",
    "identities",
    "throttles",
)


def create_tables() -> None:
    _create_credentials()
    _create_sessions()
    _create_refresh_tokens()
    _create_revoked_tokens()
    _create_proofs()
    _create_challenges()
    _create_identities()
    _create_throttles()


def _create_credentials() -> None:
    op.create_table(
        "credentials",
        Column("id", Key, primary_key=True),
        Column("official", BigInteger, nullable=False, index=True),
        Column("kind", String(16), nullable=False),  # password, totp, passkey
        Column("label", Text, nullable=False),
        Column("handle", LargeBinary(1023), unique=True),  # a passkey's credential id (WebAuthn §4: at most 1023 bytes)
        Column("sealed", LargeBinary, nullable=False),  # AES-GCM over hash, seed or public key
        Column("counter", BigInteger, nullable=False),  # sign count of a passkey; last time step of a TOTP
        Column("created_at", BigInteger, nullable=False),
        Column("used_at", BigInteger),
        Column("revoked_at", BigInteger),
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        Column("id", String(32), primary_key=True),
        Column("official", BigInteger, nullable=False, index=True),
        Column("methods", Text, nullable=False),  # RFC 8176 words, comma-separated: pwd,otp or hwk
        Column("client", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("seen_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
        Column("ended_at", BigInteger),
        Column("ended_why", Text, nullable=False),
    )


def _create_refresh_tokens() -> None:
    op.create_table(
        "refresh_tokens",
        Column("hash", String(64), primary_key=True),  # keyed
        Column("session", String(32), nullable=False, index=True),
        Column("issued_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
        Column("used_at", BigInteger),  # used again after this: the whole session ends
        sqlite_with_rowid=False,
    )


def _create_revoked_tokens() -> None:
    op.create_table(
        "revoked_tokens",
        Column("jti", String(64), primary_key=True),
        Column("expires_at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_proofs() -> None:
    # a second factor given for one digest, once, moments before it is signed
    op.create_table(
        "proofs",
        Column("id", String(64), primary_key=True),
        Column("official", BigInteger, nullable=False),
        Column("session", String(32), nullable=False),
        Column("digest", String(80), nullable=False),
        Column("method", String(16), nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
        Column("used_at", BigInteger),
        sqlite_with_rowid=False,
    )


def _create_challenges() -> None:
    # what a passkey or an identity provider must answer, once
    op.create_table(
        "challenges",
        Column("id", String(64), primary_key=True),
        Column("purpose", String(16), nullable=False),  # enrol, login, proof, oidc
        Column("official", BigInteger, nullable=False),  # 0 where nobody is known yet
        Column("value", LargeBinary, nullable=False),
        Column("detail", Text, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_identities() -> None:
    # an account of an identity provider, and whose it is here
    op.create_table(
        "identities",
        Column("issuer", String(255), primary_key=True),
        Column("subject", String(255), primary_key=True),
        Column("official", BigInteger, nullable=False),
        Column("seal", String(64), nullable=False),  # keyed hash over the three: a row written by hand opens nothing
        Column("created_at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_throttles() -> None:
    # failed logins, by keyed hash of the account or of the address they came from
    op.create_table(
        "throttles",
        Column("key", String(64), primary_key=True),
        Column("failures", Integer, nullable=False),
        Column("last_at", BigInteger, nullable=False),
        Column("until", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
