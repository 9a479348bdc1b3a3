"""An e-mail as bytes: everything but recipient and id is rendered once per form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from channels.message import Form

_DELIVERY = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: control characters, and whatever else Unicode calls a line break
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class HeaderRefused(ValueError):
    """A value that may not stand in a header; the text names the rule, never the value."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the mail comes from."""

    address: str
    name: str = ""
    unsubscribe: str = ""  #: URL or mailto of List-Unsubscribe (RFC 2369); empty for none

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def render_mail(form: Form, sender: Sender, date: datetime) -> bytes:
    """The common part of every mail of a form: all headers but To and Message-ID, and the body.

    Raises HeaderRefused for a subject that would break out of its header.
    """
    if _CONTROL.search(form.subject):
        raise HeaderRefused("the subject has a line break or control character (RFC 5322 §2.2)")
    mail = EmailMessage(policy=SMTP)
    local, _, domain = sender.address.rpartition("@")
    mail["From"] = Address(sender.name, local, domain)
    mail["Subject"] = form.subject  # RFC 2047 where it is not ASCII
    mail["Date"] = format_datetime(date)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no vacation notice answers a warning
    if sender.unsubscribe:
        mail["List-Unsubscribe"] = f"<{sender.unsubscribe}>"
    if form.text:
        mail.set_content(form.text)
        mail.add_alternative(form.body, subtype="html")
        # RFC 2046 §5.1.1: any text that is in no part will do; taken from the form, so that the bytes never vary
        mail.set_boundary(f"=_{form.digest[:40]}")
    else:
        mail.set_content(form.body, subtype="html")
    mail["Content-Language"] = form.language  # last: setting the content clears every Content- header
    return mail.as_bytes()


def address_mail(common: bytes, to: str, delivery: str, domain: str) -> bytes:
    """One recipient's mail. `to` is a checked mailbox. Raises HeaderRefused for an id that is not one."""
    if not _DELIVERY.fullmatch(delivery):
        raise HeaderRefused("the delivery id is letters, digits, hyphen and underscore")
    return f"To: {to}\r\nMessage-ID: <{delivery}@{domain}>\r\n".encode("ascii") + common
