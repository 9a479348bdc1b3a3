"""Statements by which a person is erased: nothing by which they could be found or addressed is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, delete, or_, update

from hub.crypto.vault import Vault
from hub.store.register import preferences, refusals
from hub.store.register.enrolment import leave
from hub.store.schema import feedback, service_codes


def erase(connection: Connection, vault: Vault, ids: Sequence[int]) -> int:
    """Erases people in the caller's transaction; how many there were.

    Register row, sealed addresses, keyed hashes, coordinates, every bitmap, preferences, their history, and open codes
    go. Answers they gave lose text, sender and person; mood, intent, region and alert stay as counts. Deliveries stay
    as evidence under a number that leads nowhere.
    """
    gone = leave(connection, ids)
    for person in gone:
        addresses = vault.open(person.sealed).items()
        hashes = [hashed for channel, address in addresses for hashed in vault.fingerprints(channel, address)]
        preferences.forget(connection, person.id)
        _anonymise(connection, person.id, hashes)
        refusals.forget(connection, hashes)
        connection.execute(delete(service_codes).where(service_codes.c.address.in_(hashes)))
    return len(gone)


def _anonymise(connection: Connection, number: int, hashes: Iterable[bytes]) -> None:
    theirs = or_(feedback.c.recipient == number, feedback.c.source.in_(list(hashes)))
    found = connection.execute(feedback.select().where(theirs)).all()
    if not found:
        return
    # A reference of our own making was hashed over text and sender; the provider's own says when it comes once more.
    rows = [
        {"row": row.id, "kept": f"erased:{row.id}" if row.reference.startswith("sha256:") else row.reference}
        for row in found
    ]
    statement = update(feedback).where(feedback.c.id == bindparam("row"))
    connection.execute(statement.values(text="", source=b"", recipient=None, reference=bindparam("kept")), rows)
