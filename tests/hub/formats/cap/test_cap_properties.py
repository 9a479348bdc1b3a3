"""Properties that hold for any bytes and any alert."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.alert.alert import Alert, Area, Info, MsgType, NamedValue, Reference, Resource, Scope, Status
from hub.formats.cap.parse import parse
from hub.formats.cap.period import PERIOD_RULES
from hub.formats.cap.read import read, read_unjudged
from hub.formats.cap.repair import emittable
from hub.formats.cap.vocabulary import CATEGORIES, CERTAINTIES, RESPONSE_TYPES, SEVERITIES, URGENCIES
from hub.formats.cap.write import write
from targeting.audience import Circle, Polygon

NOW = datetime(2026, 7, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 7, 2)  # noqa: DTZ001 (the strategy adds the zone)
texts = st.text(max_size=6) | st.sampled_from(
    ["", " a ", "<b>x</b>", "&amp;lt;i>", "a\x00b", "]]>", "\u202e中文\r\n", '"']
)
numbers = st.floats() | st.floats(-90, 90) | st.integers(-200, 200).map(float)
moments = st.datetimes(
    MIDNIGHT.replace(year=1),
    MIDNIGHT.replace(year=9999),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]),
) | st.datetimes(MIDNIGHT, MIDNIGHT.replace(day=30), timezones=st.just(UTC))
named = st.builds(NamedValue, texts, texts)


def few(strategy):
    return st.lists(strategy, max_size=2).map(tuple)


polygons = st.builds(Polygon, st.lists(st.tuples(numbers, numbers), max_size=5).map(tuple))
areas = st.builds(
    Area, texts, few(polygons), few(st.builds(Circle, numbers, numbers, numbers)), few(named),
    st.none() | numbers, st.none() | numbers,
)  # fmt: skip
uris = texts | st.sampled_from(
    ["a.png", "https://example.org/a?b=c#d", "http://[::1]:80/", "http://[", "x:%zz", "tel:1"]
)
resources = st.builds(
    Resource, texts, texts | st.just("image/png"), st.none() | st.integers(), uris, texts | st.just("QUJD"), texts
)
infos = st.builds(
    Info,
    event=texts,
    urgency=st.sampled_from(URGENCIES) | texts,
    severity=st.sampled_from(SEVERITIES) | texts,
    certainty=st.sampled_from(CERTAINTIES) | texts,
    categories=few(st.sampled_from(CATEGORIES) | texts),
    language=st.sampled_from(["en-US", "zh-CN", "x", ""]) | texts,
    response_types=few(st.sampled_from(RESPONSE_TYPES) | texts),
    audience=texts,
    event_codes=few(named),
    effective=st.none() | moments,
    onset=st.none() | moments,
    expires=st.none() | moments,
    sender_name=texts,
    headline=texts,
    description=texts,
    instruction=texts,
    web=uris,
    contact=texts,
    parameters=few(named),
    resources=few(resources),
    areas=few(areas),
)
times = texts | st.sampled_from(["2026-07-01T00:00:00-00:00", "2026-07-01T00:00:00Z", "2027-01-01T00:00:00+08:00"])
alerts = st.builds(
    Alert,
    identifier=texts,
    sender=texts,
    sent=st.datetimes(MIDNIGHT.replace(year=1971), MIDNIGHT.replace(year=2100), timezones=st.just(UTC)),
    status=st.sampled_from(Status),
    msg_type=st.sampled_from(MsgType),
    scope=st.sampled_from(Scope),
    source=texts,
    restriction=texts,
    addresses=few(texts),
    codes=few(texts),
    note=texts,
    references=few(st.builds(Reference, texts, texts, times)),
    incidents=few(texts),
    infos=few(infos),
)
# Shrinking an alert takes minutes; the failing one is shown whole.
unhurried = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)

patient = settings(unhurried, max_examples=60)


@given(st.binary(max_size=300))
@unhurried
def test_any_bytes_are_answered_and_never_raise(data):
    assert read(data).verdict == "refused"


@given(st.data())
@unhurried
def test_a_message_with_bytes_cut_put_in_or_changed_is_answered_and_never_raises(message, data):
    whole = message()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 40)))
    patch = data.draw(st.binary(max_size=8) | st.sampled_from([b"<info/>", b"<a>", b"</info>", b"&#0;", b"Z", b" "]))
    reading = read(whole[:start] + patch + whole[end:])
    assert reading.verdict in ("clean", "findings", "refused")
    assert reading.findings or reading.verdict == "clean"


@given(st.data())
@unhurried
def test_any_text_in_any_element_is_answered_and_never_raises(message, data):
    name = data.draw(st.sampled_from(["sent", "status", "scope", "expires", "language", "event", "category", "area"]))
    text = data.draw(st.text(string.digits + "TZ:+-,. eE", max_size=30) | st.text(max_size=10))
    safe = "".join(c for c in text if c.isprintable()).replace("&", "&amp;").replace("<", "&lt;")
    inner = f"<areaDesc/><polygon>{safe}</polygon><circle>{safe}</circle>" if name == "area" else safe
    assert read(message(**{name: f"<{name}>{inner}</{name}>"})).verdict in ("clean", "findings", "refused")


@given(alerts)
@patient
def test_any_alert_can_be_repaired_written_and_read_back_as_repaired(alert):
    whole, _ = emittable(alert, now=NOW)
    data = write(whole, unsettled=PERIOD_RULES)
    reading = read(data)
    assert reading.alert == whole == read_unjudged(data)
    assert reading.verdict == "clean"
    assert write(reading.alert, unsettled=PERIOD_RULES) == data
    assert parse(data).name == "alert"


@given(alerts)
@patient
def test_repairing_twice_changes_nothing_more(alert):
    once, _ = emittable(alert, now=NOW)
    twice, _ = emittable(once, now=NOW)
    assert twice == once
