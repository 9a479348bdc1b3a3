"""The sequence of acts: whatever is done to rows and log, a no stays a no, or it is seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals import audit
from approvals.acts import (
    TYP,
    Act,
    ActSequence,
    ActsRefused,
    hash_of,
    log_goes_on,
    must_be_named,
    read_act,
    read_sequence,
    seal_act,
)
from approvals.audit import GENESIS, AuditEntry, chain
from approvals.signed import sign_tree

KEY = Ed25519PrivateKey.generate()
KEYS = {"k": KEY.public_key()}
SUBJECTS = ("alert/1", "alert/2", "alert/3")
STAGES = ("draft", "submitted", "approved", "rejected", "withdrawn", "released", "cancelled")


@dataclass
class Record:
    """What SQL holds: the acts by subject, each (number, JWS), and the audit log."""

    acts: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    log: list[AuditEntry] = field(default_factory=list)

    def act(self, subject: str, stage: str) -> None:
        """What the hub does."""
        rows = self.acts.setdefault(subject, [])
        last = self.log[-1] if self.log else None
        act = Act(
            subject=subject,
            number=len(rows) + 1,
            action=stage,
            stage=stage,
            submission=1,
            digest="",
            evidence="",
            actor="hub",
            at=len(self.log),
            previous=hash_of(rows[-1][1]) if rows else GENESIS,
            entry=last.seq + 1 if last else 1,
            link=last.hash if last else GENESIS,
        )
        jws = seal_act(act, KEY, "k")
        rows.append((act.number, jws))
        named = {"act": {"number": act.number, "hash": hash_of(jws)}}
        self.log.append(chain(last, audit.AuditAct(act.at, "hub", stage, subject, named)))

    def note(self) -> None:
        """An entry of the log that is no act."""
        self.log.append(chain(self.log[-1] if self.log else None, audit.AuditAct(0, "hub", "noted", "elsewhere", {})))

    def read(self, subject: str) -> str:
        """The stage, as `hub.dossier.acts` reads it from SQL. Raises ActsRefused."""
        rows = self.acts.get(subject, [])
        sequence = read_sequence(subject, rows, KEYS)
        every = [(read_act(jws), jws) for found in self.acts.values() for _, jws in found]
        latest, _ = max(every, key=lambda one: one[0].entry)
        entries = [entry for entry in self.log if entry.seq >= sequence.newest.entry]
        seq, named = must_be_named(sequence, entries, latest)
        on_record = {act.entry: {"number": act.number, "hash": hash_of(jws)} for act, jws in every}
        if on_record.get(seq) != named:
            raise ActsRefused(subject, 0, "gone")
        return sequence.stage

    def copy(self) -> Record:
        return Record({subject: list(rows) for subject, rows in self.acts.items()}, list(self.log))


# --- what somebody with SQL can do

Pick = Callable[[int], int]


def deletes_an_act(record: Record, pick: Pick) -> None:
    rows = record.acts[SUBJECTS[pick(len(SUBJECTS))]]
    if rows:
        del rows[pick(len(rows))]


def cuts_acts_off(record: Record, pick: Pick) -> None:
    rows = record.acts[SUBJECTS[pick(len(SUBJECTS))]]
    del rows[pick(len(rows) + 1) :]


def copies_an_act(record: Record, pick: Pick) -> None:
    source, target = (record.acts[SUBJECTS[pick(len(SUBJECTS))]] for _ in range(2))
    if source and target:
        place = pick(len(target))
        target[place] = (target[place][0], source[pick(len(source))][1])


def swaps_acts(record: Record, pick: Pick) -> None:
    rows = record.acts[SUBJECTS[pick(len(SUBJECTS))]]
    if rows:
        one, two = pick(len(rows)), pick(len(rows))
        rows[one], rows[two] = (rows[one][0], rows[two][1]), (rows[two][0], rows[one][1])


def renumbers(record: Record, pick: Pick) -> None:
    rows = record.acts[SUBJECTS[pick(len(SUBJECTS))]]
    rows[:] = [(number + 1, jws) for number, jws in rows]


def deletes_an_entry(record: Record, pick: Pick) -> None:
    if record.log:
        del record.log[pick(len(record.log))]


def cuts_the_log_off(record: Record, pick: Pick) -> None:
    del record.log[pick(len(record.log) + 1) :]


def writes_the_log_anew(record: Record, pick: Pick) -> None:
    """All hashes are right again: the log has no key."""
    fresh: list[AuditEntry] = []
    for entry in record.log:
        told = audit.AuditAct(entry.at_ms, entry.actor, entry.action, entry.subject, json.loads(entry.detail))
        fresh.append(chain(fresh[-1] if fresh else None, told))
    record.log = fresh


def renames_in_the_log(record: Record, pick: Pick) -> None:
    if record.log:
        place = pick(len(record.log))
        record.log[place] = record.log[place]._replace(detail="{}")


ATTACKS = (
    deletes_an_act, cuts_acts_off, copies_an_act, swaps_acts, renumbers, deletes_an_entry, cuts_the_log_off,
    writes_the_log_anew, renames_in_the_log,
)  # fmt: skip

HISTORY = st.lists(
    st.tuples(st.sampled_from(SUBJECTS), st.sampled_from(STAGES), st.booleans()), min_size=3, max_size=14
)


def oracle(moments: list[Record], attacked: Record, subject: str) -> set[str]:
    """Every stage an attacker may make us believe: that of now, and, where no act of later is left anywhere, of then.

    Naive: it holds the rows against every moment there was, and knows of no hash, seal or link.
    """
    left = {jws for rows in attacked.acts.values() for _, jws in rows}
    stages = set()
    for moment in reversed(moments):
        then = {jws for rows in moment.acts.values() for _, jws in rows}
        rows = moment.acts.get(subject, [])
        if rows and (moment is moments[-1] or left <= then):
            stages.add(read_act(rows[-1][1]).stage)
    return stages


@settings(max_examples=400, deadline=None)
@given(history=HISTORY, attacks=st.lists(st.tuples(st.sampled_from(ATTACKS), st.integers(0, 999)), max_size=5))
def test_whatever_is_done_to_acts_and_log_a_stage_is_the_true_one_or_refused_or_all_that_came_later_is_gone(
    history: list[tuple[str, str, bool]], attacks: list[tuple[Callable[[Record, Pick], None], int]]
) -> None:
    record, moments = Record({subject: [] for subject in SUBJECTS}), []
    for subject, stage, noted in history:
        record.act(subject, stage)
        if noted:
            record.note()
        moments.append(record.copy())
    for attack, seed in attacks:
        numbers = iter(range(seed, seed + 100))
        attack(record, lambda most, numbers=numbers: next(numbers) * 7919 % most)
    for subject in SUBJECTS:
        try:
            found = record.read(subject)
        except ActsRefused:
            continue
        assert found in oracle(moments, record, subject)


def taken(*stages: str) -> Record:
    record = Record()
    for stage in stages:
        record.act("alert/1", stage)
        record.act("alert/2", "draft")
    return record


def sequence_of(record: Record) -> ActSequence:
    return read_sequence("alert/1", record.acts["alert/1"], KEYS)


def test_what_nobody_touched_reads_as_it_was_taken() -> None:
    record = taken("draft", "submitted", "rejected")
    assert record.read("alert/1") == "rejected"


@pytest.mark.parametrize("name", sorted(set(asdict(read_act(taken("draft").acts["alert/1"][0][1])))))
def test_no_word_of_an_act_can_be_changed(name: str) -> None:
    record = taken("draft", "submitted", "rejected")
    number, jws = record.acts["alert/1"][-1]
    act = read_act(jws)
    value = getattr(act, name)
    other = value + 1 if isinstance(value, int) else f"{value}x"
    stranger = Ed25519PrivateKey.generate()
    record.acts["alert/1"][-1] = (number, seal_act(replace(act, **{name: other}), stranger, "k"))
    with pytest.raises(ActsRefused):
        record.read("alert/1")


def test_another_signed_document_of_the_hub_is_no_act() -> None:
    record = taken("draft")
    tree = asdict(read_act(record.acts["alert/1"][0][1]))
    for forged in (
        sign_tree(tree, "fenghuo-decision+jwt", KEY, "k"),
        sign_tree({"alert": 1}, TYP, KEY, "k"),
        "",
        "a.b",
    ):
        record.acts["alert/1"][0] = (1, forged)
        with pytest.raises(ActsRefused):
            record.read("alert/1")


def test_without_the_audit_log_an_act_cut_off_is_not_seen() -> None:
    """Why acts and log name each other: the sequence alone looks whole."""
    record = taken("draft", "submitted", "rejected")
    record.acts["alert/1"].pop()
    assert sequence_of(record).stage == "submitted"
    with pytest.raises(ActsRefused, match="the audit log names it, and it is not on record"):
        record.read("alert/1")


def test_without_the_latest_act_a_log_written_anew_is_not_seen() -> None:
    """Why an act names its place in the log: a log without a key can be written anew, and looks whole."""
    record = taken("draft", "submitted", "rejected")
    gone = read_act(record.acts["alert/1"].pop()[1]).entry
    record.log = [entry for entry in record.log if entry.seq != gone]
    writes_the_log_anew(record, lambda most: 0)
    sequence = sequence_of(record)
    entries = [entry for entry in record.log if entry.seq >= sequence.newest.entry]
    must_be_named(sequence, entries)
    with pytest.raises(ActsRefused, match="the audit log is not the one that was there"):
        record.read("alert/1")


def test_an_act_of_a_key_that_was_revoked_lets_nothing_go_on_until_it_is_submitted_anew() -> None:
    record = taken("draft", "submitted", "approved")
    number, jws = record.acts["alert/1"][1]
    record.acts["alert/1"][1] = (number, seal_act(read_act(jws), Ed25519PrivateKey.generate(), "gone"))
    follow = replace(read_act(record.acts["alert/1"][2][1]), previous=hash_of(record.acts["alert/1"][1][1]))
    record.acts["alert/1"][2] = (3, seal_act(follow, KEY, "k"))
    sequence = sequence_of(record)
    with pytest.raises(ActsRefused, match="no key in force"):
        sequence.must_be_sealed()
    anew = replace(follow, number=4, action="submit", previous=sequence.head)
    record.acts["alert/1"].append((4, seal_act(anew, KEY, "k")))
    sequence_of(record).must_be_sealed()


@pytest.mark.parametrize("how", ["goes on", "an act", "cut off", "written anew"])
def test_a_log_goes_on_only_link_by_link_and_without_a_further_act(how: str) -> None:
    record = taken("draft")
    end = record.log[-1]
    record.note()
    if how == "an act":
        record.act("alert/1", "rejected")
    if how == "cut off":
        record.log = record.log[:1]
    if how == "written anew":
        record.log[-2] = record.log[-2]._replace(detail='{"act":1}')
        writes_the_log_anew(record, lambda most: 0)
    found = log_goes_on([entry for entry in record.log if entry.seq >= end.seq], end, "alert/1")
    assert found == (record.log[-1] if how == "goes on" else None)
