"""Plain POSTs to a provider we chose ourselves, at a tenth of the cost of a general client."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from yarl import URL

from channels.http import HttpResponse
from channels.lean.pool import Origin, Pool
from channels.message import Ambiguous, Deferred
from channels.settings import CONNECT_S

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch  # RFC 9110 §5.6.2, token
_VALUE = re.compile(r"[\t\x20-\x7e]*").fullmatch  # RFC 9110 §5.5 without obs-text: CR, LF and NUL end a field early
_TARGET = re.compile(r"/[\x21-\x7e]*").fullmatch  # RFC 9112 §3.2.1, origin-form
_OURS = frozenset({"connection", "content-length", "expect", "host", "transfer-encoding"})
_ALWAYS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "fenghuo"}


def head(url: URL, headers: Mapping[str, str]) -> bytes:
    """The request up to the value of Content-Length. Raises ValueError for what could be read as another request."""
    target = url.raw_path_qs
    if not _TARGET(target):
        raise ValueError("the path of the URL is not printable ASCII (RFC 9112 §3.2.1)")
    fields = {"Host": url.host_port_subcomponent or "", **_ALWAYS, **headers}
    for name, value in fields.items():
        if not _NAME(name) or not _VALUE(value):
            raise ValueError("a header field holds a character that may not stand in it (RFC 9110 §5.5)")
    if not _OURS.isdisjoint(name.lower() for name in headers):
        raise ValueError("where a request goes and where it ends is for the client to say (RFC 9112 §6)")
    lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "Content-Length: "]
    return "\r\n".join(lines).encode("ascii")


@dataclass(frozen=True, slots=True)
class _Target:
    url: URL
    headers: Mapping[str, str]
    head: bytes
    pool: Pool


class LeanClient:
    """What `HttpClient` promises, for URLs that come from our own configuration: nothing guards them.

    At most `connections` sockets are open to one origin, each with one request at a time. The answer's time runs from
    the moment its request is written. A connection the other end closed between two requests is passed over, for
    nothing was written to it; one that breaks after that and says nothing is Ambiguous, for it may have been heard,
    and sending again is for dispatch to decide. Headers may not be changed once they were used.
    """

    def __init__(
        self,
        timeout_s: float,
        connections: int,
        tls: ssl.SSLContext | None = None,
        *,
        connect_s: float = CONNECT_S,
    ) -> None:
        """`tls` replaces the system's trusted authorities; `connect_s` is the time until a connection stands."""
        self._timeout_s = timeout_s
        self._connect_s = min(connect_s, timeout_s)
        self._connections = connections
        self._tls = tls
        self._pools: dict[URL, Pool] = {}
        self._target: _Target | None = None

    async def post(self, url: URL, body: bytes, headers: Mapping[str, str]) -> HttpResponse | Deferred | Ambiguous:
        """Posts once and reads the answer. Deferred: certainly nothing left; Ambiguous: something may have."""
        target = self._target
        if target is None or target.url is not url or target.headers is not headers:
            target = self._aim(url, headers)
        pool = target.pool
        connection = pool.take()
        if connection is None:
            opened = await pool.wait()
            if isinstance(opened, Deferred):
                return opened
            connection = opened
        try:
            return await pool.exchange(connection, b"%b%d\r\n\r\n%b" % (target.head, len(body), body))
        finally:
            pool.give_back(connection)

    async def aclose(self) -> None:
        """Ends requests under way as Ambiguous and closes every socket; the next request would open another."""
        pools, self._pools, self._target = self._pools, {}, None
        for pool in pools.values():
            await pool.aclose()

    def _aim(self, url: URL, headers: Mapping[str, str]) -> _Target:
        """All requests of a driver go to one URL with the same headers, so the last head is the one that is kept."""
        if url.scheme not in {"http", "https"} or url.raw_host is None or url.port is None or url.raw_user is not None:
            raise ValueError("the URL is not http or https to a host and port, or it holds a user name")
        built = head(url, headers)
        origin = url.origin()
        pool = self._pools.get(origin)
        if pool is None:
            where = Origin(url.raw_host, url.port, self._context() if url.scheme == "https" else None)
            pool = self._pools[origin] = Pool(where, self._timeout_s, self._connect_s, self._connections)
        self._target = _Target(url, headers, built, pool)
        return self._target

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls
