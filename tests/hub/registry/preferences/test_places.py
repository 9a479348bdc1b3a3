"""Places of a person's own choosing: warned for each of them, counted once, explained, and the person's own to keep."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from approvals.level import Level
from hub.audience.jurisdiction import concerned_regions
from hub.audience.select import at_home, select_target
from hub.crypto.vault import Vault
from hub.dossier.explain import explain_consent, find_registered
from hub.errors import Conflict, Invalid
from hub.registry.preferences import places
from hub.registry.preferences.consent import reachable
from hub.store.alerts import areas
from hub.store.alerts.areas import NamedArea
from hub.store.register import bitmaps, erasure, preferences, recipients, regions
from hub.store.register.directory import SqlDirectory
from hub.store.register.preferences import EVERYTHING, Preferences, Way
from hub.store.register.regions import NewRegion
from hub.store.sql.database import Database
from targeting.audience import Audience, Circle, Groups, in_range
from targeting.contribution import contributions
from targeting.explain import Judge
from targeting.recipient import Recipient
from targeting.region import covers, level_of, parent_of
from targeting.select import select

VAULT = Vault(b"s" * 32, b"h" * 32)
HERE, THERE, BEYOND = "610602001000", "610602002000", "610625100000"  #: two townships of one county, one of another
COUNTY, OTHER_COUNTY, CITY = "610602000000", "610625000000", "610600000000"
CHANNELS = ("email", "sms")
COLUMNS = {name: name for name in CHANNELS}
WAY = Way("page", 5)


def settled(connection: Connection) -> None:
    keys = {key for at in (HERE, THERE, BEYOND) for key in _up(at)}
    regions.upsert(connection, [NewRegion(key, f"place {key}", parent_of(key), level_of(key)) for key in sorted(keys)])


def _up(key: str) -> list[str]:
    above = parent_of(key)
    return [key, *(_up(above) if above is not None else [])]


def enters(connection: Connection, name: str, region: str = HERE, **told: object) -> int:
    person = Recipient(name, region, "zh", addresses={"sms": "+8619910000001"}, **told)  # type: ignore[arg-type]
    recipients.upsert(connection, VAULT, [person], 1)
    number = recipients.by_external_id(connection, name)
    assert number is not None
    return number


def chooses(connection: Connection, number: int, *keys: str) -> None:
    known = preferences.of(connection, [number]).get(number, Preferences())
    preferences.store_preferences(connection, {number: places.adding(known, keys)}, WAY)


def within(connection: Connection, *keys: str) -> set[int]:
    return set(select(SqlDirectory(connection), Audience(regions=frozenset(keys))).bits)


people = st.lists(
    st.tuples(
        st.sampled_from([HERE, THERE, BEYOND]),
        st.frozensets(st.sampled_from(["elderly", "children"])),
        st.frozensets(st.sampled_from(CHANNELS)),
        st.builds(
            Preferences,
            st.frozensets(st.sampled_from([*CHANNELS, EVERYTHING]), max_size=2),
            st.sampled_from([None, "en"]),
            st.integers(0, 4),
            st.frozensets(st.sampled_from([HERE, THERE, BEYOND]), max_size=2),
        ),
    ),
    min_size=1,
    max_size=6,
)
audiences = st.builds(
    Audience,
    regions=st.frozensets(st.sampled_from([HERE, THERE, BEYOND, COUNTY, OTHER_COUNTY, CITY]), min_size=1, max_size=3),
    circles=st.sampled_from([(), (Circle(36.6, 109.5, 5.0),)]),
    groups=st.sampled_from([Groups(), Groups(frozenset({"elderly"})), Groups(none=frozenset({"children"}))]),
    languages=st.sampled_from([frozenset(), frozenset({"en"})]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people, audiences, st.sampled_from(Level), st.booleans())
def test_selected_explained_and_told_one_by_one_are_the_same_people_with_places_refusals_and_overrides(
    db: Database, told: list, audience: Audience, level: Level, override: bool
) -> None:
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin() as transaction:
        settled(connection)
        ids = {}
        for number, (region, groups, having, choice) in enumerate(told):
            addresses = {name: f"{name}-{number}" for name in having}
            recipients.upsert(
                connection, VAULT, [Recipient(f"p{number}", region, "zh", 36.6, 109.5, groups, addresses)], 1
            )
            ids[f"p{number}"] = recipients.by_external_id(connection, f"p{number}") or 0
            preferences.store_preferences(connection, {ids[f"p{number}"]: choice}, WAY)
        found = select(SqlDirectory(connection), audience).bits
        reached = set(reachable(connection, found, COLUMNS, level, override=override).persons)
        judge = Judge(audience, SqlDirectory(connection).outline)
        explained = set()
        for name, number in ids.items():
            why = judge.explain(find_registered(connection, name).person)
            if explain_consent(connection, why, number, COLUMNS, level, override=override).selected:
                explained.add(number)
        meant = {ids[f"p{at}"] for at, each in enumerate(told) if _meant(audience, level, each, override=override)}
        assert reached == explained == meant
        transaction.rollback()


def _meant(audience: Audience, level: Level, told: tuple, *, override: bool) -> bool:
    region, groups, having, choice = told
    spoken = choice.language or "zh"
    placed = bool(audience.circles) or any(
        covers(key, place) for key, place in itertools.product(audience.regions, {region, *choice.places})
    )
    wanted = not audience.languages or any(in_range(spoken, key) for key in audience.languages)
    refuses = EVERYTHING in choice.refused or choice.least > level or having <= choice.refused
    return placed and wanted and audience.groups.hold(groups) and (override or not having or not refuses)


async def test_one_person_is_one_however_many_places_of_an_audience_hold_them(db: Database) -> None:
    def work(connection: Connection) -> None:
        settled(connection)
        number = enters(connection, "one")
        chooses(connection, number, THERE, BEYOND)
        assert within(connection, THERE) == within(connection, OTHER_COUNTY) == {number}
        found = contributions(SqlDirectory(connection), Audience(regions=frozenset({HERE, THERE, BEYOND})))
        assert (found.persons, found.several, found.entries) == (1, 1, 3)

    await db.write(work)


async def test_an_import_keeps_the_places_and_erasure_leaves_none(db: Database) -> None:
    def work(connection: Connection) -> None:
        settled(connection)
        number = enters(connection, "one")
        chooses(connection, number, BEYOND)
        enters(connection, "one", THERE, groups=frozenset({"elderly"}))
        assert within(connection, BEYOND) == within(connection, THERE) == {number}
        erasure.erase(connection, VAULT, [number])
        assert within(connection, CITY) == set()
        assert bitmaps.all_of(connection, bitmaps.PLACE) == {}
        assert preferences.history(connection, number) == []

    await db.write(work)


async def test_a_place_given_up_is_warned_for_no_longer_and_the_history_says_so(db: Database) -> None:
    def work(connection: Connection) -> None:
        settled(connection)
        number = enters(connection, "one")
        chooses(connection, number, BEYOND, THERE)
        left = places.leaving(preferences.of(connection, [number])[number], [BEYOND])
        preferences.store_preferences(connection, {number: left}, WAY)
        assert (within(connection, OTHER_COUNTY), within(connection, THERE)) == (set(), {number})
        lines = [(line.what, line.before, line.after) for line in preferences.history(connection, number)]
        assert lines == [("places", "", f"{THERE},{BEYOND}"), ("places", f"{THERE},{BEYOND}", THERE)]

    await db.write(work)


async def test_a_named_area_stands_for_the_lowest_regions_it_holds(db: Database) -> None:
    def work(connection: Connection) -> frozenset[str]:
        settled(connection)
        areas.store_area(connection, NamedArea("河谷", Audience(regions=frozenset({COUNTY, BEYOND})), 0, "author", 1))
        return places.find_regions(connection, " 河谷 ")

    assert await db.write(work) == {HERE, THERE, BEYOND}


@pytest.mark.parametrize(
    ("text", "rule"), [("", "place-unknown"), ("nowhere", "place-unknown"), (COUNTY, "region"), ("圈", "place-drawn")]
)
async def test_what_is_no_place_to_choose_is_refused_by_name(db: Database, text: str, rule: str) -> None:
    def work(connection: Connection) -> None:
        settled(connection)
        areas.store_area(connection, NamedArea("圈", Audience(circles=(Circle(36.6, 109.5, 5.0),)), 0, "author", 1))
        places.find_regions(connection, text)

    with pytest.raises(Invalid) as refused:
        await db.write(work)
    assert refused.value.rule == rule


def test_nobody_chooses_more_than_ten_places() -> None:
    full = places.adding(Preferences(), [str(number) for number in range(places.MOST)])
    assert places.adding(full, ["0"]) == full
    with pytest.raises(Conflict):
        places.adding(full, ["more"])


async def test_a_reader_elsewhere_is_warned_and_stakes_no_county_of_their_own(db: Database) -> None:
    """Who lives beyond chose a place here: that is no reason to ask their county, or to sound its loudspeakers."""

    def work(connection: Connection) -> None:
        settled(connection)
        here = enters(connection, "here", lat=36.6, lon=109.5)
        reader = enters(connection, "reader", BEYOND, lat=36.9, lon=108.8)
        chooses(connection, reader, HERE)
        audience = Audience(regions=frozenset({HERE}), circles=(Circle(36.6, 109.5, 1.0),))
        persons = select_target(connection, audience).persons
        assert set(persons) == {here, reader}
        assert set(at_home(connection, audience, persons)) == {here}
        assert concerned_regions(connection, audience, persons) == {HERE}
        both = Audience(regions=frozenset({HERE, OTHER_COUNTY}))
        assert set(at_home(connection, both, persons)) == {here, reader}

    await db.write(work)
