"""An answer to a call says that its official knows: it ends the repeats to them, and decides nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from channels import address
from channels.message import DeliveryState, Receipt, Reply
from hub.callout.contact import addresses_of
from hub.callout.text import LETTER
from hub.clock import Clock, to_ms
from hub.crypto.vault import Vault, VaultRefused
from hub.feedback.intent import intent_of
from hub.feedback.labels import AnswerIntent
from hub.store.alerts import calls
from hub.store.alerts.calls import CallRow, Matter
from hub.store.records import audit, feedback
from hub.store.register import roster
from hub.store.register.addresses import holders_of
from hub.store.register.roster import SealedContact
from hub.store.sql.database import Database

_REFERENCE = re.compile(rf"(?<![0-9A-Za-z]){LETTER}([0-9]{{1,18}})(?![0-9A-Za-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CallReport:
    """A receipt about one of the hub's own calls."""

    call: int
    receipt: Receipt


def take_reports(connection: Connection, reports: Sequence[CallReport], now: int) -> None:
    """Raises the states of calls; a key pressed acknowledges. They commute. In the caller's transaction."""
    for each in reports:
        state = int(each.receipt.state)
        call = calls.report(connection, each.call, state, each.receipt.detail)
        if call is not None and state >= DeliveryState.CONFIRMED:
            acknowledge(connection, call, each.receipt.channel, now)


def acknowledge(connection: Connection, call: CallRow, by: str, now: int) -> bool:
    """Notes that the official of a call knows of its matter; whether that is news. It is in the audit log once."""
    if not calls.acknowledge(connection, call.matter, call.official, by, now):
        return False
    matter = calls.get(connection, call.matter)
    if isinstance(matter, Matter):
        detail = {"matter": call.matter, "official": call.official, "by": by}
        action, subject = "call-acknowledged", matter.subject
        audit.append(connection, at_ms=now, actor=call.name, action=action, subject=subject, detail=detail)
    return True


@dataclass(frozen=True, slots=True)
class Acknowledging:
    """Recognises answers of called officials among what the public writes.

    `columns` has, by channel, what the addresses that answer over it are kept under.
    """

    db: Database
    clock: Clock
    vault: Vault
    columns: Mapping[str, str] = field(default_factory=dict)

    async def take(self, replies: Sequence[Reply]) -> tuple[Reply, ...]:
        """Acknowledges what answers a call; the others, which are the public's. Returns after the commit."""
        read = [
            (reply, self.vault.fingerprints(self._column(reply.channel), _canonical(reply.sender))) for reply in replies
        ]
        known = await self.db.read(
            lambda connection: [bool(self._holders(connection, reply, hashes)) for reply, hashes in read]
        )
        if not any(known):  # nearly always: nobody of the public costs a write here
            return tuple(replies)

        def work(connection: Connection) -> tuple[Reply, ...]:
            return tuple(reply for reply, hashes in read if not self._acknowledges(connection, reply, hashes))

        return await self.db.write(work)

    def _acknowledges(self, connection: Connection, reply: Reply, hashes: tuple[bytes, ...]) -> bool:
        waiting = calls.open_to(connection, self._holders(connection, reply, hashes))
        named = {int(number) for number in _REFERENCE.findall(reply.text)}
        meant: Sequence[CallRow] = [call for call in waiting if call.matter in named]
        if not named and intent_of(reply.text) is AnswerIntent.RECEIVED:
            meant = self._newest(connection, reply, hashes, waiting)
        now = to_ms(self.clock.now())
        news = [acknowledge(connection, call, reply.channel, now) for call in meant]
        return bool(news)

    def _holders(self, connection: Connection, reply: Reply, hashes: tuple[bytes, ...]) -> tuple[int, ...]:
        """Whose address the answer comes from. The hash is an index that SQL can change: the sealed contact decides."""
        found = roster.holders(connection, self._column(reply.channel), hashes)
        contacts = roster.contacts(connection, found) if found else {}
        return tuple(number for number, contact in contacts.items() if self._is_from(contact, reply))

    def _column(self, channel: str) -> str:
        return self.columns.get(channel, channel)

    def _is_from(self, contact: SealedContact, reply: Reply) -> bool:
        try:
            own = addresses_of(self.vault, contact)
        except VaultRefused:
            return False
        return own.get(roster.ANSWERED_FROM.get(self._column(reply.channel), "")) == _canonical(reply.sender)

    def _newest(
        self, connection: Connection, reply: Reply, hashes: tuple[bytes, ...], waiting: Sequence[CallRow]
    ) -> Sequence[CallRow]:
        """What a bare "收到" answers: the calls, unless the same number was sent a warning since as a citizen's."""
        people = holders_of(connection, [hashes]).get(hashes[0], [])
        seen = (one for person in feedback.deliveries_to(connection, people).values() for one in person)
        warned = max((one.released_at for one in seen if one.channel == reply.channel), default=0)
        return [call for call in waiting if call.channel == reply.channel and call.at >= warned]


def _canonical(sender: str) -> str:
    """The address as the roster keeps it, where it is a telephone's; else the user's name as given."""
    try:
        return address.phone(sender)
    except ValueError:
        return sender.encode("utf-8", "replace").decode()
