"""Delivery ids: the same in every attempt, another's in no hub and on no channel, and made up by nobody."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email_form import address_mail
from channels.standard_webhooks import sign
from channels.twilio import escape_value
from hub.clock import SystemClock
from hub.crypto.delivery_ids import DeliveryIds
from hub.crypto.key_files import create, replace
from hub.crypto.secret_keys import SecretRing, kid_of

KEY, OTHER = b"k" * 32, b"o" * 32
NUMBERS = st.integers(0, 2**32 - 1)
CHANNELS = st.sampled_from(["sms", "voice", "partners", "broadcast"])


def ids(key: bytes = KEY, world: str = "live") -> DeliveryIds:
    return DeliveryIds(SecretRing(Path("no-directory"), "delivery", key), world)


OURS, THEIRS, EXERCISE = ids(), ids(OTHER), ids(world="exercise")


@given(channel=CHANNELS, campaign=NUMBERS, recipients=st.lists(NUMBERS, max_size=20))
def test_every_id_opens_to_its_delivery_and_every_attempt_has_the_same(channel, campaign, recipients) -> None:
    made = OURS.many(channel, campaign, recipients)
    assert [OURS.open(channel, each) for each in made] == [(campaign, recipient) for recipient in recipients]
    assert made == [ids().one(channel, campaign, recipient) for recipient in recipients], "also after a crash"


@given(channel=CHANNELS, other=CHANNELS, campaign=NUMBERS, recipient=NUMBERS)
def test_an_id_is_good_for_its_hub_its_world_and_its_channel_alone(channel, other, campaign, recipient) -> None:
    made = OURS.one(channel, campaign, recipient)
    assert THEIRS.open(channel, made) is None
    assert EXERCISE.open(channel, made) is None
    assert (OURS.open(other, made) is None) == (channel != other)
    assert made not in (THEIRS.one(channel, campaign, recipient), EXERCISE.one(channel, campaign, recipient))


@given(campaign=NUMBERS, recipient=NUMBERS, place=st.integers(0, 21), letter=st.sampled_from("AZaz09-_"))
def test_one_changed_character_makes_an_id_nobodys(campaign, recipient, place, letter) -> None:
    made = OURS.one("sms", campaign, recipient)
    changed = made[:place] + letter + made[place + 1 :]
    assert (OURS.open("sms", changed) is not None) == (changed == made)


@given(
    st.one_of(st.text(max_size=40), st.binary(min_size=16, max_size=16).map(base64.urlsafe_b64encode).map(bytes.decode))
)
def test_what_was_made_up_opens_to_nothing(text: str) -> None:
    assert OURS.open("sms", text) is None
    assert OURS.open("sms", text.rstrip("=")) is None


def test_neighbours_have_nothing_in_common() -> None:
    made = OURS.many("sms", 7, range(1000))
    assert len({each[:8] for each in made}) == len(made) == 1000


def test_an_id_can_stand_wherever_a_provider_wants_one() -> None:
    for made in OURS.many("sms", 7, range(200)):
        assert escape_value(made) == made, "in a URL as it is"
        assert f"<{made}@hub.example>".encode() in address_mail(b"", "a@b.example", made, "hub.example")
        assert sign("whsec_" + "QUJD" * 10, made, SystemClock().now(), b"")["webhook-id"] == made


@pytest.mark.parametrize("number", [-1, 2**32])
def test_a_number_that_does_not_fit_is_an_error_and_no_other_deliverys_id(number: int) -> None:
    with pytest.raises(ValueError, match="32 bits"):
        OURS.one("sms", number, 1)


def test_ids_made_under_the_key_before_are_known_as_long_as_it_is_kept(tmp_path: Path) -> None:
    create(tmp_path / "delivery.key", KEY)
    before = DeliveryIds(SecretRing(tmp_path, "delivery"), "live").one("sms", 1, 2)
    replace(tmp_path / "delivery.key", OTHER)
    assert DeliveryIds(SecretRing(tmp_path, "delivery"), "live").open("sms", before) is None
    create(tmp_path / f"delivery-{kid_of(KEY)}.key", KEY)
    assert DeliveryIds(SecretRing(tmp_path, "delivery"), "live").open("sms", before) == (1, 2)


def test_the_id_of_a_service_message_is_no_delivery_and_known_as_ours() -> None:
    made = OURS.service("sms", b"message1")
    assert OURS.open("sms", made) is None
    assert (OURS.is_service("sms", made), OURS.is_service("voice", made), THEIRS.is_service("sms", made)) == (
        True,
        False,
        False,
    )
    assert made != OURS.service("sms", b"message2")
