"""E-mail over SMTP (RFC 5321) on a few connections that are kept open. Bounces (RFC 3464) are not read."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import ClassVar, Literal

from aiosmtplib import SMTP, SMTPException, SMTPServerDisconnected
from pydantic import Field, SecretStr, field_validator

from channels.address import mailbox
from channels.driver import Driver, Reach
from channels.email_form import HeaderRefused, Sender, address_mail, render_mail
from channels.media.email import EMAIL
from channels.medium import Medium
from channels.message import FailureReason, Form, Message, Outcome, Refused
from channels.settings import DriverContext, DriverSettings
from channels.smtp_line import Line, without_relay

_FORMS_KEPT = 64


class SmtpSettings(DriverSettings):
    """The relay, and who the mail comes from. `concurrency` is the number of connections kept to the relay."""

    concurrency: int = Field(8, ge=1, le=200)
    host: str = "127.0.0.1"
    port: int = Field(25, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    from_address: str = "warnings@fenghuo.example"
    from_name: str = ""
    unsubscribe: str = ""
    mails_per_connection: int = Field(1000, ge=1)  #: servers close a connection after so many

    @field_validator("from_name", "unsubscribe")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("one line without control characters (RFC 5322 §2.2)")
        return value

    @field_validator("from_address")
    @classmethod
    def _mailbox(cls, value: str) -> str:
        return mailbox(value)


class SmtpDriver:
    """Hands each mail to one relay. A relay's "250" after the text means that it answers for the mail from then on."""

    name: ClassVar[str] = "smtp"
    medium: ClassVar[Medium] = EMAIL
    reach: ClassVar[Reach] = Reach.PERSON
    correlates_by_reference: ClassVar[bool] = False

    def __init__(self, settings: SmtpSettings, context: DriverContext) -> None:
        self._settings = settings
        self._now = context.now
        self._sender = Sender(settings.from_address, settings.from_name, settings.unsubscribe)
        self._forms: OrderedDict[str, bytes] = OrderedDict()
        self._idle: list[Line] = []
        self._places = asyncio.Semaphore(settings.concurrency)
        self.limits = settings.limits

    def destination(self, message: Message) -> str:  # noqa: ARG002 - one relay for all
        return f"{self._settings.host}:{self._settings.port}"

    async def send(self, message: Message) -> Outcome:
        try:
            if mailbox(message.to).lower() != message.to.lower():
                raise ValueError
        except ValueError:
            return Refused(FailureReason.BAD_ADDRESS, "not a mailbox (RFC 5321)")
        try:
            mail = address_mail(self._render(message.form), message.to, message.delivery, self._sender.domain)
        except HeaderRefused as error:
            return Refused(FailureReason.REJECTED, str(error))
        async with self._places:
            if self._now() >= message.expires:
                return Refused(FailureReason.EXPIRED)
            return await self._hand_over(message.to, mail)

    async def aclose(self) -> None:
        for line in self._idle:
            await line.hang_up()
        self._idle.clear()

    async def _hand_over(self, to: str, mail: bytes) -> Outcome:
        """A connection that died while it was idle says nothing about the relay: one new one is tried."""
        while True:
            line = self._idle.pop() if self._idle else None
            fresh = line is None
            try:
                line = line or await Line.over(self._client())
                outcome = await line.transact(self._sender.address, to, mail)
            except SMTPException as error:
                if line is not None:
                    line.client.close()
                if fresh or not isinstance(error, SMTPServerDisconnected):
                    return without_relay(error)
                continue
            except BaseException:
                if line is not None:
                    line.client.close()
                raise
            if line.client.is_connected and line.sent < self._settings.mails_per_connection:
                self._idle.append(line)
            else:
                await line.hang_up()
            return outcome

    def _client(self) -> SMTP:
        settings = self._settings
        return SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username or None,
            password=settings.password.get_secret_value() or None,
            local_hostname=self._sender.domain,
            timeout=settings.timeout_s,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
        )

    def _render(self, form: Form) -> bytes:
        common = self._forms.get(form.digest)
        if common is None:
            common = self._forms[form.digest] = render_mail(form, self._sender, self._now())
            if len(self._forms) > _FORMS_KEPT:
                self._forms.popitem(last=False)
        return common


def build(channel: str, settings: SmtpSettings, context: DriverContext) -> Driver:  # noqa: ARG001
    """The driver of this block."""
    return SmtpDriver(settings, context)
