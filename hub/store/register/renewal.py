"""Statements by which rows come under the keys in force: what still needs an older key, and its next batch."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np
import orjson
from pyroaring import BitMap
from sqlalchemy import Column, Connection, Table, select, update

from hub.crypto.vault import Sealer
from hub.store.access.admin_requests import State
from hub.store.register import addresses, bitmaps, refusals, roster
from hub.store.register.batch import MARK_BYTES
from hub.store.register.recipients import everyone
from hub.store.schema import admin_requests, challenges, credentials, endpoints
from hub.store.sql.bulk import BulkStatement
from hub.store.sql.keyed import lock_for_numbering, rows_by

#: tables of few rows with something sealed: their key and the sealed column
_SMALL: tuple[tuple[Table, Column[Any], Column[Any]], ...] = (
    (endpoints, endpoints.c.id, endpoints.c.sealed),
    (credentials, credentials.c.id, credentials.c.sealed),
    (challenges, challenges.c.id, challenges.c.value),
)
_RENEW = BulkStatement(
    sqlite="UPDATE recipients SET sealed = ?, marks = ? WHERE id = ?",
    postgres="UPDATE recipients p SET sealed = n.sealed, marks = n.marks "
    "FROM unnest(%s::bytea[], %s::bytea[], %s::bigint[]) AS n(sealed, marks, id) WHERE p.id = n.id",
)


def stale(connection: Connection, box: Sealer) -> BitMap:
    """Everyone whose addresses are not both sealed and hashed with the keys in force."""
    sealed = bitmaps.one(connection, bitmaps.SEALED, box.seal_kid)
    return everyone(connection) - (sealed & bitmaps.one(connection, bitmaps.HASHED, box.hash_kid))


def renew(connection: Connection, box: Sealer, most: int, now_ms: int) -> int:
    """Brings the next people under the keys in force, in the caller's transaction; how many, 0 when all are.

    A refusal that was renewed before them knows their addresses only now: it is heeded here.
    """
    lock_for_numbering(connection, "recipients")  # as an import does: neither writes between the other's steps
    ids = np.array(stale(connection, box)[:most], dtype=np.uint32)
    if not len(ids):
        return 0
    statement = "SELECT id, address_columns, marks, sealed FROM recipients WHERE id {among} ORDER BY id"
    rows = rows_by(connection, statement, ids.tolist())
    opened = [box.open(bytes(sealed)) for *_, sealed in rows]
    marks = [_marks(box, channels, told) for (_, channels, _, _), told in zip(rows, opened, strict=True)]
    found = np.array([row[0] for row in rows], dtype=np.uint32)
    _RENEW.run(connection, list(zip(box.seal_many(opened), marks, found.tolist(), strict=True)))
    before = [bytes(row[2]) for row in rows]
    renewed = addresses.entries(found, marks)
    addresses.apply(connection, added=renewed, taken=addresses.entries(found, before))
    refusals.apply_opt_outs(connection, renewed, now_ms)
    bitmaps.file_keys(connection, (box.seal_kid, box.hash_kid), found)
    return len(rows)


def renew_small(connection: Connection, box: Sealer) -> int:
    """Seals whatever else is sealed with the key in force; how many rows."""
    count = roster.renew(connection, box)
    for table, key, sealed in _SMALL:
        for name, data in connection.execute(select(key, sealed).with_for_update()).all():
            told = box.try_open(data)  # a challenge may be random bytes that happen to begin like a key
            if told is not None and data[0] != int(box.seal_kid[:2], 16):
                count += 1
                connection.execute(update(table).where(key == name).values({sealed.name: box.seal_many([told])[0]}))
    return count


def needs(connection: Connection, purpose: str, kid: str, box: Sealer) -> dict[str, int]:
    """How much still needs an older key, by what it is; nothing is left out, so an empty answer lets it retire.

    People who are filed under no key at all, because they are from before keys were filed, may need any.
    """
    kind = bitmaps.SEALED if purpose == "seal" else bitmaps.HASHED
    others = [known for known in bitmaps.keys_between(connection, kind, "", "~") if known != kid]
    found = {"recipients": len(everyone(connection) - bitmaps.union(connection, kind, others))}
    found["address_opt_outs"] = refusals.needs(connection, purpose, kid)
    if purpose == "hash":
        found["official_contacts"] = roster.count_old_hashes(connection, box)
    if purpose == "seal":
        sealed_contacts = roster.contacts(connection).values()
        found["official_contacts"] = sum(_is_under(box, each.sealed, kid) for each in sealed_contacts)
        for table, _, sealed in _SMALL:
            blobs = connection.execute(select(sealed)).scalars()
            found[table.name] = sum(_is_under(box, data, kid) for data in blobs)
        waiting = select(admin_requests.c.payload).where(admin_requests.c.state == State.PENDING)
        texts = [orjson.loads(text).get("sealed", "") for (text,) in connection.execute(waiting)]
        found[admin_requests.name] = sum(_is_under(box, _bytes(text), kid) for text in texts)
    return {name: count for name, count in found.items() if count}


def _marks(box: Sealer, channels: str, told: dict[str, str]) -> bytes:
    return b"".join(box.fingerprint(name, told[name])[:MARK_BYTES] for name in channels.split(",") if name)


def _is_under(box: Sealer, data: Any, kid: str) -> bool:
    return box.try_open(data) is not None and data[:1] == bytes.fromhex(kid[:2])


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""
