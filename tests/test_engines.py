"""Engines of tests share what is compiled, and nothing else."""

from __future__ import annotations

from sqlalchemy import event, select

from hub.store.schema import metadata
from hub.store.sql.database import Database, make_engine
from tests.engines import COMPILED

UNITS = metadata.tables["units"]


def test_what_one_engine_compiled_another_runs_and_each_reads_its_own_database(db: Database) -> None:
    """A query nobody else makes: it is compiled here, once."""
    other = make_engine(db.engine.url.render_as_string(hide_password=False))
    query = select(UNITS.c.id.label("of_the_shared_cache")).where(UNITS.c.name == "office")
    cache = COMPILED[db.dialect]
    with db.engine.connect() as connection:
        connection.execute(query)
        held = len(cache)
    with other.connect() as connection:
        connection.execute(query)
    other.dispose()
    assert len(cache) == held


def test_an_engine_keeps_its_url_and_its_listeners_for_itself(db: Database) -> None:
    heard: list[str] = []
    url = db.engine.url.render_as_string(hide_password=False)
    other = make_engine(url)
    event.listen(other, "before_cursor_execute", lambda *told: heard.append(told[2]))
    with db.engine.connect() as connection:
        connection.execute(select(UNITS.c.id))
    assert (heard, other.url) == ([], db.engine.url)
    with other.connect() as connection:
        connection.execute(select(UNITS.c.id))
    other.dispose()
    assert [each for each in heard if "FROM units" in each]
