"""Reading the `alert` element; without identifier, sender and sent there is no message (CAP 1.2 §3.2.1)."""

from __future__ import annotations

from hub.alert.alert import Alert, MsgType, Reference, Scope, Status
from hub.formats.cap.elements import Element
from hub.formats.cap.finding import quote
from hub.formats.cap.lexical import read_list, read_time
from hub.formats.cap.read_info import read_info
from hub.formats.cap.read_values import read_moment, read_word
from hub.formats.cap.vocabulary import INFO_CHILDREN


def read_alert(element: Element) -> Alert | None:
    """The message; None where nothing could name it or date it (the reason is noted)."""
    identifier = element.required_text("identifier")
    sender = element.required_text("sender")
    element.required_text("sent")
    sent = read_moment(element, "sent", zone_assumed=True)
    if not identifier or not sender or sent is None:
        return None
    # A missing status is never taken for a live warning, a missing scope never for a public one.
    status = read_word(element, "status", list(Status), Status.TEST)
    msg_type = read_word(element, "msgType", list(MsgType), MsgType.ALERT)
    return Alert(
        identifier=identifier,
        sender=sender,
        sent=sent,
        status=Status(status),
        msg_type=MsgType(msg_type),
        scope=_scope(element),
        source=element.value("source"),
        restriction=element.value("restriction"),
        addresses=_list(element, "addresses"),
        codes=_codes(element),
        note=element.value("note"),
        references=_references(element),
        incidents=_list(element, "incidents"),
        infos=tuple(read_info(each) for each in element.elements("info", INFO_CHILDREN)),
    )


def _scope(element: Element) -> Scope:
    if element.notes.version == "1.0" and element.first("scope") is None:
        element.notes.add("S11", f"{element.path}/scope", "CAP 1.0 may leave it out; read as Public")
        return Scope.PUBLIC
    return Scope(read_word(element, "scope", list(Scope), Scope.PRIVATE))


def _codes(element: Element) -> tuple[str, ...]:
    texts = list(element.texts("code"))
    for found in texts:
        if not found.value:
            element.notes.add("S10", found.path, "an empty element; leave it out")
    return tuple(found.value for found in texts if found.value)


def _list(element: Element, name: str) -> tuple[str, ...]:
    items, good = read_list(element.value(name))
    if not good:
        element.notes.add("L6", f"{element.path}/{name}", "double quotes do not pair")
    return items


def _references(element: Element) -> tuple[Reference, ...]:
    found = element.first("references")
    if found is None:
        return ()
    if not found.value:
        element.notes.add("L5", found.path, "references is present and empty")
    references = []
    for number, word in enumerate(found.value.split(), start=1):
        parts = word.split(",")
        if len(parts) != 3 or not all(parts):
            element.notes.add("L5", found.path, f"the part no. {number} is not sender,identifier,sent; dropped")
            continue
        if read_time(parts[2]).fault:
            element.notes.add("L5", found.path, f"{quote(parts[2])} is no CAP time; kept as it is")
        references.append(Reference(*parts))
    return tuple(references)
