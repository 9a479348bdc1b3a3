"""What the hub writes, held against the official schema; naughty strings through every text."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from approvals.event import NO_EVENTS
from hub.alert.alert import Alert, Area, Info, MsgType, NamedValue, Reference, Resource, Scope, Status
from hub.dossier.ending import Ending
from hub.drafting.all_clear import CANCEL_EXPIRY, AllClear, Phrasing, cancel_of
from hub.formats.cap.period import PERIOD_RULES
from hub.formats.cap.read import read
from hub.formats.cap.repair import emittable
from hub.formats.cap.rules import has_error
from hub.formats.cap.write import CapRefused, strict_findings, write
from targeting.audience import Circle
from templates.catalog import Catalog

NOW = datetime(2026, 7, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def schema(shared_data) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(shared_data / "cap" / "xsd" / "CAP-v1.2.xsd")))


def loaded(text: str) -> Alert:
    """An alert with the same text in every place that holds text."""
    pair = (NamedValue(text, text),)
    resource = Resource(text, text, None, text, text, text)
    info = Info(
        event=text, urgency=text, severity=text, certainty=text, categories=(text,), language=text,
        response_types=(text,), audience=text, event_codes=pair, sender_name=text, headline=text, description=text,
        instruction=text, web=text, contact=text, parameters=pair, resources=(resource,),
        areas=(Area(text, circles=(Circle(1.0, 1.0, 1.0),), geocodes=pair),),
    )  # fmt: skip
    return Alert(
        text, text, NOW, Status.ACTUAL, MsgType.ALERT, Scope.RESTRICTED, source=text, restriction=text,
        addresses=(text,), codes=(text,), note=text, references=(Reference(text, text, text),), incidents=(text,),
        infos=(info,),
    )  # fmt: skip


def test_every_real_alert_leaves_valid_and_comes_back_the_same(shared_data, schema):
    with (shared_data / "cap" / "MANIFEST.csv").open(newline="") as source:
        files = [row["file"] for row in csv.DictReader(source)]
    wrong, written = [], 0
    for file in files:
        alert = read((shared_data / "cap" / file).read_bytes()).alert
        if alert is None:
            continue
        whole, _ = emittable(alert, now=NOW)
        data = write(whole, unsettled=PERIOD_RULES)
        back = read(data)
        written += 1
        if not schema.validate(etree.fromstring(data)):
            wrong.append((file, str(schema.error_log.last_error)))
        if back.alert != whole or back.verdict != "clean":
            wrong.append((file, back.verdict))
    assert wrong == []
    assert written == 172


def test_real_alerts_that_are_already_strict_leave_exactly_as_they_came(shared_data):
    with (shared_data / "cap" / "MANIFEST.csv").open(newline="") as source:
        files = [row["file"] for row in csv.DictReader(source) if row["class"].startswith("A")]
    strict = 0
    for file in files:
        alert = read((shared_data / "cap" / file).read_bytes()).alert
        if has_error(strict_findings(alert)):
            continue
        strict += 1
        assert read(write(alert)).alert == alert, file
    assert strict > len(files) // 4


def test_naughty_strings_in_every_text_are_refused_or_come_back_the_same_and_valid(shared_data, schema):
    strings = json.loads((shared_data / "hostile" / "blns" / "blns.json").read_text())
    assert len(strings) > 200
    wrong = []
    for text in strings:
        whole, _ = emittable(loaded(text), now=NOW)
        data = write(whole, unsettled=PERIOD_RULES)
        if not schema.validate(etree.fromstring(data)):
            wrong.append((text[:40], str(schema.error_log.last_error)))
        if read(data).alert != whole:
            wrong.append((text[:40], "changed"))
    assert wrong == []


def test_a_naughty_description_that_strict_writing_takes_is_kept_to_the_letter(shared_data, schema):
    strings = json.loads((shared_data / "hostile" / "blns" / "blns.json").read_text())
    plain, _ = emittable(loaded("text"), now=NOW)
    kept = 0
    for text in strings:
        alert = replace(plain, note=text, infos=(replace(plain.infos[0], description=text),))
        try:
            data = write(alert)
        except CapRefused:
            continue
        kept += 1
        assert schema.validate(etree.fromstring(data))
        assert read(data).alert == alert
    assert kept > len(strings) // 2


def told_to(alert: Alert) -> set[tuple[str | None, frozenset[Area]]]:
    """In which language each place is spoken to."""
    return {(info.language, frozenset(info.areas)) for info in alert.infos}


@pytest.mark.parametrize("ending", list(Ending))
@pytest.mark.parametrize("evacuated", [False, True])
def test_an_all_clear_of_any_real_alert_leaves_valid_and_says_nothing_of_the_danger(
    shared_data, schema, ending, evacuated
):
    phrasing = Phrasing(Catalog(), NO_EVENTS)
    clear = AllClear(ending, NOW, NOW + CANCEL_EXPIRY, {}, evacuated)
    with (shared_data / "cap" / "MANIFEST.csv").open(newline="") as source:
        files = [row["file"] for row in csv.DictReader(source)]
    written = 0
    for file in files:
        alert = read((shared_data / "cap" / file).read_bytes()).alert
        if alert is None or not alert.infos:
            continue
        warning, _ = emittable(alert, now=NOW)
        message = replace(warning, identifier=f"{warning.identifier}.cancel", references=(warning.reference,))
        cancel, _ = emittable(cancel_of(message, [warning], clear, phrasing), now=NOW)
        data = write(cancel)
        assert schema.validate(etree.fromstring(data)), (file, str(schema.error_log.last_error))
        assert cancel.infos, file
        assert {info.severity for info in cancel.infos} == {"Minor"}
        said = {text for info in cancel.infos for text in (info.headline, info.description, info.instruction) if text}
        assert said.isdisjoint(info.description for info in warning.infos), file
        # Nobody is left out: who was warned in their language and at their place is told in it, and there.
        assert told_to(cancel) >= told_to(warning), file
        written += 1
    assert written > 100
