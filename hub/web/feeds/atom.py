"""Alerts in force as an Atom feed (RFC 4287): a pure function, the same alerts give the same bytes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from hub.alert.alert import MsgType
from hub.dossier.in_force import PublicAlert, PublicBlock

ATOM = "http://www.w3.org/2005/Atom"
CAP = "urn:oasis:names:tc:emergency:cap:1.2"
NAMESPACES: dict[Any, str] = {None: ATOM, "cap": CAP}
CAP_TYPE = "application/cap+xml"
CONTENT_TYPE = "application/atom+xml"
EMPTY = datetime(1970, 1, 1, tzinfo=UTC)  #: RFC 4287 §4.2.15 wants a time even of a feed that never held anything
_FIGURES = "%Y-%m-%d %H:%M%z"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"  # XML 1.0 §2.12
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What the feed calls itself. `base` is the public address without trailing slash."""

    title: str
    author: str
    base: str
    path: str = "/feeds"


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One page of what is in force (RFC 5005 §3). `links` are the addresses of this and further pages by relation."""

    alerts: Sequence[PublicAlert]
    changed: datetime
    links: Mapping[str, str]


def atom(head: FeedHead, page: FeedPage) -> bytes:
    """The page, entries in the order given."""
    feed = etree.Element(_atom("feed"), nsmap=NAMESPACES)
    _text(feed, "id", uuid.uuid5(uuid.NAMESPACE_URL, f"{head.base}{head.path}").urn)
    _text(feed, "title", head.title)
    _text(feed, "updated", _time(page.changed))
    _person(feed, head.author)
    for rel, href in page.links.items():
        _link(feed, rel, CONTENT_TYPE, href)
    for alert in page.alerts:
        _entry(feed, head, alert)
    document: bytes = etree.tostring(feed, xml_declaration=True, encoding="UTF-8")
    return document


def entry_id(alert: PublicAlert) -> str:
    """The id of an entry, made of the triple of its CAP message, so that it never changes (RFC 4287 §4.2.6)."""
    return message_id(alert.sender, alert.identifier, alert.sent)


def message_id(sender: str, identifier: str, sent: str) -> str:
    """The id of the entry of a CAP message, by its triple."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"cap:{sender},{identifier},{sent}").urn


def _entry(feed: etree._Element, head: FeedHead, alert: PublicAlert) -> None:
    entry = etree.SubElement(feed, _atom("entry"))
    _text(entry, "id", entry_id(alert))
    language = alert.blocks[0].language if alert.blocks else ""
    _text(entry, "title", alert.headline or alert.event, language)
    _text(entry, "updated", _time(alert.updated_at))
    _person(entry, alert.sender)
    if alert.level:
        _category(entry, "level", alert.level)
    _category(entry, "msgType", alert.msg_type)
    _link(entry, "alternate", CAP_TYPE, f"{head.base}{head.path}/alerts/{alert.id}.cap")
    ended = alert.msg_type == MsgType.CANCEL
    summary = alert.headline if ended else f"{alert.event}: {alert.headline}{_period(alert)}"
    _text(entry, "summary", summary, language)
    for block in alert.blocks:
        _block(entry, block)
    fields = {"identifier": alert.identifier, "sender": alert.sender, "sent": alert.sent, "msgType": alert.msg_type}
    onset = {"onset": _time(alert.begins_at)} if alert.begins_at is not None else {}
    times = onset | {"expires": _time(alert.expires_at)}
    for name, value in (fields | times | {"references": alert.references}).items():
        if value:
            etree.SubElement(entry, f"{{{CAP}}}{name}").text = _clean_text(value)


def _period(alert: PublicAlert) -> str:
    """From when until when it is in force, in figures that every language reads."""
    if alert.msg_type == "Cancel":
        return ""  # it ends a warning, and is in force for nobody
    begins = f"{alert.begins_at:{_FIGURES}} " if alert.begins_at is not None else ""
    zone = datetime.fromisoformat(alert.sent).tzinfo
    return f" ({begins}– {alert.expires_at.astimezone(zone):{_FIGURES}})"


def _category(entry: etree._Element, scheme: str, term: str) -> None:
    etree.SubElement(entry, _atom("category"), scheme=f"urn:fenghuo:{scheme}", term=_clean_text(term))


def _link(parent: etree._Element, rel: str, kind: str, href: str) -> None:
    etree.SubElement(parent, _atom("link"), rel=rel, type=kind, href=_clean_text(href))


def _person(parent: etree._Element, name: str) -> None:
    author = etree.SubElement(parent, _atom("author"))
    _text(author, "name", name)


def _block(entry: etree._Element, block: PublicBlock) -> None:
    """What one info block says, in CAP's own words and its language: areas of one warning may differ in level."""
    info = etree.SubElement(entry, f"{{{CAP}}}info")
    if block.level:
        info.set("level", block.level)
    if block.language:
        info.set(LANG, _clean_text(block.language))
    said = [("language", block.language), ("event", block.event), ("severity", block.severity)]
    said += [("headline", block.headline), *(("areaDesc", area) for area in block.areas)]
    for name, value in said:
        if value:
            etree.SubElement(info, f"{{{CAP}}}{name}").text = _clean_text(value)


def _text(parent: etree._Element, name: str, value: str, language: str = "") -> None:
    element = etree.SubElement(parent, _atom(name))
    element.text = _clean_text(value)
    if language:
        element.set(LANG, _clean_text(language))


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")  # RFC 4287 §3.3


def _clean_text(value: str) -> str:
    return NOT_XML.sub("\ufffd", value)


def _atom(name: str) -> str:
    return f"{{{ATOM}}}{name}"
