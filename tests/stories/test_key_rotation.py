"""The order key is rotated while a warning is half sent, and no worker is started again."""

from __future__ import annotations

import pytest

from approvals.signed import signer_of
from hub.alert.views import AlertView
from hub.crypto import signing_keys
from hub.crypto.signing_keys import KeyRing
from hub.store.alerts import alerts
from hub.store.records import alarms
from tests.stories.town import Town


@pytest.fixture(autouse=True)
def _second_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the keys is a second after the one before."""
    monkeypatch.setattr(signing_keys, "LOOK_EVERY_S", 0.0)


@pytest.fixture
def elsewhere(town: Town) -> KeyRing:
    """The same keys in another process: where the administrators agree."""
    return KeyRing(town.hub.keys.order.directory, "order")


async def signer(town: Town, alert: AlertView) -> str:
    kept = await town.hub.db.read(lambda connection: alerts.find_order(connection, alert.id))
    assert kept is not None
    return signer_of(kept.jws)


async def test_a_warning_half_sent_is_sent_to_its_end_and_the_next_one_is_signed_with_the_new_key(
    town: Town, elsewhere: KeyRing
) -> None:
    old = elsewhere.current.kid
    flood = await town.warns()
    await town.dispatches(most=1)
    new = elsewhere.rotate(old).kid
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))
    storm = await town.warns()
    await town.rests()
    await town.inbox("sms").expects(storm, town.people("bridge", "river"))
    assert (await signer(town, flood), await signer(town, storm)) == (old, new)


async def test_what_was_decided_before_a_rotation_is_released_after_it(town: Town, elsewhere: KeyRing) -> None:
    approved = await town.prepares()
    new = elsewhere.rotate(elsewhere.current.kid).kid
    released = await town.releases(approved)
    assert await signer(town, released) == new


async def test_what_a_revoked_key_signed_goes_no_further_and_raises_an_alarm(town: Town, elsewhere: KeyRing) -> None:
    old = elsewhere.current.kid
    flood = await town.warns()
    await town.dispatches(most=1)
    reached = len(await town.inbox("sms").got(flood))
    elsewhere.rotate(old)
    elsewhere.revoke(old)
    await town.rests()
    assert 0 < len(await town.inbox("sms").got(flood)) == reached
    assert "no-warrant" in {alarm.kind for alarm in await town.hub.db.read(alarms.recent)}


async def test_a_token_from_before_a_rotation_still_opens_and_both_keys_are_published(town: Town) -> None:
    official, tokens, ring = town.officials["author"], town.hub.tokens, town.hub.keys.token
    old = ring.current.kid
    before = tokens.issue(official.id, official.name, official.rights)
    new = KeyRing(ring.directory, "token").rotate(old).kid
    after = tokens.issue(official.id, official.name, official.rights)
    assert {tokens.verify(before).official, tokens.verify(after).official} == {official.id}
    assert (signer_of(before), signer_of(after)) == (old, new)
    assert {key["kid"] for key in tokens.jwks()["keys"]} == {old, new}
