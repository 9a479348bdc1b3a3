"""Standing authorisations (授权书), upstream systems and the trust list over the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from approvals.official import Right
from hub.api.endpoint import ANYONE, Call, Endpoint, answer
from hub.clock import from_ms
from hub.standing import StandingView, StandingWord
from hub.store import services, trust
from hub.web.body import Body

_STANDING = r"/standing/{id:\d{1,18}}"
_GRANTOR = frozenset({Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE, Right.ADMINISTER})


class StandingBody(Body):
    """The paper; its fields are described in docs/operations.md."""

    document: dict[str, Any]


class StandingDecisionBody(Body):
    """Binds to `digest`: the paper as it was read. `proof` is a second factor just given for it."""

    step: Literal["review", "sign"]
    verdict: Literal["approve", "reject"]
    digest: Annotated[str, Field(pattern=r"^fs1:[0-9a-f]{64}$")]
    reason: Annotated[str, Field(max_length=2000)] = ""
    proof: Annotated[str, Field(max_length=200)] = ""


class StandingRevokeBody(Body):
    """`reason` stands in the audit log."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


@dataclass(frozen=True, slots=True)
class ServiceView:
    """An upstream system; never its token. Times are ISO 8601 in UTC."""

    id: int
    name: str
    unit: str
    scopes: tuple[str, ...]
    active: bool
    expires_at: str
    used_at: str | None


@dataclass(frozen=True, slots=True)
class TrustView:
    """One line of the trust list; `fingerprint` is the SHA-256 of the certificate."""

    id: int
    sender: str
    fingerprint: str
    areas: tuple[str, ...]
    events: tuple[str, ...]
    valid_until: str
    revoked: bool


async def propose(call: Call) -> web.Response:
    body = await call.json(StandingBody)
    return answer(await call.hub.standings.propose(call.official, body.document), 201)


async def decide(call: Call) -> web.Response:
    body = await call.json(StandingDecisionBody)
    word = StandingWord(body.step, body.verdict, body.digest, body.reason, body.proof)
    return answer(await call.hub.standings.decide(call.official, call.number, word))


async def revoke(call: Call) -> web.Response:
    body = await call.json(StandingRevokeBody)
    return answer(await call.hub.standings.revoke(call.official, call.number, body.reason))


async def show(call: Call) -> web.Response:
    return answer(await call.hub.standings.get(call.number))


async def listing(call: Call) -> web.Response:
    return answer(list(await call.hub.standings.everything()))


async def list_services(call: Call) -> web.Response:
    return answer([service_view(each) for each in await call.hub.db.read(services.everything)])


async def list_trust(call: Call) -> web.Response:
    return answer([trust_view(each) for each in await call.hub.db.read(trust.everything)])


def service_view(found: services.Service) -> ServiceView:
    used = from_ms(found.used_at).isoformat() if found.used_at is not None else None
    scopes = tuple(sorted(found.scopes))
    until = from_ms(found.expires_at).isoformat()
    return ServiceView(found.id, found.name, found.unit, scopes, found.active, until, used)


def trust_view(found: trust.Trust) -> TrustView:
    line = found.line
    until = from_ms(line.valid_until).isoformat()
    revoked = found.revoked_at is not None
    return TrustView(found.id, line.sender, line.fingerprint, line.areas, line.events, until, revoked)


STANDING_ENDPOINTS = (
    Endpoint("GET", "/standing", "listStanding", "List standing authorisations", listing, list[StandingView],
             rights=ANYONE),
    Endpoint("POST", "/standing", "proposeStanding", "Propose a standing authorisation", propose, StandingView, 201,
             frozenset({Right.DRAFT}), body=StandingBody),
    Endpoint("GET", _STANDING, "getStanding", "Show one standing authorisation", show, StandingView, rights=ANYONE),
    Endpoint("POST", f"{_STANDING}/decisions", "decideStanding", "Review or sign a standing authorisation", decide,
             StandingView, 200, frozenset({Right.REVIEW, Right.SIGN}), body=StandingDecisionBody),
    Endpoint("POST", f"{_STANDING}/revoke", "revokeStanding", "End a standing authorisation at once", revoke,
             StandingView, 200, _GRANTOR, body=StandingRevokeBody),
    Endpoint("GET", "/services", "listServices", "List the upstream systems", list_services, list[ServiceView],
             rights=ANYONE),
    Endpoint("GET", "/trust", "listTrust", "List whose signatures are trusted", list_trust, list[TrustView],
             rights=ANYONE),
)  # fmt: skip
