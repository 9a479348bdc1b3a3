"""Accounts of identity providers, and whose they are here, in SQL."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from hub.store.schema import identities


@dataclass(frozen=True, slots=True)
class Account:
    """`subject` is unique within `issuer` and never reassigned (OpenID Connect Core §2); names are neither."""

    issuer: str
    subject: str


def link(connection: Connection, account: Account, official: int, at: int) -> bool:
    """False where the account is somebody's already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {"issuer": account.issuer, "subject": account.subject, "official": official, "created_at": at}
    statement = dialect.insert(identities).values(**values).on_conflict_do_nothing()
    return connection.execute(statement.returning(identities.c.official)).first() is not None


def unlink(connection: Connection, account: Account) -> int | None:
    """Whose it was; None where it was nobody's."""
    gone = connection.execute(delete(identities).where(_is(account)).returning(identities.c.official))
    official: int | None = gone.scalar_one_or_none()
    return official


def official_of(connection: Connection, account: Account) -> int | None:
    official: int | None = connection.execute(select(identities.c.official).where(_is(account))).scalar_one_or_none()
    return official


def _is(account: Account) -> ColumnElement[bool]:
    return and_(identities.c.issuer == account.issuer, identities.c.subject == account.subject)
