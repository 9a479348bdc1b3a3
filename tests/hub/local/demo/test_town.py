"""A town under any alert: exactly those inside its areas are selected, and the same seed makes the same town."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from itertools import islice

import pytest
from sqlalchemy import Connection

from channels.address import mailbox, phone
from hub.alert.alert import Alert, Area, Info, MsgType, NamedValue, Scope, Status
from hub.audience.plan import audience_of
from hub.crypto.vault import Vault
from hub.local.demo.town import Town, endpoint_plan, seed_town
from hub.settings.settings import CONFIG_DIR
from hub.store.register import recipients as store
from hub.store.register import regions as region_store
from hub.store.sql.database import Database
from targeting import group
from targeting.audience import Circle, Polygon
from targeting.region import is_chinese
from targeting.select import select

VAULT = Vault(b"s" * 32, b"h" * 32)
SQUARE = Polygon(((24.0, 121.0), (24.0, 121.3), (24.3, 121.3), (24.3, 121.0), (24.0, 121.0)))
BOW = Polygon(((0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0), (0.0, 0.0)))
SEAM = Polygon(((-10.0, 179.9), (-10.0, -179.9), (-10.2, -179.9), (-10.2, 179.9), (-10.0, 179.9)))
TINY = Polygon(((24.0, 121.0), (24.0, 121.000001), (24.000001, 121.000001), (24.0, 121.0)))


def alert(*areas: Area, languages: tuple[str, ...] = ("zh-CN",)) -> Alert:
    infos = tuple(
        Info("Flood", "Immediate", "Severe", "Observed", ("Met",), language=language, areas=areas)
        for language in languages
    )
    sent = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
    return Alert("a1", "sender", sent, Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC, infos=infos)


def coded(*codes: tuple[str, str]) -> Area:
    return Area("somewhere", geocodes=tuple(NamedValue(name, value) for name, value in codes))


AREAS = {
    "a polygon": (Area("Hualien", polygons=(SQUARE,)),),
    "a crossing polygon": (Area("bow", polygons=(BOW,)),),
    "a polygon across the antimeridian": (Area("Taveuni", polygons=(SEAM,)),),
    "a polygon smaller than a house": (Area("house", polygons=(TINY,)),),
    "a circle and a geocode": (Area("one", circles=(Circle(24.0, 121.0, 12.5),)), coded(("UGC", "NMZ528"))),
    "a circle": (Area("quake", circles=(Circle(23.7, 121.5, 40.0),)),),
    "a circle of radius 0": (Area("quake", circles=(Circle(32.9525, -115.5527, 0.0),)),),
    "a circle round a pole": (Area("pole", circles=(Circle(89.9, 0.0, 100.0),)),),
    "half the earth": (Area("half", circles=(Circle(0.0, 0.0, 10_000.0),)),),
    "geocodes": (coded(("UGC", "NMZ528"), ("UGC", "NMZ510"), ("FIPS6", "035011")),),
    "many geocodes": (coded(*(("SAME", f"{number:06d}") for number in range(300))),),
    "an overlong geocode": (coded(("x" * 200, "y" * 200)),),
    "a Chinese county": (coded(("CPEAS Geographic Code", "130602000000")),),
    "a Chinese township": (coded(("CPEAS Geographic Code", "110101001000")),),
    "a Chinese code nobody knows": (coded(("CPEAS Geographic Code", "130171000000")),),
    "a Chinese village": (coded(("CPEAS Geographic Code", "110101001001")),),
    "China": (coded(("CPEAS Geographic Code", "000000000000")),),
    "Chinese code and polygon": (Area("x", (SQUARE,), (), (NamedValue("CPEAS Geographic Code", "130602000000"),)),),
    "a name only": (Area("某某县 — North (upper) part"),),
    "a name of signs only": (Area("***"),),
    "nothing": (),
}


async def selected(db: Database, warning: Alert, town: Town) -> tuple[int, set[str]]:
    def work(connection: Connection) -> tuple[int, set[str]]:
        region_store.upsert(connection, town.regions)
        people = list(town.recipients)
        store.upsert(connection, VAULT, people, 1)
        bits = select(store.SqlDirectory(connection), audience_of(warning, town.extra_regions, frozenset())).bits
        return len(people), {one.region for _, one in store.iterate_recipients(connection, None, bits)}

    return await db.write(work)


@pytest.mark.parametrize("areas", AREAS.values(), ids=AREAS.keys())
@pytest.mark.parametrize("seed", [1, 2])
async def test_exactly_those_inside_the_areas_are_selected(
    sqlite_db: Database, areas: tuple[Area, ...], seed: int
) -> None:
    warning = alert(*areas)
    town = seed_town(warning, 400, seed=seed)
    assert (town.citizens, town.targeted) == (400, 360)

    def work(connection: Connection) -> int:
        region_store.upsert(connection, town.regions)
        store.upsert(connection, VAULT, list(town.recipients), 1)
        return select(store.SqlDirectory(connection), audience_of(warning, town.extra_regions, frozenset())).count

    assert await sqlite_db.write(work) == town.targeted


async def test_nobody_of_a_township_beyond_the_areas_is_selected(db: Database) -> None:
    warning = alert(*AREAS["Chinese code and polygon"])
    town = seed_town(warning, 500, seed=3)
    count, regions = await selected(db, warning, town)
    assert count == 500
    assert regions == {township.key for township in town.townships if township.inside}


def test_under_a_chinese_code_the_townships_are_real_ones() -> None:
    town = seed_town(alert(*AREAS["a Chinese county"]), 10, seed=1)
    inside = [township for township in town.townships if township.inside]
    assert 6 <= len(inside) <= 12
    for township in inside:
        assert is_chinese(township.key)
        assert township.key.startswith("130602")
        assert not township.name.isdigit()


def test_an_alert_that_names_a_place_adds_nothing_to_the_plan_and_one_that_names_none_adds_its_own() -> None:
    for name, areas in AREAS.items():
        town = seed_town(alert(*areas), 10, seed=1)
        nameless = name in {"a name only", "a name of signs only", "nothing"}
        assert len(town.extra_regions) == int(nameless)
        assert town.extra_regions <= {row.key for row in town.regions}


def test_the_same_seed_makes_the_same_town_and_another_seed_another() -> None:
    warning = alert(*AREAS["a polygon"])
    town = seed_town(warning, 300, seed=5)
    assert list(town.recipients) == list(town.recipients) == list(seed_town(warning, 300, seed=5).recipients)
    assert list(town.recipients) != list(seed_town(warning, 300, seed=6).recipients)


@pytest.fixture(scope="module")
def city() -> Town:
    return seed_town(alert(*AREAS["a polygon"], languages=("en-CA", "fr-CA")), 20_000, seed=1)


def test_every_citizen_is_one_person_and_most_have_a_telephone_of_their_own(city: Town) -> None:
    people = list(city.recipients)
    assert len({one.external_id for one in people}) == len(people) == city.citizens
    mailboxes = [one.addresses["email"] for one in people if "email" in one.addresses]
    assert len(set(mailboxes)) == len(mailboxes)
    of_one = Counter(one.addresses["sms"] for one in people if "sms" in one.addresses)
    sizes = Counter(of_one.values())
    assert sizes[1] > 0.8 * len(of_one)
    assert min(sizes[2], sizes[3]) > 0, "families share one"
    assert sum(count for size, count in sizes.items() if size > 5) in range(1, len(of_one) // 100)


def test_addresses_are_canonical_and_the_wrong_ones_are_marked(city: Town) -> None:
    counted: Counter[str] = Counter()
    for one in city.recipients:
        counted["nothing"] += not one.addresses
        if "sms" in one.addresses:
            number = one.addresses["sms"]
            assert one.addresses["voice"] == number == phone(number)
            counted["phone"] += 1
            counted["wrong"] += number.startswith("+8619900")
            assert re.fullmatch(r"\+861991[0-9]{7}|\+8619900[0-9]{6}", number)
        if "email" in one.addresses:
            address = one.addresses["email"]
            assert mailbox(address) == address
            assert address.endswith("@example.org")
            counted["email"] += 1
            counted["bounce"] += address.startswith("bounce")
    shares = {name: count / city.citizens for name, count in counted.items()}
    expected = {"nothing": 0.02, "phone": 0.95, "wrong": 0.0285, "email": 0.175, "bounce": 0.005}
    assert shares == pytest.approx(expected, abs=0.012)


def test_languages_are_those_of_the_alert_and_some_other(city: Town) -> None:
    spoken = Counter(one.language for one in city.recipients)
    assert [language for language, _ in spoken.most_common()] == ["en", "fr", "zh"]
    assert spoken["zh"] / city.citizens == pytest.approx(0.05, abs=0.01)


def test_groups_are_the_configured_ones(city: Town) -> None:
    known = group.load(CONFIG_DIR / "groups.toml").keys()
    members = Counter(key for one in city.recipients for key in one.groups)
    assert members.keys() <= known
    assert members["elderly"] > members["hearing_impaired"] > 0


def test_a_town_is_made_person_by_person() -> None:
    town = seed_town(alert(*AREAS["a polygon"]), 10_000_000, seed=1)
    assert len(list(islice(town.recipients, 5))) == 5


@pytest.mark.parametrize("citizens", [0, -1, 10_000_001])
def test_a_town_of_an_impossible_size_is_refused(citizens: int) -> None:
    with pytest.raises(ValueError, match="citizens"):
        seed_town(alert(), citizens, seed=1)


def test_a_town_of_one_has_one_citizen_inside() -> None:
    town = seed_town(alert(*AREAS["a polygon"]), 1, seed=1)
    assert (town.targeted, len(list(town.recipients))) == (1, 1)


def test_every_township_has_a_robot_and_the_rest_serve_everywhere() -> None:
    town = seed_town(alert(*AREAS["geocodes"]), 10, seed=1)
    plan = endpoint_plan(town)
    assert len({(channel, name) for channel, name, _ in plan}) == len(plan)
    counted = Counter(channel for channel, _, _ in plan)
    assert counted == {"wecom": len(town.townships), "broadcast": 2, "partners": 3}
    assert {region for channel, _, region in plan if channel == "wecom"} <= {row.key for row in town.regions}
    assert {region for channel, _, region in plan if channel != "wecom"} == {None}
