"""Drafts: read, checked, kept, edited by their version, linked to the first message of their chain."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from hub.alert.alert import Area, MsgType, NamedValue, Reference, Scope, Status
from hub.alert.views import PlanRequest
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.formats.cap.read import read
from hub.formats.cap.write import write
from hub.store.alerts import alerts
from hub.store.records import audit
from tests.stories.town import BAOTA, BRIDGE, HILLS, Cast, Town
from tests.stories.warnings import SCHEME, alert_of, because, document

# --- one document, one alert


async def test_the_same_document_posted_twice_gives_one_alert(town: Town) -> None:
    cap = town.cap()
    first, again = await town.drafts(cap), await town.drafts(cap)
    assert first.id == again.id
    assert len((await town.hub.alerts.page(None, 10, None)).items) == 1


async def test_the_same_document_posted_at_the_same_moment_gives_one_alert(town: Town) -> None:
    cap = town.cap()
    views = await asyncio.gather(*(town.drafts(cap) for _ in range(5)))
    assert len({view.id for view in views}) == 1


async def test_the_same_documents_posted_to_two_processes_at_the_same_moment_give_one_alert_each(town: Town) -> None:
    other = town.build()
    caps = [town.cap(identifier=f"rain-{number}") for number in range(6)]
    try:
        author = town.officials["author"]
        posted = [hub.drafting.create(author, cap, PlanRequest()) for cap in caps for hub in (town.hub, other)]
        views = await asyncio.gather(*posted)
    finally:
        await other.aclose()
    assert [view.id for view in views[::2]] == [view.id for view in views[1::2]]
    assert len({view.id for view in views}) == len(caps)


async def test_different_documents_of_one_identifier_at_the_same_moment_are_one_alert_and_one_conflict(
    town: Town,
) -> None:
    other = town.build()
    try:
        author = town.officials["author"]
        caps = [town.cap(identifier="rain", headline=headline) for headline in ("one", "another")]
        posted = [
            hub.drafting.create(author, cap, PlanRequest()) for hub, cap in zip((town.hub, other), caps, strict=True)
        ]
        said = await asyncio.gather(*posted, return_exceptions=True)
    finally:
        await other.aclose()
    assert sorted(type(each).__name__ for each in said) == ["AlertView", "Conflict"]


async def test_another_document_under_the_same_identifier_is_a_conflict(town: Town) -> None:
    await town.drafts(town.cap(identifier="rain", headline="one"))
    with pytest.raises(Conflict) as refused:
        await town.drafts(town.cap(identifier="rain", headline="another"))
    assert (refused.value.rule, refused.value.place) == ("L4", "alert/identifier")


async def test_the_same_identifier_of_another_sender_is_another_alert(town: Town) -> None:
    one = await town.drafts(town.cap(identifier="rain"))
    other = await town.drafts(town.cap(identifier="rain", sender="water@example.cn"))
    assert one.id != other.id


async def test_a_released_alert_posted_again_is_answered_and_not_sent_again(town: Town) -> None:
    cap = town.cap()
    flood = await town.warns(cap, channels=("sms",))
    await town.rests()
    again = await town.drafts(cap, channels=("sms",))
    await town.rests()
    assert (again.id, again.stage) == (flood.id, "released")
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))


# --- bad input


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (b"", "cap-refused"),
        (b"<alert", "cap-refused"),
        (b"<html/>", "cap-refused"),
        (
            b'<!DOCTYPE a [<!ENTITY x "y">]><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">&x;</alert>',
            "cap-refused",
        ),
    ],
)
async def test_what_is_no_cap_is_refused_with_findings_and_keeps_nothing(town: Town, source: bytes, rule: str) -> None:
    with pytest.raises(Invalid) as refused:
        await town.hub.drafting.create(town.officials["author"], source, PlanRequest())
    assert refused.value.rule == rule
    assert refused.value.findings
    assert (await town.hub.alerts.page(None, 10, None)).items == ()


async def test_a_warning_that_is_over_is_refused(town: Town) -> None:
    cap = town.cap(lasts=timedelta(minutes=1))
    town.clock.advance(61)
    with pytest.raises(Invalid) as refused:
        await town.drafts(cap)
    assert refused.value.rule == "X21"


@pytest.mark.parametrize("kind", [MsgType.ACK, MsgType.ERROR])
async def test_an_acknowledgement_or_error_is_no_warning(town: Town, kind: MsgType) -> None:
    now = town.clock.now()
    reference = Reference("a@example.cn", "x", "2026-01-01T00:00:00+08:00")
    cap = document(now, "a", BAOTA, msg_type=kind, references=(reference,), note="n")
    with pytest.raises(Invalid) as refused:
        await town.drafts(cap)
    assert refused.value.rule == "msg-type"


@pytest.mark.parametrize(
    ("plan", "rule"),
    [
        ({"channels": ("sms", "pigeon")}, "channel-unknown"),
        ({"regions": frozenset({"999999999999"})}, "region-unknown"),
        ({"groups": frozenset({"elderly", "dragons"})}, "group-unknown"),
    ],
)
async def test_a_plan_that_names_what_is_not_known_is_refused_by_name(town: Town, plan, rule: str) -> None:
    with pytest.raises(Invalid) as refused:
        await town.drafts(**plan)
    assert refused.value.rule == rule
    assert any(word in str(refused.value) for word in ("pigeon", "999999999999", "dragons"))


async def test_what_is_kept_is_strict_cap_that_reads_without_findings(town: Town) -> None:
    view = await town.drafts()
    kept = read(await town.hub.alerts.cap(view.id))
    assert (kept.verdict, kept.alert.identifier) == ("clean", view.identifier)


@pytest.mark.parametrize("by", ["reviewer", "signer", "releaser", "monitor"])
async def test_only_who_holds_the_right_to_draft_drafts(town: Town, by: str) -> None:
    with pytest.raises(Forbidden) as refused:
        await town.drafts(by=by)
    assert refused.value.rule == "RIGHT"
    assert (await town.hub.alerts.page(None, 10, None)).items == ()


# --- edits


async def edited(town: Town, view, by: str = "editor", **changes):
    cap = town.cap(identifier=view.identifier, **changes)
    return await town.hub.drafting.replace(town.officials[by], view.id, view.version, cap, PlanRequest(("sms",)))


async def test_an_edit_grows_the_version_and_names_the_editor_among_the_authors(town: Town) -> None:
    view = await edited(town, await town.drafts(), headline="改过")
    assert (view.version, view.headline) == (2, "改过")
    assert view.authors == ("author", "editor")


async def test_of_two_edits_of_one_version_the_second_is_refused(town: Town) -> None:
    view = await town.drafts()
    await edited(town, view, headline="first")
    with pytest.raises(Conflict) as refused:
        await edited(town, view, headline="second")
    assert refused.value.rule == "version"
    assert (await town.hub.alerts.get(view.id)).headline == "first"


async def test_an_edit_cannot_make_it_another_message(town: Town) -> None:
    view = await town.drafts()
    with pytest.raises(Invalid) as refused:
        await town.hub.drafting.replace(town.officials["author"], view.id, 1, town.cap(), PlanRequest())
    assert refused.value.rule == "identity"


@pytest.mark.parametrize("stage", ["submitted", "approved", "released", "withdrawn", "rejected"])
async def test_only_a_draft_can_be_edited(town: Town, stage: str) -> None:
    view = await town.drafts(channels=("sms",))
    if stage in {"submitted", "approved", "released", "rejected"}:
        view = await town.submits(view)
    if stage == "rejected":
        view = await town.decides(view, "reviewer", "review", verdict="reject", reason="no")
    if stage in {"approved", "released"}:
        view = await town.approves(view)
    if stage == "released":
        view = await town.releases(view)
    if stage == "withdrawn":
        view = await town.hub.drafting.withdraw(town.officials["author"], view.id, "mistake")
    assert view.stage == stage
    with pytest.raises(Conflict) as refused:
        await edited(town, view)
    assert refused.value.rule == "stage"


async def test_an_edit_into_an_area_that_is_not_ones_own_is_refused(settle) -> None:
    town = await settle(Cast(officials_of=BAOTA))
    view = await town.drafts(town.cap(BRIDGE, identifier="rain"))
    cap = town.cap(HILLS, identifier="rain")
    with pytest.raises(Forbidden) as refused:
        await town.hub.drafting.replace(town.officials["author"], view.id, 1, cap, PlanRequest())
    assert refused.value.rule == "LAW-18"
    assert (await town.hub.alerts.get(view.id)).version == 1


# --- withdrawing


async def test_withdrawing_what_was_not_released_tells_nobody(town: Town) -> None:
    view = await town.prepares(channels=("sms",))
    gone = await town.hub.drafting.withdraw(town.officials["author"], view.id, "no rain")
    assert gone.stage == "withdrawn"
    with pytest.raises(Conflict):
        await town.releases(view)
    await town.rests()
    assert town.sms.counts.received == 0


async def test_what_was_released_cannot_be_withdrawn(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    with pytest.raises(Conflict) as refused:
        await town.hub.drafting.withdraw(town.officials["author"], flood.id, "oops")
    assert refused.value.rule == "stage"


@pytest.mark.parametrize("call", ["update", "cancel", "withdraw", "replace"])
async def test_an_alert_that_does_not_exist_is_not_found(town: Town, call: str) -> None:
    author, drafting = town.officials["author"], town.hub.drafting
    calls = {
        "update": lambda: drafting.update(author, 4711, town.cap()),
        "cancel": lambda: drafting.cancel(author, 4711, because("why")),
        "withdraw": lambda: drafting.withdraw(author, 4711, "why"),
        "replace": lambda: drafting.replace(author, 4711, 1, town.cap(), PlanRequest()),
    }
    with pytest.raises(NotFound) as refused:
        await calls[call]()
    assert refused.value.rule == "alert-unknown"


async def test_every_act_of_drafting_stands_in_the_audit_log(town: Town) -> None:
    view = await edited(town, await town.drafts(), headline="改过")
    await town.hub.drafting.withdraw(town.officials["author"], view.id, "no rain")
    entries = await town.hub.db.read(lambda connection: list(audit.entries(connection)))
    acts = [(entry.actor, entry.action) for entry in entries if entry.subject == f"alert/{view.id}"]
    assert acts == [("author", "draft"), ("editor", "edit"), ("author", "withdraw")]


@pytest.mark.parametrize(
    ("status", "world"), [(Status.ACTUAL, "live"), (Status.EXERCISE, "exercise"), (Status.TEST, "exercise")]
)
async def test_only_an_actual_warning_belongs_to_the_live_world(town: Town, status: Status, world: str) -> None:
    view = await town.drafts(town.cap(status=status, note="drill", scope=Scope.PUBLIC))
    assert view.world == world


# --- codes that mean less than is warned


async def test_a_part_of_a_county_is_taken_whole_and_that_is_said_once(town: Town) -> None:
    areas = (
        Area(
            "west of Gila",
            geocodes=(NamedValue("SAME", "704007"), NamedValue("SAME", "004009"), NamedValue(SCHEME, BAOTA)),
        ),
    )
    draft = await town.drafts(town.cap(areas=areas))
    assert [(each["rule"], each["text"]) for each in draft.findings if each["rule"] == "SAME-part"] == [
        ("SAME-part", "SAME 704007 means a part of a county or state: the whole of it is warned")
    ]


async def test_whom_a_public_message_was_addressed_to_stands_in_nothing_that_feeds_carry(town: Town) -> None:
    listed = b"<addresses>+8619910000001 citizen1@example.org</addresses>"
    draft = await town.drafts(town.cap().replace(b"</scope>", b"</scope>" + listed))
    kept = await town.hub.db.read(lambda connection: alerts.get(connection, draft.id))
    assert kept is not None
    assert b"addresses" not in kept.content
    assert "PD-4" in kept.findings


@pytest.mark.parametrize(("language", "blocks"), [("en-US", [1]), ("fr", [1]), ("zh-CN", []), ("ja", []), ("und", [])])
async def test_a_text_without_a_letter_of_its_language_is_told_to_those_who_sign(
    town: Town, language: str, blocks: list[int]
) -> None:
    """CAP 1.2 §3.2.2: a block that names no language is taken for en-US, whatever it is written in."""
    alert = alert_of(town.clock.now(), "rain", BAOTA)
    chinese = replace(alert.infos[0], language=language)
    draft = await town.drafts(write(replace(alert, infos=(chinese, alert.infos[1]))))
    found = [each for each in draft.findings if each["rule"] == "language-letters"]
    assert [each["values"]["block"] for each in found] == blocks
