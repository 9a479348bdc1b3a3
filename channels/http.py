"""HTTP as every driver uses it: one session, one map from statuses and broken connections to outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from channels.egress import AddressRefused, Guard
from channels.message import Accepted, Ambiguous, Deferred, FailureReason, Outcome, Refused
from channels.settings import CONNECT_S

MOST_BODY = 65_536  # bytes of an answer that are read; providers say what they mean in far fewer
LONGEST_WAIT = timedelta(hours=1)

_BY_STATUS = {
    401: FailureReason.MISCONFIGURED,
    403: FailureReason.MISCONFIGURED,
    404: FailureReason.BAD_ADDRESS,
    410: FailureReason.BAD_ADDRESS,
}
_THROTTLED = frozenset({425, 429})


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What came back. `body` is at most MOST_BODY bytes, empty where the connection broke inside it."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def outcome_from_status(status: int, retry_after: timedelta | None = None) -> Outcome:
    """What an HTTP status means where the provider's body does not say it better.

    A 2xx is Accepted without reference; a redirect is never followed, for it would carry the message to a place
    nobody configured.
    """
    if 200 <= status < 300:
        return Accepted()
    if status in _THROTTLED:
        return Deferred(FailureReason.THROTTLED, retry_after)
    if status == 408 or status >= 500:
        return Deferred(FailureReason.UNREACHABLE, retry_after)
    detail = f"HTTP {status}"
    if status < 400:
        return Refused(FailureReason.MISCONFIGURED, detail)
    return Refused(_BY_STATUS.get(status, FailureReason.REJECTED), detail)


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """The wait the provider asks for (RFC 9110 §10.2.3), at most an hour; None where it asks for none.

    A date is measured against the answer's own Date header, so that only the provider's clock matters.
    """
    text = headers.get("Retry-After", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=min(int(text), 86_400)), LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


class HttpClient:
    """One session with one pool, opened by the first request inside the running loop.

    `guard` is given where the URLs come from outsiders: it sees every address before a socket is opened for it.
    `connect_s` is how long a connection may take to stand, its turn in the pool included.
    """

    def __init__(
        self, timeout_s: float, connections: int, guard: Guard | None = None, *, connect_s: float = CONNECT_S
    ) -> None:
        connect = min(connect_s, timeout_s)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=connect, sock_connect=connect)
        self._connections = connections
        self._guard = guard
        self._session: aiohttp.ClientSession | None = None

    def _session_of(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections,
                    keepalive_timeout=30,
                    socket_factory=self._guard.socket if self._guard else None,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                auto_decompress=False,  # an answer is short; a compressed one is only a way to be large
                headers={"Accept-Encoding": "identity", "User-Agent": "fenghuo"},
            )
        return self._session

    async def post(self, url: URL, body: bytes, headers: Mapping[str, str]) -> HttpResponse | Deferred | Ambiguous:
        """Posts once and reads the answer. Deferred: certainly nothing left; Ambiguous: something may have."""
        session = self._session or self._session_of()
        try:
            # Without `async with`: a body read to its end has given its connection back, and `_read` sees to the rest.
            response = await session.post(url, data=body, headers=headers, allow_redirects=False)
            return HttpResponse(response.status, await _read(response), response.headers)
        except aiohttp.ClientSSLError:
            return Deferred(FailureReason.MISCONFIGURED)  # wrong certificate: ours or theirs, nothing was said to it
        except aiohttp.ClientConnectorError as error:
            refused = isinstance(error.os_error, AddressRefused)
            return Deferred(FailureReason.MISCONFIGURED if refused else FailureReason.UNREACHABLE)
        except aiohttp.ConnectionTimeoutError:
            return Deferred(FailureReason.UNREACHABLE)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return Ambiguous(type(error).__name__)  # never str(error): it may quote the address

    async def aclose(self) -> None:
        """Closes the session; the next request would open another."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, cut at MOST_BODY; empty where it breaks off, for the status was heard all the same."""
    length = response.content_length
    try:
        if length is not None and length <= MOST_BODY:
            return await response.read()  # closes the connection itself when it fails
        return await _read_some(response)
    except aiohttp.ClientPayloadError:
        return b""


async def _read_some(response: aiohttp.ClientResponse) -> bytes:
    read = bytearray()
    try:
        async for chunk in response.content.iter_any():
            read += chunk
            if len(read) > MOST_BODY:
                break
    finally:
        response.close()  # the rest is not worth the connection
    return bytes(read[:MOST_BODY])
