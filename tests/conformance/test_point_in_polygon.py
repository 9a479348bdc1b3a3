"""Points in real outlines: outlines imported, people registered elsewhere, and who is selected by the code alone."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.crypto.vault import Vault
from hub.registry.outlines import import_outlines
from hub.store.register import enrolment
from hub.store.register import recipients as store
from hub.store.register import regions as region_store
from hub.store.register.regions import NewRegion
from hub.store.sql.database import Database
from targeting.audience import Audience
from targeting.recipient import Recipient
from targeting.region import normalise
from targeting.select import select

#: the sets whose outlines are there, and how many cases each has: 392 together
SETS = {"CPEAS Geographic Code": ("CPEAS_Geographic_Code", 190), "UGC": ("UGC", 202)}
NEAR_EDGE = "5 m from an edge"
ELSEWHERE = "test:elsewhere"  #: where everyone is registered: only the ground can find them
VAULT = Vault(b"s" * 32, b"h" * 32)

Case = tuple[str, str, bool, str]  #: external id, region key, expected, how


def cases(shared_data: Path, scheme: str) -> tuple[list[Recipient], list[Case]]:
    people, found = [], []
    with (shared_data / "areas" / "pip_cases.csv").open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            if row["set"] == scheme:
                name = f"case-{number}"
                people.append(Recipient(name, ELSEWHERE, lat=float(row["lat"]), lon=float(row["lon"])))
                found.append((name, normalise(scheme, row["code"]), row["expected"] == "inside", row["how"]))
    return people, found


@pytest.mark.parametrize("scheme", SETS)
async def test_every_case_whose_outline_is_there_agrees(
    shared_data: Path, scheme: str, sqlite_db: Database, record_property: Callable[[str, object], None]
) -> None:
    folder, expected = SETS[scheme]
    file = shared_data / "areas" / folder / f"{folder}.tar.gz"
    if not file.exists():
        pytest.skip(f"no {file}")
    report = await import_outlines(sqlite_db, file, scheme)
    assert report.refused == ()
    people, wanted = cases(shared_data, scheme)
    assert len(wanted) == expected

    def work(connection):
        region_store.upsert(connection, [NewRegion(ELSEWHERE, "elsewhere", None, 3)])
        enrolment.upsert(connection, VAULT, people, 1)
        directory = store.SqlDirectory(connection)
        selected = {
            key: select(directory, Audience(frozenset({key}))).bits for key in sorted({key for _, key, _, _ in wanted})
        }
        numbers = {name: store.by_external_id(connection, name) for name, _, _, _ in wanted}
        return [case for case in wanted if (numbers[case[0]] in selected[case[1]]) != case[2]]

    wrong = await sqlite_db.write(work)
    assert [case for case in wrong if case[3] != NEAR_EDGE] == []
    # A simplified outline may move by metres: told, not failed.
    record_property("differ_5_m_from_an_edge", wrong)
