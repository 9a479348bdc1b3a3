"""Drafting over the API: create, edit, update, cancel, withdraw, and a check that keeps nothing."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from hub.alert.views import NOBODY, AlertView, PlanRequest
from hub.dossier.ending import Ending
from hub.dossier.issuers import IssuersRequest
from hub.drafting.cancellation import EndingRequest
from hub.drafting.notes import EndingNotes
from hub.errors import Refusal
from hub.formats.cap.finding import Finding
from hub.formats.cap.read import read
from hub.rules.rule import Rule
from hub.signoff.referral import ReferralRequest
from hub.web.api.endpoint import ROOT, Call, answer
from hub.web.body import Body
from hub.web.problem import HttpRefusal

VERSION = re.compile(r'"?(\d{1,9})"?')


Note = Annotated[str, Field(min_length=1, max_length=2000)]
Tag = Annotated[str, Field(pattern=r"^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$")]  # RFC 3066, as CAP 1.2 §3.2.2 language


class CancelBody(Body):
    """How the warning ends, and why: `notes` by language of the warning, or `note` in one that its letters show.

    `ending` is `lifted` (解除: the danger is over) or `issued_in_error` (撤销). A language without a note of its own is
    told the template's words, never those of another.
    """

    note: Note | None = None
    notes: Annotated[dict[Tag, Note], Field(default_factory=dict, max_length=40)]
    ending: Annotated[Ending, Field(strict=False)] = Ending.LIFTED


class WithdrawBody(Body):
    """`reason` stands in the audit log."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


@dataclass(frozen=True, slots=True)
class CapCheck:
    """What reading a CAP document found; `version` is the CAP version, empty where it is none."""

    verdict: Literal["clean", "findings", "refused"]
    findings: tuple[Finding, ...]
    version: str


def plan_of(call: Call) -> PlanRequest:
    """How the alert is to go out, from the query."""
    kinds = (frozenset(call.many("regions")), frozenset(call.many("groups")))
    return PlanRequest(call.many("channels"), *kinds, unlocated=chosen_unlocated(call.many("unlocated")))


def issuers_request(call: Call) -> IssuersRequest:
    """Who issues it beside the drafter's unit, and whom they consulted, from the query."""
    named = (call.many("joint"), call.many("consulted"))
    return IssuersRequest(*named, principal=call.one("for") or "", publisher=call.one("publisher") or "")


def chosen_unlocated(named: tuple[str, ...]) -> frozenset[str] | None:
    """The regions whose people without coordinates are included: those named, nobody's, or None for the usual ones."""
    return (frozenset(named) - {NOBODY}) if named else None


def version_of(call: Call) -> int:
    """The version an edit is based on, from If-Match (RFC 9110 §13.1.1). Raises HttpRefusal 428 or Refusal."""
    given = call.request.headers.get("If-Match")
    if given is None:
        text = "say in If-Match which version you edited, as GET gave it in ETag"
        raise HttpRefusal(428, "Precondition required", text, rule=Rule.IF_MATCH_MISSING, place="If-Match")
    matched = VERSION.fullmatch(given.strip())
    if matched is None:
        raise Refusal('If-Match is one version, such as "3"', rule=Rule.IF_MATCH, place="If-Match")
    return int(matched[1])


def answer_with_alert(view: AlertView, status: int = 200) -> web.Response:
    """An alert as every write answers it; ETag is its version."""
    headers = {"ETag": f'"{view.version}"'}
    if status == 201:
        headers["Location"] = f"{ROOT}/alerts/{view.id}"
    return answer(view, status, headers)


async def create(call: Call) -> web.Response:
    source, plan, stated = await call.xml(), plan_of(call), issuers_request(call)
    if reason := call.one("referral"):
        why = ReferralRequest(reason, call.one("to_unit") or "")
        return answer_with_alert(await call.hub.referrals.draft(call.official, source, plan, why, stated), 201)
    return answer_with_alert(await call.hub.drafting.create(call.official, source, plan, stated), 201)


async def replace(call: Call) -> web.Response:
    version = version_of(call)
    source = await call.xml()
    return answer_with_alert(
        await call.hub.drafting.replace(call.official, call.number, version, source, plan_of(call))
    )


async def update(call: Call) -> web.Response:
    reason = call.one("reason") or ""
    return answer_with_alert(await call.hub.drafting.update(call.official, call.number, await call.xml(), reason), 201)


async def cancel(call: Call) -> web.Response:
    body = await call.json(CancelBody)
    request = EndingRequest(EndingNotes(body.note or "", body.notes), body.ending)
    return answer_with_alert(await call.hub.drafting.cancel(call.official, call.number, request), 201)


async def withdraw(call: Call) -> web.Response:
    body = await call.json(WithdrawBody)
    return answer_with_alert(await call.hub.drafting.withdraw(call.official, call.number, body.reason))


async def validate(call: Call) -> web.Response:
    source = await call.xml()
    reading = await asyncio.to_thread(read, source)  # a large document takes a while
    return answer(CapCheck(reading.verdict, reading.findings, reading.version))
