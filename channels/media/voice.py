"""Telephone calls in which a machine speaks, paid for by the second."""

from __future__ import annotations

from dataclasses import dataclass, replace

from channels.address import AddressKind
from channels.medium import BodyFormat, Medium, Sense, Templates
from channels.message import Form
from channels.text import speech_seconds
from channels.twiml import LONGEST_TWIML


@dataclass(frozen=True, slots=True)
class Voice(Medium):
    """`most` counts seconds of one hearing."""

    def fit(self, form: Form) -> Form:
        return replace(form, seconds=speech_seconds(form.text, form.language))

    def excess(self, form: Form) -> str:
        if len(form.body) > LONGEST_TWIML:
            return f"{len(form.body)} characters of TwiML, {LONGEST_TWIML} allowed"
        seconds = speech_seconds(form.text, form.language)
        return f"{seconds} s of speech, {self.most} allowed" if seconds > self.most else ""


VOICE = Voice(
    name="voice",
    address=AddressKind.PHONE,
    column="voice",
    templates=Templates("_layout/voice.xml", text="voice.txt"),
    document=BodyFormat.SPEECH,
    taken_in=frozenset({Sense.SPEECH}),
    signs=True,
    most=90,
)
