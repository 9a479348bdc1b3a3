"""The official vectors of Twilio's request signature."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from twilio.request_validator import RequestValidator

from channels.driver import Callback, CallbackSignatureRefused
from channels.twilio import signed_fields


def vectors(shared_data: Path) -> tuple[RequestValidator, list[dict]]:
    found = json.loads((shared_data / "signatures/twilio/twilio_python_vectors.json").read_text())
    return RequestValidator(found["auth_token"]), found["cases"]


def callback(case: dict, signature: str) -> Callback:
    body = case["body"] if "body" in case else urlencode([tuple(pair) for pair in case["params"]])
    query = dict(parse_qsl(urlsplit(case["url"]).query))
    return Callback("POST", case["url"], {"X-Twilio-Signature": signature}, query, body.encode())


def test_every_official_vector_is_believed_as_it_says(shared_data: Path) -> None:
    validator, cases = vectors(shared_data)
    assert len(cases) == 7
    for case in cases:
        assert case["valid"], case["id"]
        fields = signed_fields(validator, callback(case, case["signature"]))
        if "params" in case:
            assert fields.keys() == {name for name, _ in case["params"]}, case["id"]


def test_no_official_vector_is_believed_with_another_signature(shared_data: Path) -> None:
    validator, cases = vectors(shared_data)
    for case in cases:
        other = case["signature"][:-2] + ("A=" if case["signature"][-2] != "A" else "B=")
        with pytest.raises(CallbackSignatureRefused):
            signed_fields(validator, callback(case, other))


def test_a_json_body_is_held_to_the_hash_in_its_url(shared_data: Path) -> None:
    validator, cases = vectors(shared_data)
    case = next(case for case in cases if "body" in case)
    with pytest.raises(CallbackSignatureRefused):
        signed_fields(validator, callback({**case, "body": case["body"] + " "}, case["signature"]))
