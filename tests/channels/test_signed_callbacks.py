"""What operators and partners report back: believed when signed, and read by rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from channels.driver import Callback, CallbackSignatureRefused, MalformedCallback
from channels.message import DeliveryState, Receipt
from channels.registry import open_drivers
from channels.settings import DriverContext
from channels.standard_webhooks import sign

KEY, OTHER = "whsec_" + "QUJD" * 10, "whsec_" + "REVG" * 10
AIRED = {"delivery": "7-42", "aired_at": "2026-07-01T07:59:00+00:00", "evidence": "tape 12"}
ON_AIR = {
    "delivery": "7-42",
    "status": "on_air",
    "at": "2026-07-01T15:59:00+08:00",
    "reference": "cb-1",
    "detail": "cells=98%",
}
AT = datetime(2026, 7, 1, 7, 59, tzinfo=UTC)


@pytest.fixture
def drivers(clock):
    blocks = {
        "partners": {"driver": "partner_push"},
        "broadcast": {"driver": "cap_http"},
    }
    return open_drivers(blocks, DriverContext("https://hub.example", clock.now))


def signed(clock, document, key=KEY, keys=(KEY,)):
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    return Callback("POST", "https://hub.example/hooks/x", sign(key, "report_1", clock.now(), body), {}, body, keys)


def test_a_partners_proof_of_airing_confirms_the_delivery(drivers, clock):
    (receipt,) = drivers["partners"].read(signed(clock, AIRED)).receipts
    assert receipt == Receipt("partners", DeliveryState.CONFIRMED, AT, delivery="7-42", detail="tape 12")


@pytest.mark.parametrize(
    ("status", "state"),
    [("accepted", DeliveryState.ACCEPTED), ("on_air", DeliveryState.DELIVERED), ("failed", DeliveryState.FAILED)],
)
def test_an_operators_report_says_how_far_the_broadcast_got(drivers, clock, status, state):
    (receipt,) = drivers["broadcast"].read(signed(clock, ON_AIR | {"status": status})).receipts
    assert receipt == Receipt("broadcast", state, AT, reference="cb-1", delivery="7-42", detail="cells=98%")


@pytest.mark.parametrize(("channel", "document"), [("partners", AIRED), ("broadcast", ON_AIR)])
def test_an_unsigned_report_is_not_believed(drivers, clock, channel, document):
    good = signed(clock, document)
    with pytest.raises(CallbackSignatureRefused):
        drivers[channel].read(replace(good, headers={}))


@pytest.mark.parametrize(("channel", "document"), [("partners", AIRED), ("broadcast", ON_AIR)])
def test_a_report_replayed_five_minutes_later_is_not_believed(drivers, clock, channel, document):
    good = signed(clock, document)
    clock.advance(301)
    with pytest.raises(CallbackSignatureRefused, match="5 minutes"):
        drivers[channel].read(good)


@pytest.mark.parametrize(("channel", "document"), [("partners", AIRED), ("broadcast", ON_AIR)])
def test_a_report_is_believed_by_the_keys_of_its_own_endpoint_alone(drivers, clock, channel, document):
    with pytest.raises(CallbackSignatureRefused):
        drivers[channel].read(signed(clock, document, OTHER))
    assert drivers[channel].read(signed(clock, document, OTHER, keys=(KEY, OTHER))).receipts, "while keys are changed"


@pytest.mark.parametrize(
    ("channel", "document", "rule"),
    [
        ("partners", b"[]", "not a JSON object"),
        ("partners", b"{", "not JSON"),
        ("partners", AIRED | {"delivery": 7}, "delivery"),
        ("partners", AIRED | {"delivery": ""}, "delivery"),
        ("partners", AIRED | {"evidence": None}, "evidence"),
        ("partners", AIRED | {"aired_at": "yesterday"}, "aired_at: not a time"),
        ("partners", AIRED | {"aired_at": "2026-07-01T07:59:00"}, "aired_at: the time has no zone"),
        ("partners", AIRED | {"aired_at": "2026-07-01T08:06:00Z"}, "aired_at: the time lies in the future"),
        ("broadcast", ON_AIR | {"status": "maybe"}, "status: one of accepted, on_air, failed"),
        ("broadcast", {"delivery": "7-42"}, "status"),
    ],
)
def test_a_signed_report_that_cannot_be_read_is_malformed_by_its_rule(drivers, clock, channel, document, rule):
    with pytest.raises(MalformedCallback, match=rule):
        drivers[channel].read(signed(clock, document))


def test_without_a_callback_key_no_report_is_believed(drivers, clock):
    with pytest.raises(CallbackSignatureRefused, match="no callback key"):
        drivers["partners"].read(signed(clock, AIRED, keys=()))


@pytest.mark.parametrize("channel", ["partners", "broadcast"])
def test_a_callback_shows_its_keys_to_nobody(drivers, clock, channel):
    assert KEY not in repr(signed(clock, AIRED))
    assert drivers[channel].claim(signed(clock, AIRED)) == "7-42"
