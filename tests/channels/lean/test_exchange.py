"""The lean client: what each behaviour of a server becomes, and that nothing is lost, doubled or left open."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from channels.http import MOST_BODY, HttpResponse
from channels.lean import pool as pools
from channels.lean_http import LeanClient
from channels.message import Ambiguous, Deferred, FailureReason
from tests.channels.lean.posting import brief, posting, until
from tests.channels.lean.raw_server import OK, PATIENCE_S, Talk, cuts, ends, hangs, raw_server, says

SOON_S = 1.0
LATE, LOST, MALFORMED = (
    Ambiguous("TimeoutError"),
    Ambiguous("ServerDisconnectedError"),
    Ambiguous("ClientResponseError"),
)
UNREACHABLE = Deferred(FailureReason.UNREACHABLE)


def response(status: str, body: bytes = b"", *fields: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *fields, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


CHUNKED = (
    b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n3\r\ncde\r\n0\r\nX-Trailer: 1\r\n\r\n"
)
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
LONG_FIELD = b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000
MANY_FIELDS = b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 20_000
TINY_CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 50_000

ANSWERS = {
    "201": (says(OK), (201, b"ok")),
    "204": (says(b"HTTP/1.1 204 No Content\r\n\r\n"), (204, b"")),
    "429": (says(response("429 Too Many Requests", b"{}")), (429, b"{}")),
    "503": (says(response("503 Service Unavailable")), (503, b"")),
    "a redirect": (says(response("307 Temporary Redirect", b"", "Location: /elsewhere")), (307, b"")),
    "not JSON": (says(response("201 Created", b"{{{\x00")), (201, b"{{{\x00")),
    "chunked, with a trailer": (says(CHUNKED), (201, b"abcde")),
    "interim answers first": (says(INTERIM + OK), (201, b"ok")),
    "interim answers in other segments": (says(INTERIM, OK), (201, b"ok")),
    "a switch of protocols": (
        says(b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n\xff"),
        (101, b""),
    ),
    "a body that ends with the connection": (ends(b"HTTP/1.1 200 OK\r\n\r\nall of it"), (200, b"all of it")),
    "reset in a body without length": (cuts(b"HTTP/1.1 200 OK\r\n\r\nsome"), None),
    "ended inside the body": (ends(b"HTTP/1.1 429 Slow\r\nContent-Length: 9\r\n\r\nhalf"), (429, b"")),
    "ended inside a chunk": (ends(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf"), (201, b"")),
    "a chunk without a size": (hangs(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), (201, b"")),
    "ended after the request": (ends(), LOST),
    "ended inside the status": (ends(b"HTTP/1.1 20"), LOST),
    "ended inside the fields": (ends(b"HTTP/1.1 201 Created\r\nContent-Le"), LOST),
    "ended after an interim answer": (ends(INTERIM), LOST),
    "reset after the request": (cuts(), LOST),
    "garbage": (hangs(b"\x00\xffnothing like it"), MALFORMED),
    "another protocol": (hangs(b"220 mail.example ESMTP\r\n"), MALFORMED),
    "a length and chunks at once": (
        hangs(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        MALFORMED,
    ),
    "a length beyond all numbers": (hangs(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n"), MALFORMED),
    "status 000": (hangs(b"HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n"), MALFORMED),
    "a field without end": (hangs(LONG_FIELD), MALFORMED),
    "fields without end": (hangs(MANY_FIELDS), MALFORMED),
    "interim answers without end": (hangs(INTERIM * 4_000), MALFORMED),
    "20 MB": (says(response("201 Created", b"y" * 20 * 1024 * 1024)), (201, b"y" * MOST_BODY)),
    "20 MB without length": (ends(b"HTTP/1.1 201 Created\r\n\r\n", b"y" * 20 * 1024 * 1024), (201, b"y" * MOST_BODY)),
    "a trickle of chunks": (hangs(TINY_CHUNKS), (200, b"")),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_each_behaviour_of_a_server_has_its_answer(name: str) -> None:
    action, wanted = ANSWERS[name]
    async with raw_server([action]) as server, posting(server) as poster:
        answer = brief(await poster.post())
        # An RST may overtake what was sent before it, so that case has two answers, and neither is the half body.
        assert answer == wanted if wanted is not None else answer in [(200, b""), LOST]
        assert server.bodies == [b"x"]


@pytest.mark.parametrize(
    "action",
    [
        hangs(),
        hangs(b"HTTP/1.1 201 Cre"),
        hangs(b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\nhalf"),
        hangs(INTERIM),
    ],
    ids=["silence", "half a status", "half a body", "interim only"],
)
async def test_an_answer_not_whole_in_time_is_ambiguous_and_its_connection_closed(action) -> None:
    async with raw_server([action]) as server, posting(server, SOON_S) as poster:
        assert await poster.post() == LATE
        assert brief(await poster.post()) == (201, b"ok")
        assert server.opened == 2


async def test_each_request_has_its_own_time_though_one_timer_serves_all() -> None:
    script = [hangs(), says(OK), hangs(), says(OK), hangs()]
    async with raw_server(script) as server, posting(server, SOON_S, connections=8) as poster:
        answers = await asyncio.gather(*(poster.post(b"%d" % n) for n in range(5)))
        assert sorted(map(str, map(brief, answers))) == sorted(map(str, [LATE] * 3 + [(201, b"ok")] * 2))


# --- connections -----------------------------------------------------------------------------------------------------


async def test_requests_one_after_the_other_share_one_connection() -> None:
    async with raw_server() as server, posting(server) as poster:
        for n in range(50):
            assert brief(await poster.post(b"%d" % n)) == (201, b"ok")
        assert server.opened == 1
        assert server.bodies == [b"%d" % n for n in range(50)]


async def test_never_more_connections_are_open_than_allowed_and_everybody_gets_a_turn() -> None:
    async with raw_server() as server, posting(server, connections=3) as poster:
        answers = await asyncio.gather(*(poster.post(b"%d" % n) for n in range(60)))
        assert {brief(answer) for answer in answers} == {(201, b"ok")}
        assert server.most_open == 3
        assert sorted(server.bodies, key=int) == [b"%d" % n for n in range(60)]


async def test_the_connection_used_last_is_used_next() -> None:
    async with raw_server() as server, posting(server, connections=4) as poster:
        await asyncio.gather(*(poster.post() for _ in range(4)))
        (pool,) = poster.client._pools.values()
        newest = list(pool._idle._until)[-1]
        await poster.post()
        assert list(pool._idle._until)[-1] is newest
        assert server.opened == 4


@pytest.mark.parametrize(
    "answer",
    [
        response("200 OK", b"1", "Connection: close"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n1",
        response("200 OK", b"1") + response("200 OK", b"2"),
        response("200 OK", b"1") + b"H",
        response("200 OK", b"1") + b"\x00",
        response("200 OK", b"1" * (MOST_BODY + 1)),
        b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    ],
    ids=["close", "HTTP/1.0", "a second answer", "the begin of one", "a stray byte", "too large", "switched"],
)
async def test_a_connection_that_may_hold_something_unasked_is_not_used_again(answer: bytes) -> None:
    async with raw_server([hangs(answer)]) as server, posting(server, connections=1) as poster:
        first = await poster.post()
        assert isinstance(first, HttpResponse)
        assert set(first.body) <= set(b"1")
        assert brief(await poster.post()) == (201, b"ok")
        assert server.opened == 2


async def test_an_answer_before_it_was_asked_for_ends_an_idle_connection() -> None:
    async def speaks_again(talk: Talk) -> None:
        await talk.say(OK)
        await poster.done.wait()
        await talk.say(response("200 OK", b"forged"))
        await talk.gone()

    async with raw_server([speaks_again]) as server, posting(server) as poster:
        poster.done = asyncio.Event()
        assert brief(await poster.post()) == (201, b"ok")
        poster.done.set()
        await until(lambda: poster.sockets == 0)
        assert brief(await poster.post()) == (201, b"ok")
        assert server.opened == 2


async def test_a_connection_the_server_closed_between_requests_costs_no_message() -> None:
    async with raw_server([ends(OK)] * 5) as server, posting(server) as poster:
        for n in range(5):
            assert brief(await poster.post(b"%d" % n)) == (201, b"ok")
            await until(lambda: poster.sockets == 0)
        assert server.bodies == [b"%d" % n for n in range(5)]


async def test_a_connection_being_closed_just_now_is_passed_over_before_anything_is_written() -> None:
    async with raw_server() as server, posting(server) as poster:
        await asyncio.gather(poster.post(), poster.post())
        (pool,) = poster.client._pools.values()
        for connection in pool._idle._until:
            connection._transport.close()  # its end is noticed in the next round of the loop, after this request
        assert brief(await poster.post(b"kept")) == (201, b"ok")
        assert server.bodies.count(b"kept") == 1


async def test_a_server_that_closes_whenever_it_likes_never_gets_a_message_twice() -> None:
    async with raw_server([ends(OK), says(OK), cuts(OK), ends()] * 25) as server, posting(server) as poster:
        answers = {b"%d" % n: await poster.post(b"%d" % n) for n in range(100)}
    assert len(set(server.bodies)) == len(server.bodies)
    taken = {body for body, answer in answers.items() if isinstance(answer, HttpResponse)}
    assert taken <= set(server.bodies)
    assert not [answer for answer in answers.values() if isinstance(answer, Deferred)]


async def test_idle_connections_are_closed_after_a_while(monkeypatch) -> None:
    monkeypatch.setattr(pools, "IDLE_S", 0.05)
    async with raw_server() as server, posting(server) as poster:
        await asyncio.gather(*(poster.post() for _ in range(4)))
        await until(lambda: server.open_now == 0)
        assert poster.sockets == 0


async def test_nobody_waits_for_a_connection_longer_than_for_connecting() -> None:
    async with raw_server([hangs()]) as server, posting(server, SOON_S, connections=1) as poster:
        assert await asyncio.gather(poster.post(b"1"), poster.post(b"2")) == [LATE, UNREACHABLE]
        assert server.bodies == [b"1"]


async def test_nobody_listening_means_certainly_not_sent() -> None:
    async with raw_server() as server:
        pass
    async with posting(server) as poster:
        assert await poster.post() == UNREACHABLE


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (socket.gaierror(-2, "Name or service not known"), UNREACHABLE),
        (ConnectionResetError(), UNREACHABLE),
        (TimeoutError(), UNREACHABLE),
        (ssl.SSLCertVerificationError("expired"), Deferred(FailureReason.MISCONFIGURED)),
        (UnicodeError("label too long"), Deferred(FailureReason.MISCONFIGURED)),
    ],
)
async def test_whatever_keeps_a_connection_from_opening_means_certainly_not_sent(error, wanted, monkeypatch) -> None:
    async def fails(_: pools.Pool) -> None:
        raise error

    monkeypatch.setattr(pools.Pool, "_connect", fails)
    client = LeanClient(PATIENCE_S, 1)
    assert await client.post(URL("http://a.example/"), b"", {}) == wanted
    await client.aclose()


# --- going away ------------------------------------------------------------------------------------------------------


async def test_who_is_cancelled_leaves_no_half_read_connection_behind() -> None:
    async with raw_server([hangs(b"HTTP/1.1 201 Created\r\n")]) as server, posting(server, connections=1) as poster:
        task = asyncio.create_task(poster.post())
        await asyncio.wait_for(server.asked.wait(), PATIENCE_S)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert brief(await poster.post()) == (201, b"ok")
        assert server.opened == 2


async def test_who_is_cancelled_while_waiting_takes_no_turn_from_the_others() -> None:
    go = asyncio.Event()

    async def waits(talk: Talk) -> None:
        await go.wait()
        await talk.say(OK)

    async with raw_server([waits]) as server, posting(server, connections=1) as poster:
        tasks = [asyncio.create_task(poster.post(b"%d" % n)) for n in range(5)]
        await asyncio.wait_for(server.asked.wait(), PATIENCE_S)
        go.set()
        tasks[1].cancel()
        tasks[3].cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [brief(each) for each in done if isinstance(each, HttpResponse)] == [(201, b"ok")] * 3
        assert sorted(server.bodies) == [b"0", b"2", b"4"]


async def test_who_is_cancelled_as_the_turn_comes_passes_it_on(monkeypatch) -> None:
    handed_back = pools.Pool.give_back

    def and_cancels(pool: pools.Pool, connection: object) -> None:
        handed_back(pool, connection)
        tasks[1].cancel()

    go = asyncio.Event()

    async def waits(talk: Talk) -> None:
        await go.wait()
        await talk.say(OK)

    monkeypatch.setattr(pools.Pool, "give_back", and_cancels)
    async with raw_server([waits]) as server, posting(server, connections=1) as poster:
        tasks = [asyncio.create_task(poster.post(b"%d" % n)) for n in range(3)]
        await asyncio.wait_for(server.asked.wait(), PATIENCE_S)
        go.set()
        first, second, third = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(second, asyncio.CancelledError)
        assert [brief(first), brief(third)] == [(201, b"ok")] * 2


async def test_closing_ends_what_is_under_way_and_leaves_no_task_and_no_socket() -> None:
    half = hangs(b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\nhalf")
    async with raw_server([half] * 3) as server, posting(server, PATIENCE_S * 10, 3, PATIENCE_S * 10) as poster:
        before = asyncio.all_tasks()
        posts = [asyncio.create_task(poster.post(b"%d" % n)) for n in range(9)]
        await until(lambda: len(server.bodies) == 3)
        await asyncio.wait_for(poster.client.aclose(), PATIENCE_S)
        assert await asyncio.gather(*posts) == [LOST] * 3 + [UNREACHABLE] * 6
        await until(lambda: server.open_now == 0)
        assert {task for task in asyncio.all_tasks() if "serve" not in str(task.get_coro())} <= before
    gc.collect()  # a socket left open would warn now, and a warning is an error


async def test_a_client_that_was_closed_can_be_used_again() -> None:
    async with raw_server() as server, posting(server) as poster:
        for _ in range(2):
            assert brief(await poster.post()) == (201, b"ok")
            await poster.client.aclose()
        assert server.opened == 2


# --- what is said ----------------------------------------------------------------------------------------------------


async def test_the_request_is_exactly_this() -> None:
    async with raw_server() as server, posting(server) as poster:
        await poster.post("文".encode())
        assert server.heads == [
            f"POST /messages HTTP/1.1\r\nHost: 127.0.0.1:{poster.url.port}\r\nAccept: */*\r\n"
            "Accept-Encoding: identity\r\nUser-Agent: fenghuo\r\nAuthorization: Basic c2VjcmV0\r\n"
            "Content-Length: 3\r\n\r\n".encode()
        ]


async def test_other_headers_and_other_urls_make_another_head() -> None:
    async with raw_server() as server, posting(server) as poster:
        for path, token in (("/a", "1"), ("/b?c=%20", "1"), ("/b?c=%20", "2")):
            await poster.client.post(URL(server.url).join(URL(path, encoded=True)), b"", {"X-Token": token})
        said = [(each.split(b" ")[1], each.split(b"X-Token: ")[1][:1]) for each in server.heads]
        assert said == [(b"/a", b"1"), (b"/b?c=%20", b"1"), (b"/b?c=%20", b"2")]
        assert server.opened == 1


# --- garbage ---------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        OK,
        CHUNKED,
        INTERIM,
        b"HTTP/1.1 ",
        b"200 OK\r\n",
        b"Content-Length: 5\r\n",
        b"\r\n",
        b"Transfer-Encoding: chunked\r\n",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=40)), max_size=6), st.sampled_from([ends, cuts, says]))
def test_whatever_a_server_says_becomes_an_answer_or_is_ambiguous(segments: list[bytes], manner) -> None:
    async def one() -> tuple[object, bool]:
        patience_s = 0.05 if manner is says else PATIENCE_S  # what has an end needs no time-out
        async with raw_server([manner(*segments)]) as server, posting(server, patience_s) as poster:
            return await poster.post(), bool(server.heads)

    answer, asked = uvloop.run(one())
    if manner is says and not asked:  # a busy machine: the time was over before there was a connection
        assert isinstance(answer, Deferred | Ambiguous)
    else:
        assert isinstance(answer, Ambiguous) or (isinstance(answer, HttpResponse) and 100 <= answer.status <= 999)
