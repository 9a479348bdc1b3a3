"""Sessions, their refresh tokens, and tokens taken back, in SQL. Times in ms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.store.schema import refresh_tokens, revoked_tokens, sessions

KEEP_MS = 90 * 24 * 3600 * 1000  #: how long a session that is over stays in the list of its official


@dataclass(frozen=True, slots=True)
class Session:
    """`client` begins with a keyed hash of the address it came from; `ended_at` is None while it lives."""

    id: str
    official: int
    methods: str
    client: str
    created_at: int
    seen_at: int
    expires_at: int
    ended_at: int | None = None
    ended_why: str = ""


class Use(Enum):
    """What a refresh token turned out to be."""

    FRESH = "fresh"
    REPLAYED = "replayed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


def add(connection: Connection, session: Session) -> None:
    connection.execute(insert(sessions).values(**{name: getattr(session, name) for name in Session.__slots__}))


def get(connection: Connection, session: str) -> Session | None:
    row = connection.execute(select(sessions).where(sessions.c.id == session)).first()
    return None if row is None else _session(row)


def alive(connection: Connection, session: str, now: int) -> bool:
    """Whether what this session's tokens say still counts."""
    return connection.execute(select(sessions.c.id).where(sessions.c.id == session, _alive(now))).first() is not None


def of(connection: Connection, official: int, now: int) -> tuple[Session, ...]:
    """The sessions that live, newest first."""
    mine = select(sessions).where(sessions.c.official == official, _alive(now))
    return tuple(map(_session, connection.execute(mine.order_by(sessions.c.created_at.desc(), sessions.c.id))))


def is_known_client(connection: Connection, official: int, client: str) -> bool:
    """Whether the official has signed in from an address whose hash is `client` before."""
    mine = sessions.c.official == official
    return (
        connection.execute(select(sessions.c.id).where(mine, sessions.c.client.startswith(client))).first() is not None
    )


def note_request(connection: Connection, session: str, at: int) -> None:
    connection.execute(update(sessions).where(sessions.c.id == session).values(seen_at=at))


def end(connection: Connection, session: str, at: int, why: str) -> bool:
    """Ends it for good; False where it had ended before."""
    return _end(connection, sessions.c.id == session, at, why) > 0


def end_all(connection: Connection, official: int, at: int, why: str, *, but: str = "") -> int:
    """Ends every session of the official, sparing one; how many."""
    return _end(connection, and_(sessions.c.official == official, sessions.c.id != but), at, why)


def add_refresh(connection: Connection, hashed: str, session: str, at: int, expires_at: int) -> None:
    values = {"hash": hashed, "session": session, "issued_at": at, "expires_at": expires_at}
    connection.execute(insert(refresh_tokens).values(**values))


def use_refresh(connection: Connection, hashed: str, now: int) -> tuple[Use, str]:
    """Uses a refresh token up: what it was, and its session. Of two uses at once exactly one is FRESH."""
    mine = refresh_tokens.c.hash == hashed
    fresh = and_(mine, refresh_tokens.c.used_at.is_(None))
    changed = connection.execute(update(refresh_tokens).where(fresh).values(used_at=now).returning(refresh_tokens))
    if (row := changed.first()) is not None:
        return (Use.FRESH if row.expires_at > now else Use.EXPIRED), row.session
    row = connection.execute(select(refresh_tokens).where(mine)).first()
    return (Use.UNKNOWN, "") if row is None else (Use.REPLAYED, row.session)


def revoke_token(connection: Connection, jti: str, expires_at: int) -> None:
    """Takes back one token that has no session."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {"jti": jti, "expires_at": expires_at}
    connection.execute(dialect.insert(revoked_tokens).values(**values).on_conflict_do_nothing())


def token_revoked(connection: Connection, jti: str) -> bool:
    return connection.execute(select(revoked_tokens.c.jti).where(revoked_tokens.c.jti == jti)).first() is not None


def forget(connection: Connection, now: int) -> None:
    """Drops what nobody can use or ask about any more."""
    old = select(sessions.c.id).where(sessions.c.expires_at < now - KEEP_MS)
    connection.execute(delete(refresh_tokens).where(refresh_tokens.c.session.in_(old)))
    connection.execute(delete(sessions).where(sessions.c.expires_at < now - KEEP_MS))
    connection.execute(delete(revoked_tokens).where(revoked_tokens.c.expires_at < now))


def _end(connection: Connection, which: ColumnElement[bool], at: int, why: str) -> int:
    living = update(sessions).where(which, sessions.c.ended_at.is_(None))
    return len(connection.execute(living.values(ended_at=at, ended_why=why).returning(sessions.c.id)).fetchall())


def _alive(now: int) -> ColumnElement[bool]:
    return and_(sessions.c.ended_at.is_(None), sessions.c.expires_at > now)


def _session(row: Row[tuple[object, ...]]) -> Session:
    return Session(*(getattr(row, name) for name in Session.__slots__))
