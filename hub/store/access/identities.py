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


@dataclass(frozen=True, slots=True)
class IdentityLink:
    """Whose an account is; `seal` is the hub's word that an administrator said so (hub.access.identity.single)."""

    official: int
    seal: str


def link(connection: Connection, account: Account, whose: IdentityLink, at: int) -> bool:
    """False where the account is somebody's already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {"issuer": account.issuer, "subject": account.subject, "created_at": at}
    values |= {"official": whose.official, "seal": whose.seal}
    statement = dialect.insert(identities).values(**values).on_conflict_do_nothing()
    return connection.execute(statement.returning(identities.c.official)).first() is not None


def unlink(connection: Connection, account: Account) -> int | None:
    """Whose it was; None where it was nobody's."""
    gone = connection.execute(delete(identities).where(_is(account)).returning(identities.c.official))
    official: int | None = gone.scalar_one_or_none()
    return official


def link_of(connection: Connection, account: Account) -> IdentityLink | None:
    row = connection.execute(select(identities.c.official, identities.c.seal).where(_is(account))).one_or_none()
    return None if row is None else IdentityLink(*row)


def _is(account: Account) -> ColumnElement[bool]:
    return and_(identities.c.issuer == account.issuer, identities.c.subject == account.subject)
