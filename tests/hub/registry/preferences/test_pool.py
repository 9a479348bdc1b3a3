"""Channels that stand for each other: their steps are those of each, and lead both ways between them."""

from __future__ import annotations

from hub.registry.preferences.pool import first_of_each, pool_steps, pool_with, pools_in, pools_of

COLUMNS = {"a": "sms", "b": "sms", "c": "sms", "voice": "voice", "mail": "email"}
LADDER = (("a", "voice"), ("mail", "a"))


def test_channels_of_one_column_are_a_pool_unless_a_step_orders_them() -> None:
    channels = ("a", "voice", "b", "partners")
    assert pools_of(channels, COLUMNS, LADDER) == (("a", "b"),)
    assert pools_of(channels, COLUMNS, (("b", "a"),)) == ()
    assert pools_of(("a", "voice"), COLUMNS, ()) == ()


def test_every_step_of_one_is_a_step_of_all_and_the_pool_is_read_from_them() -> None:
    steps = pool_steps(LADDER, (("a", "b", "c"),))
    assert {("a", "voice"), ("b", "voice"), ("c", "voice"), ("mail", "b"), ("b", "a"), ("a", "b")} <= set(steps)
    assert pools_in(steps) == (("a", "b", "c"),)
    assert (pool_with("c", steps), pool_with("voice", steps)) == (("a", "b", "c"), ("voice",))
    assert first_of_each(steps) == LADDER
    assert pool_steps(first_of_each(steps), pools_in(steps)) == steps


def test_a_ladder_without_pools_stays_as_it_is() -> None:
    assert (pool_steps(LADDER, ()), pools_in(LADDER), first_of_each(LADDER)) == (LADDER, (), LADDER)
