"""Conditional GET (RFC 9110 §13): a partner that has the newest bytes is told so and sent nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from aiohttp import web


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """Bytes to serve, what they are, and when they last changed."""

    body: bytes
    content_type: str
    changed: datetime

    @property
    def etag(self) -> str:
        """A strong validator: equal only for equal bytes."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


def serve(request: web.Request, document: FeedDocument) -> web.Response:
    """200 with the bytes, or 304 where the client's copy is these bytes."""
    headers = {
        "ETag": document.etag,
        "Last-Modified": format_datetime(_whole(document.changed), usegmt=True),
        "Cache-Control": "private, no-cache",  # keep it, but ask each time
    }
    if _is_current(request, document):
        return web.Response(status=304, headers=headers)
    return web.Response(body=document.body, content_type=document.content_type, charset="utf-8", headers=headers)


def _is_current(request: web.Request, document: FeedDocument) -> bool:
    wanted = request.headers.get("If-None-Match")
    if wanted is not None:  # RFC 9110 §13.2.2: with it, If-Modified-Since is not looked at
        tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
        return document.etag in tags or "*" in tags
    since = request.headers.get("If-Modified-Since")
    if since is None:
        return False
    try:
        # Equal, not older: an alert that ended leaves the feed, and its newest change is then an earlier one.
        return parsedate_to_datetime(since) == _whole(document.changed)
    except (ValueError, TypeError):
        return False


def _whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
