"""A register file: the good rows are kept, the bad ones named by row, column and rule."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from hub.crypto.vault import Vault
from hub.errors import Invalid
from hub.registry.importer import BATCH, ImportReport, import_csv
from hub.registry.rows import Header, RowBreach, RowReader
from hub.store.register import recipients as store
from hub.store.register import regions as region_store
from hub.store.register.imports import RowRefused
from hub.store.register.regions import NewRegion
from hub.store.sql.database import Database
from targeting.recipient import Recipient

VAULT = Vault(b"s" * 32, b"h" * 32)
HEADER = "external_id,region,language,lat,lon,groups,sms,voice,email"
TOWNSHIP = "110101001000"
READER = RowReader(Header.read(HEADER), frozenset({"elderly", "children"}))


@pytest.fixture
async def take(db: Database, clock: Any) -> Any:
    """Imports lines into a store that knows one township."""
    await db.write(lambda connection: region_store.upsert(connection, [NewRegion(TOWNSHIP, "东华门街道", None, 4)]))

    async def run(lines: Iterable[str], **options: Any) -> ImportReport:
        return await import_csv(db, VAULT, clock, lines, **options)

    return run


def everyone(connection: Connection) -> list[Recipient]:
    return [one for _, one in store.iterate_recipients(connection, VAULT)]


async def test_every_column_arrives(db: Database, take: Any) -> None:
    row = f"a1,{TOWNSHIP},EN,39.9,116.4,elderly; children,19910000001,+86 199 1000 0002,citizen@example.org"
    report = await take([HEADER, row])
    assert report == ImportReport(read=1, new=1, changed=0, refused_count=0, refused=())
    assert await db.read(everyone) == [
        Recipient(
            "a1",
            TOWNSHIP,
            "en",
            39.9,
            116.4,
            frozenset({"elderly", "children"}),
            {"sms": "+8619910000001", "voice": "+8619910000002", "email": "citizen@example.org"},
        )
    ]


async def test_good_rows_are_kept_and_bad_ones_listed_in_order(db: Database, take: Any) -> None:
    report = await take(
        [
            HEADER,
            f"a1,{TOWNSHIP},,,,,,,",
            "",
            f"a2,{TOWNSHIP},,39.9,east,,,,",
            "a3,999999999999,,,,,,,",
            f"a1,{TOWNSHIP},,,,,,,",
            f"a4,{TOWNSHIP},,,,,12,,",
            f"a5,{TOWNSHIP[:9]},,,,,,,",
        ]
    )
    assert (report.read, report.new, report.changed, report.refused_count) == (6, 2, 0, 4)
    assert [(refused.row, refused.column) for refused in report.refused] == [
        (4, "lon"),
        (5, "region"),
        (6, "external_id"),
        (7, "sms"),
    ]
    assert [one.external_id for one in await db.read(everyone)] == ["a1", "a5"]


async def test_a_second_import_replaces_and_adds_nobody(db: Database, take: Any) -> None:
    await take([HEADER, f"a1,{TOWNSHIP},zh,,,,19910000001,,"])
    report = await take([HEADER, f"a1,{TOWNSHIP},fr,,,,,,"])
    assert (report.new, report.changed) == (0, 1)
    [one] = await db.read(everyone)
    assert (one.language, dict(one.addresses)) == ("fr", {})


async def test_several_batches_arrive_whole_and_progress_is_told_after_each(db: Database, take: Any) -> None:
    told: list[tuple[int, int]] = []
    count = 2 * BATCH + 10
    lines = (f"a{number},{TOWNSHIP}\n" if number else "external_id,region\n" for number in range(count + 1))
    report = await take(lines, on_progress=lambda now: told.append((now.read, now.refused)))
    assert report.new == count
    assert told == [(BATCH, 0), (2 * BATCH, 0), (count, 0)]
    assert await db.read(store.count) == count


async def test_a_person_twice_in_one_file_is_found_across_batches(take: Any) -> None:
    lines = ["external_id,region", *(f"a{number},{TOWNSHIP}" for number in range(BATCH)), f"a0,{TOWNSHIP}"]
    report = await take(lines)
    assert report.new == BATCH
    assert report.refused == (RowRefused(BATCH + 2, "external_id", "is in this file twice; the first row is kept"),)


async def test_a_byte_order_mark_is_no_part_of_the_first_column(take: Any) -> None:
    assert (await take(["\ufeffexternal_id,region", f"a1,{TOWNSHIP}"])).new == 1


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("external_id", "'region' is missing"),
        ("external_id,region,shoe_size", "'shoe_size' is not a column"),
        ("external_id,region,sms,SMS", "'sms' is there twice"),
        ("id;region", "'id;region' is not a column"),
        ('"external_id,region', "is not CSV"),
        ("x" * 9000, "longer than"),
        ("external_id,\0", "NUL"),
        ("external_id,\x1b[31m", "one of the columns is not a column"),
    ],
)
async def test_a_wrong_header_is_refused_and_nothing_is_kept(db: Database, take: Any, header: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        await take([header, f"a1,{TOWNSHIP}"])
    assert refused.value.place == "row 1"
    assert await db.read(store.count) == 0


async def test_an_empty_file_is_refused(take: Any) -> None:
    with pytest.raises(Invalid, match="missing"):
        await take([])


async def test_a_quote_that_is_never_closed_costs_only_its_own_row(take: Any) -> None:
    report = await take(["external_id,region", f'"a1,{TOWNSHIP}', *(f"b{number},{TOWNSHIP}" for number in range(20))])
    assert report.new == 20
    assert [(refused.row, refused.column) for refused in report.refused] == [(2, "row")]


GOOD = {"external_id": "a1", "region": TOWNSHIP}


def row(**cells: str) -> str:
    return ",".join((GOOD | cells).get(name, "") for name in HEADER.split(","))


@pytest.mark.parametrize(
    ("line", "column", "rule"),
    [
        (row(external_id=""), "external_id", "128 characters"),
        (row(external_id="x" * 129), "external_id", "128 characters"),
        (row(external_id="a\x07b"), "external_id", "control"),
        (row(region=""), "region", "empty"),
        (row(language="中文"), "language", "BCP 47"),
        (row(language="x" * 40), "language", "BCP 47"),
        (row(lat="39.9"), "lon", "come together"),
        (row(lon="116"), "lat", "come together"),
        (row(lat="nan", lon="0"), "lat", "number of degrees"),
        (row(lat="0", lon="inf"), "lon", "number of degrees"),
        (row(lat="39,9", lon="0"), "row", "fields"),
        (row(groups="elderly;wizards"), "groups", "does not exist"),
        (row(sms="12"), "sms", "telephone"),
        (row(voice="call me"), "voice", "telephone"),
        (row(email="citizen at example"), "email", "RFC 5321"),
        (row() + ",", "row", "10 fields, the header 9"),
        (row(external_id="a\0b"), "row", "NUL"),
        (row(external_id="a\udc80b"), "row", "UTF-8"),
        (row(groups="x" * 9000), "row", "longer than"),
        ('a1,"b"c,,,,,,,', "row", "CSV"),
    ],
)
def test_a_bad_row_names_column_and_rule(line: str, column: str, rule: str) -> None:
    with pytest.raises(RowBreach, match=rule) as breach:
        READER.read(line)
    assert breach.value.column == column


@pytest.mark.parametrize("address", ["139x", "+44 20", "someone@@example.org", "+8613912345678901234"])
@pytest.mark.parametrize("column", ["sms", "voice", "email"])
def test_a_refusal_never_repeats_the_address(column: str, address: str) -> None:
    with pytest.raises(RowBreach) as breach:
        READER.read(row(**{column: address}))
    assert address not in str(breach.value)


@given(st.text(max_size=200))
def test_no_line_is_too_strange_for_an_answer(line: str) -> None:
    with contextlib.suppress(RowBreach):
        assert READER.read(line).external_id


def test_an_address_of_a_kind_is_kept_for_every_medium_of_that_kind_that_has_none_of_its_own() -> None:
    header = Header.read("external_id,region,phone,voice,mailbox")
    entry = RowReader(header, frozenset()).read("a,610602001000,19910000001,19910000002,a@b.cn")
    assert list(entry.addresses.items()) == [
        ("email", "a@b.cn"),
        ("sms", "+8619910000001"),
        ("voice", "+8619910000002"),
    ]


def test_a_bad_address_of_a_kind_is_refused_under_the_name_of_its_column() -> None:
    with pytest.raises(RowBreach) as caught:
        RowReader(Header.read("external_id,region,phone"), frozenset()).read("a,610602001000,12")
    assert caught.value.column == "phone"
