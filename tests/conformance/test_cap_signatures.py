"""Real signed alerts: exactly those that hold are believed, and only with the signer's certificate on the list."""

from __future__ import annotations

import base64
import csv
from pathlib import Path

import pytest
from cryptography import x509
from lxml import etree

from hub.formats.cap.read import read
from hub.formats.cap.signature import Verdict, verify

#: certificates of old Canadian test systems carry serial numbers of zero or less
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

CERTIFICATE = "{http://www.w3.org/2000/09/xmldsig#}X509Certificate"


def rows(shared: Path) -> list[dict[str, str]]:
    with (shared / "cap" / "signature_oracle.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def carried(data: bytes) -> list[x509.Certificate]:
    texts = [element.text or "" for element in etree.fromstring(data).iter(CERTIFICATE)]
    return [x509.load_der_x509_certificate(base64.b64decode(text)) for text in texts]


def test_every_signed_file_gets_a_verdict_and_none_is_valid_by_the_key_it_carries(shared_data: Path) -> None:
    found = []
    for row in rows(shared_data):
        data = (shared_data / "cap" / row["file"]).read_bytes()
        alert = read(data).alert
        assert alert is not None
        found.append(verify(data, (), alert.sent).verdict)
    assert len(found) == 41
    assert set(found) == {Verdict.UNTRUSTED, Verdict.BROKEN}


def test_with_its_own_certificate_on_the_list_a_file_is_valid_where_an_independent_verifier_says_so(
    shared_data: Path,
) -> None:
    """Of the ten that xmlsec1 verifies, six use SHA-1, which the hub refuses (NIST SP 800-131A r2)."""
    agreed: dict[tuple[bool, str], int] = {}
    for row in rows(shared_data):
        data = (shared_data / "cap" / row["file"]).read_bytes()
        alert = read(data).alert
        assert alert is not None
        oracle = row["xmlsec1_with_embedded_cert_no_expiry_check"].endswith(":OK")
        verdict = verify(data, carried(data), alert.sent)
        weak = verdict.rule in {"signature-weak", "signature-several"}
        kind = "weak" if weak else str(verdict.verdict)
        agreed[oracle, kind] = agreed.get((oracle, kind), 0) + 1
    assert agreed == {(True, "valid"): 4, (True, "weak"): 6, (False, "weak"): 19, (False, "broken"): 12}
