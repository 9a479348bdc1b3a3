"""What partners fetch: the index of alerts in force, and each alert's CAP; a fetch of the CAP is recorded."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from aiohttp import web

from hub.clock import from_ms, to_ms
from hub.dossier.in_force import Snapshot
from hub.errors import NotFound, Refusal
from hub.rules.rule import Rule
from hub.store.register import partners
from hub.web.client import ClientBudgets, client_address
from hub.web.feeds.access import partner_of
from hub.web.feeds.atom import CAP_TYPE, CONTENT_TYPE, FeedHead, FeedPage, atom
from hub.web.feeds.conditional import FeedDocument, serve
from hub.web.key import HUB
from hub.web.metrics import METRICS

#: entries of one page: as many pages as it takes hold all that is in force
PAGE = 50
#: how long the pages of a snapshot can be read after the change that ended it
PINNED = timedelta(hours=1)
#: rendered pages of the public feed that are kept: what strangers ask for is rendered once
KEPT = 256
_REGION = re.compile(r"[0-9A-Za-z:._-]{1,96}")
PARTNERS_PATH, PUBLIC_PATH = "/feeds", "/feeds/public"
SNAPSHOTS_KEPT = 4
RENDERED: web.AppKey[OrderedDict[_FeedRequest, FeedDocument]] = web.AppKey("feeds.rendered", OrderedDict)
SNAPSHOTS: web.AppKey[OrderedDict[datetime, Snapshot]] = web.AppKey("feeds.snapshots", OrderedDict)
BUDGETS: web.AppKey[ClientBudgets] = web.AppKey("feeds.budgets", ClientBudgets)
K = TypeVar("K")
V = TypeVar("V")


async def index(request: web.Request) -> web.Response:
    """GET /feeds"""
    await partner_of(request, "index")
    response = serve(request, await _page(request, PARTNERS_PATH))
    request.app[METRICS].pulls.labels("index", str(response.status)).inc()
    return response


async def public_index(request: web.Request) -> web.Response:
    """GET /feeds/public: as for partners, without a token and within the budget of each client."""
    _spend(request)
    response = serve(request, await _page(request, PUBLIC_PATH))
    request.app[METRICS].pulls.labels("public", str(response.status)).inc()
    return response


async def public_cap(request: web.Request) -> web.Response:
    """GET /feeds/public/alerts/{id}.cap, within the same budget."""
    _spend(request)
    response = serve(request, await _document(request))
    request.app[METRICS].pulls.labels("public-cap", str(response.status)).inc()
    return response


def _spend(request: web.Request) -> None:
    """Raises TooMany, before anything is looked up."""
    request.app[BUDGETS].spend(client_address(request), request.app[HUB].clock.now().timestamp())


@dataclass(frozen=True, slots=True)
class _FeedRequest:
    """Which page of which snapshot, narrowed to which region; `region` is empty for everywhere."""

    path: str
    at: datetime
    page: int
    region: str


async def _page(request: web.Request, path: str) -> FeedDocument:
    """Read once per snapshot and rendered once per page, whoever asks and however often: the rest is one short look.

    Raises Refusal, and NotFound for a snapshot or a page that is not there.
    """
    asked = await _read_request(request, path)
    pages, snapshots = request.app[RENDERED], request.app[SNAPSHOTS]
    document = pages.get(asked)
    if document is None:
        snapshot = snapshots.get(asked.at) or await request.app[HUB].alerts.in_force(asked.at)
        _keep(snapshots, asked.at, snapshot, SNAPSHOTS_KEPT)
        document = _render_page(request, asked, snapshot)
        _keep(pages, asked, document, KEPT)
    return document


async def _read_request(request: web.Request, path: str) -> _FeedRequest:
    page, region, pinned = (request.query.get(name, "") for name in ("page", "region", "at"))
    if not re.fullmatch(r"[1-9][0-9]{0,5}", page or "1") or not re.fullmatch(r"[0-9]{0,13}", pinned):
        raise Refusal("pages are reached by the links of the first one", rule=Rule.FEED_PAGE, place="page")
    if region and not _REGION.fullmatch(region):
        raise Refusal("a region is named by its key, such as 610602000000", rule=Rule.FEED_REGION, place="region")
    if page not in ("", "1") and not pinned:
        raise Refusal("pages after the first belong to a snapshot: follow its links", rule=Rule.FEED_PAGE, place="at")
    hub = request.app[HUB]
    now = hub.clock.now()
    at = await hub.alerts.last_change(from_ms(int(pinned)) if pinned else now)
    if at < now - PINNED and at < await hub.alerts.last_change(now):
        raise NotFound("this snapshot is gone: begin at the first page", rule=Rule.FEED_SNAPSHOT, place="at")
    return _FeedRequest(path, at, int(page or 1), region)


def _render_page(request: web.Request, asked: _FeedRequest, snapshot: Snapshot) -> FeedDocument:
    settings = request.app[HUB].settings
    entries = [each for each in snapshot.alerts if not asked.region or each.concerns(asked.region)]
    last = max(1, -(-len(entries) // PAGE))
    if asked.page > last:
        raise NotFound("there are not so many pages", rule=Rule.FEED_PAGE, place="page")
    region, address = {"region": asked.region} if asked.region else {}, f"{settings.public_url}{asked.path}"

    def link(number: int) -> str:
        return f"{address}?{urlencode({'at': to_ms(asked.at), 'page': number, **region})}"

    links = {"self": link(asked.page), "first": link(1), "last": link(last)}
    links |= {"previous": link(asked.page - 1)} if asked.page > 1 else {}
    links |= {"next": link(asked.page + 1)} if asked.page < last else {}
    head = FeedHead("Warnings in force 现行预警", settings.hub.sender, settings.public_url, asked.path)
    page = FeedPage(entries[(asked.page - 1) * PAGE : asked.page * PAGE], asked.at, links)
    return FeedDocument(atom(head, page), CONTENT_TYPE, asked.at)


def _keep(kept: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)


async def cap(request: web.Request) -> web.Response:
    """GET /feeds/alerts/{id}.cap; released public alerts only, ended ones too: an Update may refer to them."""
    partner = await partner_of(request, "cap")
    hub, number = request.app[HUB], int(request.match_info["id"])
    document = await _document(request)
    response = serve(request, document)
    if response.status == 200:
        # Recorded before it is answered, with what it was given. Who is told 304 was given these bytes before.
        at, evidence = to_ms(hub.clock.now()), f"etag {document.etag}"
        await hub.db.write(
            lambda connection: partners.record(connection, partner.id, number, partners.PULLED, at, evidence)
        )
    request.app[METRICS].pulls.labels("cap", str(response.status)).inc()
    return response


async def _document(request: web.Request) -> FeedDocument:
    """Raises NotFound."""
    found = await request.app[HUB].alerts.public_cap(int(request.match_info["id"]))
    return FeedDocument(found.content, CAP_TYPE, found.since)
