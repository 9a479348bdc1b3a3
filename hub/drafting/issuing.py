"""Who issues a draft: stated by its drafter for a first message; in a chain, whoever issued what went before."""

from __future__ import annotations

from sqlalchemy import Connection

from approvals.issuers import Issuers
from hub.drafting.desk import Writer
from hub.issuers import issuers_of, stated
from hub.store import alerts


def issuers_for(connection: Connection, writer: Writer, root: int | None) -> Issuers:
    """The issuers of a new draft of the chain `root` begins. Raises Invalid.

    突发事件应对法 (2024) art. 70: whoever issued a warning changes and ends it, all of them where they were several.
    Somebody else who may, such as a superior, issues the change alone.
    """
    if root is None:
        return stated(connection, writer.unit, writer.stated)
    sent = [each for each in alerts.chain(connection, root) if each.id == root or each.released_at is not None]
    for issuers in (issuers_of(each) for each in reversed(sent)):
        if writer.unit in issuers.signing:
            return issuers
    return Issuers(writer.unit)
