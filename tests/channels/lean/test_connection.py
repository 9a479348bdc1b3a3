"""One connection, fed by hand: where an answer is cut into segments must not matter."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.http import MOST_BODY, HttpResponse
from channels.lean.connection import Connection
from channels.lean.fields import Fields
from channels.message import Ambiguous

OK = b"HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nRetry-After: 7\r\nContent-Length: 5\r\n\r\nhello"
RESPONSES = {
    "length": OK,
    "empty": b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
    "no content": b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;a=b\r\nde\r\n0\r\nT: u\r\n\r\n",
    "interim": b"HTTP/1.1 100 Continue\r\nX: 1\r\n\r\n" + OK,
    "close": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
    "large": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MOST_BODY + 9) + b"z" * (MOST_BODY + 9),
}


class Wire(asyncio.Transport):
    """A transport without a socket."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.aborted = False
        self.unsent = 0

    def write(self, data: bytes) -> None:
        self.written += data

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted

    def get_write_buffer_size(self) -> int:
        return self.unsent


Heard = tuple[HttpResponse | Ambiguous | None, bool]


def heard(segments: list[bytes], *, unsent: int = 0, twice: bool = False) -> Heard:
    """What the last of one or two requests is answered, and whether the connection may be used again."""

    async def exchange() -> Heard:
        wire, connection = Wire(), Connection(lambda _: None)
        connection.connection_made(wire)
        wire.unsent = unsent
        for _ in range(2 if twice else 1):
            future = connection.send(b"request")
            for segment in segments:
                connection.data_received(segment)
        return (future.result() if future.done() else None), connection.reusable and not wire.aborted

    return asyncio.run(exchange())


@pytest.mark.parametrize("name", sorted(RESPONSES.keys() - {"large"}))
def test_an_answer_that_comes_byte_by_byte_is_the_same_answer(name: str) -> None:
    whole = RESPONSES[name]
    assert heard([bytes([byte]) for byte in whole]) == heard([whole])
    assert heard([whole])[0] is not None


@pytest.mark.parametrize("at", range(1, len(OK)))
def test_an_answer_cut_once_is_the_same_answer(at: int) -> None:
    assert heard([OK[:at], OK[at:]]) == heard([OK])


@given(st.sampled_from(sorted(RESPONSES)), st.lists(st.integers(0, 400), max_size=8))
def test_an_answer_cut_anywhere_is_the_same_answer(name: str, cuts: list[int]) -> None:
    whole = RESPONSES[name]
    marks = [0, *sorted({min(cut, len(whole)) for cut in cuts}), len(whole)]
    segments = [whole[start:end] for start, end in pairwise(marks) if start < end]
    assert heard(segments) == heard([whole])


@pytest.mark.parametrize("name", ["length", "empty", "no content", "chunked", "interim"])
def test_nothing_of_one_answer_is_in_the_next(name: str) -> None:
    assert heard([RESPONSES[name]], twice=True) == heard([RESPONSES[name]])
    assert heard([RESPONSES[name]])[1]


def test_an_answer_while_the_request_is_still_leaving_ends_the_connection() -> None:
    answer, reusable = heard([OK], unsent=1)
    assert isinstance(answer, HttpResponse)
    assert not reusable


def test_trailers_are_no_header_fields() -> None:
    answer, _ = heard([RESPONSES["chunked"]])
    assert isinstance(answer, HttpResponse)
    assert dict(answer.headers) == {"transfer-encoding": "chunked"}


def test_fields_of_an_interim_answer_are_not_those_of_the_answer() -> None:
    answer, _ = heard([RESPONSES["interim"]])
    assert isinstance(answer, HttpResponse)
    assert "x" not in answer.headers
    assert answer.headers["Retry-After"] == "7"


def test_header_fields_are_found_in_any_case_and_the_first_counts() -> None:
    fields = Fields([(b"Retry-After", b"7"), (b"RETRY-AFTER", b"9"), (b"X", b"\xff")])
    assert (fields["retry-after"], fields.get("Retry-After"), fields.get("absent", ""), len(fields)) == (
        "7",
        "7",
        "",
        2,
    )
