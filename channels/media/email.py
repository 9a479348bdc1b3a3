"""E-mail: HTML with a subject and the same in plain text. Nobody limits its length."""

from __future__ import annotations

from channels.address import AddressKind
from channels.medium import BodyFormat, Medium, Templates

EMAIL = Medium(
    name="email",
    address=AddressKind.MAILBOX,
    column="email",
    templates=Templates("email.html", "email.subject.txt", "email.txt"),
    document=BodyFormat.HTML,
)
