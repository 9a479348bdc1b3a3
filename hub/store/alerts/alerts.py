"""Alerts, their authors, forms, decisions and release orders in SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from pyroaring import BitMap
from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, insert, or_, select, text, update

from channels.message import Form
from hub.alert.lifecycle import UNRELEASED, Stage
from hub.store.alerts.alert_row import HEAD, AlertCells, AlertChange, AlertHead, AlertRow, fetch_alert, fetch_alerts
from hub.store.schema import alert_authors, alerts, decisions, forms, officials, order_parts, orders
from hub.store.sql.bulk import BulkStatement
from hub.store.sql.numbers import add_row
from hub.store.sql.rows import fetch_values, must_fit, read_row
from hub.store.sql.times import is_no_time


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A release order as kept: the signed text, and the sets it names by digest."""

    alert: int
    jws: str
    audience: BitMap
    audience_bytes: bytes
    endpoints: BitMap
    endpoints_bytes: bytes
    parts: Mapping[str, bytes]  #: serialised bitmaps of persons by part, of a warning whose areas differ

    def part_of(self, person: int) -> str:
        """The part this person is told; empty for whoever is told the whole."""
        return next((part for part, bits in sorted(self.parts.items()) if person in BitMap.deserialize(bits)), "")


def insert_alert(connection: Connection, values: AlertCells) -> int:
    """Adds an alert. The pair (sender, identifier) is unique: CAP 1.2 §3.2.1 identifier."""
    return add_row(connection, alerts, insert(alerts).values(**values))


def get(connection: Connection, alert: int, *, lock: bool = False) -> AlertRow | None:
    """One alert, for whoever asks for just this. Raises RowUnreadable."""
    query = select(alerts).where(alerts.c.id == alert)
    row = fetch_alert(connection, query.with_for_update() if lock else query)
    if row is not None:
        must_fit(alerts, row)
    return row


def look_up(connection: Connection, alert: int, *, lock: bool = False) -> AlertRow | None:
    """One alert as its row lies there, whatever of it does not read: for whoever looks at others beside it, or puts it
    right.
    """
    query = select(alerts).where(alerts.c.id == alert)
    return fetch_alert(connection, query.with_for_update() if lock else query)


def hold(connection: Connection, alert: int) -> None:
    """Nobody changes the alert, or adds an act to it, before this transaction ends; whoever has begun to is awaited."""
    connection.execute(select(alerts.c.id).where(alerts.c.id == alert).with_for_update(read=True)).all()


def claim_identifier(connection: Connection, sender: str, identifier: str) -> None:
    """Until the transaction ends nobody else looks whether this alert is there and then adds it.

    Of two that bring the same message at the same moment, the second sees the first's. SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        # The two-key space of advisory locks is apart from the one of the audit chain.
        claim = text("SELECT pg_advisory_xact_lock(hashtext(:sender), hashtext(:identifier))")
        connection.execute(claim, {"sender": sender, "identifier": identifier})


def by_identifier(connection: Connection, sender: str, identifier: str) -> AlertRow | None:
    query = select(alerts).where(alerts.c.sender == sender, alerts.c.identifier == identifier)
    return fetch_alert(connection, query)


def find_by_service(connection: Connection, service: int, identifier: str) -> AlertRow | None:
    """The newest alert an upstream system sent under this identifier."""
    query = select(alerts).where(alerts.c.service == service, alerts.c.identifier == identifier)
    return fetch_alert(connection, query.order_by(alerts.c.id.desc()).limit(1))


def change(connection: Connection, alert: int, **values: Unpack[AlertChange]) -> None:
    """Writes columns of an alert, all but its stage. Raises ValueError where that is among them."""
    if "stage" in values:
        raise ValueError("a stage is written by hub.dossier.advance alone")
    connection.execute(update(alerts).where(alerts.c.id == alert).values(**values))


def change_stage(connection: Connection, alert: int, stage: Stage, **values: Unpack[AlertChange]) -> None:
    """Writes the stage of an alert, and what changes with it: for hub.dossier.advance, which knows what may follow."""
    connection.execute(update(alerts).where(alerts.c.id == alert).values(stage=stage, **values))


def page(connection: Connection, after: int | None, limit: int, stage: str | None) -> Sequence[AlertRow]:
    """Newest first, below the cursor `after`."""
    query = select(alerts).order_by(alerts.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(alerts.c.id < after)
    if stage is not None:
        query = query.where(alerts.c.stage == stage)
    return fetch_alerts(connection, query)


def chain(connection: Connection, root: int) -> Sequence[AlertRow]:
    """Every message of a chain, oldest first. Raises RowUnreadable."""
    query = select(alerts).where(or_(alerts.c.id == root, alerts.c.root == root)).order_by(alerts.c.id)
    rows = fetch_alerts(connection, query)
    for row in rows:
        must_fit(alerts, row)
    return rows


def chain_ids(connection: Connection, root: int) -> Sequence[int]:
    """The number of every message of a chain, in order, whatever else their rows say."""
    query = select(alerts.c.id).where(or_(alerts.c.id == root, alerts.c.root == root)).order_by(alerts.c.id)
    return connection.execute(query).scalars().all()


def is_ended_by_another(connection: Connection, alert: int) -> bool:
    """Whether a later message of its chain was ordered: an Update or a Cancel ends what went before."""
    own = select(func.coalesce(alerts.c.root, alerts.c.id)).where(alerts.c.id == alert).scalar_subquery()
    later = select(orders.c.alert).join(alerts, alerts.c.id == orders.c.alert)
    return connection.execute(later.where(alerts.c.root == own, alerts.c.id > alert).limit(1)).first() is not None


def relays_of(connection: Connection, originals: Sequence[int]) -> Sequence[AlertRow]:
    """Every relay of these messages, by whatever unit, oldest first."""
    return fetch_alerts(connection, select(alerts).where(alerts.c.relays.in_(originals)).order_by(alerts.c.id))


def find_by_name(connection: Connection, name: str) -> Sequence[AlertRow]:
    """The messages that officials call so: by the number of the alert, or by its CAP identifier."""
    called = alerts.c.identifier == name
    if name.isascii() and name.isdecimal() and len(name) < 18:
        called |= alerts.c.id == int(name)
    return fetch_alerts(connection, select(alerts).where(called).order_by(alerts.c.id))


def in_stage(connection: Connection, *stages: Stage) -> Sequence[AlertRow]:
    return fetch_alerts(connection, select(alerts).where(alerts.c.stage.in_(stages)).order_by(alerts.c.id))


def all_ids(connection: Connection) -> Sequence[int]:
    """The number of every alert, in order."""
    return connection.execute(select(alerts.c.id).order_by(alerts.c.id)).scalars().all()


def under_way(connection: Connection, newest: int) -> Sequence[AlertHead]:
    """The heads of what may still be released or sent, and of the newest, by number."""
    lasting = select(*HEAD).where(alerts.c.stage.in_((*UNRELEASED, Stage.RELEASED)))
    latest = select(*HEAD).order_by(alerts.c.id.desc()).limit(newest)
    found = {head.id: head for query in (lasting, latest) for head in fetch_values(connection, query, AlertHead)}
    return [found[number] for number in sorted(found)]


def overdue(connection: Connection, now: int) -> Sequence[AlertRow]:
    """Alerts whose period is over though their stage does not say so yet, locked.

    Those that somebody is changing at this moment are left out: what they are about to become is not known yet. So are
    those that do not say when they are over.
    """
    over = (alerts.c.expires_at <= now) & ~is_no_time(alerts.c.expires_at)
    lasting = alerts.c.stage.in_((*UNRELEASED, Stage.RELEASED)) & over
    return fetch_alerts(connection, select(alerts).where(lasting).with_for_update(skip_locked=True))


# --- authors and decisions


@dataclass(frozen=True, slots=True)
class AuthorRow:
    """That somebody had a hand in the text, in which role, and when (ms)."""

    role: str
    at: int
    name: str


class NewDecision(TypedDict):
    """A decision as it is recorded. `proof` is of the second factor that was shown, if one was; `at` in ms."""

    alert: int
    official: int
    step: str
    verdict: str
    digest: str
    reason: str
    proof: str
    at: int
    seal: str
    delegation: int | None


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as its row has it, with the name of who took it; `at` in ms."""

    id: int
    alert: int
    official: int
    step: str
    verdict: str
    digest: str
    reason: str
    proof: str
    at: int
    void: bool
    seal: str
    delegation: int | None
    name: str


def add_author(connection: Connection, alert: int, official: int, role: str, now: int) -> None:
    """Notes that an official had a hand in the text: creator, editor or submitter."""
    statement = BulkStatement(
        "INSERT INTO alert_authors (alert, official, role, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        "INSERT INTO alert_authors (alert, official, role, at)"
        " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[]) ON CONFLICT DO NOTHING",
    )
    statement.run(connection, [(alert, official, role, now)])


def hands(connection: Connection, alert: int) -> frozenset[int]:
    """The accounts that had a hand in the text."""
    query = select(alert_authors.c.official).where(alert_authors.c.alert == alert)
    return frozenset(connection.execute(query).scalars())


def authors(connection: Connection, alert: int) -> frozenset[int]:
    """Ids of the accounts that had a hand in the text, and of the persons behind them.

    Both, because a second account of an author is the author (SEP-1, SEP-2), now and after it was linked.
    """
    return _persons(connection, alert_authors, alert_authors.c.alert == alert)


def deciders(connection: Connection, alert: int, but: Collection[int] = ()) -> frozenset[int]:
    """Ids as `authors` gives them, of whoever has taken a decision that is not void, in office or not; `but` are ids
    of decisions left out.

    Who signed and then left this account is the same person in another one (SEP-2).
    """
    standing = and_(decisions.c.alert == alert, decisions.c.void.is_(False), decisions.c.id.not_in(list(but)))
    return _persons(connection, decisions, standing)


def _persons(connection: Connection, acts: Table, which: ColumnElement[bool]) -> frozenset[int]:
    query = select(acts.c.official, officials.c.account_of)
    found = connection.execute(query.outerjoin(officials, officials.c.id == acts.c.official).where(which))
    return frozenset(number for row in found for number in row if number is not None)


def author_names(connection: Connection, alert: int) -> tuple[str, ...]:
    query = (
        select(officials.c.name)
        .join(alert_authors, alert_authors.c.official == officials.c.id)
        .where(alert_authors.c.alert == alert)
        .distinct()
        .order_by(officials.c.name)
    )
    return tuple(connection.execute(query).scalars())


def author_rows(connection: Connection, alert: int) -> Sequence[AuthorRow]:
    """Who had a hand in the text, by name and role, oldest first."""
    query = (
        select(alert_authors.c.role, alert_authors.c.at, officials.c.name)
        .join(officials, officials.c.id == alert_authors.c.official)
        .where(alert_authors.c.alert == alert)
        .order_by(alert_authors.c.at, alert_authors.c.role)
    )
    return fetch_values(connection, query, AuthorRow)


def insert_decision(connection: Connection, values: NewDecision) -> None:
    connection.execute(insert(decisions).values(**values, void=False))


def decision_rows(connection: Connection, alert: int, *, standing: bool = False) -> Sequence[StoredDecision]:
    """Decisions, oldest first; `standing` leaves out the void ones."""
    query = (
        select(decisions, officials.c.name)
        .join(officials, officials.c.id == decisions.c.official)
        .where(decisions.c.alert == alert)
        .order_by(decisions.c.id)
    )
    if standing:
        query = query.where(decisions.c.void.is_(False))
    return fetch_values(connection, query, StoredDecision)


def void_decisions(connection: Connection, alert: int) -> int:
    """Any change voids every decision. Returns how many were standing.

    The guard is the digest that a decision names: it holds the number of the submission, so an older one counts for
    nothing (SEP-3). This says so in the record, whenever a draft changes or is submitted; none may stand by then.
    """
    standing = and_(decisions.c.alert == alert, decisions.c.void.is_(False))
    return connection.execute(update(decisions).where(standing).values(void=True)).rowcount


# --- forms and orders


def replace_forms(connection: Connection, alert: int, new: Iterable[Form]) -> None:
    connection.execute(forms.delete().where(forms.c.alert == alert))
    rows = [
        {
            "alert": alert,
            "channel": form.channel,
            "language": form.language,
            "part": form.part,
            "subject": form.subject,
            "body": form.body,
            "text": form.text,
            "segments": form.segments,
            "seconds": form.seconds,
            "digest": form.digest,
            "position": position,
        }
        for position, form in enumerate(new)
    ]
    if rows:
        connection.execute(insert(forms), rows)


def find_forms(connection: Connection, alert: int) -> tuple[Form, ...]:
    query = select(forms).where(forms.c.alert == alert).order_by(forms.c.channel, forms.c.position)
    return tuple(
        Form(row.channel, row.language, row.body, row.subject, row.text, row.segments, row.seconds, row.part)
        for row in connection.execute(query)
    )


@dataclass(frozen=True, slots=True)
class OrderSets:
    """The sets an order names by digest, serialised: recipients, endpoints, and recipients by part."""

    audience: bytes
    endpoints: bytes
    parts: Mapping[str, bytes]


def insert_order(connection: Connection, alert: int, jws: str, sets: OrderSets, now: int) -> None:
    """Stores a signed order with its sets; `now` in ms."""
    values = {"alert": alert, "jws": jws, "audience": sets.audience, "endpoints": sets.endpoints, "at": now}
    connection.execute(insert(orders).values(values))
    if sets.parts:
        rows = [{"alert": alert, "part": part, "persons": bits} for part, bits in sorted(sets.parts.items())]
        connection.execute(insert(order_parts), rows)


def find_order(connection: Connection, alert: int) -> OrderRow | None:
    """The order of an alert. Raises RowUnreadable."""
    row = connection.execute(select(orders).where(orders.c.alert == alert)).one_or_none()
    if row is None:
        return None
    parts = find_parts(connection, alert)
    return read_row(
        orders,
        row,
        lambda row: OrderRow(
            alert=alert,
            jws=row.jws,
            audience=BitMap.deserialize(row.audience),
            audience_bytes=row.audience,
            endpoints=BitMap.deserialize(row.endpoints),
            endpoints_bytes=row.endpoints,
            parts=parts,
        ),
    )


def order_text(connection: Connection, alert: int) -> str | None:
    """The signed text of the order of an alert, without its sets; None, too, where it is no text."""
    found = connection.execute(select(orders.c.jws).where(orders.c.alert == alert)).scalar_one_or_none()
    return found if isinstance(found, str) else None


def find_parts(connection: Connection, alert: int) -> dict[str, bytes]:
    """Serialised bitmaps of persons by the part an order tells them; empty where everybody is told the whole. Raises
    RowUnreadable.
    """
    rows = connection.execute(select(order_parts).where(order_parts.c.alert == alert))
    return dict(read_row(order_parts, each, _part) for each in rows)


def _part(row: Row[Any]) -> tuple[str, bytes]:
    BitMap.deserialize(row.persons)
    return row.part, row.persons
