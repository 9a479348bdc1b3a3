"""One SMTP connection: a transaction on it, and what the relay's replies mean (RFC 5321 §4.2, RFC 3463)."""

from __future__ import annotations

import re
from datetime import timedelta

from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected, SMTPTimeoutError
from aiosmtplib.errors import SMTPAuthenticationError, SMTPConnectError

from channels.message import Accepted, Ambiguous, Deferred, FailureReason, Outcome, Refused

_QUEUED = re.compile(r"queued as <?([\w.@-]{1,128})|\bid=<?([\w.@-]{1,128})", re.IGNORECASE)
_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 3463
_PAUSE = timedelta(seconds=30)


class Line:
    """One connection to the relay."""

    def __init__(self, client: SMTP) -> None:
        self.client = client
        self.sent = 0

    @staticmethod
    async def over(client: SMTP) -> Line:
        """Connects. Raises SMTPException."""
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        return Line(client)

    async def transact(self, sender: str, to: str, mail: bytes) -> Outcome:
        """Raises SMTPException while nothing can have been taken; afterwards every fault is an outcome."""
        stage = "MAIL"
        try:
            await self.client.mail(sender)
            stage = "RCPT"
            await self.client.rcpt(to)
            stage = "DATA"
            answer = await self.client.data(mail)
        except SMTPResponseException as error:
            if self.client.is_connected:
                await self._reset()
            return outcome_of(error.code, error.message, stage)
        except (SMTPServerDisconnected, SMTPTimeoutError):
            if stage == "DATA":  # RFC 5321 §4.5.4.2: the relay may have taken it and the answer got lost
                return Ambiguous("connection lost after DATA")
            raise
        self.sent += 1
        queued = _QUEUED.search(answer.message)
        return Accepted((queued[1] or queued[2]) if queued else "")

    async def hang_up(self) -> None:
        try:
            await self.client.quit(timeout=1.0)
        except SMTPException:
            self.client.close()

    async def _reset(self) -> None:
        try:
            await self.client.rset()
        except SMTPException:
            self.client.close()


def outcome_of(code: int, text: str, stage: str) -> Outcome:
    """What a negative reply (RFC 5321 §4.2) to `stage` (MAIL, RCPT or DATA) means.

    The detail holds the codes and never the text, which may quote the address.
    """
    enhanced = _ENHANCED.match(text)
    status = enhanced[1] if enhanced else ""
    detail = f"{code} {status}".strip()
    if code < 500:
        busy = code in {421, 450, 451, 452} or status.startswith("4.7.")
        return Deferred(FailureReason.THROTTLED if busy else FailureReason.UNREACHABLE, _PAUSE)
    if code in {530, 534, 535, 538} or stage == "MAIL":
        return Refused(FailureReason.MISCONFIGURED, detail)
    # RFC 3463 §3.8: X.7.Y is policy against this mail or this sender, whatever the basic code says of the mailbox.
    if stage == "RCPT" and code in {550, 551, 553, 556} and not status.startswith("5.7."):
        return Refused(FailureReason.BAD_ADDRESS, detail)
    return Refused(FailureReason.REJECTED, detail)


def without_relay(error: SMTPException) -> Outcome:
    """Nothing was handed over. A relay that refuses our name and password will go on doing so."""
    if isinstance(error, SMTPAuthenticationError) and error.code >= 500:
        return Refused(FailureReason.MISCONFIGURED, str(error.code))
    if isinstance(error, SMTPResponseException | SMTPConnectError | SMTPServerDisconnected | SMTPTimeoutError):
        return Deferred(FailureReason.UNREACHABLE, _PAUSE)
    return Refused(FailureReason.MISCONFIGURED, type(error).__name__)  # the relay lacks what the settings ask for
