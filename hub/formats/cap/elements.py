"""Walking the elements of a CAP message: which belong, in which order, how often; every deviation noted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hub.formats.cap.finding import Breach, quote
from hub.formats.cap.lexical import XML_BLANKS
from hub.formats.cap.parse import Node
from hub.formats.cap.shapes import Ring
from hub.formats.cap.vocabulary import DROPPED_CHILDREN, XML_DSIG

# Elements that always carry their number in a path; others do where several stand together.
_NUMBERED = frozenset({"info", "resource", "area"})


@dataclass(frozen=True, slots=True)
class ElementText:
    """One simple element: its path and its text without the blanks around it; `trimmed` says blanks were there."""

    path: str
    value: str
    trimmed: bool


@dataclass(slots=True)
class Notes:
    """The breaches found so far in one message of CAP `version`, and the closed rings yet to be tested for crossing."""

    version: str
    breaches: list[Breach] = field(default_factory=list)
    rings: list[tuple[str, Ring]] = field(default_factory=list)

    def add(self, case: str, element: str, text: str) -> None:
        self.breaches.append(Breach(case, element, text))


@dataclass(frozen=True, slots=True)
class Element:
    """A complex element, its children sorted by name."""

    path: str
    notes: Notes
    groups: Mapping[str, list[Node]]

    def texts(self, name: str) -> Iterator[ElementText]:
        """Every child of that name, as text."""
        for path, node in self._nodes_with_places(name):
            yield _text(node, path, self.notes)

    def first(self, name: str) -> ElementText | None:
        """The first child of that name; None when there is none."""
        return next(self.texts(name), None)

    def value(self, name: str) -> str:
        """The text of an optional child; empty when absent. An empty element is noted (S10)."""
        found = self.first(name)
        if found is None:
            return ""
        if not found.value:
            self.notes.add("S10", found.path, "an empty element; leave it out")
        return found.value

    def required_text(self, name: str) -> str:
        """The text of a required child; its absence is noted (S2)."""
        found = self.first(name)
        if found is None or not found.value:
            self.notes.add("S2", f"{self.path}/{name}", "a required element is missing or empty")
            return ""
        return found.value

    def elements(self, name: str, children: Mapping[str, bool]) -> Iterator[Element]:
        """Every child of that name, as a complex element."""
        for path, node in self._nodes_with_places(name):
            yield open_element(node, path, children, self.notes)

    def nodes_with_places(self, name: str) -> Iterator[tuple[str, Node]]:
        yield from self._nodes_with_places(name)

    def _nodes_with_places(self, name: str) -> Iterator[tuple[str, Node]]:
        nodes = self.groups.get(name, [])
        for number, node in enumerate(nodes, start=1):
            yield place(self.path, name, number, len(nodes)), node


def place(parent: str, name: str, number: int, count: int) -> str:
    """The path of the `number`th of `count` children called `name`."""
    return f"{parent}/{name}[{number}]" if count > 1 or name in _NUMBERED else f"{parent}/{name}"


def open_element(node: Node, path: str, children: Mapping[str, bool], notes: Notes) -> Element:
    """Sorts the children of a complex element, noting what the schema does not allow."""
    groups: dict[str, list[Node]] = {name: [] for name in children}
    order = list(children)
    reached = 0
    for child in node.children:
        if child.namespace != node.namespace or child.name not in groups:
            _foreign(child, path, notes)
            continue
        groups[child.name].append(child)
        position = order.index(child.name)
        if position < reached:
            notes.add("S3", f"{path}/{child.name}", f"stands after {order[reached]}, where the schema wants it before")
        reached = max(reached, position)
        if len(groups[child.name]) == 2 and not children[child.name]:
            notes.add("S4", f"{path}/{child.name}", "occurs more than once; the first is kept")
    if node.text.strip(XML_BLANKS):
        notes.add("S6", path, "text between elements is ignored")
    _attributes(node, path, notes)
    return Element(path, notes, groups)


def _attributes(node: Node, path: str, notes: Notes) -> None:
    if node.has_attributes:
        notes.add("S6", path, "attributes are ignored")


def _foreign(child: Node, path: str, notes: Notes) -> None:
    if child.name in DROPPED_CHILDREN and notes.version == "1.0":
        notes.add("S11", f"{path}/{child.name}", "an element of CAP 1.0 that later versions dropped; ignored")
    elif child.namespace != XML_DSIG or path != "alert":
        notes.add("S5", path, f"{quote(child.name)} is no element of CAP here; ignored")


def _text(node: Node, path: str, notes: Notes) -> ElementText:
    raw = node.text
    if node.children:
        notes.add("S6", path, f"holds elements ({quote(node.children[0].name)}); their text is kept")
        raw = _inner_text(node)
    _attributes(node, path, notes)
    value = raw.strip(XML_BLANKS)
    return ElementText(path, value, value != raw)


def _inner_text(node: Node) -> str:
    """All text inside an element that should have been simple, one line per inner element."""
    inner = [_inner_text(child).strip(XML_BLANKS) for child in node.children]
    return "\n".join(part for part in (node.text.strip(XML_BLANKS), *inner) if part)
