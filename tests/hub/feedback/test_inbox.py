"""Replies in: durable, once, linked to person and alert, and confirming what they confirm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select

from channels.message import DeliveryState, Reply
from hub.clock import to_ms
from hub.crypto.vault import Vault
from hub.feedback.inbox import Inbox, _Link, _row
from hub.feedback.labels import Sentiment
from hub.store.register import addresses as store
from hub.store.register.batch import MARK_BYTES
from hub.store.schema import alerts, campaigns, deliveries, endpoints, feedback, recipients
from hub.store.sql.database import Database
from tests.hub.dispatch.scene import IDS

START = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
PHONE = "+8613900000001"
VAULT = Vault(bytes(32), bytes([1]) * 32)


@dataclass
class Calm:
    """A classifier that finds everything neutral and remembers how often it was asked."""

    asked: list[int] = field(default_factory=list)

    def classify(self, texts: Sequence[str]) -> list[Sentiment]:
        self.asked.append(len(texts))
        return [Sentiment.NEUTRAL] * len(texts)


@pytest.fixture
def inbox(db: Database, clock: Any) -> Inbox:
    clock.set(START + timedelta(hours=1))
    return Inbox(db, clock, VAULT, IDS, Calm())


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def reply(text: str, reference: str = "r1", **changes: Any) -> Reply:
    given = {"channel": "sms", "sender": PHONE, "at": at(30)} | changes
    return Reply(text=text, reference=reference, **given)


def person(connection: Connection, number: int, region: int, **addresses: str) -> None:
    connection.execute(
        insert(recipients).values(
            id=number,
            external_id=f"p{number}",
            region=region,
            language="zh",
            groups="",
            address_columns="",
            marks=b"",
            sealed=b"",
            updated_at=0,
        )
    )
    marks = b"".join(VAULT.fingerprint(channel, address)[:MARK_BYTES] for channel, address in addresses.items())
    store.apply(connection, added=store.entries(np.array([number]), [marks]), taken=store.entries(np.array([]), []))


def alert(connection: Connection, number: int, released: datetime | None) -> None:
    connection.execute(
        insert(alerts).values(
            id=number,
            sender="s",
            identifier=f"a{number}",
            sent="",
            status="Actual",
            msg_type="Alert",
            scope="Public",
            world="live",
            level=1,
            event="",
            headline="",
            stage="released",
            version=1,
            content=b"",
            source=b"",
            source_digest="",
            findings="[]",
            plan="{}",
            created_by=1,
            created_at=0,
            expires_at=0,
            released_at=released and to_ms(released),
        )
    )


def campaign(connection: Connection, number: int, of_alert: int, channel: str) -> None:
    connection.execute(insert(campaigns).values(id=number, alert=of_alert, channel=channel, covered=b"", targeted=1))


def delivery(connection: Connection, of_campaign: int, to: int, state: DeliveryState) -> None:
    connection.execute(
        insert(deliveries).values(campaign=of_campaign, recipient=to, state=state, attempt=1, generation=1)
    )


def town(connection: Connection) -> None:
    """Alert 1 (SMS 11, voice 12) and later alert 2 (SMS 21) reached person 5 of region 700."""
    person(connection, 5, 700, sms=PHONE, voice=PHONE)
    alert(connection, 1, at(0))
    campaign(connection, 11, 1, "sms")
    campaign(connection, 12, 1, "voice")
    alert(connection, 2, at(20))
    campaign(connection, 21, 2, "sms")
    for number in (11, 12, 21):
        delivery(connection, number, 5, DeliveryState.DELIVERED)


async def kept(db: Database) -> list[Any]:
    return list(await db.read(lambda connection: connection.execute(select(feedback).order_by(feedback.c.id)).all()))


# --- stored once -------------------------------------------------------------------------------------------------


async def test_a_reply_is_durable_when_take_returns(db: Database, inbox: Inbox) -> None:
    taken = await inbox.take([reply("水进屋了，救命")])
    (row,) = await kept(db)
    assert (taken.stored, taken.repeated, taken.receipts) == (1, 0, ())
    assert (row.channel, row.reference, row.text, row.intent, row.sentiment) == (
        "sms",
        "r1",
        "水进屋了，救命",
        "help",
        "neutral",
    )
    assert row.at == to_ms(at(30))


async def test_a_replayed_reply_is_stored_once(db: Database, inbox: Inbox) -> None:
    await inbox.take([reply("收到")])
    again = await inbox.take([reply("收到"), reply("收到", "r2"), reply("收到", "r2")])
    assert (again.stored, again.repeated) == (1, 2)
    assert [row.reference for row in await kept(db)] == ["r1", "r2"]


async def test_the_same_reference_on_two_channels_is_two_replies(db: Database, inbox: Inbox) -> None:
    taken = await inbox.take([reply("收到"), reply("收到", channel="wecom")])
    assert taken.stored == 2


async def test_replies_without_a_reference_are_told_apart_by_what_they_say(db: Database, inbox: Inbox) -> None:
    replies = [reply("收到", ""), reply("谢谢", ""), reply("收到", "", at=at(31)), reply("收到", "", sender="+86139")]
    assert (await inbox.take(replies)).stored == 4
    assert (await inbox.take(replies)).repeated == 4


async def test_a_reference_too_long_for_its_column_still_finds_its_replay(db: Database, inbox: Inbox) -> None:
    assert (await inbox.take([reply("收到", "x" * 400)])).stored == 1
    assert (await inbox.take([reply("收到", "x" * 400), reply("收到", "x" * 401)])).stored == 1


async def test_thousands_of_replies_are_classified_in_one_batch(db: Database, inbox: Inbox) -> None:
    taken = await inbox.take([reply("收到", f"r{number}") for number in range(1203)])
    assert taken.stored == 1203
    assert inbox.classifier.asked == [1203]  # type: ignore[attr-defined]


async def test_no_replies_touch_nothing(db: Database, inbox: Inbox) -> None:
    assert (await inbox.take([])).stored == 0
    assert inbox.classifier.asked == []  # type: ignore[attr-defined]


async def test_a_hostile_text_is_bounded_and_bare_of_control_characters(db: Database, inbox: Inbox) -> None:
    await inbox.take([reply("\x00\x1b[2J\ud800\u202e" + "水" * 9000, "a\x00b", sender="\ud800\x00")])
    (row,) = await kept(db)
    assert row.text == ("[2J" + "水" * 9000)[:2000]


async def test_a_phone_number_is_nowhere_in_the_row(db: Database, inbox: Inbox) -> None:
    await db.write(town)
    await inbox.take([reply("收到")])
    (row,) = await kept(db)
    assert row.source == VAULT.fingerprint("sms", PHONE)
    assert not any(PHONE[-8:] in str(value) for value in row)


# --- linked ------------------------------------------------------------------------------------------------------


async def test_a_reply_is_linked_to_the_newest_alert_that_may_have_reached_its_sender(
    db: Database, inbox: Inbox
) -> None:
    await db.write(town)
    await inbox.take([reply("谢谢")])
    (row,) = await kept(db)
    assert (row.recipient, row.alert, row.region) == (5, 2, 700)


async def test_a_reply_sent_before_the_newer_alert_is_about_the_older(db: Database, inbox: Inbox) -> None:
    await db.write(town)
    await inbox.take([reply("谢谢", at=at(10))])
    assert [row.alert for row in await kept(db)] == [1]


async def test_a_reply_stamped_with_whole_seconds_is_not_older_than_its_alert(db: Database, inbox: Inbox) -> None:
    await db.write(town)
    await inbox.take([reply("谢谢", at=at(20) - timedelta(milliseconds=900))])
    assert [row.alert for row in await kept(db)] == [2]


@pytest.mark.parametrize(
    ("state", "linked"),
    [(state, state in {10, 20, 30, 60, 70}) for state in DeliveryState],
)
async def test_only_a_delivery_that_may_have_reached_someone_is_answered(
    db: Database, inbox: Inbox, state: DeliveryState, linked: bool
) -> None:
    def rows(connection: Connection) -> None:
        person(connection, 5, 700, sms=PHONE)
        alert(connection, 1, at(0))
        campaign(connection, 11, 1, "sms")
        delivery(connection, 11, 5, state)

    await db.write(rows)
    taken = await inbox.take([reply("收到")])
    (row,) = await kept(db)
    assert (row.recipient, row.region) == (5, 700)
    assert row.alert == (1 if linked else None)
    assert bool(taken.receipts) is linked


async def test_an_alert_that_was_never_released_is_not_answered(db: Database, inbox: Inbox) -> None:
    def rows(connection: Connection) -> None:
        person(connection, 5, 700, sms=PHONE)
        alert(connection, 1, None)
        campaign(connection, 11, 1, "sms")
        delivery(connection, 11, 5, DeliveryState.DELIVERED)

    await db.write(rows)
    await inbox.take([reply("收到")])
    assert [row.alert for row in await kept(db)] == [None]


async def test_a_stranger_is_kept_without_person_or_alert(db: Database, inbox: Inbox) -> None:
    await db.write(town)
    taken = await inbox.take([reply("收到", sender="+8613900000099")])
    (row,) = await kept(db)
    assert (row.recipient, row.alert, row.region, taken.receipts) == (None, None, None, ())


@pytest.mark.parametrize("sender", ["13900000001", "+86 139 0000 0001", "0086-139-0000-0001"])
async def test_a_sender_is_known_however_the_provider_writes_the_number(
    db: Database, inbox: Inbox, sender: str
) -> None:
    await db.write(town)
    await inbox.take([reply("收到", sender=sender)])
    assert [row.recipient for row in await kept(db)] == [5]


async def test_an_endpoint_with_a_persons_number_does_not_lend_that_person_its_alerts(
    db: Database, inbox: Inbox
) -> None:
    def rows(connection: Connection) -> None:
        person(connection, 5, 700, sms=PHONE)
        alert(connection, 1, at(0))
        connection.execute(insert(endpoints).values(id=5, channel="wecom", name="x", sealed=b"", active=True))
        campaign(connection, 11, 1, "wecom")
        delivery(connection, 11, 5, DeliveryState.DELIVERED)

    await db.write(rows)
    await inbox.take([reply("收到"), reply("收到", "r2", channel="wecom", sender="member-7")])
    assert [(row.recipient, row.alert) for row in await kept(db)] == [(5, None), (None, 1)]


# --- confirmations -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["1", "收到", "OK", "好的，收到", "Received, thanks"])
async def test_a_plain_confirmation_confirms_the_newest_delivery_of_its_channel(
    db: Database, inbox: Inbox, text: str
) -> None:
    await db.write(town)
    (receipt,) = (await inbox.take([reply(text)])).receipts
    assert (receipt.channel, receipt.delivery, receipt.state) == ("sms", IDS.one("sms", 21, 5), DeliveryState.CONFIRMED)
    assert (receipt.at, receipt.reference) == (at(30), "r1")
    assert PHONE not in str(receipt)


@pytest.mark.parametrize("text", ["没收到", "谢谢", "救命", "STOP", "收到了吗？", "2"])
async def test_any_other_answer_confirms_nothing(db: Database, inbox: Inbox, text: str) -> None:
    await db.write(town)
    assert (await inbox.take([reply(text)])).receipts == ()


async def test_a_replay_confirms_again_as_the_first_answer_may_have_been_lost(db: Database, inbox: Inbox) -> None:
    await db.write(town)
    first = await inbox.take([reply("收到")])
    again = await inbox.take([reply("收到")])
    assert (again.stored, again.receipts) == (0, first.receipts)


async def test_many_answers_of_one_person_confirm_once_by_the_earliest(db: Database, inbox: Inbox) -> None:
    await db.write(town)
    taken = await inbox.take([reply("收到", "late", at=at(40)), reply("1", "early", at=at(25))])
    assert [(one.delivery, one.reference) for one in taken.receipts] == [(IDS.one("sms", 21, 5), "early")]


async def test_an_answer_on_another_channel_is_linked_but_confirms_no_delivery(db: Database, inbox: Inbox) -> None:
    def rows(connection: Connection) -> None:
        person(connection, 5, 700, sms=PHONE, voice=PHONE)
        alert(connection, 1, at(0))
        campaign(connection, 12, 1, "voice")
        delivery(connection, 12, 5, DeliveryState.DELIVERED)

    await db.write(rows)
    taken = await inbox.take([reply("收到")])
    assert [row.alert for row in await kept(db)] == [1]
    assert taken.receipts == ()


async def test_one_answer_from_a_shared_phone_confirms_one_person_only(db: Database, inbox: Inbox) -> None:
    def rows(connection: Connection) -> None:
        town(connection)
        person(connection, 4, 701, sms=PHONE)
        delivery(connection, 21, 4, DeliveryState.ACCEPTED)

    await db.write(rows)
    taken = await inbox.take([reply("收到")])
    assert [one.delivery for one in taken.receipts] == [IDS.one("sms", 21, 4)]
    assert [row.region for row in await kept(db)] == [701]


class Nowhere:
    """Keeps no rows: for properties of what is read, not of what is stored."""


@given(text=st.text(st.characters(), max_size=40), reference=st.text(st.characters(), max_size=300))
def test_any_reply_makes_a_row_that_fits_its_columns(text: str, reference: str) -> None:
    class Fixed:
        def now(self) -> datetime:
            return at(60)

    from_nowhere = Inbox(Nowhere(), Fixed(), VAULT, IDS, Calm())  # type: ignore[arg-type]
    (read,) = from_nowhere._read([reply(text, reference)])
    row = _row(read, _Link())
    assert 0 < len(row.reference) <= 255
    row.reference.encode()
    row.text.encode()
    assert "\x00" not in row.text + row.reference
