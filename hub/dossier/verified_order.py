"""A release order that may be believed: sealed by this hub, and made by the newest release among the acts.

A row in SQL proves nothing, neither its stage nor the people, the parts or the texts beside it. Whatever sends, and
whatever spares somebody a message because another one holds for them, asks here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.acts import RELEASE, ActSequence, ActsRefused, hash_of
from approvals.event import Events
from approvals.order import OrderRefused, ReleaseOrder, digest_of_parts, read_order
from approvals.signed import signer_of
from channels.message import Form
from hub.alert.alert import Scope, Status
from hub.alert.lifecycle import Stage
from hub.audience.sections import WHOLE, Section, sections_in, sections_of
from hub.clock import to_ms
from hub.dossier import frozen
from hub.dossier.acts import Acts, alert_subject
from hub.dossier.acts_adoption import ACTION as ADOPTED
from hub.dossier.hazard_levels import Threats, covers, threats_of
from hub.dossier.issuers import issuers_of
from hub.dossier.party_decisions import without_right
from hub.dossier.restored_row import as_ordered
from hub.errors import RowUnreadable
from hub.formats.cap.period import begins_later
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertHead, AlertRow
from hub.store.alerts.alerts import OrderRow
from hub.store.records import alarms
from hub.store.sql.times import is_time

ALARM = "order-disputed"  #: of the alarm
KEPT = 512  #: messages whose verified content is remembered; beyond that they are verified anew


class OrderDisputed(Exception):
    """The record of a release is not the one that the hub sealed. `rule` says how; nothing of it may be believed."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class ReleasedBeforeActs(OrderDisputed):
    """The release is older than the acts of this hub: nothing proves it, and nobody is accused of it."""


class OrderUnreadable(OrderDisputed):
    """A row of the release does not read: it may be put right, and then the order holds again."""


@dataclass(frozen=True, slots=True)
class VerifiedOrder:
    """An order with the sets and the content it covers, and the stage that the acts of its alert say."""

    order: ReleaseOrder
    record: OrderRow
    dossier: frozen.Dossier
    stage: Stage


def verified_order(connection: Connection, acts: Acts, row: AlertRow) -> VerifiedOrder:
    """The order of an alert. Every digest is taken anew from the content itself. Raises OrderDisputed."""
    record = _find_order(connection, row)
    order = _verify_signature(acts, row, record.jws)
    _must_be_its_sets(order, record)
    dossier, stage = _verified_content(connection, acts, row, order, record.jws)
    return VerifiedOrder(order, record, dossier, stage)


def _verified_content(
    connection: Connection, acts: Acts, row: AlertRow, order: ReleaseOrder, jws: str
) -> tuple[frozen.Dossier, Stage]:
    """What was ordered to be said, and the stage by the acts; whom it is said to is another matter. Raises
    OrderDisputed.
    """
    sequence = _ordering(connection, acts, order, jws)
    try:
        dossier = frozen.load_alone(connection, as_ordered(row, order))
        digest, signing = dossier.digest(), issuers_of(row).signing
    except RowUnreadable as error:
        raise OrderUnreadable(str(error)) from error
    if digest != order.digest:
        raise OrderDisputed("the content is not what was signed")
    if strange := without_right(connection, acts, order, signing):
        raise OrderDisputed(strange)
    return dossier, Stage(sequence.stage)


def sealed_order(connection: Connection, acts: Acts, row: AlertHead) -> ReleaseOrder:
    """The order as it was sealed, whatever has become of the decisions it rests on: it names them itself. Raises
    OrderDisputed.
    """
    jws = _find_order(connection, row).jws
    order = _verify_signature(acts, row, jws)
    _ordering(connection, acts, order, jws)
    return order


def ordered_end(connection: Connection, acts: Acts, row: AlertHead) -> int | None:
    """When (ms) the period of a warning ends by the order as it was sealed; None where no order holds."""
    try:
        return to_ms(sealed_order(connection, acts, row).expires)
    except OrderDisputed:
        return None


def is_over(connection: Connection, acts: Acts, row: AlertHead, now: int) -> bool:
    """Whether a warning whose row says that its period is over at `now` (ms) is over by its order, too; the row alone
    is believed where no order holds, and of a draft.
    """
    end = ordered_end(connection, acts, row)
    return end is None or end <= now


@dataclass(frozen=True, slots=True)
class OrderedMessage:
    """What was verified of a message once; whatever SQL says of it later, this is what was signed."""

    order: ReleaseOrder
    threats: Mapping[str, Threats]  #: by part, WHOLE among them, what those people are warned of; empty of an end
    begins: int  #: ms; 0 where it holds from when it was sent
    forms: tuple[Form, ...]
    content_digest: str  #: SHA-256 (hex) of the strict CAP
    is_public: bool  #: an Actual message for everyone, and no relay of another
    regions: frozenset[str]  #: of its plan

    @classmethod
    def of(cls, order: ReleaseOrder, dossier: frozen.Dossier, parts: Collection[str], events: Events) -> OrderedMessage:
        """`parts` are those that somebody was ordered to be told."""
        alert, row = dossier.alert, dossier.row
        sections = sections_of(alert)
        begins = begins_later(alert, alert.infos)
        return cls(
            order,
            {part: _threats(events, sections, part) for part in {WHOLE, *parts}},
            to_ms(begins) if begins is not None else 0,
            dossier.forms,
            hashlib.sha256(row.content).hexdigest(),
            alert.status is Status.ACTUAL and alert.scope is Scope.PUBLIC and row.relays is None,
            dossier.plan.audience.regions,
        )

    def is_content(self, content: object) -> bool:
        """Whether this is the CAP that was signed."""
        return isinstance(content, bytes) and hashlib.sha256(content).hexdigest() == self.content_digest

    def is_out_at(self, moment: int) -> bool:
        """Whether its order is in force at a moment (ms), from whatever hour the warning itself holds."""
        return to_ms(self.order.not_before) <= moment < to_ms(self.order.expires)

    def holds_at(self, now: int) -> bool:
        """Whether its period is under way at `now` (ms), in force already and not only from a later hour."""
        return max(to_ms(self.order.not_before), self.begins) <= now < to_ms(self.order.expires)


class Dispute(NamedTuple):
    """That the order of an alert is disputed, and how."""

    alert: int
    rule: str


@dataclass(frozen=True, slots=True)
class VerifiedOrders:
    """The orders on record, as what is told to people may rest on them: one that is disputed counts as none.

    It is an alarm where the transaction writes; the patrol raises it for what is only read. The content of a message is
    verified once in a process and remembered; its stage is asked of its acts every time.
    """

    acts: Acts
    events: Events  #: by which the hazards of two warnings are compared
    noted: list[Dispute] | None = None  #: where a reader keeps disputes whose alarm its later write is to raise
    _known: dict[tuple[int, str], OrderedMessage] = field(default_factory=dict)

    def message(self, connection: Connection, row: AlertHead, now: int) -> OrderedMessage | None:
        """What was ordered, whatever has become of it since; None where there is no order, or it is disputed."""
        jws = alerts.order_text(connection, row.id)
        if jws is None and row.released_at is None:
            return None
        known = self._known.get((row.id, jws or ""))
        if known is not None and jws is not None and signer_of(jws) in self.acts.ring:
            return known
        verified = self._verify(connection, row, now)
        if verified is None:
            return None
        if len(self._known) >= KEPT:
            self._known.clear()
        found = OrderedMessage.of(verified.order, verified.dossier, verified.record.parts.keys(), self.events)
        self._known[row.id, verified.record.jws] = found
        return found

    def words(self, connection: Connection, row: AlertHead, now: int) -> OrderedMessage | None:
        """What was ordered to be said, though those on record be not those it was ordered for: `record` tells that."""
        return self.message(connection, row, now) or self._words_alone(connection, row)

    def dossier(self, connection: Connection, row: AlertHead, now: int) -> frozen.Dossier | None:
        """Everything that was ordered, verified as it stands now; None where it is disputed."""
        verified = self._verify(connection, row, now)
        return verified.dossier if verified is not None else None

    def in_force(self, connection: Connection, row: AlertHead, now: int) -> OrderedMessage | None:
        """What was ordered, if it holds at `now` (ms) and by its acts nothing has ended it."""
        found = self.message(connection, row, now)
        return found if found is not None and self._holds(connection, row, found, now) else None

    def words_in_force(self, connection: Connection, row: AlertHead, now: int) -> OrderedMessage | None:
        """As `in_force`, though those on record be not those it was ordered for: `record` tells that."""
        found = self.words(connection, row, now)
        return found if found is not None and self._holds(connection, row, found, now) else None

    def _holds(self, connection: Connection, row: AlertHead, message: OrderedMessage, now: int) -> bool:
        if not message.holds_at(now):
            return False
        try:
            stage = self.acts.read(connection, alert_subject(row.id)).stage
        except ActsRefused as error:
            self._note_dispute(connection, row, str(error), now)
            return False
        if stage != Stage.RELEASED:
            newest = alerts.look_up(connection, row.id)  # on PostgreSQL it may have ended between the two looks
            if newest is not None and newest.stage == Stage.RELEASED:
                self._note_dispute(connection, row, f"its row says released, by its acts it is {stage}", now)
            return False
        return True

    def unread_in_force(self, connection: Connection, row: AlertRow, now: int) -> ReleaseOrder | None:
        """The order of a warning that by it and by its acts is in force at `now` (ms), though what was signed does not
        read: nobody can say of what it warns, and that it does.
        """
        try:
            order = sealed_order(connection, self.acts, row)
            frozen.load_alone(connection, as_ordered(row, order))
        except OrderDisputed:
            return None
        except RowUnreadable:
            holds = to_ms(order.not_before) <= now < to_ms(order.expires)
            return order if holds and self.acts.stage_at(connection, row.id, now) is Stage.RELEASED else None
        return None

    def record(self, connection: Connection, row: AlertHead, message: OrderedMessage, now: int) -> OrderRow | None:
        """The people, endpoints and parts of the order; None where they are not those that were ordered."""
        try:
            found = _find_order(connection, row)
            _must_be_its_sets(message.order, found)
        except OrderDisputed as error:
            self._note_dispute(connection, row, error.rule, now)
            return None
        return found

    def persons_warned(
        self, connection: Connection, row: AlertHead, message: OrderedMessage, threats: Threats, now: int
    ) -> BitMap:
        """Whom it warns of all these: those it was ordered for whose part says so."""
        found = self.record(connection, row, message, now)
        if found is None:
            return BitMap()
        apart = {part: BitMap.deserialize(bits) for part, bits in found.parts.items()}
        everyone = apart | {WHOLE: BitMap.difference(found.audience, *apart.values())}
        return BitMap.union(
            BitMap(), *(bits for part, bits in everyone.items() if covers(message.threats[part], threats))
        )

    def _words_alone(self, connection: Connection, row: AlertHead) -> OrderedMessage | None:
        whole, jws = alerts.look_up(connection, row.id), alerts.order_text(connection, row.id)
        if whole is None or jws is None:
            return None
        try:
            order = _verify_signature(self.acts, whole, jws)
            dossier, _ = _verified_content(connection, self.acts, whole, order, jws)
        except OrderDisputed:
            return None
        return OrderedMessage.of(order, dossier, (), self.events)

    def _verify(self, connection: Connection, row: AlertHead, now: int) -> VerifiedOrder | None:
        whole = alerts.look_up(connection, row.id)  # a row that was looked for may be without its content
        if whole is None:
            return None
        try:
            return verified_order(connection, self.acts, whole)
        except ReleasedBeforeActs:
            return None
        except OrderDisputed as error:
            self._note_dispute(connection, row, error.rule, now)
            return None

    def _note_dispute(self, connection: Connection, row: AlertHead, rule: str, now: int) -> None:
        dispute = Dispute(row.id, rule)
        if self.noted is not None:
            self.noted.append(dispute)
        elif connection.get_execution_options().get("writes"):
            raise_dispute(connection, dispute, now)


def raise_dispute(connection: Connection, dispute: Dispute, now: int) -> None:
    """Raises the alarm of an order that is disputed, once; `now` in ms."""
    alarms.raise_once(connection, now, ALARM, alert_subject(dispute.alert), dispute.rule)


def dispute_over(connection: Connection, acts: Acts, row: AlertHead, sequence: ActSequence) -> str:
    """What is wrong with the order on record of a warning that is released by its acts; empty where nothing is.

    For the patrol: signature, act, sets and end. The texts are compared wherever they are sent or shown.
    """
    try:
        record = _find_order(connection, row)
        order = _verify_signature(acts, row, record.jws)
        _must_be_its_sets(order, record)
        _must_be_its_act(sequence, order, record.jws)
    except OrderDisputed as error:
        return error.rule
    return "" if not is_time(row.expires_at) or row.expires_at == to_ms(order.expires) else "its row has another end"


def _threats(events: Events, sections: Sequence[Section], part: str) -> Threats:
    warned = (section for section in sections_in(sections, part) if not section.ends)
    return threats_of(events, [info for section in warned for info in section.infos])


def _find_order(connection: Connection, row: AlertHead) -> OrderRow:
    try:
        found = alerts.find_order(connection, row.id)
    except RowUnreadable as error:
        raise OrderUnreadable(str(error)) from error
    if found is None:
        raise OrderDisputed("there is no release order for this alert")
    return found


def _verify_signature(acts: Acts, row: AlertHead, jws: str) -> ReleaseOrder:
    try:
        order = read_order(jws, acts.ring)
    except OrderRefused as error:
        raise OrderDisputed(error.rule) from None
    row = as_ordered(row, order)
    if order.alert != row.id or order.identifier != row.identifier:
        raise OrderDisputed("the order is for another alert")
    if order.world != row.world:
        raise OrderDisputed("the order belongs to another world")
    return order


def _must_be_its_sets(order: ReleaseOrder, record: OrderRow) -> None:
    if hashlib.sha256(record.audience_bytes).hexdigest() != order.audience_digest:
        raise OrderDisputed("the audience is not the one that was ordered")
    if hashlib.sha256(record.endpoints_bytes).hexdigest() != order.endpoints_digest:
        raise OrderDisputed("the endpoints are not those that were ordered")
    if digest_of_parts(record.parts) != order.parts_digest:
        raise OrderDisputed("who is told which part is not what was ordered")


def _ordering(connection: Connection, acts: Acts, order: ReleaseOrder, jws: str) -> ActSequence:
    """The acts of the alert, whose newest release made just this order. Raises OrderDisputed.

    The order rests on the act before: what was returned, rejected or withdrawn after it has another act there.
    """
    try:
        sequence = acts.read(connection, alert_subject(order.alert))
        sequence.must_be_sealed()
    except ActsRefused as error:
        raise OrderDisputed(str(error)) from None
    _must_be_its_act(sequence, order, jws)
    return sequence


def _must_be_its_act(sequence: ActSequence, order: ReleaseOrder, jws: str) -> None:
    release = next((act for act in reversed(sequence.acts) if act.action == RELEASE), None)
    if release is None:
        first = sequence.acts[0]
        adopted = first.action == ADOPTED and first.stage == Stage.RELEASED
        raise (ReleasedBeforeActs if adopted else OrderDisputed)("by its acts the warning was never released")
    if (release.evidence, release.previous, release.digest) != (hash_of(jws), order.act, order.digest):
        raise OrderDisputed("the order is not the one that the act of the release made")
