"""Reading is tolerant: every deviation is named with its element, and what is clear is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.alert.alert import MsgType, NamedValue, Reference, Scope, Status
from hub.formats.cap.read import read

HALF_PAST = datetime(2026, 7, 12, 0, 30, tzinfo=UTC)


def errors(reading):
    return {(finding.rule, finding.element) for finding in reading.findings if finding.level == "error"}


def test_a_whole_message_is_clean_and_comes_out_whole(message):
    reading = read(message())
    assert (reading.verdict, reading.version, reading.signed) == ("clean", "1.2", False)
    alert = reading.alert
    assert (alert.identifier, alert.sent, alert.status) == ("flood-1", HALF_PAST, Status.ACTUAL)
    area = alert.infos[0].areas[0]
    assert area.polygons[0].ring[1] == (30.0, 121.0)
    assert area.geocodes == (NamedValue("code", "330100000000"),)


@pytest.mark.parametrize("name", ["identifier", "sender", "sent"])
def test_a_message_nobody_can_name_or_date_is_refused(message, name):
    reading = read(message(**{name: ""}))
    assert reading.verdict == "refused"
    assert ("S2", f"alert/{name}") in errors(reading)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-07-12T00:30:00Z", HALF_PAST),
        ("2026-07-12T08:30:00.250+08:00", HALF_PAST),
        ("2026-07-12 08:30:00+08:00", HALF_PAST),
        ("2026-07-12T08:30:00+0800", HALF_PAST),
        ("2026-07-12T00:30:00", HALF_PAST),
        ("2026-07-12T08:30:00,08:00", None),
        ("2026-07-12T24:00:00+08:00", None),
        ("2026-07-12T08:30:00+15:00", None),
        ("2026-02-30T08:30:00+08:00", None),
        ("２026-07-12T08:30:00+08:00", None),
        ("soon", None),
    ],
)
def test_a_misspelled_sent_is_an_error_and_kept_only_where_its_meaning_is_clear(message, sent, kept):
    reading = read(message(sent=f"<sent>{sent}</sent>"))
    assert ("L1", "alert/sent") in errors(reading)
    assert (reading.alert.sent if reading.alert else None) == kept


@pytest.mark.parametrize("text", ["2026-07-12T00:30:00", "2026-07-12T08:30:00,08:00", "tomorrow"])
def test_an_expires_without_a_clear_meaning_is_dropped_with_an_error(message, text):
    reading = read(message(expires=f"<expires>{text}</expires>"))
    assert ("L1", "alert/info[1]/expires") in errors(reading)
    assert reading.alert.infos[0].expires is None


def test_blanks_around_sent_are_no_fault_but_around_a_closed_list_they_are(message):
    reading = read(message(sent="<sent> 2026-07-12T08:30:00+08:00\n</sent>", status="<status> Actual </status>"))
    assert errors(reading) == {("L17", "alert/status")}
    assert reading.alert.sent == HALF_PAST


def test_a_missing_status_never_becomes_live_and_a_missing_scope_never_public(message):
    alert = read(message(status="", scope="", msgType="")).alert
    assert (alert.status, alert.scope, alert.msg_type) == (Status.TEST, Scope.PRIVATE, MsgType.ALERT)


def test_wrong_order_stray_text_foreign_elements_and_repeats_are_named_and_survived(message):
    data = message(
        sender="",
        status="<status>Actual</status>stray<sender>warn.example.org</sender>",
        event="<event>a</event><event>b</event><mood>bad</mood>",
    )
    reading = read(data)
    assert reading.alert.infos[0].event == "a"
    assert errors(reading) == {
        ("S3", "alert/sender"),
        ("S6", "alert"),
        ("S4", "alert/info[1]/event"),
        ("S5", "alert/info[1]"),
    }


def test_elements_inside_a_text_are_an_error_and_their_text_is_kept(message):
    reading = read(message(headline="<description><p>one</p><p>two</p></description>"))
    assert ("S6", "alert/info[1]/description") in errors(reading)
    assert reading.alert.infos[0].description == "one\ntwo"


def test_unknown_words_become_unknown_and_a_wrong_case_is_understood(message):
    reading = read(message(severity="<severity>severe</severity>", certainty="<certainty>Sure</certainty>"))
    info = reading.alert.infos[0]
    assert (info.severity, info.certainty) == ("Severe", "Unknown")
    assert {("S8", "alert/info[1]/severity"), ("S8", "alert/info[1]/certainty")} <= errors(reading)


def test_very_likely_is_read_as_likely_and_is_no_error_in_cap_1_0(message):
    old = read(message("http://www.incident.com/cap/1.0", certainty="<certainty>Very Likely</certainty>"))
    new = read(message(certainty="<certainty>Very Likely</certainty>"))
    assert old.alert.infos[0].certainty == new.alert.infos[0].certainty == "Likely"
    assert (old.verdict, new.verdict) == ("clean", "findings")


def test_cap_1_0_pairs_and_absent_scope_are_read_as_their_later_form(message):
    area = "<area><areaDesc>a</areaDesc><geocode>fips6=006109</geocode></area>"
    reading = read(message("http://www.incident.com/cap/1.0", scope="", area=area))
    assert (reading.version, reading.verdict) == ("1.0", "clean")
    assert reading.alert.scope is Scope.PUBLIC
    assert reading.alert.infos[0].areas[0].geocodes == (NamedValue("fips6", "006109"),)


@pytest.mark.parametrize(
    ("namespace", "said"),
    [
        ("http://www.incident.com/cap/1.0", ["alert"]),
        ("urn:oasis:names:tc:emergency:cap:1.1", ["alert"]),
        ("urn:oasis:names:tc:emergency:cap:1.2", []),
    ],
)
def test_who_sends_an_older_cap_is_told_that_the_hub_writes_1_2(message, namespace, said):
    reading = read(message(namespace))
    assert [finding.element for finding in reading.findings if finding.rule == "S11"] == said
    assert reading.verdict == "clean", "an older version is no fault"


def test_absent_or_empty_language_means_american_english(message):
    assert read(message(language="")).alert.languages == ("en-US",)
    assert read(message(language="<language/>")).alert.languages == ("en-US",)


def test_references_are_split_and_what_is_no_triple_is_dropped_with_an_error(message):
    good = "warn.example.org,flood-0,2026-07-12T07:30:00+08:00"
    reading = read(message(references=f"<references>{good}\n one,two a,b,c,d</references>"))
    assert reading.alert.references == (Reference("warn.example.org", "flood-0", "2026-07-12T07:30:00+08:00"),)
    assert ("L5", "alert/references") in errors(reading)


def test_empty_references_are_an_error(message):
    assert ("L5", "alert/references") in errors(read(message(references="<references/>")))


def test_lists_keep_quoted_values_together_and_name_an_unpaired_quote(message):
    reading = read(message(addresses='<addresses>one "two three"</addresses>', incidents='<incidents>"a b</incidents>'))
    assert reading.alert.addresses == ("one", "two three")
    assert ("L6", "alert/incidents") in errors(reading)


def test_a_signature_is_noticed_whatever_it_holds_and_is_no_reason_to_refuse(message):
    reading = read(message(tail='<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><x y="z"/></Signature>'))
    assert (reading.verdict, reading.signed) == ("clean", True)


def test_a_signature_before_the_info_is_out_of_order(message):
    reading = read(message(note='<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>'))
    assert ("S3", "alert/Signature") in errors(reading)


def test_findings_do_not_repeat_addresses_or_numbers_of_people(message):
    data = message(
        certainty="<certainty>ask li.si@example.org</certainty>",
        references="<references>li.si@example.org,x</references>",
        area="<area><areaDesc>a</areaDesc><circle>call 13800138000</circle></area>",
    )
    text = repr(read(data).findings)
    assert "li.si" not in text
    assert "13800138000" not in text
