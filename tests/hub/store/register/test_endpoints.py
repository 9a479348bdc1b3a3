"""Endpoints: sealed, replaced by name, and asked only where they serve."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from hub.crypto.vault import Vault
from hub.store.register import endpoints as store
from hub.store.register import regions as region_store
from hub.store.register.endpoints import EndpointContact, NewEndpoint
from hub.store.register.regions import NewRegion
from hub.store.sql.database import Database

VAULT = Vault(b"s" * 32, b"h" * 32)
TREE = {
    "110000000000": None,
    "110101000000": "110000000000",
    "110101001000": "110101000000",
    "110102000000": "110000000000",
    "440000000000": None,
}


@pytest.fixture
async def ids(db: Database) -> dict[str, int]:
    """Region ids by key, and an endpoint in each region named after it, and one without a region."""

    def work(connection: Connection) -> dict[str, int]:
        region_store.upsert(connection, [NewRegion(key, key, parent, 3) for key, parent in TREE.items()])
        for key in [*TREE, None]:
            store.add(connection, VAULT, NewEndpoint("wecom", key or "everywhere", "http://127.0.0.1/x", "s3", key))
        return region_store.ids_by_key(connection, TREE)

    return await db.write(work)


async def serving(db: Database, regions: list[int] | None) -> set[str]:
    def work(connection: Connection) -> set[str]:
        bits = store.serving(connection, "wecom", regions)
        return {endpoint.name for endpoint in store.list_all(connection) if endpoint.id in bits}

    return await db.read(work)


async def test_an_endpoint_serves_what_lies_in_its_region_and_what_its_region_lies_in(
    db: Database, ids: dict[str, int]
) -> None:
    found = await serving(db, [ids["110101000000"]])
    assert found == {"everywhere", "110000000000", "110101000000", "110101001000"}


async def test_without_regions_only_those_who_serve_everywhere_are_asked_and_none_asks_all(
    db: Database, ids: dict[str, int]
) -> None:
    assert await serving(db, []) == {"everywhere"}
    assert await serving(db, None) == {"everywhere", *TREE}


async def test_an_endpoint_out_of_service_is_not_asked_but_can_still_be_addressed(
    db: Database, ids: dict[str, int]
) -> None:
    [last] = [one for one in await db.read(store.list_all) if one.name == "everywhere"]
    assert await db.write(lambda connection: store.deactivate(connection, last.id))
    assert await serving(db, []) == set()
    contacts = await db.read(lambda connection: store.contacts(connection, VAULT, [last.id]))
    assert contacts == [EndpointContact(last.id, "everywhere", "http://127.0.0.1/x", "s3")]
    assert not await db.write(lambda connection: store.deactivate(connection, 999))


async def test_the_same_name_again_replaces_target_and_secret(db: Database, ids: dict[str, int]) -> None:
    before = len(await db.read(store.list_all))
    again = NewEndpoint("wecom", "everywhere", "http://127.0.0.1/y", "s4", "440000000000")
    number = await db.write(lambda connection: store.add(connection, VAULT, again))
    assert len(await db.read(store.list_all)) == before
    [contact] = await db.read(lambda connection: store.contacts(connection, VAULT, [number]))
    assert (contact.target, contact.secret) == ("http://127.0.0.1/y", "s4")
    assert await serving(db, []) == set()


async def test_an_endpoint_in_a_region_nobody_knows_is_refused(db: Database) -> None:
    with pytest.raises(ValueError, match="UGC:X is not known"):
        await db.write(lambda connection: store.add(connection, VAULT, NewEndpoint("wecom", "a", "t", "", "UGC:X")))


def test_neither_target_nor_secret_is_shown() -> None:
    for shown in (NewEndpoint("wecom", "a", "http://t0p", "s3cret"), EndpointContact(1, "a", "http://t0p", "s3cret")):
        assert "s3cret" not in repr(shown)
        assert "t0p" not in repr(shown)
