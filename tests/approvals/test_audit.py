"""The chain: one changed byte is found, and the entry that holds it is named."""

from __future__ import annotations

import os
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.audit import GENESIS, AuditAct, AuditEntry, Broken, Head, VerifiedLog, chain, verify

MANY = 100_000
FLIPS = 300 if os.environ.get("FENGHUO_FAULTS") == "long" else 4
TEXT = st.text(max_size=8)
ACTS = st.lists(
    st.builds(
        AuditAct,
        st.integers(0, 2**53),
        TEXT,
        TEXT,
        TEXT,
        st.dictionaries(
            TEXT, st.one_of(TEXT, st.integers(-9, 9), st.booleans(), st.none(), st.lists(TEXT, max_size=2))
        ),
    ),
    min_size=1,
    max_size=6,
)


def chained(acts: list[AuditAct]) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for act in acts:
        entries.append(chain(entries[-1] if entries else None, act))
    return entries


SIX = chained([AuditAct(n, "赵", "sign", f"alert/{n}", {"digest": "fh1:0", "n": n}) for n in range(6)])


@given(ACTS)
def test_a_chain_as_written_is_whole_and_names_its_head(acts: list[AuditAct]) -> None:
    entries = chained(acts)
    assert verify(entries) == VerifiedLog(len(acts), entries[-1].hash)
    assert entries[0].previous == GENESIS


def test_no_entries_are_whole() -> None:
    assert verify([]) == VerifiedLog(0, GENESIS)


@given(st.integers(0, 5), st.sampled_from(AuditEntry._fields), st.data())
def test_any_flipped_byte_of_any_field_is_found_and_located(at: int, field: str, data: st.DataObject) -> None:
    value = getattr(SIX[at], field)
    if isinstance(value, int):
        changed: object = value ^ (1 << data.draw(st.integers(0, 70)))
    else:
        raw = bytearray(value.encode())
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        changed = raw.decode("utf-8", "surrogateescape")
    entries = [*SIX]
    entries[at] = SIX[at]._replace(**{field: changed})
    answer = verify(entries)
    assert isinstance(answer, Broken)
    assert answer.seq == at + 1
    # A last entry whose hash was changed cannot be told from one whose content was.
    assert answer.field in ({field, "content"} if field == "at_ms" or (field, at) == ("hash", 5) else {field})


def flipped(entry: AuditEntry, dice: random.Random) -> tuple[str, AuditEntry]:
    """The entry with one bit of one byte changed, and in which field."""
    field = dice.choice(AuditEntry._fields[1:])
    value = getattr(entry, field)
    if isinstance(value, int):
        return field, entry._replace(**{field: value ^ 1 << dice.randrange(40)})
    raw = bytearray(value.encode())
    raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(7)
    return field, entry._replace(**{field: raw.decode("utf-8", "surrogateescape")})


def test_one_flipped_byte_among_a_hundred_thousand_entries_is_found_where_it_is() -> None:
    dice = random.Random(20261122)
    entries: list[AuditEntry] = []
    for number in range(MANY):
        act = AuditAct(
            1_800_000_000_000 + number, "赵", "sign-approve", f"alert/{number}", {"digest": "fh3:0", "n": number}
        )
        entries.append(chain(entries[-1] if entries else None, act))
    assert verify(entries) == VerifiedLog(MANY, entries[-1].hash)
    for at in dice.sample(range(MANY - 1), FLIPS):
        field, changed = flipped(entries[at], dice)
        answer = verify([*entries[:at], changed, *entries[at + 1 :]])
        assert isinstance(answer, Broken)
        assert (answer.seq, answer.field) in {(at + 1, field), (at + 1, "content" if field == "at_ms" else field)}


@given(st.integers(0, 4))
def test_case_56_a_removed_entry_is_named(at: int) -> None:
    answer = verify([*SIX[:at], *SIX[at + 1 :]])
    assert answer == Broken(at + 1, f"the entry is missing: {at + 2} stands in its place", "seq")


@given(st.permutations(SIX))
def test_entries_in_another_order_are_not_whole(entries: list[AuditEntry]) -> None:
    assert isinstance(verify(entries), VerifiedLog) == (entries == SIX)


def test_an_entry_rewritten_with_its_own_hash_breaks_the_link_of_the_next() -> None:
    rewritten = chain(SIX[1], AuditAct(2, "赵", "reject", "alert/2", {}))
    assert verify([*SIX[:2], rewritten, *SIX[3:]]) == Broken(
        4, "the link to the entry before it does not hold", "previous"
    )


def test_a_segment_is_verified_from_the_entry_before_it() -> None:
    assert verify(SIX[3:], after=SIX[2]) == VerifiedLog(3, SIX[-1].hash)
    assert isinstance(verify(SIX[3:], after=SIX[1]), Broken)
    assert isinstance(verify(SIX[3:]), Broken)


def test_entries_cut_off_the_end_show_against_the_head_kept_elsewhere() -> None:
    answer = verify(SIX[:-1])
    assert isinstance(answer, VerifiedLog)
    assert answer.head != SIX[-1].hash


@given(st.integers(1, 6))
def test_a_head_kept_elsewhere_finds_an_end_that_was_cut_off_or_written_anew(count: int) -> None:
    head = Head(count, SIX[count - 1].hash)
    assert verify(SIX, head=head) == VerifiedLog(6, SIX[-1].hash)
    assert verify(SIX[: count - 1], head=head) == Broken(count, f"entries {count} to {count} have been cut off", "seq")
    again = chained([AuditAct(n, "赵", "sign", f"alert/{n}", {"digest": "fh1:1", "n": n}) for n in range(6)])
    answer = verify(again, head=head)
    assert isinstance(answer, Broken)
    assert (answer.seq, answer.field) == (count, "hash")


def test_two_fields_changed_at_once_are_said_to_be_content() -> None:
    answer = verify([SIX[0]._replace(actor="钱", action="sing"), *SIX[1:]])
    assert isinstance(answer, Broken)
    assert (answer.seq, answer.field) == (1, "content")


def test_the_detail_is_one_spelling_whatever_the_order_of_its_keys() -> None:
    act = AuditAct(0, "a", "b", "c", {"x": 1, "y": 2})
    assert chain(None, act) == chain(None, replace(act, detail={"y": 2, "x": 1}))


def test_what_no_database_takes_is_recorded_all_the_same() -> None:
    entry = chain(None, AuditAct(0, "a\0", "b", "c\ud800", {"reason": "\ud800\0"}))
    assert verify([entry]) == VerifiedLog(1, entry.hash)
    assert "\0" not in "".join(map(str, entry))


@pytest.mark.parametrize("detail", [{"x": float("nan")}, {"x": object()}])
def test_a_detail_that_is_not_json_is_refused(detail: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        chain(None, AuditAct(0, "a", "b", "c", detail))
