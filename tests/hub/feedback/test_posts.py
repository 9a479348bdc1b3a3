"""Posts in: good rows kept once, bad ones listed by place and rule, and their texts never shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from hub.errors import Invalid
from hub.feedback import posts
from hub.feedback.labels import Sentiment
from hub.feedback.posts import Posts, parse_post
from hub.store.schema import feedback, regions
from hub.store.sql.database import Database

SECRET = "这句话不许出现"
GOOD = {"id": "p1", "text": f"{SECRET}，听说水库垮了", "at": "2026-07-01T10:00:00+08:00"}


class Vault:
    def fingerprints(self, channel: str, address: str) -> tuple[bytes, ...]:
        return (f"{channel}|{address}".encode(),)


class Gloomy:
    def classify(self, texts: Sequence[str]) -> list[Sentiment]:
        return [Sentiment.NEGATIVE] * len(texts)


@pytest.fixture
async def service(db: Database) -> Posts:
    await db.write(lambda c: c.execute(insert(regions).values(id=7, key="330100000000", name="x", level=2)))
    return Posts(db, Vault(), Gloomy())


def written(tmp_path: Path, *rows: Any) -> Path:
    path = tmp_path / "posts.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


async def kept(db: Database) -> list[Any]:
    return list(await db.read(lambda c: c.execute(select(feedback).order_by(feedback.c.id)).all()))


async def test_a_post_is_kept_with_mood_intent_region_and_alert(db: Database, service: Posts, tmp_path: Path) -> None:
    done = await service.take_file(written(tmp_path, GOOD | {"region": "330100000000", "source": "who"}), alert=3)
    (row,) = await kept(db)
    assert (done.stored, done.repeated, done.faults) == (1, 0, ())
    assert (row.channel, row.reference, row.region, row.alert, row.recipient) == ("post", "p1", 7, 3, None)
    assert (row.sentiment, row.intent, row.source) == ("negative", "rumour", b"post|who")
    assert row.at == 1782871200000


async def test_a_file_imported_twice_is_kept_once(db: Database, service: Posts, tmp_path: Path) -> None:
    path = written(tmp_path, GOOD, GOOD | {"id": "p2"})
    await service.take_file(path)
    again = await service.take_file(path)
    assert (again.stored, again.repeated) == (0, 2)
    assert len(await kept(db)) == 2


async def test_bad_rows_are_listed_and_the_good_ones_kept(db: Database, service: Posts, tmp_path: Path) -> None:
    bad = {
        "string": GOOD | {"text": 5},
        "id-length": GOOD | {"id": ""},
        "text": GOOD | {"text": "\u200b \x00"},
        "rfc3339": GOOD | {"at": "2026-07-01T10:00:00"},
        "known-fields": GOOD | {"phone": "x"},
        "plain-string": GOOD | {"id": "a\x00"},
        "known-region": GOOD | {"region": "nowhere"},
    }
    path = written(tmp_path, *bad.values(), GOOD)
    done = await service.take_file(path)
    assert done.stored == 1
    assert {fault.rule: fault.place for fault in done.faults} == {
        rule: f"{path}:{number}" for number, rule in enumerate(bad, start=1)
    }


async def test_no_complaint_repeats_what_a_post_says(service: Posts, tmp_path: Path) -> None:
    done = await service.take_file(
        written(tmp_path, GOOD | {"at": SECRET}, GOOD | {SECRET: ""}, GOOD | {"region": SECRET})
    )
    assert len(done.faults) == 3
    assert SECRET not in str(done.faults)
    with pytest.raises(Invalid) as refused:
        await service.take_file(written(tmp_path, SECRET))
    assert SECRET not in str(refused.value)


async def test_files_longer_than_a_batch_are_imported_whole_and_report_progress(
    db: Database, service: Posts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posts, "BATCH", 10)
    told: list[int] = []
    rows = [GOOD | {"id": f"p{number}"} for number in range(25)]
    done = await service.take_file(written(tmp_path, *rows), progress=told.append)
    assert (done.stored, told) == (25, [10, 10, 5])
    assert len(await kept(db)) == 25


async def test_posts_of_unknown_origin_are_origins_of_their_own(db: Database, service: Posts, tmp_path: Path) -> None:
    await service.take_file(written(tmp_path, GOOD, GOOD | {"id": "p2"}))
    assert len({row.source for row in await kept(db)}) == 2


@given(
    st.dictionaries(
        st.sampled_from(["id", "text", "at", "source", "region", "x"]), st.none() | st.text() | st.integers()
    )
)
def test_any_row_is_a_post_or_refused_with_its_place(row: dict[str, Any]) -> None:
    refusal, post = None, None
    try:
        post = parse_post(row, "f:1")
    except Invalid as refused:
        refusal = refused
    assert (refusal is None) is (post is not None and post.at.tzinfo is not None)
    assert refusal is None or (str(refusal).startswith("f:1: ") and refusal.rule)
