"""Reads WeCom's encrypted callbacks: the check of a new URL, and messages of members."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lxml import etree

from channels.driver import Callback, CallbackSignatureRefused, MalformedCallback, ParsedCallback
from channels.message import Reply
from channels.wecom_crypto import Envelope

TOLERANCE = timedelta(minutes=5)
_LARGEST = 256 * 1024  # a text message has at most 2048 bytes; a news card a few thousand


def read(channel: str, envelope: Envelope, callback: Callback, now: datetime) -> ParsedCallback:
    """Raises SignatureRefused for what is unsigned, wrongly signed or old, MalformedCallback for what is unreadable."""
    query = callback.query
    given, stamp, nonce = (query.get(name, "") for name in ("msg_signature", "timestamp", "nonce"))
    if not (given and stamp and nonce):
        raise CallbackSignatureRefused("msg_signature, timestamp or nonce is missing")
    _check_age(stamp, now)
    if callback.method == "GET":
        # The provider wants the decrypted text back, as it stands, within a second (企业微信 验证URL有效性).
        return ParsedCallback(body=envelope.open(given, stamp, nonce, query.get("echostr", "")))
    encrypted = _text(_parse(callback.body), "Encrypt")
    reply = _reply(channel, _parse(envelope.open(given, stamp, nonce, encrypted)), now)
    return ParsedCallback(replies=[reply] if reply else [])


def _check_age(stamp: str, now: datetime) -> None:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
        raise CallbackSignatureRefused("timestamp is not a whole number of seconds")
    if abs(int(stamp) - now.timestamp()) > TOLERANCE.total_seconds():
        raise CallbackSignatureRefused("timestamp is more than 5 minutes from now")


def _parse(document: bytes) -> etree._Element:
    if len(document) > _LARGEST:
        raise MalformedCallback(f"more than {_LARGEST} bytes")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise MalformedCallback("the document is not XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise MalformedCallback("the document declares a type; WeCom's never do")
    return root


def _reply(channel: str, message: etree._Element, now: datetime) -> Reply | None:
    """A member's text, None for events and media. Applications name the sender flat, robots inside `From`."""
    if _text(message, "MsgType", "") != "text":
        return None
    sender = _text(message, "FromUserName", "") or _text(message, "From/UserId")
    content = _text(message, "Content", "").strip() or _text(message, "Text/Content")
    created = _text(message, "CreateTime", "")
    at = datetime.fromtimestamp(int(created), UTC) if created.isdecimal() and len(created) <= 11 else now
    # Without MsgId the provider's own advice is sender and time.
    return Reply(channel, sender, content, at, reference=_text(message, "MsgId", "") or f"{sender}@{created}")


def _text(element: etree._Element, path: str, default: str | None = None) -> str:
    found = element.findtext(path) or default
    if found is None:
        raise MalformedCallback(f"{path} is missing")
    return found
