"""A release order is followed only if one of our keys signed exactly it, and only while it is in force."""

from __future__ import annotations

import base64
import contextlib
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from approvals.order import TYP, OrderDecision, OrderRefused, ReleaseOrder, sign_order, verify_order

NOON = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
KEYS = {"k1": KEY.public_key()}
ORDER = ReleaseOrder(
    alert=7,
    identifier="渝北-1",
    msg_type="Alert",
    digest="fh1:00",
    rule="general-red",
    authorized_by=("赵", "钱"),
    decisions=(OrderDecision(2, "赵", "应急局", "review", NOON), OrderDecision(3, "钱", "应急局", "sign", NOON)),
    channels=("sms", "voice"),
    audience_digest="aa" * 32,
    audience_size=20_000,
    endpoints_digest="bb" * 32,
    world="live",
    level="red",
    not_before=NOON,
    expires=NOON + timedelta(hours=6),
    issued_at=NOON,
)
JWS = sign_order(ORDER, KEY, "k1")


def refusal(jws: str, now: datetime = NOON) -> str:
    with pytest.raises(OrderRefused) as caught:
        verify_order(jws, KEYS, now)
    return caught.value.rule


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(header: dict[str, Any], payload: bytes | None = None, signature: str | None = None) -> str:
    _, body, sign = JWS.split(".")
    return ".".join(
        (b64(json.dumps(header).encode()), b64(payload) if payload is not None else body, signature or sign)
    )


def test_a_signed_order_reads_back_as_it_was_to_the_microsecond() -> None:
    assert verify_order(JWS, KEYS, NOON) == ORDER


def test_an_order_is_followed_to_its_last_moment_and_not_at_its_end() -> None:
    assert verify_order(JWS, KEYS, ORDER.expires - timedelta(microseconds=1)) == ORDER
    assert refusal(JWS, ORDER.expires) == "expired"


def test_an_order_for_later_is_not_followed_now_but_clocks_may_differ_a_little() -> None:
    later = sign_order(replace(ORDER, not_before=NOON + timedelta(minutes=5)), KEY, "k1")
    assert refusal(later) == "not yet in force"
    assert verify_order(JWS, KEYS, NOON - timedelta(seconds=20)) == ORDER


def test_a_key_we_do_not_know_signs_nothing() -> None:
    assert refusal(sign_order(ORDER, OTHER, "k2")) == "unknown key"
    assert refusal(sign_order(ORDER, OTHER, "k1")) == "signature does not match"


def test_after_a_rotation_both_keys_hold() -> None:
    keys = {"k1": KEY.public_key(), "k2": OTHER.public_key()}
    assert verify_order(JWS, keys, NOON) == verify_order(sign_order(ORDER, OTHER, "k2"), keys, NOON)


def test_an_order_without_algorithm_is_refused() -> None:
    for alg in ("none", "None", ""):
        assert refusal(forged({"alg": alg, "kid": "k1", "typ": TYP}, signature="AA")) == "wrong algorithm"


def test_the_public_key_is_no_shared_secret() -> None:
    public = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    payload = json.dumps(asdict(ORDER), default=str).encode()
    confused = jwt.PyJWS().encode(payload, public, algorithm="HS256", headers={"kid": "k1", "typ": TYP})
    assert refusal(confused) == "wrong algorithm"


def test_an_access_token_of_the_same_key_is_no_order() -> None:
    token = jwt.encode({"sub": "o", "exp": NOON}, KEY, algorithm="EdDSA", headers={"kid": "k1"})
    assert refusal(token) == "wrong type"
    dressed = jwt.encode({"sub": "o", "exp": NOON}, KEY, algorithm="EdDSA", headers={"kid": "k1", "typ": TYP})
    assert refusal(dressed) == "not a release order"


def test_an_order_with_a_field_more_or_a_word_for_a_number_is_refused_though_signed() -> None:
    payload = json.loads(base64.urlsafe_b64decode(JWS.split(".")[1] + "=="))
    for changed in ({**payload, "extra": 1}, {**payload, "audience_size": "20000"}, {**payload, "expires": None}, [1]):
        jws = jwt.PyJWS().encode(
            json.dumps(changed).encode(), KEY, algorithm="EdDSA", headers={"kid": "k1", "typ": TYP}
        )
        assert refusal(jws) == "not a release order"


@given(st.integers(0, len(JWS) - 1), st.characters(codec="ascii"))
def test_no_single_changed_character_leaves_a_valid_but_different_order(at: int, letter: str) -> None:
    changed = JWS[:at] + letter + JWS[at + 1 :]
    # base64url has unused bits at the end of each part: another spelling of the same bytes may pass.
    with contextlib.suppress(OrderRefused):
        assert verify_order(changed, KEYS, NOON) == ORDER


@given(st.text(max_size=60))
def test_any_text_at_all_is_refused_with_a_rule(text: str) -> None:
    assert refusal(text)


@pytest.mark.parametrize("name", ["not_before", "expires", "issued_at"])
def test_an_order_with_one_time_without_a_zone_is_not_signed(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        sign_order(replace(ORDER, **{name: datetime(2026, 7, 1)}), KEY, "k1")  # noqa: DTZ001 - that is the point
