"""What may stand in the steps of the escalation: channels and media there are, and no way back."""

from __future__ import annotations

from itertools import chain, combinations, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.dispatch.escalation_steps import with_named_channels
from hub.registry.preferences.pool import Steps, order_of, pool_steps, pools_in, pools_of
from hub.settings.settings import EscalationSettings, Settings
from hub.settings.sources import SettingsRefused

BLOCKS: dict[str, dict[str, Any]] = {
    "sms": {"driver": "twilio_sms"},
    "sms_backup": {"driver": "twilio_sms"},
    "voice": {"driver": "twilio_voice"},
    "voice_backup": {"driver": "twilio_voice", "enabled": False},
    "email": {"driver": "smtp", "enabled": False},
}
COLUMNS = {"sms": "sms", "sms_backup": "sms", "voice": "voice", "voice_backup": "voice", "email": "email"}


def steps_of(*said: tuple[str, str]) -> Steps:
    settings = Settings(escalation=EscalationSettings(steps=said))
    return with_named_channels(settings, BLOCKS, {}).escalation.steps


def test_a_medium_stands_for_each_of_its_channels_on_either_side() -> None:
    assert steps_of(("medium:sms", "voice")) == (("sms", "voice"), ("sms_backup", "voice"))
    assert steps_of(("sms", "medium:voice")) == (("sms", "voice"), ("sms", "voice_backup"))


def test_a_step_said_twice_is_one_step() -> None:
    assert steps_of(("sms", "email"), ("medium:sms", "email")) == (("sms", "email"), ("sms_backup", "email"))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ((("sms", "fax"),), "no channel is called 'fax': name one of email, sms, sms_backup, voice, voice_backup, or"),
        ((("fax", "sms"),), "no channel is called 'fax'"),
        ((("sms", "medium:fax"),), "no channel is of 'medium:fax': name one of medium:email, medium:sms, medium:voice"),
        ((("sms", "sms"),), "'sms'. leads from sms to itself: name another"),
        ((("sms", "medium:sms"),), "leads from sms to itself"),
        ((("medium:sms", "sms_backup"),), "leads from sms_backup to itself"),
        ((("medium:sms", "medium:sms"),), "leads from sms to itself"),
        ((("sms", "voice"), ("voice", "sms")), "lead from sms back to sms: take one of them away"),
        ((("sms", "voice"), ("voice", "email"), ("email", "sms")), "lead from sms back to sms"),
        ((("medium:sms", "voice"), ("voice", "sms_backup")), "lead from sms_backup back to sms_backup"),
        (
            (("sms", "voice"), ("voice_backup", "sms_backup")),
            "voice leads back to sms through channels of one medium .* put all channels of that medium in order",
        ),
    ],
)
def test_steps_that_lead_nowhere_or_back_are_refused(said: Steps, told: str) -> None:
    with pytest.raises(SettingsRefused, match=rf"^settings: escalation\.steps: .*{told}"):
        steps_of(*said)


def test_what_nobody_configured_may_name_channels_there_are_not() -> None:
    assert with_named_channels(Settings(), {"email": BLOCKS["email"]}, {}) == Settings()


def test_channels_that_steps_put_in_order_through_another_do_not_stand_for_each_other() -> None:
    steps = steps_of(("sms", "voice"), ("voice", "sms_backup"))
    assert pools_of(("sms", "sms_backup", "voice"), COLUMNS, steps) == ()


names = st.sampled_from([*BLOCKS, "medium:sms", "medium:voice"])


@given(st.lists(st.tuples(names, names), max_size=4))
def test_no_plan_over_accepted_steps_leads_back_but_within_a_medium(said: list[tuple[str, str]]) -> None:
    try:
        steps = steps_of(*said)
    except SettingsRefused:
        return
    for chosen in chain.from_iterable(combinations(BLOCKS, size) for size in range(len(BLOCKS) + 1)):
        pools = pools_of(chosen, COLUMNS, steps)
        plan = pool_steps(tuple(step for step in steps if {*step} <= {*chosen}), pools)
        within = {pair for pool in pools for pair in permutations(pool, 2)}
        order = order_of(plan)
        assert all(step[::-1] not in order for step in plan if step not in within)
        assert {frozenset(pool) for pool in pools_in(plan)} == {frozenset(pool) for pool in pools}
