"""Receipts that know only the provider's id: matched, parked until the id is known, or orphans."""

from __future__ import annotations

from sqlalchemy import func, select

from channels.message import DeliveryState
from hub.store.delivery import deliveries, provider_references
from hub.store.delivery.deliveries import Settlement
from hub.store.schema import parked_receipts
from hub.store.sql.database import Database
from tests.hub.dispatch.scene import NOW, a_lease, an_intent, row_of, rows_of, scratch

S = DeliveryState


def accepted(campaign: int, reference: str, recipient: int = 1) -> Settlement:
    return Settlement(campaign, recipient, 1, S.ACCEPTED, reference=reference)


def parked(connection) -> int:
    return connection.execute(select(func.count()).select_from(parked_receipts)).scalar_one()


def test_a_receipt_that_came_early_is_applied_when_the_answer_is_settled(db: Database) -> None:
    with scratch(db) as connection:
        campaign = an_intent(connection).campaign
        provider_references.park(connection, [("sms", "SM1", int(S.DELIVERED), "", NOW + 5, NOW)])
        batch = [accepted(campaign, "SM1")]
        deliveries.settle(connection, batch, NOW)
        provider_references.learn(connection, "sms", batch)
        assert row_of(connection, campaign).state == S.DELIVERED
        assert parked(connection) == 0


def test_a_receipt_parked_while_another_process_learned_its_id_is_found_by_the_sweep(db: Database) -> None:
    with scratch(db) as connection:
        campaign = an_intent(connection).campaign
        provider_references.learn(connection, "sms", [accepted(campaign, "SM1")])
        provider_references.park(connection, [("sms", "SM1", int(S.DELIVERED), "", NOW, NOW)])
        assert provider_references.match_parked(connection) == 1
        assert row_of(connection, campaign).state == S.DELIVERED
        assert (provider_references.match_parked(connection), parked(connection)) == (0, 0)


def test_the_same_id_on_another_channel_is_another_message(db: Database) -> None:
    with scratch(db) as connection:
        campaign = an_intent(connection).campaign
        provider_references.park(connection, [("voice", "SM1", int(S.DELIVERED), "", NOW, NOW)])
        provider_references.learn(connection, "sms", [accepted(campaign, "SM1")])
        assert provider_references.match_parked(connection) == 0
        assert row_of(connection, campaign).state == S.INFLIGHT
        assert provider_references.find(connection, [("voice", "SM1")]) == {}


def test_both_ids_of_a_message_sent_twice_lead_to_its_row(db: Database) -> None:
    with scratch(db) as connection:
        campaign = an_intent(connection).campaign
        for reference in ("SM1", "SM2"):
            provider_references.learn(connection, "sms", [accepted(campaign, reference)])
        keys = [("sms", "SM1"), ("sms", "SM2")]
        assert provider_references.find(connection, keys) == dict.fromkeys(keys, (campaign, 1))


def test_an_id_longer_than_its_column_neither_breaks_the_batch_nor_loses_its_receipt(db: Database) -> None:
    most = provider_references.REFERENCE_MOST
    with scratch(db) as connection:
        campaign = a_lease(connection).campaign
        deliveries.open_intents(connection, campaign, [1, 2], 1, NOW, resend=True)
        batch = [accepted(campaign, "x" * 9000), accepted(campaign, "SM2", recipient=2)]
        provider_references.learn(connection, "sms", batch)
        found = provider_references.find(connection, [("sms", "x" * most), ("sms", "SM2")])
        assert found == {("sms", "x" * most): (campaign, 1), ("sms", "SM2"): (campaign, 2)}


def test_twenty_thousand_ids_are_found_at_once(db: Database) -> None:
    everyone = range(1, 20_001)
    with scratch(db) as connection:
        batch = [accepted(7, f"SM{n}", recipient=n) for n in everyone]
        provider_references.learn(connection, "sms", batch)
        found = provider_references.find(connection, [("sms", f"SM{n}") for n in everyone])
        assert found == {("sms", f"SM{n}"): (7, n) for n in everyone}


def test_of_parked_receipts_of_one_state_the_earliest_is_kept_whatever_the_order(db: Database) -> None:
    early, late = ("sms", "SM1", 60, "a", NOW, NOW), ("sms", "SM1", 60, "b", NOW + 1, NOW)
    for batches in ([[early, late]], [[late, early]], [[early], [late]], [[late], [early]]):
        with scratch(db) as connection:
            for batch in batches:
                provider_references.park(connection, batch)
            row = connection.execute(select(parked_receipts)).one()
            assert (row.detail, row.at) == ("a", NOW)


def test_orphans_are_dropped_and_counted_and_younger_ones_kept(db: Database) -> None:
    with scratch(db) as connection:
        provider_references.park(connection, [("sms", "old", 60, "", NOW, NOW - 10), ("sms", "new", 60, "", NOW, NOW)])
        assert provider_references.forget_parked(connection, NOW) == 1
        assert parked(connection) == 1


def test_many_parked_receipts_are_all_applied(db: Database) -> None:
    everyone = range(1, 6001)
    with scratch(db) as connection:
        campaign = a_lease(connection, everyone).campaign
        deliveries.open_intents(connection, campaign, everyone, 1, NOW, resend=True)
        provider_references.park(connection, [("sms", f"SM{n}", 60, "", NOW, NOW) for n in everyone])
        provider_references.learn(connection, "sms", [accepted(campaign, f"SM{n}", recipient=n) for n in everyone])
        assert {row.state for row in rows_of(connection, campaign).values()} == {S.DELIVERED}
        assert parked(connection) == 0
