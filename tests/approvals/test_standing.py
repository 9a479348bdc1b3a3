"""What a paper covers: each bound by itself, and all of them together against a slow second judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.level import Level
from approvals.policy_input import PolicyInput
from approvals.standing import MessageWords, StandingAuthorization, StandingRequest, gaps, in_force
from approvals.standing_terms import StandingRefused, document_of

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
AREA, INSIDE, OUTSIDE = "610602000000", "610602001000", "610625000000"


def tree(**changes: Any) -> dict[str, Any]:
    return {
        "name": "quake",
        "document_no": "12",
        "grantor": "office",
        "grantee": "sensor",
        "sender": "s@example.org",
        "events": ["地震", "11A*"],
        "levels": ["red", "orange"],
        "areas": [AREA],
        "channels": ["sms", "voice"],
        "texts": [{"language": "zh-CN", "event": "地震", "sender_name": "中心", "headline": "{n:number 3..9}级地震"}],
        "longest_hours": 2,
        "most_per_hour": 3,
        "max_persons": 100,
        "valid_from": NOW.isoformat(),
        "valid_until": (NOW + timedelta(days=200)).isoformat(),
        "review_by": (NOW + timedelta(days=100)).isoformat(),
    } | changes


def standing(**changes: Any) -> StandingAuthorization:
    document = document_of(tree(**changes))
    return StandingAuthorization(7, document, document.digest(), frozenset({1}), ())


BLOCK = MessageWords("zh-CN", "地震", "5级地震", "", "", "中心", ("桥镇",), "Immediate", "Observed")
STAKES = PolicyInput(Level.RED, "地震", frozenset({INSIDE}), frozenset({"sms"}), 100, "Alert", "live")
ASKED = StandingRequest("sensor", "s@example.org", STAKES, NOW, NOW + timedelta(hours=2), (BLOCK,), signed=True)


def rules(paper: StandingAuthorization, asked: StandingRequest, now: datetime = NOW) -> set[str]:
    return {gap.rule for gap in gaps(paper, asked, now)}


def test_a_message_within_every_bound_is_covered() -> None:
    assert rules(standing(), ASKED) == set()


def test_a_paper_that_does_not_say_is_for_what_is_about_to_happen_alone() -> None:
    later = replace(ASKED, blocks=(replace(BLOCK, urgency="Expected"),))
    assert (bool(rules(standing(), later)), bool(rules(standing(emergency_only=False), later))) == (True, False)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"service": "other"}, "standing-grantee"),
        ({"sender": "t@example.org"}, "standing-sender"),
        ({"signed": False}, "standing-signature"),
        ({"sent": NOW - timedelta(minutes=10, seconds=1)}, "standing-fresh"),
        ({"sent": NOW + timedelta(minutes=5, seconds=1)}, "standing-fresh"),
        ({"expires": NOW + timedelta(hours=2, seconds=1)}, "standing-hours"),
        ({"shapes": True}, "standing-area"),
        ({"note": "x"}, "standing-text"),
        ({"other": ("source",)}, "standing-text"),
        ({"blocks": ()}, "standing-text"),
        ({"blocks": (replace(BLOCK, other=("web",)),)}, "standing-text"),
        ({"blocks": (replace(BLOCK, areas=("桥镇", "拨打12345")),)}, "standing-text"),
        ({"blocks": (BLOCK, replace(BLOCK, headline="6级地震"))}, "standing-text"),  # two numbers for one fact
        ({"blocks": (replace(BLOCK, certainty="Unlikely"),)}, "standing-emergency"),
        ({"stakes": replace(STAKES, level=Level.YELLOW)}, "standing-level"),
        ({"stakes": replace(STAKES, event="洪水")}, "standing-event"),
        ({"stakes": replace(STAKES, areas=frozenset({INSIDE, OUTSIDE}))}, "standing-area"),
        ({"stakes": replace(STAKES, areas=frozenset({"610600000000"}))}, "standing-area"),
        ({"stakes": replace(STAKES, areas=frozenset())}, "standing-area"),
        ({"stakes": replace(STAKES, channels=frozenset({"sms", "email"}))}, "standing-channel"),
        ({"stakes": replace(STAKES, persons=101)}, "standing-persons"),
        ({"stakes": replace(STAKES, msg_type="Update")}, "standing-type"),
        ({"stakes": replace(STAKES, msg_type="Cancel"), "own": True}, "standing-type"),
    ],
)
def test_one_thing_outside_is_one_gap_that_names_it(changes: dict[str, Any], rule: str) -> None:
    assert rule in rules(standing(), replace(ASKED, **changes))


def test_the_last_moment_of_freshness_and_of_the_period_count_and_the_next_does_not() -> None:
    assert rules(standing(), replace(ASKED, sent=NOW - timedelta(minutes=10))) == set()
    paper = standing()
    assert in_force(paper, NOW) is None
    assert in_force(paper, NOW - timedelta(milliseconds=1)) is not None
    assert in_force(paper, NOW + timedelta(days=200)) is not None
    assert in_force(paper, NOW + timedelta(days=200) - timedelta(milliseconds=1)) is None
    assert in_force(replace(paper, revoked_at=NOW), NOW) is not None


def test_a_document_that_is_not_the_one_signed_covers_nothing() -> None:
    forged = replace(standing(), document=document_of(tree(most_per_hour=60)))
    assert "standing-digest" in rules(forged, ASKED)


def test_the_digest_covers_every_field_and_no_order_of_sets() -> None:
    digest = document_of(tree()).digest()
    assert (
        document_of(tree(levels=["orange", "red"], channels=["voice", "sms"], events=["11A*", "地震"])).digest()
        == digest
    )
    others = {"name": "n", "document_no": "13", "sender": "t@example.org", "max_persons": 101, "signed": False}
    others |= {"longest_hours": 3, "most_per_hour": 4, "emergency_only": False, "areas": [INSIDE]}
    assert all(document_of(tree(**{name: value})).digest() != digest for name, value in others.items())
    assert document_of(document_of(tree()).tree()).digest() == digest


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_until": (NOW + timedelta(days=367)).isoformat()},
        {"valid_until": NOW.isoformat()},
        {"review_by": (NOW + timedelta(days=201)).isoformat()},
        {"valid_from": "2026-07-01T08:00:00"},
        {"levels": []},
        {"levels": ["red", "red"]},
        {"events": ["*"]},
        {"events": ["11?"]},
        {"texts": []},
        {"texts": tree()["texts"] * 2},
        {"texts": [tree()["texts"][0] | {"sender_name": ""}]},
        {"may_cancel": True},
        {"longest_hours": 0},
        {"most_per_hour": 61},
        {"max_persons": 0},
        {"unknown": 1},
    ],
)
def test_a_paper_with_a_hole_in_it_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(StandingRefused):
        document_of(tree(**changes))


# --- a slow second judge of the same facts, written from the paper's words

WORD = st.sampled_from(["red", "orange", "yellow", "blue"])
PLACES = st.sets(st.sampled_from([AREA, INSIDE, OUTSIDE, "610600000000"]), min_size=1)
CHANNELS = st.sets(st.sampled_from(["sms", "voice", "email"]), min_size=1)


@st.composite
def papers(draw: st.DrawFn) -> dict[str, Any]:
    return tree(
        levels=sorted(draw(st.sets(WORD, min_size=1))),
        areas=sorted(draw(PLACES)),
        channels=sorted(draw(CHANNELS)),
        events=sorted(draw(st.sets(st.sampled_from(["地震", "11A*", "11B03"]), min_size=1))),
        max_persons=draw(st.sampled_from([None, 99, 100, 101])),
        signed=draw(st.booleans()),
        longest_hours=draw(st.sampled_from([1, 2, 3])),
    )


@st.composite
def messages(draw: st.DrawFn) -> StandingRequest:
    stakes = PolicyInput(
        level=Level.of(draw(WORD)),
        event=draw(st.sampled_from(["地震", "11A01", "11B03", "11B04"])),
        areas=frozenset(draw(PLACES)),
        channels=frozenset(draw(CHANNELS)),
        persons=draw(st.sampled_from([99, 100, 101])),
        msg_type=draw(st.sampled_from(["Alert", "Alert", "Alert", "Update"])),
        world="live",
    )
    return replace(
        ASKED,
        stakes=stakes,
        signed=draw(st.booleans()),
        expires=NOW + timedelta(hours=draw(st.sampled_from([1, 2, 3]))),
        sent=NOW - timedelta(minutes=draw(st.sampled_from([0, 10, 11]))),
    )


def inside(area: str, key: str) -> bool:
    stem = area.rstrip("0")
    return key.startswith(stem + "0" * (-len(stem) % 2))


def permitted(paper: dict[str, Any], asked: StandingRequest) -> bool:
    stakes = asked.stakes
    events = {"地震": ["地震"], "11A*": ["11A01"], "11B03": ["11B03"]}
    return (
        stakes.level.word in paper["levels"]
        and stakes.event in [event for pattern in paper["events"] for event in events[pattern]]
        and all(any(inside(area, key) for area in paper["areas"]) for key in stakes.areas)
        and stakes.channels <= set(paper["channels"])
        and (paper["max_persons"] is None or stakes.persons <= paper["max_persons"])
        and (asked.signed or not paper["signed"])
        and asked.expires <= NOW + timedelta(hours=paper["longest_hours"])
        and asked.sent >= NOW - timedelta(minutes=10)
        and stakes.msg_type == "Alert"
    )


@given(papers(), messages())
def test_a_paper_covers_exactly_what_its_words_permit(paper: dict[str, Any], asked: StandingRequest) -> None:
    document = document_of(paper)
    held = StandingAuthorization(1, document, document.digest(), frozenset(), ())
    assert (not gaps(held, asked, NOW)) == permitted(paper, asked)
    # What the policy is told of the paper never permits more than the paper.
    assert not held.refuses(asked.stakes, NOW) or not permitted(paper, asked)
