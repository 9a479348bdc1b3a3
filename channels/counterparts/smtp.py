"""The other end of e-mail: a mail relay (aiosmtpd in this event loop) that counts mails by Message-ID."""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
import weakref
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from channels.counterparts.counterpart import Counts, FaultInjector, Knobs, ProviderLimit
from channels.counterparts.fate import is_bad

_MESSAGE_ID = re.compile(rb"^Message-ID:[ \t]*<([^@>\r\n]+)@", re.IGNORECASE | re.MULTILINE)


class MailRelay:
    """Takes mail for everyone, except for mailboxes that begin with `bounce`, which do not exist."""

    name = "email"

    def __init__(
        self, knobs: Knobs, login: tuple[str, str] | None = None, tls_context: ssl.SSLContext | None = None
    ) -> None:
        self.knobs = knobs
        self.counts = Counts()
        self.mailboxes: dict[str, list[bytes]] = {}  #: the newest mails, by recipient
        self.kept = 1000  #: how many recipients' mails are remembered
        self._login = login
        self._tls_context = tls_context
        self._temper = FaultInjector(knobs)
        self._throttle = ProviderLimit()
        self._server: asyncio.Server | None = None
        self._protocols: weakref.WeakSet[SMTP] = weakref.WeakSet()
        self._forever = asyncio.Event()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = await asyncio.get_running_loop().create_server(self._protocol, host, port, backlog=512)

    @property
    def url(self) -> str:
        if self._server is None:
            raise RuntimeError("the counterpart has not been started")
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"smtp://{host}:{port}"

    @property
    def block(self) -> dict[str, object]:
        """The driver's block that reaches this counterpart."""
        host, _, port = self.url.removeprefix("smtp://").rpartition(":")
        return {"driver": "smtp", "host": host, "port": int(port), "security": "none"}

    async def aclose(self) -> None:
        self._forever.set()
        if self._server is not None:
            self._server.close()
            for protocol in tuple(self._protocols):
                if isinstance(protocol.transport, asyncio.WriteTransport):
                    protocol.transport.abort()
            await self._server.wait_closed()

    def _protocol(self) -> SMTP:
        protocol = SMTP(
            self,
            hostname="relay.example",
            ident="relay",
            loop=asyncio.get_running_loop(),
            data_size_limit=4 * 1024 * 1024,
            tls_context=self._tls_context,
            auth_require_tls=self._tls_context is not None,
            authenticator=self._authenticate if self._login else None,
        )
        self._protocols.add(protocol)
        return protocol

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        expected = self._login or ("", "")
        good = isinstance(data, LoginPassword) and (data.login, data.password) == tuple(s.encode() for s in expected)
        return AuthResult(success=good, handled=False)

    # The names of the hooks are aiosmtpd's.
    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._login and not session.authenticated:
            return "530 5.7.0 authentication required"
        if self._throttle.exceeds(asyncio.get_running_loop().time(), self.knobs.throttle_per_s):
            self.counts.throttled += 1
            return "451 4.7.1 slow down"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 ok"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("bounce") or is_bad(address, self.knobs.bad_address, self.knobs.seed):
            self.counts.refused += 1
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        knobs, content = self.knobs, bytes(envelope.original_content or b"")
        await self._temper.linger(knobs)
        if self._temper.strikes(knobs.error):
            self.counts.refused += 1
            return "451 4.3.0 mail system full"
        found = _MESSAGE_ID.search(content)
        delivery = found[1].decode("ascii", "replace") if found else hashlib.sha256(content).hexdigest()[:32]
        self.counts.take(delivery, content.decode("utf-8", "replace"))
        for address in envelope.rcpt_tos:
            if address in self.mailboxes or len(self.mailboxes) < self.kept:
                self.mailboxes.setdefault(address, []).append(content)
        if self._temper.strikes(knobs.hang):
            await self._forever.wait()
        return f"250 2.0.0 ok: queued as {self.counts.received:X}"
