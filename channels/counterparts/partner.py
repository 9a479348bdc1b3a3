"""The other end of media push: a newsroom that verifies, airs and proves it, and can pull the feed as well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin

import orjson
from aiohttp import web
from lxml import etree
from yarl import URL

from channels.counterparts.counterpart import Counts, Knobs
from channels.counterparts.signed import Reporter, demo_key
from channels.counterparts.web import Mood, WebServer
from channels.driver import CallbackSignatureRefused
from channels.standard_webhooks import verify

PUSH_KEY = demo_key("pushes to the media partner")
PROOF_KEY = demo_key("proofs of the media partner")
_ATOM = "{http://www.w3.org/2005/Atom}"
_MOST_PAGES = 50


@dataclass(frozen=True, slots=True)
class PullResult:
    """What one pull found: CAP documents by the id of their Atom entry."""

    documents: dict[str, bytes]


class FeedRefused(ValueError):
    """The hub did not give the feed or one of its documents, or gave no Atom."""


class MediaPartner:
    """Believes only what was signed for it within five minutes, and airs each `webhook-id` once."""

    name = "partners"

    def __init__(self, knobs: Knobs) -> None:
        self.knobs = knobs
        self.counts = Counts()
        self.aired: dict[str, bytes] = {}  #: the pushed document by delivery id
        self._web = WebServer()
        self._mood = Mood(knobs, self.counts)
        self._reporter = Reporter(self._web, PROOF_KEY)
        self._etags: dict[tuple[str, str], str] = {}

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        await self._web.start([web.post("/push", self._push)], host, port)

    @property
    def url(self) -> str:
        return self._web.url

    @property
    def block(self) -> dict[str, object]:
        """The driver's block that reaches this counterpart."""
        return {"driver": "partner_push", "allow_loopback": True}

    @property
    def target(self) -> str:
        """The endpoint's URL."""
        return f"{self.url}/push"

    @property
    def secret(self) -> str:
        """The endpoint's secret."""
        return PUSH_KEY

    @property
    def callback_keys(self) -> str:
        """The keys of the endpoint's reports."""
        return PROOF_KEY

    async def prove(self, hook: str, delivery: str, evidence: str = "recording of channel 1") -> bool:
        """Tells the hub that `delivery` was aired. True when the hub took it."""
        return await self._reporter.now(hook, self._proof(delivery, evidence))

    async def pull(self, feed_url: str, token: str) -> PullResult:
        """Reads the Atom feed (RFC 4287, pages by RFC 5005) and every CAP document it links to on the same host.

        An unchanged feed (304) yields nothing. Raises FeedRefused.
        """
        documents: dict[str, bytes] = {}
        page = feed_url
        for _ in range(_MOST_PAGES):
            feed = await self._fetch(page, feed_url, token, conditional=True)
            if feed is None:
                break
            root = _parse(feed)
            for entry in root.iterfind(f"{_ATOM}entry"):
                link = _link(entry, "alternate", "application/cap+xml") or _link(entry, "enclosure", "")
                document = await self._fetch(urljoin(page, link), feed_url, token) if link else None
                if document is not None:
                    documents[entry.findtext(f"{_ATOM}id", "")] = document
            following = _link(root, "next", "")
            if not following:
                break
            page = urljoin(page, following)
        return PullResult(documents)

    async def aclose(self) -> None:
        await self._web.aclose()

    async def _fetch(self, url: str, feed_url: str, token: str, *, conditional: bool = False) -> bytes | None:
        if URL(url).origin() != URL(feed_url).origin():
            raise FeedRefused("the feed leads to another host, which shall not see the token")
        headers = {"Authorization": f"Bearer {token}"}
        if conditional and (url, token) in self._etags:
            headers["If-None-Match"] = self._etags[url, token]
        async with self._web.client.get(url, headers=headers, allow_redirects=False) as answer:
            if answer.status == 304:
                return None
            if answer.status != 200:
                raise FeedRefused(f"HTTP {answer.status}")
            if conditional and "ETag" in answer.headers:
                self._etags[url, token] = answer.headers["ETag"]
            return await answer.read()

    async def _push(self, request: web.Request) -> web.Response:
        knobs, body = self.knobs, await request.read()
        if (away := await self._mood.turn_away(knobs)) is not None:
            return away
        try:
            verified = verify(PUSH_KEY, request.headers, body, datetime.now(UTC))
            document = orjson.loads(body)
        except CallbackSignatureRefused as error:
            return self._refuse(401, error.rule)
        except orjson.JSONDecodeError:
            return self._refuse(400, "not JSON")
        if not isinstance(document, dict) or not {"type", "timestamp", "data"} <= document.keys():
            return self._refuse(400, "type, timestamp or data is missing")
        self.counts.take(verified.id, body.decode("utf-8", "replace"))
        if self._mood.temper.strikes(knobs.hang):
            await self._web.never()
        if verified.id not in self.aired:
            self.aired[verified.id] = body
            self._report(request.headers.get("Callback-Url", ""), verified.id)
        return web.Response(status=204)

    def _report(self, hook: str, delivery: str) -> None:
        knobs, temper = self.knobs, self._mood.temper
        if not hook or temper.strikes(knobs.loss) or temper.strikes(knobs.undelivered):
            return
        times = 2 if temper.strikes(knobs.duplicate_receipts) else 1
        self._reporter.after(knobs, hook, self._proof(delivery, "recording of channel 1"), times)

    def _proof(self, delivery: str, evidence: str) -> dict[str, str]:
        return {"delivery": delivery, "aired_at": datetime.now(UTC).isoformat(), "evidence": evidence}

    def _refuse(self, status: int, why: str) -> web.Response:
        self.counts.refused += 1
        return web.json_response({"error": why}, status=status)


def _parse(feed: bytes) -> etree._Element:
    try:
        return etree.fromstring(feed, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        raise FeedRefused("the feed is not XML") from None


def _link(element: etree._Element, rel: str, kind: str) -> str:
    """The address of the first link of that relation and, where given, that media type."""
    for link in element.iterfind(f"{_ATOM}link"):
        # RFC 4287 §4.2.7.2: a link without rel is an alternate.
        if link.get("rel", "alternate") == rel and kind in {"", link.get("type", "").partition(";")[0]}:
            return link.get("href", "")
    return ""
