"""Which media partner is asking: a token of its own, in the Authorization header and nowhere else."""

from __future__ import annotations

from aiohttp import web

from hub.crypto.keyed_hash import fingerprint
from hub.errors import Refusal
from hub.rules.rule import Rule
from hub.store.register import partners
from hub.store.register.partners import Partner
from hub.web.auth import bearer
from hub.web.key import HUB
from hub.web.metrics import METRICS
from hub.web.problem import not_authorized


async def partner_of(request: web.Request, document: str) -> Partner:
    """Raises HttpRefusal 401."""
    try:
        hashed = fingerprint(bearer(request))
        partner = await request.app[HUB].db.read(lambda connection: partners.by_token_hash(connection, hashed))
        if partner is None:
            raise not_authorized(Rule.PARTNER_UNKNOWN)
    except Refusal:
        request.app[METRICS].pulls.labels(document, "refused").inc()
        raise
    return partner
