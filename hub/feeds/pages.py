"""What partners fetch: the index of alerts in force, and each alert's CAP; a fetch of the CAP is recorded."""

from __future__ import annotations

from aiohttp import web

from hub.alert import Scope, Status
from hub.clock import to_ms
from hub.delivery import AlertView
from hub.errors import NotFound
from hub.feeds.access import partner_of
from hub.feeds.atom import CAP_TYPE, CONTENT_TYPE, FeedHead, atom, last_change
from hub.feeds.conditional import Document, serve
from hub.store import partners
from hub.web.key import HUB
from hub.web.metrics import METRICS

MOST_ENTRIES = 200


async def index(request: web.Request) -> web.Response:
    """GET /feeds"""
    await partner_of(request, "index")
    hub = request.app[HUB]
    alerts = await hub.alerts.public(MOST_ENTRIES)
    settings = hub.settings
    head = FeedHead("Warnings in force 现行预警", settings.hub.sender, settings.public_url)
    response = serve(request, Document(atom(head, alerts), CONTENT_TYPE, last_change(alerts)))
    request.app[METRICS].pulls.labels("index", str(response.status)).inc()
    return response


async def cap(request: web.Request) -> web.Response:
    """GET /feeds/alerts/{id}.cap; released public alerts only, ended ones too: an Update may refer to them."""
    partner = await partner_of(request, "cap")
    hub = request.app[HUB]
    view = await hub.alerts.get(int(request.match_info["id"]))
    if not _is_public(view) or view.released_at is None or view.released_at > hub.clock.now():
        raise NotFound("there is no such public alert", rule="no-such-alert", place="id")
    document = Document(await hub.alerts.cap(view.id), CAP_TYPE, view.released_at)
    response = serve(request, document)
    if response.status == 200:
        # Recorded before it is answered, with what it was given. Who is told 304 was given these bytes before.
        at, evidence = to_ms(hub.clock.now()), f"etag {document.etag}"
        await hub.db.write(
            lambda connection: partners.record(connection, partner.id, view.id, partners.PULLED, at, evidence)
        )
    request.app[METRICS].pulls.labels("cap", str(response.status)).inc()
    return response


def _is_public(view: AlertView) -> bool:
    # An exercise, a test or a restricted message never leaves by a feed (CAP 1.2 §3.2.1 status, scope).
    return view.status == Status.ACTUAL and view.scope == Scope.PUBLIC and view.world == "live"
