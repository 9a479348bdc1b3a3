"""The papers of a warning over the API: countersignature, referral and history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from hub.access.permissions import Permission
from hub.alert.views import AlertView
from hub.errors import Refusal
from hub.evidence.history import HistoryView, history_of
from hub.rules.rule import Rule
from hub.signoff.referral import ReferralView
from hub.store.alerts.referrals import STATES
from hub.web.api.decisions import Digest
from hub.web.api.drafts import answer_with_alert
from hub.web.api.endpoint import ALERT, Call, Param, Route, answer
from hub.web.body import Body

REFERRAL = r"/referrals/{id:\d{1,18}}"


@dataclass(frozen=True, slots=True)
class ReferralList:
    """Oldest first."""

    items: tuple[ReferralView, ...]


class CountersignatureBody(Body):
    """`digest` is that of what was released; a reason is required to reject."""

    verdict: Literal["approve", "reject"]
    digest: Digest
    reason: Annotated[str, Field(max_length=2000)] = ""


class ReferralBody(Body):
    """`to_unit` names another unit than the competent one: above it, or where the unit itself is competent."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    to_unit: Annotated[str, Field(max_length=200)] = ""


class AdoptBody(Body):
    """`version` is that of the draft as it was read; `reason` stands in the audit log."""

    version: Annotated[int, Field(ge=1)]
    reason: Annotated[str, Field(max_length=2000)] = ""


class GiveBackBody(Body):
    """`version` is that of the draft as it was read; `reason` says what is to be mended, or why there is no danger."""

    version: Annotated[int, Field(ge=1)]
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


async def countersign(call: Call) -> web.Response:
    body = await call.json(CountersignatureBody)
    given = (body.verdict, body.digest, body.reason)
    return answer_with_alert(await call.hub.countersigning.give(call.official, call.number, *given))


async def refer(call: Call) -> web.Response:
    body = await call.json(ReferralBody)
    return answer_with_alert(await call.hub.referrals.refer(call.official, call.number, body.reason, body.to_unit))


async def list_papers(call: Call) -> web.Response:
    state, unit = call.one("state"), call.one("unit")
    if state is not None and state not in STATES:
        raise Refusal(f"state is one of {', '.join(STATES)}", rule=Rule.STATE_UNKNOWN, place="state")
    found = await call.hub.referrals.list_referrals(state, unit)
    read = await call.hub.alerts.readable(call.official, (each.alert for each in found))
    return answer(ReferralList(tuple(each for each in found if each.alert in read)))


async def adopt(call: Call) -> web.Response:
    body = await call.json(AdoptBody)
    return answer_with_alert(await call.hub.referrals.adopt(call.official, call.number, body.version, body.reason))


async def give_back(call: Call) -> web.Response:
    body = await call.json(GiveBackBody)
    return answer_with_alert(await call.hub.referrals.give_back(call.official, call.number, body.version, body.reason))


async def decline(call: Call) -> web.Response:
    body = await call.json(GiveBackBody)
    return answer_with_alert(await call.hub.referrals.decline(call.official, call.number, body.version, body.reason))


async def history(call: Call) -> web.Response:
    return answer(await call.read(lambda tx: history_of(tx, call.number)))


PAPER_ENDPOINTS: tuple[Route, ...] = (
    Route(
        "GET",
        f"{ALERT}/history",
        "getHistory",
        "Who wrote, decided and countersigned",
        history,
        HistoryView,
        permission=Permission.UNIT_ALERT_READ,
    ),
    Route(
        "POST",
        f"{ALERT}/countersignature",
        "countersign",
        "Give or refuse what a shortened flow owes",
        countersign,
        AlertView,
        200,
        body=CountersignatureBody,
        permission=Permission.UNIT_ALERT_COUNTERSIGN,
    ),
    Route(
        "POST",
        f"{ALERT}/referral",
        "refer",
        "Refer a draft to the competent unit",
        refer,
        AlertView,
        200,
        body=ReferralBody,
        permission=Permission.UNIT_REFERRAL_HANDLE,
    ),
    Route(
        "GET",
        "/referrals",
        "listReferrals",
        "Drafts that were referred",
        list_papers,
        ReferralList,
        params=(
            Param("state", "Only those in this state", {"type": "string", "enum": list(STATES)}),
            Param("unit", "Only the inbox of this unit"),
        ),
        permission=Permission.UNIT_REFERRAL_READ,
    ),
    Route(
        "POST",
        f"{REFERRAL}/adopt",
        "adoptReferral",
        "Make it one's own",
        adopt,
        AlertView,
        200,
        (),
        AdoptBody,
        permission=Permission.UNIT_REFERRAL_HANDLE,
    ),
    Route(
        "POST",
        f"{REFERRAL}/return",
        "returnReferral",
        "Give it back to be mended",
        give_back,
        AlertView,
        200,
        (),
        GiveBackBody,
        permission=Permission.UNIT_REFERRAL_HANDLE,
    ),
    Route(
        "POST",
        f"{REFERRAL}/decline",
        "declineReferral",
        "Give it back: no warning",
        decline,
        AlertView,
        200,
        (),
        GiveBackBody,
        permission=Permission.UNIT_REFERRAL_HANDLE,
    ),
)
