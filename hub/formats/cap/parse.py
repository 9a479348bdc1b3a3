"""Bytes to a plain tree of elements, or a refusal: no DTD, no entities, nothing fetched, everything bounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Never

from lxml import etree

from hub.formats.cap.finding import quote

# Far above real alerts (largest seen: 1.7 MB, 1,019 elements, a polygon of 600 KB; NAADS allows 5 MB), far below harm.
MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 24
MAX_NODES = 50_000  # elements and attributes together
MAX_TEXT = 256 * 1024
#: of a headline and an event, which are read for their claims: CAP 1.2 §3.2.2 guides to 160, the longest seen has 195
MAX_SHORT_TEXT = 500
MAX_LONG_TEXT = 6 * 1024 * 1024
LONG_TEXTS = frozenset({"derefUri", "polygon"})
_SHORT_TEXTS = frozenset({"headline", "event"})
MAX_PAIRS = 250_000  # coordinate pairs in all polygons
_CHUNK = 64 * 1024

Tag = str | bytes


class Unreadable(Exception):
    """The bytes are unsafe or no XML; `rule` and `text` say why."""

    def __init__(self, rule: str, element: str, text: str) -> None:
        super().__init__(text)
        self.rule = rule
        self.element = element
        self.text = text


def longest(path: str) -> int:
    """How many characters the text at a path may have where it leaves or is drafted; what is read may have more."""
    return MAX_SHORT_TEXT if path.rpartition("/")[2] in _SHORT_TEXTS else MAX_TEXT


@dataclass(slots=True, eq=False)
class Node:
    """One element: `text` is its own character data joined, `children` its child elements in document order."""

    namespace: str
    name: str
    has_attributes: bool = False
    children: list[Node] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def parse(data: bytes) -> Node:
    """The root element. Raises Unreadable for anything unsafe, over the bounds, or not well formed."""
    if len(data) > MAX_BYTES:
        raise Unreadable("P1", "", f"{len(data)} bytes are more than the {MAX_BYTES} accepted")
    if not data.strip():
        raise Unreadable("P3", "", "the file is empty")
    builder = _Builder()
    # No DTD is ever read: the builder refuses at its first letter; the other settings are a second wall.
    parser = etree.XMLParser(
        target=builder, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        for start in range(0, len(data), _CHUNK):
            parser.feed(data[start : start + _CHUNK])
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise _explain_error(str(error.msg)) from None
    except (LookupError, UnicodeError):
        raise Unreadable("P4", "", "the encoding is unknown or its bytes are wrong") from None
    if not isinstance(root, Node):
        raise Unreadable("P3", "", "no root element")
    return root


def _explain_error(message: str) -> Unreadable:
    rule = "P4" if "encoding" in message.lower() else "P3"
    return Unreadable(rule, "", f"not well-formed XML: {quote(message)[1:-1]}")


def _str(text: Tag) -> str:
    """The parser's own text type; it hands over str, though its declared type also knows bytes."""
    return text if isinstance(text, str) else text.decode()


class _Builder:
    """The parser's target: builds the tree and refuses at the first thing that is out of bounds."""

    def __init__(self) -> None:
        self._stack: list[Node] = []
        self._lengths: list[int] = []
        self._root: Node | None = None
        self._nodes = 0
        self._pairs = 0

    def start(self, tag: Tag, attrib: Mapping[Tag, Tag]) -> None:
        name = _str(tag)
        self._nodes += 1 + len(attrib)
        if self._nodes > MAX_NODES:
            self._refuse("P6", f"more than {MAX_NODES} elements and attributes")
        if len(self._stack) >= MAX_DEPTH:
            self._refuse("P5", f"elements nested deeper than {MAX_DEPTH}")
        namespace, _, name = name[1:].rpartition("}") if name.startswith("{") else ("", "", name)
        node = Node(namespace, name, bool(attrib))
        if self._stack:
            self._stack[-1].children.append(node)
        else:
            self._root = node
        self._stack.append(node)
        self._lengths.append(0)

    def end(self, _tag: Tag) -> None:
        self._stack.pop()
        self._lengths.pop()

    def data(self, data: Tag) -> None:
        text = _str(data)
        node = self._stack[-1]
        self._lengths[-1] += len(text)
        limit = MAX_LONG_TEXT if node.name in LONG_TEXTS else MAX_TEXT
        if self._lengths[-1] > limit:
            self._refuse("P7", f"a text longer than {limit} characters")
        if node.name == "polygon":
            self._pairs += text.count(",")
            if self._pairs > MAX_PAIRS:
                self._refuse("P8", f"more than {MAX_PAIRS} coordinate pairs")
        node.pieces.append(text)

    def doctype(self, *_: Tag | None) -> Never:
        self._refuse("P2", "a document type declaration (DTD, entities) is never accepted")

    def comment(self, text: Tag) -> None:
        """Comments say nothing to a reader."""

    def pi(self, target: Tag, data: Tag | None = None) -> None:
        """Processing instructions are not followed."""

    def close(self) -> Node | None:
        return self._root

    def _refuse(self, rule: str, text: str) -> Never:
        path = "/".join(node.name for node in self._stack[:4])
        raise Unreadable(rule, path, text)
