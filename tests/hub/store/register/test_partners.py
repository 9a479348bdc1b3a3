"""Partners: known by their token, and counted once however often they come."""

from __future__ import annotations

import pytest

from hub.store.register import partners as store
from hub.store.register.partners import Partner
from hub.store.sql.database import Database


async def add(db: Database, name: str, token_hash: str, endpoint: int | None = None) -> int:
    return await db.write(lambda connection: store.add(connection, name, token_hash, endpoint, now_ms=1))


async def test_a_partner_is_found_by_its_token(db: Database) -> None:
    number = await add(db, "radio", "a" * 64, 7)
    await add(db, "paper", "b" * 64)
    radio = Partner(number, "radio", 7)
    assert await db.read(lambda connection: store.by_token_hash(connection, "a" * 64)) == radio
    assert await db.read(lambda connection: store.by_token_hash(connection, "c" * 64)) is None
    assert [partner.name for partner in await db.read(store.list_all)] == ["paper", "radio"]


@pytest.mark.parametrize(("name", "token_hash"), [("radio", "b" * 64), ("paper", "a" * 64)])
async def test_a_name_or_token_that_is_taken_is_refused(db: Database, name: str, token_hash: str) -> None:
    await add(db, "radio", "a" * 64)
    with pytest.raises(ValueError, match="taken"):
        await add(db, name, token_hash)
    assert len(await db.read(store.list_all)) == 1


async def test_evidence_is_kept_once_per_partner_alert_and_kind(db: Database) -> None:
    async def record(partner: int, alert: int, kind: str) -> bool:
        return await db.write(lambda connection: store.record(connection, partner, alert, kind, 5, "{}"))

    assert await record(1, 1, store.PULLED)
    assert not await record(1, 1, store.PULLED)
    assert await record(1, 2, store.PULLED)
    assert await record(2, 1, store.PULLED)
    assert await record(1, 1, store.AIRED)
    assert await record(3, 9, store.AIRED)
    assert await db.read(lambda connection: store.counts(connection, [1, 2])) == {"pulled": 2, "aired": 1}
    assert await db.read(lambda connection: store.counts(connection, [])) == {"pulled": 0, "aired": 0}
