"""Text messages to telephones, billed by the segment."""

from __future__ import annotations

from dataclasses import dataclass, replace

from channels.address import AddressKind
from channels.medium import BodyFormat, Medium, Templates
from channels.message import Form
from channels.text import Encoding, rule_of, segments

# Typographic signs outside the GSM 7-bit alphabet (3GPP TS 23.038 §6.2.1) and what says the same inside it.
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "•": "-"})


@dataclass(frozen=True, slots=True)
class Sms(Medium):
    """`most` counts segments."""

    def fit(self, form: Form) -> Form:
        """Plain quotes and dashes, where these alone bring the text into the GSM alphabet: half the segments."""
        rule = rule_of(form.language)
        plain = form.body.translate(_PLAIN)
        body = plain if segments(plain, rule).encoding is Encoding.GSM7 else form.body
        return replace(form, body=body, segments=segments(body, rule).segments)

    def excess(self, form: Form) -> str:
        count = segments(form.body, rule_of(form.language)).segments
        return f"{count} segments, {self.most} allowed" if count > self.most else ""


SMS = Sms(
    name="sms",
    address=AddressKind.PHONE,
    column="sms",
    templates=Templates("sms.txt"),
    document=BodyFormat.SIGNED_TEXT,
    signs=True,
    most=4,  # real Chinese warnings take 2 or 3
)
