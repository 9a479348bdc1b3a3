"""The fixed vectors of the Standard Webhooks repository."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from channels.driver import CallbackSignatureRefused
from channels.standard_webhooks import sign, verify


def test_every_fixed_vector_of_standard_webhooks_gets_its_verdict(shared_data):
    vectors = json.loads((shared_data / "signatures/standard-webhooks/fixed_vectors.json").read_text())
    wrong = []
    for case in vectors["cases"]:
        secret, now = case.get("secret", vectors["secret"]), datetime.fromtimestamp(case["now"], UTC)
        try:
            verify(secret, case["headers"], case["payload"].encode(), now)
            believed = True
        except CallbackSignatureRefused:
            believed = False
        if believed is not case["valid"]:
            wrong.append(case["id"])
    assert len(vectors["cases"]) > 10
    assert wrong == []


def test_we_sign_the_valid_vector_with_the_very_same_bytes(shared_data):
    vectors = json.loads((shared_data / "signatures/standard-webhooks/fixed_vectors.json").read_text())
    case = next(case for case in vectors["cases"] if case["id"] == "ok")
    at = datetime.fromtimestamp(int(case["headers"]["webhook-timestamp"]), UTC)
    headers = sign(vectors["secret"], case["headers"]["webhook-id"], at, case["payload"].encode())
    assert headers == case["headers"]


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_each_of_the_three_headers_is_required(shared_data, name):
    vectors = json.loads((shared_data / "signatures/standard-webhooks/fixed_vectors.json").read_text())
    case = next(case for case in vectors["cases"] if case["id"] == "ok")
    headers = {key: value for key, value in case["headers"].items() if key != name}
    with pytest.raises(CallbackSignatureRefused, match=name):
        verify(vectors["secret"], headers, case["payload"].encode(), datetime.fromtimestamp(case["now"], UTC))
