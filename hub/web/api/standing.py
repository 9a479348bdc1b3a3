"""Authorisations (授权书) of both kinds, upstream systems and the trust list over the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from hub.access.permissions import Permission
from hub.app import Hub
from hub.clock import from_ms
from hub.signoff.standing import StandingDecisionRequest, Standings, StandingView
from hub.store.access import services, trust
from hub.web.api.digests import PAPERS, digest_field
from hub.web.api.endpoint import Call, Route, answer
from hub.web.body import Body


class StandingBody(Body):
    """The paper; its fields are described in docs/operations.md."""

    document: dict[str, Any]


class StandingDecisionBody(Body):
    """Binds to `digest`: the paper as it was read. `proof` is a second factor just given for it."""

    step: Literal["review", "sign"]
    verdict: Literal["approve", "reject"]
    digest: Annotated[str, digest_field(*PAPERS)]
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


@dataclass(frozen=True, slots=True)
class Papers:
    """The endpoints of one kind of paper; `of` names which of the hub's services keeps it."""

    of: Callable[[Hub], Standings]

    async def propose(self, call: Call) -> web.Response:
        body = await call.json(StandingBody)
        return answer(await call.write(lambda tx: self.of(call.hub).propose(tx, call.official, body.document)), 201)

    async def decide(self, call: Call) -> web.Response:
        body = await call.json(StandingDecisionBody)
        word = StandingDecisionRequest(body.step, body.verdict, body.digest, body.reason, body.proof)
        return answer(await call.write(lambda tx: self.of(call.hub).decide(tx, call.official, call.number, word)))

    async def revoke(self, call: Call) -> web.Response:
        body = await call.json(StandingRevokeBody)
        return answer(
            await call.write(lambda tx: self.of(call.hub).revoke(tx, call.official, call.number, body.reason))
        )

    async def show(self, call: Call) -> web.Response:
        return answer(await call.read(lambda tx: self.of(call.hub).read(tx, call.official, call.number)))

    async def listing(self, call: Call) -> web.Response:
        return answer(list(await call.read(lambda tx: self.of(call.hub).list_papers(tx, call.official))))

    def endpoints(self, path: str, name: str, words: str) -> tuple[Route, ...]:
        """`name` stands in the ids of the operations, `words` in what is said of them."""
        one = f"{path}/{{id:\\d{{1,18}}}}"
        view = StandingView
        return (
            Route("GET", path, f"list{name}", f"List {words}s", self.listing, list[StandingView],
                     permission=Permission.UNIT_MANDATE_READ),
            Route("POST", path, f"propose{name}", f"Propose a {words}", self.propose, view, 201, body=StandingBody,
                     permission=Permission.UNIT_MANDATE_PROPOSE),
            Route("GET", one, f"get{name}", f"Show one {words}", self.show, view,
                     permission=Permission.UNIT_MANDATE_READ),
            Route("POST", f"{one}/decisions", f"decide{name}", f"Review or sign a {words}", self.decide, view, 200,
                  body=StandingDecisionBody,
            permission=Permission.UNIT_MANDATE_DECIDE),
            Route("POST", f"{one}/revoke", f"revoke{name}", f"End a {words} at once", self.revoke, view, 200,
                  body=StandingRevokeBody,
            permission=Permission.UNIT_MANDATE_REVOKE),
        )  # fmt: skip


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
    *Papers(lambda hub: hub.standings).endpoints("/standing", "Standing", "standing authorisation"),
    *Papers(lambda hub: hub.delegations).endpoints("/delegations", "Delegation", "delegation"),
    *Papers(lambda hub: hub.entrustments).endpoints("/entrustments", "Entrustment", "entrustment"),
    Route("GET", "/services", "listServices", "List the upstream systems", list_services, list[ServiceView],
             permission=Permission.HUB_SERVICE_READ),
    Route("GET", "/trust", "listTrust", "List whose signatures are trusted", list_trust, list[TrustView],
             permission=Permission.HUB_TRUST_READ),
)  # fmt: skip
