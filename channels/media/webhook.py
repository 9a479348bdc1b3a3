"""Plain text with a subject, posted to a URL of the person's own."""

from __future__ import annotations

from channels.address import AddressKind
from channels.medium import BodyFormat, Medium, Templates

WEBHOOK = Medium(
    name="webhook",
    address=AddressKind.URL,
    column="webhook",
    templates=Templates("email.txt", "email.subject.txt"),  # the plain text of an e-mail says it whole
    document=BodyFormat.TEXT,
)
