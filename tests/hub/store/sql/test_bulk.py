"""Many rows in one statement say the same in both dialects."""

from __future__ import annotations

import pytest

from hub.store.sql.bulk import BulkStatement, IdQuery
from hub.store.sql.database import Database
from tests.hub.dispatch.scene import scratch

ADD = BulkStatement(
    "INSERT INTO leases (name, owner, until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    "INSERT INTO leases (name, owner, until) SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[])"
    " ON CONFLICT DO NOTHING",
)
AMONG = IdQuery("SELECT until FROM leases WHERE owner = {value} AND until {among} ORDER BY until")


def test_the_count_is_of_rows_changed_and_not_of_rows_given(db: Database) -> None:
    with scratch(db) as connection:
        assert ADD.run(connection, [(str(n), "a", n) for n in range(1000)]) == 1000
        assert ADD.run(connection, [(str(n), "b", n) for n in range(990, 1010)]) == 10
        assert ADD.run(connection, []) == 0


@pytest.mark.parametrize("count", [0, 1, 40_000])
def test_a_list_of_ids_of_any_length_is_one_query(db: Database, count: int) -> None:
    with scratch(db) as connection:
        ADD.run(connection, [(str(n), "a", n) for n in range(10)])
        found = AMONG.run(connection, ("a",), range(5, 5 + count))
        assert [row[0] for row in found] == list(range(5, min(10, 5 + count)))
