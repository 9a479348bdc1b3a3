"""The way from a draft to a release over the API: submit, decide, release."""

from __future__ import annotations

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from approvals.digest import SCHEME
from hub.access.permissions import Permission, demand
from hub.web.api.digests import digest_field
from hub.web.api.drafts import answer_with_alert
from hub.web.api.endpoint import Call
from hub.web.body import Body

Digest = Annotated[str, digest_field(SCHEME, description="Scheme and SHA-256 over everything that was frozen")]


_STEPS = {"review": Permission.UNIT_ALERT_REVIEW, "sign": Permission.UNIT_ALERT_SIGN}


class SubmitBody(Body):
    """`version` is the one the submitter has seen."""

    version: Annotated[int, Field(ge=0)]
    path: Annotated[Literal["full", "emergency"], Field(description="emergency: danger at hand, papers later")] = "full"


class DecisionBody(Body):
    """A decision binds to `digest`: what the official has seen and nothing else."""

    step: Literal["review", "sign"]
    verdict: Literal["approve", "return", "reject"]
    digest: Digest
    reason: Annotated[str, Field(max_length=2000)] = ""
    proof: Annotated[str, Field(max_length=128, description="Of a second factor given for this digest")] = ""


class ReleaseBody(Body):
    """`digest` is what the caller believes was approved."""

    digest: Digest


async def submit(call: Call) -> web.Response:
    body = await call.json(SubmitBody)
    return answer_with_alert(await call.hub.submission.submit(call.official, call.number, body.version, body.path))


async def decide(call: Call) -> web.Response:
    body = await call.json(DecisionBody)
    demand(call.official, _STEPS[body.step])
    view = await call.hub.decisions.decide(
        call.official,
        call.number,
        step=body.step,
        verdict=body.verdict,
        digest=body.digest,
        reason=body.reason,
        proof=body.proof,
    )
    return answer_with_alert(view)


async def release(call: Call) -> web.Response:
    body = await call.json(ReleaseBody)
    return answer_with_alert(await call.hub.releases.release(call.official, call.number, body.digest))
