"""Lexical rules on values that reading keeps as they came, so that both gates look at the same thing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hub.alert.alert import Alert, Info, Resource
from hub.formats.cap.finding import Breach, quote
from hub.formats.cap.lexical import is_absolute_uri, is_bare, is_base64, is_language, is_sha1_hex, is_uri, markup
from hub.formats.cap.texts import texts_of
from hub.formats.cap.vocabulary import MEDIA_TYPES

_MEDIA_TYPE = re.compile(r"([A-Za-z]+)/[A-Za-z0-9][A-Za-z0-9!#$&^_.+\-]*(\s*;.*)?")  # RFC 6838 §4.2, RFC 2045 §5.1
_HEADLINE = 160  # CAP 1.2 §3.2.2 headline: a guide, not a limit


def is_media_type(text: str) -> bool:
    """True for type/subtype with a registered top-level type (L13)."""
    media = _MEDIA_TYPE.fullmatch(text)
    return media is not None and media[1].lower() in MEDIA_TYPES


def field_breaches(alert: Alert) -> Iterator[Breach]:
    """L3, L7, L13 to L16, L18, in document order of the fields."""
    for name, value in (("identifier", alert.identifier), ("sender", alert.sender)):
        if not is_bare(value):
            yield Breach("L3", f"alert/{name}", "holds a blank, a comma, < or & (or nothing)")
    for number, info in enumerate(alert.infos, start=1):
        yield from _info(f"alert/info[{number}]", info)
    for path, text in texts_of(alert):
        found = markup(text)
        if found:
            # The name of the tag is enough: an attribute may be somebody's address.
            yield Breach("L16", path, f"holds markup ({quote(found.split()[0])})")


def _info(path: str, info: Info) -> Iterator[Breach]:
    if not is_language(info.language):
        yield Breach("L7", f"{path}/language", f"{quote(info.language)} is no language tag")
    if info.web and not is_absolute_uri(info.web):
        yield Breach("L15", f"{path}/web", f"{quote(info.web)} is no absolute address")
    if len(info.headline) > _HEADLINE:
        yield Breach("L18", f"{path}/headline", f"{len(info.headline)} characters are more than about {_HEADLINE}")
    for number, resource in enumerate(info.resources, start=1):
        yield from _resource(f"{path}/resource[{number}]", resource)


def _resource(path: str, resource: Resource) -> Iterator[Breach]:
    if resource.mime_type and not is_media_type(resource.mime_type):
        yield Breach("L13", f"{path}/mimeType", f"{quote(resource.mime_type)} is no media type")
    if resource.uri and not is_uri(resource.uri):
        yield Breach("L14", f"{path}/uri", f"{quote(resource.uri)} is no address")
    elif resource.uri and not resource.deref_uri and not is_absolute_uri(resource.uri):
        yield Breach("L14", f"{path}/uri", "a relative address without derefUri leads nowhere")
    if resource.deref_uri and not is_base64(resource.deref_uri):
        yield Breach("L14", f"{path}/derefUri", "is not base64")
    if resource.digest and not is_sha1_hex(resource.digest):
        yield Breach("L14", f"{path}/digest", "is not SHA-1 in 40 hex digits")
