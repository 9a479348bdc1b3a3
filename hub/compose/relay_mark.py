"""The mark of a relay (转发) at the head of every text: who reads the issuer's name there knows that another sent it.

The issuer's words stay as they are behind it (浙江条例 2020 art. 24); documents for machines (CAP, JSON) have none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape

from channels.medium import BodyFormat, Medium
from channels.message import Form
from hub.compose.sms_signature import behind_signature
from templates.catalog import Catalog

_BODY = re.compile(r"<body[^>]*>")
_SAID = re.compile(r"(<Say[^>]*>)")


def as_relay(form: Form, medium: Medium, catalog: Catalog) -> Form:
    """The form with the mark of its language, its cost counted anew."""
    mark = catalog.words(form.language)["relayed"]
    match medium.document:
        case BodyFormat.SIGNED_TEXT:
            return medium.fit(replace(form, body=behind_signature(form.body, mark)))
        case BodyFormat.TEXT:
            return replace(form, subject=mark + form.subject, body=mark + form.body)
        case BodyFormat.SPEECH:
            body = _SAID.sub(lambda found: found[1] + escape(mark), form.body, count=1)
            return medium.fit(replace(form, body=body, text=mark + form.text))
        case BodyFormat.MARKDOWN:
            return replace(form, body=f"{mark}\n{form.body}")
        case BodyFormat.HTML:
            body = _BODY.sub(lambda found: f"{found[0]}\n<p><strong>{escape(mark)}</strong></p>", form.body, count=1)
            return replace(form, subject=mark + form.subject, body=body, text=mark + form.text)
        case BodyFormat.DATA:
            return form


def as_relays(forms: Sequence[Form], media: Mapping[str, Medium], catalog: Catalog) -> tuple[Form, ...]:
    """All forms of a relay; `media` are those of their channels."""
    return tuple(as_relay(form, media[form.channel], catalog) for form in forms)
