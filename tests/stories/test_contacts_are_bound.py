"""A contact belongs to the official it was sealed for: moved in SQL to somebody else it answers for nobody and calls nobody."""

from __future__ import annotations

import pytest

from hub.callout import acknowledgement, sweep
from hub.store.register.roster import OWNER
from tests.stories.duty import Duty
from tests.stories.town import BAOTA, Cast

OFFICE = Cast(bridge=2, river=0, hills=0, officials_of=BAOTA)
MOVES_HASH = (
    "UPDATE official_addresses SET hash = (SELECT hash FROM official_addresses WHERE official = ? AND address_column = 'sms')"
    " WHERE official = ? AND address_column = 'sms'"
)
MOVES_CONTACT = (
    "UPDATE official_contacts SET sealed = (SELECT sealed FROM official_contacts WHERE official = ?) WHERE official = ?"
)


@pytest.fixture
async def duty(settle) -> Duty:
    """A reviewer on duty, and a signer, who cannot review, with a telephone of their own."""
    duty = Duty(await settle(OFFICE))
    await duty.rosters(duty.line("reviewer"), duty.line("signer", order=2))
    return duty


async def _moves(duty: Duty, *statements: str) -> None:
    signer, reviewer = (duty.town.officials[name].id for name in ("signer", "reviewer"))
    for statement in statements:
        await duty.town.sql(statement, signer, reviewer)


async def _is_acknowledged(duty: Duty, alert: int) -> bool:
    return any(call.acknowledged for call in (await duty.town.hub.alerts.get(alert)).calls)


async def _answers_as_the_reviewer(duty: Duty, *statements: str) -> bool:
    """Whether the signer's telephone acknowledges the reviewer's call, after the rows were moved."""
    view = await duty.town.submits(await duty.town.drafts())
    await duty.rounds()
    await duty.listens()
    await _moves(duty, *statements)
    await duty.replies("signer", "R1")
    await duty.rounds()
    return await _is_acknowledged(duty, view.id)


@pytest.mark.parametrize("statements", [(MOVES_HASH,), (MOVES_HASH, MOVES_CONTACT)])
async def test_the_hash_of_anothers_number_acknowledges_no_call_whatever_else_is_moved(
    duty: Duty, statements: tuple[str, ...]
) -> None:
    assert not await _answers_as_the_reviewer(duty, *statements)


async def test_if_the_contact_did_not_say_whose_it_is_the_moved_one_would_acknowledge(
    duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    def anybodys(vault, contact):
        return {medium: value for medium, value in vault.open(contact.sealed).items() if medium != OWNER}

    monkeypatch.setattr(acknowledgement, "addresses_of", anybodys)
    assert await _answers_as_the_reviewer(duty, MOVES_HASH, MOVES_CONTACT)


async def test_a_contact_moved_to_another_official_calls_nobody(duty: Duty, monkeypatch: pytest.MonkeyPatch) -> None:
    await _moves(duty, MOVES_CONTACT)
    view = await duty.town.submits(await duty.town.drafts())
    await duty.rounds()
    assert duty.called() == {}
    calls = (await duty.town.hub.alerts.get(view.id)).calls
    assert {(call.official, call.state, call.detail) for call in calls} == {
        ("reviewer", "failed", "its address cannot be opened")
    }
    monkeypatch.setattr(sweep, "addresses_of", lambda vault, contact: vault.open(contact.sealed))
    await duty.rounds(minutes=3, step=1)
    assert duty.called()["signer"] == 1, "the twin: unbound, the signer is called in the reviewer's name"
