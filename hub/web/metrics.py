"""What the HTTP face counts. Labels are route patterns, channels and outcomes: never a person, never a path."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from hub.web.key import HUB

#: seconds; the goals lie at 0.01 (hooks) and 1 (release)
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class WebMetrics:
    """The instruments of one server, in the registry that is handed in."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "fenghuo_http_requests", "Answers by route and status", ("route", "method", "status"), registry=registry
        )
        self.seconds = Histogram(
            "fenghuo_http_request_seconds", "Time to the answer", ("route",), buckets=BUCKETS, registry=registry
        )
        self.callbacks = Counter(
            "fenghuo_hook_callbacks", "Callbacks of providers by outcome", ("channel", "outcome"), registry=registry
        )
        self.receipts = Counter(
            "fenghuo_hook_receipts", "Receipts by what they were to us", ("channel", "kind"), registry=registry
        )
        self.replies = Counter("fenghuo_hook_replies", "Messages from the public", ("channel",), registry=registry)
        self.streams = Gauge("fenghuo_event_streams", "Open streams of progress", registry=registry)
        self.pulls = Counter("fenghuo_feed_pulls", "Fetches by partners", ("document", "outcome"), registry=registry)


METRICS: web.AppKey[WebMetrics] = web.AppKey("metrics", WebMetrics)


async def metrics(request: web.Request) -> web.Response:
    """GET /metrics in the Prometheus text format."""
    body = generate_latest(request.app[HUB].registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
