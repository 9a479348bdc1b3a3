"""What a draft leaves doubtful is asked of its author: it is kept, and nobody is asked to sign before it is answered."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.alert.views import AlertView, PlanRequest
from hub.audience.plan import QuestionAnswer
from hub.dossier import frozen
from hub.drafting.questions import finders
from hub.drafting.questions.open_questions import Asking
from hub.drafting.questions.words import LANGUAGES, table
from hub.errors import Conflict, Forbidden, Invalid
from hub.evidence.history import history_of
from hub.formats.cap.read import read
from hub.formats.cap.repair import emittable
from hub.formats.cap.write import strict_findings
from hub.settings.settings import CONFIG_DIR
from hub.store.alerts import alerts
from tests.stories.sensor import Sensor
from tests.stories.town import Cast, Town
from tests.stories.unsettled import HOUR, posted, timed
from tests.stories.warnings import BEIJING


async def answers(town: Town, view: AlertView, *said: tuple[str, ...], by: str = "author") -> AlertView:
    return await town.hub.drafting.answer(
        town.officials[by], view.id, view.version, [QuestionAnswer(*each) for each in said]
    )


def open_in(view: AlertView) -> dict[str, tuple[str, ...]]:
    return {question.key: tuple(choice.key for choice in question.choices) for question in view.questions}


def doubts(now: datetime) -> dict[str, tuple[dict[str, Any], dict[str, tuple[str, ...]]]]:
    """Times that contradict each other, and what is asked because of them."""
    return {
        "no end": ({"expires": None}, {"end-missing": ("usual", "until")}),
        "an end before it was sent": ({"expires": now - 400 * HOUR}, {"end-before-start": ("usual", "until")}),
        "an end before it is in force": (
            {"effective": now + 5 * HOUR, "expires": now + 3 * HOUR},
            {"end-before-start": ("usual", "until")},
        ),
        "an end before it begins": (
            {"onset": now + 20 * HOUR, "expires": now + 6 * HOUR},
            {"end-before-onset": ("usual", "until")},
        ),
        "sent far ahead": ({"sent": now + 5 * HOUR}, {"sent-ahead": ("now", "hold")}),
    }


DOUBTS = tuple(doubts(datetime(2026, 7, 1, tzinfo=UTC)))


@pytest.mark.parametrize("doubt", DOUBTS)
async def test_a_draft_with_doubtful_times_is_kept_as_it_came_and_refused_at_submit_with_the_choices_there_are(
    town: Town, doubt: str
) -> None:
    now = town.clock.now()
    times, asked = doubts(now)[doubt]
    source = posted(timed(now, **times))
    draft = await town.drafts(source)
    assert open_in(draft) == asked
    told = read(source).alert
    assert read(await town.hub.alerts.cap(draft.id)).alert == told
    with pytest.raises(Invalid) as refused:
        await town.submits(draft)
    assert refused.value.rule == "open-question"
    [question] = refused.value.members["questions"]
    assert question["element"].startswith("alert/")
    assert question["rule"]
    assert question["source"]
    assert {
        language for text in (question["text"], *(c["text"] for c in question["choices"])) for language in text
    } == {
        "zh",
        "en",
    }
    assert (await town.hub.alerts.get(draft.id)).stage == "draft"


async def test_without_the_questions_in_its_way_the_same_draft_would_be_asked_to_be_signed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out: a warning that nobody said the end of is up for decision."""
    monkeypatch.setattr(Asking, "must_be_answered", lambda *_: None)
    draft = await town.drafts(posted(timed(town.clock.now(), expires=None)))
    assert (await town.submits(draft)).stage == "submitted"


async def test_a_draft_whose_times_agree_asks_nothing(town: Town) -> None:
    draft = await town.drafts(town.cap())
    assert draft.questions == ()
    assert (await town.submits(draft)).stage == "submitted"


@pytest.mark.parametrize("choice", ["usual", "until"])
async def test_an_answer_settles_the_draft_and_is_all_that_changes(town: Town, choice: str) -> None:
    now = town.clock.now()
    draft = await town.drafts(posted(timed(now, expires=None)))
    end = (now + 2 * HOUR).astimezone(BEIJING)
    said = ("end-missing", choice, *((end.isoformat(),) if choice == "until" else ()))
    answered = await answers(town, draft, said)
    assert answered.questions == ()
    assert answered.expires_at == (end if choice == "until" else timed(now).sent + 3 * HOUR)
    alert = read(await town.hub.alerts.cap(draft.id)).alert
    assert alert == timed(now, expires=answered.expires_at.astimezone(BEIJING))
    assert (await town.submits(answered)).stage == "submitted"


async def test_an_answer_is_an_edit_by_its_editor_with_an_entry_of_its_own_in_the_record(town: Town) -> None:
    draft = await town.drafts(posted(timed(town.clock.now(), expires=None)))
    answered = await answers(town, draft, ("end-missing", "usual"), by="editor")
    assert answered.version == draft.version + 1
    assert answered.authors == ("author", "editor")
    entries = (await town.hub.transactions.read(lambda tx: history_of(tx, draft.id))).entries
    [entry] = [each for each in entries if each.action == "answer"]
    assert entry.actor == "editor"
    assert entry.detail["answers"] == [{"question": "end-missing", "choice": "usual", "value": ""}]
    submitted = await town.submits(answered)
    with pytest.raises(Forbidden):  # who answered is an author, and no author reviews
        await town.decides(submitted, "editor", "review")


@pytest.mark.parametrize(
    ("said", "where"),
    [
        (("nothing-asked", "usual"), "answers.nothing-asked"),
        (("end-missing", "guess"), "answers.end-missing"),
        (("end-missing", "usual", "now"), "answers.end-missing"),
        (("end-missing", "until"), "answers.end-missing"),
        (("end-missing", "until", "tomorrow"), "answers.end-missing"),
        (("end-missing", "until", "2030-01-01T00:00:00"), "answers.end-missing"),
        (("end-missing", "until", "9999-12-31T23:59:59-14:00"), "answers.end-missing"),
        (("end-missing", "until", "2020-01-01T00:00:00+08:00"), "alert/info/expires"),
    ],
)
async def test_an_answer_that_settles_nothing_is_refused_and_changes_nothing(
    town: Town, said: tuple[str, ...], where: str
) -> None:
    draft = await town.drafts(posted(timed(town.clock.now(), expires=None)))
    with pytest.raises(Invalid) as refused:
        await answers(town, draft, said)
    assert refused.value.place == where
    assert await town.hub.alerts.get(draft.id) == draft


async def test_an_answer_to_an_older_version_or_to_no_draft_is_a_conflict(town: Town) -> None:
    draft = await town.drafts(posted(timed(town.clock.now(), expires=None)))
    answered = await answers(town, draft, ("end-missing", "usual"))
    with pytest.raises(Conflict) as refused:
        await answers(town, draft, ("end-missing", "usual"))
    assert refused.value.rule == "version"
    submitted = await town.submits(answered)
    with pytest.raises(Conflict) as refused:
        await answers(town, submitted, ("end-missing", "usual"))
    assert refused.value.rule == "stage"


async def test_an_answer_that_settles_another_question_too_leaves_that_one_out(town: Town) -> None:
    """The sender's clock is two days ahead: once that is said, its end is no longer before it was sent."""
    now = town.clock.now()
    draft = await town.drafts(posted(timed(now, sent=now + 48 * HOUR, expires=now + 6 * HOUR)))
    assert set(open_in(draft)) == {"sent-ahead", "end-before-start"}
    answered = await answers(town, draft, ("sent-ahead", "now"), ("end-before-start", "usual"))
    assert answered.questions == ()
    assert (answered.sent, answered.expires_at) == (now.astimezone(BEIJING).isoformat(), now + 6 * HOUR)


async def test_what_a_machine_sends_with_doubtful_times_is_kept_as_a_draft_that_asks(town: Town) -> None:
    sensor = await Sensor.known(town)
    now = town.clock.now()
    taken = await sensor.sends(posted(timed(now, expires=now - HOUR)))
    assert taken.stage == "draft"
    draft = await town.hub.alerts.get(taken.alert)
    assert set(open_in(draft)) == {"end-before-start"}
    answered = await answers(town, draft, ("end-before-start", "usual"))
    assert (await sensor.sends(posted(timed(now, expires=now - HOUR)))).alert == answered.id


async def test_a_warning_that_was_over_before_it_came_is_refused_and_not_asked_about(town: Town) -> None:
    now = town.clock.now()
    with pytest.raises(Invalid) as refused:
        await town.drafts(posted(timed(now, sent=now - 3 * HOUR, expires=now - HOUR)))
    assert refused.value.rule == "X21"


async def test_a_draft_that_nobody_settles_goes_by_itself_after_a_day(town: Town) -> None:
    draft = await town.drafts(posted(timed(town.clock.now(), expires=None)))
    town.clock.advance(23 * 3600)
    await town.sweeps()
    assert (await town.hub.alerts.get(draft.id)).stage == "draft"
    town.clock.advance(3601)
    await town.sweeps()
    assert (await town.hub.alerts.get(draft.id)).stage == "lapsed"


async def test_blocks_of_several_periods_are_asked_about_one_by_one(town: Town) -> None:
    now = town.clock.now()
    alert = timed(now)
    first = timed(now, expires=None).infos[0]
    second = timed(now, expires=now - HOUR).infos[1]
    draft = await town.drafts(posted(replace(alert, infos=(first, second))))
    assert set(open_in(draft)) == {"end-missing:1", "end-before-start:2"}
    answered = await answers(town, draft, ("end-missing:1", "usual"))
    assert set(open_in(answered)) == {"end-before-start:2"}


async def test_a_warning_that_would_last_longer_than_a_rule_of_the_policy_allows_is_kept_and_shortened_by_its_author(
    settle: Any, tmp_path: Path
) -> None:
    policy = (CONFIG_DIR / "authority.toml").read_text("utf-8")
    bounded = policy.replace('id = "MET-30"\n', 'id = "MET-30"\nlongest_hours = 48\n')
    (tmp_path / "authority.toml").write_text(bounded, "utf-8")
    town = await settle(Cast(hub={"authority": tmp_path / "authority.toml"}))
    now = town.clock.now()
    draft = await town.drafts(posted(timed(now, expires=now + 49 * HOUR)))
    assert open_in(draft) == {"period-bound": ("longest", "until")}
    with pytest.raises(Invalid) as refused:
        await town.submits(draft)
    assert refused.value.rule == "open-question"
    with pytest.raises(Invalid):
        await answers(town, draft, ("period-bound", "until", (now + 49 * HOUR).isoformat()))
    answered = await answers(town, draft, ("period-bound", "longest"))
    assert (answered.questions, answered.expires_at) == ((), now + 48 * HOUR)
    town.clock.advance(60)
    assert (await town.submits(answered)).stage == "submitted"


async def test_an_answer_that_shows_nowhere_else_is_kept_with_the_plan_and_covered_by_the_digest(town: Town) -> None:
    draft = await town.drafts()
    dossier = await town.hub.db.read(lambda connection: frozen.of(connection, draft.id))
    said = [(), (QuestionAnswer("left-out:1", "continues"),), (QuestionAnswer("left-out:1", "ended"),)]
    digests = {replace(dossier, plan=replace(dossier.plan, answers=each)).digest() for each in said}
    assert len(digests) == len(said)
    plan = replace(dossier.plan, answers=said[1])
    await town.hub.db.write(lambda connection: alerts.change(connection, draft.id, plan=plan.to_json()))
    view = await town.hub.drafting.replan(town.officials["author"], draft.id, draft.version, PlanRequest(("sms",)))
    kept = (await town.hub.db.read(lambda connection: frozen.of(connection, view.id))).plan
    assert (kept.channels, kept.answers) == (("sms",), said[1])


def test_every_question_and_choice_has_words_in_both_languages() -> None:
    for kind, words in table().items():
        for each in (words, *words["choices"].values()):
            assert set(LANGUAGES) <= set(each), kind


def test_every_finder_is_asked() -> None:
    assert len(set(finders.FINDERS)) == len(finders.FINDERS)


async def test_over_the_api_the_questions_stand_in_the_alert_and_in_the_refusal_and_are_answered(
    settle: Any,
) -> None:
    town = await settle(Cast())
    draft = await town.drafts(posted(timed(town.clock.now(), expires=None)))
    found = town.officials["author"]
    token = town.hub.tokens.issue(found.id, found.name, found.rights)
    url = f"{town.hub.settings.public_url}/api/v1/alerts/{draft.id}"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client:
        async with client.get(url) as answer:
            [question] = (await answer.json())["questions"]
        assert (question["key"], question["element"], question["rule"]) == (
            "end-missing",
            "alert/info[1]/expires",
            "X12",
        )
        async with client.post(f"{url}/submit", json={"version": draft.version}) as answer:
            problem = await answer.json()
        assert (answer.status, problem["rule"], problem["questions"]) == (422, "open-question", [question])
        body = {"version": draft.version, "answers": {"end-missing": {"choice": "usual"}}}
        async with client.post(f"{url}/answers", json=body) as answer:
            view = await answer.json()
        assert (answer.status, view["questions"], view["version"]) == (200, [], draft.version + 1)


async def test_whatever_its_times_a_draft_whose_questions_are_answered_is_strict_and_asks_nothing_more(
    town: Town,
) -> None:
    now = town.clock.now()
    ahead = (None, now - HOUR, now + 2 * HOUR)
    every = itertools.product((now, now + 3 * HOUR), ahead, ahead, (*ahead, now + 4 * HOUR))
    for number, (sent, effective, onset, expires) in enumerate(every):
        times = {"sent": sent, "effective": effective, "onset": onset, "expires": expires}
        alert = timed(now, f"rain-{number}", **times)
        source = posted(emittable(alert, now=now)[0])
        view = await town.drafts(source)
        for _ in range(3):  # one answer may open what it had hidden: an end that is before the hour it is held for
            if view.questions:
                last = [(question.key, question.choices[0].key) for question in view.questions]
                view = await answers(town, view, *last)
        assert view.questions == (), times
        kept = read(await town.hub.alerts.cap(view.id)).alert
        assert kept is not None
        assert [each for each in strict_findings(kept) if each.level == "error"] == [], times
        assert view.expires_at is not None
        assert view.expires_at > now
