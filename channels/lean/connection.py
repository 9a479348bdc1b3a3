"""One connection of HTTP/1.1: a request at a time, its answer parsed as it comes, and never a doubt where it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from channels.http import MOST_BODY, HttpResponse
from channels.lean.fields import Fields
from channels.message import Ambiguous

#: bytes of an answer besides its body: status lines, fields, chunk sizes, trailers
MOST_OVERHEAD = 65_536

LATE = "TimeoutError"
LOST = "ServerDisconnectedError"
MALFORMED = "ClientResponseError"


class Connection(asyncio.Protocol):
    """Carries one request after the other. After anything but a clean, whole answer it is not `reusable`."""

    __slots__ = (
        "_answer",
        "_complete",
        "_fields",
        "_keep",
        "_loop",
        "_lost",
        "_parser",
        "_parts",
        "_received",
        "_size",
        "_status",
        "_transport",
        "reusable",
    )

    _transport: asyncio.Transport
    _fields: list[tuple[bytes, bytes]]
    _parts: list[bytes]
    _size: int
    _status: int
    _complete: bool
    _keep: bool

    def __init__(self, lost: Callable[[Connection], None]) -> None:
        """`lost` is called once, when the socket is gone."""
        self._loop = asyncio.get_running_loop()
        self._lost = lost
        self._parser = HttpResponseParser(self)
        self._answer: asyncio.Future[HttpResponse | Ambiguous] | None = None
        self.reusable = False
        self._received = 0
        self._begin()

    # --- what the pool does with it ---------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether a request written now would leave."""
        return not self._transport.is_closing()

    def send(self, request: bytes) -> asyncio.Future[HttpResponse | Ambiguous]:
        """Writes the whole request at once; the future gets what came back."""
        answer = self._answer = self._loop.create_future()
        self.reusable = False
        self._received = 0
        self._begin()
        self._transport.write(request)
        return answer

    def fail(self, detail: str) -> None:
        """Gives up on the answer that is awaited and closes: a late answer must not be taken for the next one's."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(Ambiguous(detail))
        self.abort()

    def abort(self) -> None:
        """Closes without a farewell: there is nothing left to flush, and a TLS one could be waited for."""
        self.reusable = False
        self._transport.abort()

    # --- what the event loop tells it -------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment] # a stream's transport reads and writes

    def data_received(self, data: bytes) -> None:
        answer = self._answer
        if answer is None or answer.done():
            self.abort()  # nobody asked, so this cannot be an answer to what will be asked next
            return
        self._received += len(data)
        clean = True
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            clean = False
        if self._complete:
            # An answer that came before the whole request had left says that the rest is not wanted.
            whole = self._keep and clean and self._size <= MOST_BODY and not self._transport.get_write_buffer_size()
            answer.set_result(self._read_answer() if self._status else Ambiguous(MALFORMED))
            self.reusable = whole and bool(self._status)
        elif self._size > MOST_BODY:
            answer.set_result(self._read_answer())  # the rest is not worth the connection
            self.abort()
        elif not clean or self._received - self._size > MOST_OVERHEAD:
            answer.set_result(self._broken_off(MALFORMED))
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.reusable = False
        answer = self._answer
        if answer is not None and not answer.done():
            ended = exc is None and self._status and self._ends_with_connection()
            answer.set_result(self._read_answer() if ended else self._broken_off(LOST))
        self._lost(self)

    # --- what the parser tells it -----------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self._complete:
            self._keep = False  # an answer nobody asked for

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._status:  # afterwards: trailers, which mean nothing to us
            self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        if not self._complete:
            self._status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        if not self._complete:
            self._parts.append(body)
            self._size += len(body)

    def on_message_complete(self) -> None:
        if self._complete:
            return
        if 100 <= self._status < 200 and self._status != 101:
            self._begin()  # interim (RFC 9110 §15.2): the answer is still to come
            return
        self._keep = self._parser.should_keep_alive()
        self._complete = True

    # --- the answer -------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._status = 0  #: of the final answer, once its header fields are complete
        self._fields = []
        self._parts = []
        self._size = 0
        self._complete = False
        self._keep = False

    def _read_answer(self) -> HttpResponse:
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        return HttpResponse(self._status, body[:MOST_BODY], Fields(self._fields))

    def _broken_off(self, detail: str) -> HttpResponse | Ambiguous:
        """A status that was heard counts although its body broke; before it nothing is known."""
        return HttpResponse(self._status, b"", Fields(self._fields)) if self._status else Ambiguous(detail)

    def _ends_with_connection(self) -> bool:
        """Whether the end of the connection is the end of this body (RFC 9112 §6.3, rule 8)."""
        fields = Fields(self._fields)
        return "content-length" not in fields and "chunked" not in fields.get("transfer-encoding", "").lower()
