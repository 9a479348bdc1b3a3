"""Whom a channel may be used for: the bitmaps against persons looked at one by one, over both databases."""

from __future__ import annotations

import asyncio
import itertools

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from pyroaring import BitMap

from approvals.level import Level
from hub.crypto.vault import Vault
from hub.feedback.intent import intent_of
from hub.feedback.labels import AnswerIntent
from hub.feedback.opt_out_words import OptOutChoice, load
from hub.registry.preferences.consent import reachable
from hub.store.register import preferences, recipients, regions
from hub.store.register.preferences import EVERYTHING, Preferences, Way
from hub.store.register.regions import NewRegion
from targeting.recipient import Recipient
from tests.media import COLUMNS

VAULT = Vault(b"s" * 32, b"h" * 32)
CHANNELS = ("email", "sms", "voice")
PEOPLE = range(1, 7)
KEY = "610602001000"
numbers = itertools.count()

choice = st.builds(
    Preferences,
    st.frozensets(st.sampled_from([*CHANNELS, EVERYTHING]), max_size=3),
    st.sampled_from([None, "en", "ug"]),
    st.integers(0, 4),
)
steps = st.lists(st.tuples(st.sampled_from(PEOPLE), choice), max_size=12)
homes = st.lists(st.frozensets(st.sampled_from(CHANNELS)), min_size=len(PEOPLE), max_size=len(PEOPLE))


def settle(connection, has) -> dict[int, frozenset[str]]:
    """A town of its own for each example; internal id to the channels the person has."""
    town = next(numbers)
    people = [
        Recipient(f"{town}-{at}", KEY, "zh", addresses={name: f"{name}{town}-{at}" for name in names})
        for at, names in zip(PEOPLE, has, strict=True)
    ]
    recipients.upsert(connection, VAULT, people, 1)
    found = {}
    for at, names in zip(PEOPLE, has, strict=True):
        number = recipients.by_external_id(connection, f"{town}-{at}")
        assert number is not None
        found[number] = names
    return found


@settings(max_examples=25)
@given(has=homes, taken=steps, level=st.sampled_from(Level), override=st.booleans())
def check(run, has, taken, level, override) -> None:
    def work(connection):
        regions.upsert(connection, [NewRegion(KEY, "桥镇", None, 4)])
        people = settle(connection, has)
        ids, last = sorted(people), {}
        for at, (who, wanted) in enumerate(taken):
            last[ids[who - 1]] = wanted
            preferences.store_preferences(connection, {ids[who - 1]: wanted}, Way("page", at))
        found = reachable(connection, BitMap(ids), COLUMNS, level, override=override)
        takes = {number: _takes(people[number], last.get(number, Preferences()), level) for number in ids}
        if override:
            assert {name: set(bits) for name, bits in found.channels.items()} == _by_channel(people)
            assert set(found.persons) == set(ids)
            assert set(found.overridden) == {number for number in ids if people[number] - takes[number]}
        else:
            assert {name: set(bits) for name, bits in found.channels.items()} == _by_channel(takes)
            assert set(found.persons) == {number for number in ids if takes[number] or not people[number]}
            assert not found.overridden

    run(work)


def _takes(has: frozenset[str], chose: Preferences, level: Level) -> frozenset[str]:
    if EVERYTHING in chose.refused or chose.least > level:
        return frozenset()
    return has - chose.refused


def _by_channel(people) -> dict[str, set[int]]:
    return {name: {number for number, names in people.items() if name in names} for name in CHANNELS}


async def test_the_bitmaps_say_what_each_person_chose_last_whatever_came_before(db) -> None:
    loop = asyncio.get_running_loop()
    towns: list[None] = []

    def run(work) -> None:
        towns.append(asyncio.run_coroutine_threadsafe(db.write(work), loop).result())

    await asyncio.to_thread(check, run)
    assert len(towns) >= 5  # each was compared person by person


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("STOP", OptOutChoice.STOP),
        (" ｓｔｏｐ！", OptOutChoice.STOP),
        ("td", OptOutChoice.STOP),
        ("Ｔ", OptOutChoice.STOP),
        ("N", OptOutChoice.STOP),
        ("退订", OptOutChoice.STOP),
        ("【退订】", OptOutChoice.STOP),
        ("StopAll", OptOutChoice.STOP_ALL),
        ("start", OptOutChoice.START),
        ("恢复", OptOutChoice.START),
        ("stop the flood", None),
        ("不退订", None),
        ("1", None),
        ("", None),
    ],
)
def test_only_the_whole_word_counts(text, word) -> None:
    assert load().read(text) is word


def test_every_word_that_refuses_is_sorted_as_an_opt_out_among_the_feedback() -> None:
    words = [text for text, word in load().meanings.items() if word is OptOutChoice.STOP]
    assert {text: intent_of(text) for text in words} == dict.fromkeys(words, AnswerIntent.OPT_OUT)
