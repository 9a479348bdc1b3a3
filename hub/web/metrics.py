"""What the HTTP face counts. Labels are route patterns, channels and outcomes: never a person, never a path."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from channels.message import DeliveryState
from hub.store.alerts import calls
from hub.store.sql.database import StoreUnavailable
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
        self.matters = Gauge("fenghuo_matters_open", "What waits for an official", ("kind",), registry=registry)
        self.calls = Gauge("fenghuo_calls", "Calls to officials by state", ("channel", "state"), registry=registry)
        self.pulls = Counter("fenghuo_feed_pulls", "Fetches by partners", ("document", "outcome"), registry=registry)

    def show_calls(self, by_kind: Mapping[str, int], by_state: Mapping[tuple[str, int], int]) -> None:
        """Sets what waits and whom the hub called, as SQL has it: a worker makes the calls, and shows no metrics."""
        self.matters.clear()
        self.calls.clear()
        for kind, count in by_kind.items():
            self.matters.labels(kind).set(count)
        for (channel, state), count in by_state.items():
            self.calls.labels(channel, DeliveryState(state).name.lower()).set(count)


METRICS: web.AppKey[WebMetrics] = web.AppKey("metrics", WebMetrics)


async def metrics(request: web.Request) -> web.Response:
    """GET /metrics in the Prometheus text format."""
    with contextlib.suppress(StoreUnavailable):  # the other figures are shown all the same
        request.app[METRICS].show_calls(*await request.app[HUB].db.read(calls.count_matters_and_calls))
    body = generate_latest(request.app[HUB].registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
