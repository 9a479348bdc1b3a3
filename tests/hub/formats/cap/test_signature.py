"""XML signatures of incoming CAP: what holds, what does not, and the ways around them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from hub.formats.cap.signature import Verdict, verify
from hub.formats.cap.write import write
from tests.stories.sensor import Pen, pen, quake

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
DS = "{http://www.w3.org/2000/09/xmldsig#}"
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


@pytest.fixture(scope="module")
def ours() -> Pen:
    return pen(NOW)


@pytest.fixture(scope="module")
def signed(ours: Pen) -> bytes:
    return ours.signs(write(quake(NOW)))


def changed(document: bytes, change) -> bytes:
    root = etree.fromstring(document)
    made = change(root)
    return etree.tostring(root if made is None else made)


def test_a_message_without_a_signature_is_unsigned(ours: Pen) -> None:
    assert verify(write(quake(NOW)), [ours.certificate], NOW).verdict is Verdict.UNSIGNED


def test_the_whole_message_signed_by_a_known_certificate_is_valid_and_names_it(ours: Pen, signed: bytes) -> None:
    found = verify(signed, [pen(NOW).certificate, ours.certificate], NOW)
    assert (found.verdict, len(found.fingerprint)) == (Verdict.VALID, 64)


def test_the_certificate_it_carries_is_not_believed(signed: bytes) -> None:
    assert verify(signed, [], NOW).rule == "signature-untrusted"
    assert verify(signed, [pen(NOW).certificate], NOW).rule == "signature-untrusted"


@pytest.mark.parametrize("moment", [NOW - timedelta(days=2), NOW + timedelta(days=301)])
def test_a_certificate_outside_its_period_verifies_nothing(ours: Pen, signed: bytes, moment: datetime) -> None:
    assert verify(signed, [ours.certificate], moment).verdict is Verdict.UNTRUSTED


def test_one_changed_letter_breaks_it(ours: Pen, signed: bytes) -> None:
    assert verify(signed.replace(b"Take cover", b"Take cober"), [ours.certificate], NOW).rule == "signature-broken"


def wrapped(root: etree._Element) -> etree._Element:
    """The signed alert hidden in a new one that says something else."""
    other = etree.fromstring(write(quake(NOW, "quake-2", english={"headline": "Run"})))
    other.append(root)
    return other


def signature_moved_in(root: etree._Element) -> None:
    root.find(f"{CAP}info").append(root.find(f"{DS}Signature"))


def second_signature(root: etree._Element) -> None:
    root.append(etree.fromstring(etree.tostring(root.find(f"{DS}Signature"))))


def reference_elsewhere(root: etree._Element) -> None:
    root.find(f".//{DS}Reference").set("URI", "#part")
    root.find(f"{CAP}info").set("Id", "part")


def external_reference(root: etree._Element) -> None:
    root.find(f".//{DS}Reference").set("URI", "http://127.0.0.1/alert.xml")


def xpath_transform(root: etree._Element) -> None:
    transform = etree.SubElement(root.find(f".//{DS}Transforms"), f"{DS}Transform")
    transform.set("Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116")


def mac(root: etree._Element) -> None:
    root.find(f".//{DS}SignatureMethod").set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")


def sha1(root: etree._Element) -> None:
    root.find(f".//{DS}DigestMethod").set("Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1")


def no_algorithm(root: etree._Element) -> None:
    del root.find(f".//{DS}SignatureMethod").attrib["Algorithm"]


def empty_value(root: etree._Element) -> None:
    root.find(f".//{DS}SignatureValue").text = ""


def foreign_certificate(root: etree._Element) -> None:
    root.find(f".//{DS}X509Certificate").text = "AAAA"
    root.find(f".//{DS}SignatureValue").text = "AAAA"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (wrapped, "signature-place"),
        (signature_moved_in, "signature-place"),
        (second_signature, "signature-several"),
        (reference_elsewhere, "signature-reference"),
        (external_reference, "signature-reference"),
        (xpath_transform, "signature-transform"),
        (mac, "signature-weak"),
        (sha1, "signature-weak"),
        (no_algorithm, "signature-weak"),
        (empty_value, "signature-broken"),
        (foreign_certificate, "signature-broken"),
    ],
)
def test_no_way_around_the_signature_is_valid(ours: Pen, signed: bytes, change, rule: str) -> None:
    found = verify(changed(signed, change), [ours.certificate], NOW)
    assert (found.rule, found.fingerprint) == (rule, "")
    assert found.verdict is not Verdict.VALID


def test_a_document_type_is_never_accepted(ours: Pen, signed: bytes) -> None:
    body = signed.partition(b"?>")[2]
    entity = b'<!DOCTYPE alert [<!ENTITY e "x">]>' + body
    assert verify(entity, [ours.certificate], NOW).verdict is Verdict.BROKEN


@pytest.mark.parametrize("junk", [b"", b"<", b"not xml", b"\xff\xfe\x00", b"<a xmlns='x'/>"])
def test_what_is_no_signed_xml_never_raises(junk: bytes) -> None:
    assert verify(junk, [], NOW).verdict in {Verdict.BROKEN, Verdict.UNSIGNED}
