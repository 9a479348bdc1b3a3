"""Whatever officials do through the API, at random: nothing leaves without the policy's signatures over those bytes."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from approvals.official import Official
from approvals.party import PartyRole
from approvals.policy_input import PolicyInput
from tests.properties.agency import Agency
from tests.properties.attacks import ATTACKS, Attack, authority, issuing, lent, reading, record, said, separation
from tests.properties.attacks.honest import signed, texts
from tests.properties.days import works
from tests.properties.oracle import Oracle
from tests.properties.papers import knows_sensor
from tests.properties.policy_model import Clerk, File, Unlawful
from tests.stories.town import BAOTA, BRIDGE, CITY, ZHIDAN, Cast, Town

log = logging.getLogger(__name__)
POLICY = Path(__file__).resolve().parents[2] / "config" / "authority.toml"
LONG = os.environ.get("FENGHUO_FAULTS") == "long"
#: long: five offices of a thousand steps each
SEEDS = [int(seed) for seed in os.environ.get("FENGHUO_SEED", "2 4 6 8 10" if LONG else "2").split()]
STEPS = 1_000 if LONG else 4 * len(ATTACKS)  # short: every attack twice, and two acts for three attacks
LEAST = 10 if LONG else 1  #: how often each act is allowed, and how often refused: fifty times in five offices


@pytest.fixture
async def agency(settle, request: pytest.FixtureRequest) -> AsyncIterator[Agency]:
    town: Town = await settle(Cast(bridge=2, river=1, hills=1, channels=("sms",)))
    async with aiohttp.ClientSession() as http:
        made = Agency(town, Oracle(POLICY), http, request.param)
        await made.enters()
        await knows_sensor(made)
        yield made


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize("agency", SEEDS, indirect=True)
async def test_nothing_is_released_or_sent_without_the_signatures_the_policy_demands_over_those_very_bytes(
    agency: Agency,
) -> None:
    try:
        await works(agency, STEPS)
    except AssertionError as error:
        raise AssertionError(f"{error}\nFENGHUO_SEED and the last steps:\n" + "\n".join(agency.steps)) from error
    # A run in which nothing was ever released, refused or sent, or an attack never tried, would prove nothing.
    released = [file for file in agency.oracle.files.values() if file.released]
    assert {file.msg_type for file in released} == {"Alert", "Update", "Cancel"}
    assert agency.heard > 0
    rules = {key.rpartition(" ")[2] for key in agency.answers}
    assert rules >= {"SEP-1", "SEP-2", "SEP-3"}
    assert {attack.__name__ for attack in ATTACKS if not agency.tried[attack.__name__]} == set()
    log.info("\n%s", agency.ledger.table())  # shown by --log-cli-level=INFO
    assert agency.ledger.short_of(LEAST) == {}, "an act was not tried often enough on both sides"


def _believes(*_: object) -> None:
    """In the place of a guard."""


def _of_the_issuer(official: Official, stakes: PolicyInput, *_: object, **__: object) -> PartyRole:
    """In the place of the question whose warning it is."""
    return PartyRole(frozenset({official.unit, *(unit.name for unit in stakes.issuers)}))


BELIEVES_THE_ROW: dict[str, object] = {
    "approvals.acts.ActSequence.stage": property(lambda _: "approved"),
    "hub.dossier.acts.difference": lambda *_: "",
    "hub.release.release._must_be_acts": _believes,
}
UNBOUNDED: dict[str, object] = {
    "approvals.grant.Grant.covers": lambda *_: True,
    "approvals.paper.stakes_gaps": lambda *_: (),
}
IN_FORCE_BY_ITS_ROW: dict[str, object] = {"hub.dossier.delegation.must_be_in_force": _believes}
#: what is taken out of the hub, and the wrong that shows it
GUARDS: dict[str, tuple[Attack, dict[str, object]]] = {
    "the level that is said": (
        said.the_headline_says_another_level,
        {"hub.signoff.freeze.must_say_what_is_signed": _believes},
    ),
    "whose it is": (authority.strangers_decide, {"approvals.competence.part_of": _of_the_issuer}),
    "what is asked for": (separation.nobody_asks_for_it, {"hub.signoff.decide.must_be_asked": _believes}),
    "the acts of a no": (record.a_no_is_undone_in_sql, BELIEVES_THE_ROW),
    "the seal of a signature": (
        record.a_yes_is_written_in,
        BELIEVES_THE_ROW | {"hub.release.release.must_be_sealed": _believes},
    ),
    "who reads it": (reading.an_outsider_reads, {"approvals.reading.ReadingPolicy.may_read": lambda *_: True}),
    "whom it consulted": (issuing.somebody_is_consulted, {"hub.signoff.freeze.find_unstated": lambda *_: ()}),
    "the bounds of an entrustment": (lent.a_centre_publishes_for_another_unit, UNBOUNDED),
    "the acts of an entrustment": (lent.a_centre_publishes_for_another_unit, IN_FORCE_BY_ITS_ROW),
    "the bounds of a delegation": (lent.a_delegation_is_stretched, UNBOUNDED),
    "the acts of a delegation": (lent.a_delegation_is_stretched, IN_FORCE_BY_ITS_ROW),
    "the acts of a paper": (
        record.a_revoked_paper_is_put_in_force,
        {"hub.intake.standing_release.StandingReleases._must_be_in_force": _believes},
    ),
}


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize("agency", [2], indirect=True)
@pytest.mark.parametrize("guard", sorted(GUARDS))
async def test_with_a_guard_of_the_hub_taken_out_the_agency_finds_it(
    agency: Agency, guard: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attack, guards = GUARDS[guard]
    for area in (BAOTA, ZHIDAN):  # others' warnings are there to be copied from
        await signed(agency, texts(agency, "暴雨", area=area))
    for name, instead in guards.items():
        monkeypatch.setattr(name, instead)
    with pytest.raises(Unlawful) as found:
        await attack(agency)
    # That no alarm was raised is found with every guard in its place, too: it shows nothing of this one.
    assert "nobody is told" not in str(found.value)


CHIEF = Clerk(1, 1, "气象局", "meteorological", BAOTA, frozenset({"review", "sign", "release"}))
OTHER, THIRD, AUTHOR = (
    Clerk(n, n, "气象局", "meteorological", BAOTA, frozenset({"review", "sign"})) for n in (2, 3, 4)
)


def case(level: str = "orange", **changes: object) -> tuple[Oracle, File]:
    oracle = Oracle(POLICY)
    oracle.clerks = {each.account: each for each in (CHIEF, OTHER, THIRD, AUTHOR)}
    file = File(1, level, "暴雨", frozenset({BRIDGE}), "Alert", "气象局", 100.0)
    file.authors, file.digest, file.forms = {4}, "fh3:a", frozenset({"text"})
    file.approvals = [(OTHER, "review"), (THIRD, "sign")]
    for name, value in changes.items():
        setattr(file, name, value)
    oracle.files = {1: file}
    return oracle, file


def test_the_oracle_allows_a_release_with_everything_there() -> None:
    oracle, file = case()
    oracle.released(1, file, "fh3:a", 99.0)
    oracle.arrived("text", BRIDGE)
    assert file.released


@pytest.mark.parametrize(
    ("changes", "digest", "now"),
    [
        ({}, "fh3:b", 0.0),
        ({}, "fh3:a", 100.0),
        ({"level": "red"}, "fh3:a", 0.0),
        ({"approvals": [(OTHER, "review")]}, "fh3:a", 0.0),
        ({"approvals": [(OTHER, "review"), (AUTHOR, "sign")]}, "fh3:a", 0.0),
        ({"areas": frozenset({BRIDGE, ZHIDAN})}, "fh3:a", 0.0),
        ({"areas": frozenset({CITY})}, "fh3:a", 0.0),
        ({"event": "14A01"}, "fh3:a", 0.0),
        ({"path": "emergency"}, "fh3:a", 0.0),
        ({"ended": True}, "fh3:a", 0.0),
    ],
)
def test_the_oracle_sees_what_is_unlawful(changes: dict[str, object], digest: str, now: float) -> None:
    oracle, file = case(**changes)
    with pytest.raises(Unlawful):
        oracle.released(1, file, digest, now)


def test_the_oracle_sees_texts_nobody_approved_and_people_nobody_meant() -> None:
    oracle, _ = case(released=True)
    with pytest.raises(Unlawful):
        oracle.arrived("another text", BRIDGE)
    with pytest.raises(Unlawful):
        oracle.arrived("text", ZHIDAN)


def test_the_oracle_sees_a_decision_by_an_author_a_second_one_and_one_over_another_content() -> None:
    word = {"step": "sign", "verdict": "approve", "digest": "fh3:a", "reason": ""}
    for account, change in ((4, {}), (1, {"digest": "fh3:b"}), (1, {"verdict": "reject"})):
        oracle, file = case(approvals=[(OTHER, "review")])
        with pytest.raises(Unlawful):
            oracle.decided(account, file, word | change)
    oracle, file = case(level="red", approvals=[(OTHER, "review")])
    oracle.decided(1, file, word)
    with pytest.raises(Unlawful, match="SEP-2"):
        oracle.decided(1, file, word)


def test_the_oracle_sees_a_step_that_nothing_lacks() -> None:
    word = {"verdict": "approve", "digest": "fh3:a", "reason": ""}
    for step, approvals in (("review", [(OTHER, "review")]), ("sign", [(OTHER, "review"), (THIRD, "sign")])):
        oracle, file = case(approvals=approvals)
        with pytest.raises(Unlawful, match="which lacks"):
            oracle.decided(1, file, word | {"step": step})
