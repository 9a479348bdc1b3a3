"""The mark of a relay (转发) at the head of every text: who reads the issuer's name there knows that another sent it.

The issuer's words stay as they are behind it (浙江条例 2020 art. 24); documents for machines (CAP, JSON) have none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from channels.message import Form
from channels.text import Rule, segments, speech_seconds
from hub.release.signature import behind_signature
from templates.catalog import Catalog

_BODY = re.compile(r"<body[^>]*>")
_SAID = re.compile(r"(<Say[^>]*>)")


def as_relay(form: Form, catalog: Catalog) -> Form:
    """The form with the mark of its language, its cost counted anew."""
    mark = catalog.words(form.language)["relayed"]
    match form.channel:
        case "sms":
            body = behind_signature(form.body, mark)
            rule = Rule.CHINESE if form.language.casefold().startswith("zh") else Rule.FOREIGN
            return replace(form, body=body, segments=segments(body, rule).segments)
        case "voice":
            body = _SAID.sub(lambda found: found[1] + escape(mark), form.body, count=1)
            text = mark + form.text
            return replace(form, body=body, text=text, seconds=speech_seconds(text, form.language))
        case "wecom":
            return replace(form, body=f"{mark}\n{form.body}")
        case "email":
            body = _BODY.sub(lambda found: f"{found[0]}\n<p><strong>{escape(mark)}</strong></p>", form.body, count=1)
            return replace(form, subject=mark + form.subject, body=body, text=mark + form.text)
    return form


def as_relays(forms: Sequence[Form], catalog: Catalog) -> tuple[Form, ...]:
    """All forms of a relay."""
    return tuple(as_relay(form, catalog) for form in forms)
