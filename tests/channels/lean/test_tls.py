"""TLS: whom the client believes, and what becomes of a handshake that fails."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from yarl import URL

from channels.http import HttpResponse
from channels.lean_http import LeanClient
from channels.message import Ambiguous, Deferred, FailureReason
from tests.channels.lean.posting import brief, until
from tests.channels.lean.raw_server import PATIENCE_S, RawServer, raw_server

MISCONFIGURED, UNREACHABLE = Deferred(FailureReason.MISCONFIGURED), Deferred(FailureReason.UNREACHABLE)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> Path:
    """A certificate of its own making for `localhost`, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@pytest.fixture
def served(certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusting(certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


async def posted(
    server: RawServer, tls: ssl.SSLContext | None = None, host: str = "localhost", timeout_s: float = PATIENCE_S
) -> HttpResponse | Deferred | Ambiguous:
    client = LeanClient(timeout_s, 1, tls)
    try:
        return await client.post(URL(server.url).with_host(host), b"x", {})
    finally:
        await client.aclose()


async def test_a_trusted_certificate_is_spoken_to(served, trusting) -> None:
    async with raw_server(tls=served) as server:
        assert brief(await posted(server, trusting)) == (201, b"ok")


async def test_an_untrusted_certificate_is_told_nothing(served) -> None:
    async with raw_server(tls=served) as server:
        assert await posted(server) == MISCONFIGURED
        assert server.bodies == []


async def test_a_certificate_for_another_name_is_told_nothing(served, trusting) -> None:
    async with raw_server(tls=served) as server:
        assert await posted(server, trusting, host="127.0.0.1") == MISCONFIGURED
        assert server.bodies == []


async def test_the_system_s_authorities_decide_and_the_name_and_protocol_are_told(
    served, certificate, monkeypatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    told = []
    served.sni_callback = lambda socket, name, _: told.append(name)
    served.set_alpn_protocols(["http/1.1"])
    async with raw_server(tls=served) as server:
        assert brief(await posted(server)) == (201, b"ok")
        assert told == ["localhost"]
        assert server.protocols == ["http/1.1"]


async def test_requests_over_tls_share_a_connection_too(served, trusting) -> None:
    async with raw_server(tls=served) as server:
        client = LeanClient(PATIENCE_S, 2, trusting)
        for n in range(10):
            assert brief(await client.post(URL(server.url).with_host("localhost"), b"%d" % n, {})) == (201, b"ok")
        await client.aclose()
        assert server.opened == 1
        assert len(server.bodies) == 10


async def test_a_server_that_speaks_no_tls_is_told_nothing() -> None:
    async with raw_server() as server:
        server.url = server.url.replace("http:", "https:")
        assert isinstance(await posted(server, timeout_s=0.5), Deferred)
        assert server.bodies == []


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(65_536):
        pass
    writer.close()


async def test_a_handshake_that_never_ends_is_given_up_and_closed() -> None:
    closed = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent(reader, writer)
        closed.set()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = URL(f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}/")
    client = LeanClient(0.3, 1)
    assert await client.post(url, b"", {}) == UNREACHABLE
    await asyncio.wait_for(closed.wait(), PATIENCE_S)
    await client.aclose()
    listener.close()


@pytest.mark.parametrize("how", ["cancelled", "closed"])
async def test_a_handshake_under_way_ends_when_nobody_wants_it_any_more(how: str) -> None:
    begun, closed = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.set()
        await silent(reader, writer)
        closed.set()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = LeanClient(PATIENCE_S, 1)
    task = asyncio.create_task(client.post(URL(f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"), b"", {}))
    await asyncio.wait_for(begun.wait(), PATIENCE_S)
    if how == "cancelled":
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await client.aclose()
    if how == "closed":
        assert await task == UNREACHABLE
    await asyncio.wait_for(closed.wait(), PATIENCE_S)
    listener.close()
    await until(lambda: not client._pools)
