"""The WeChat and WeCom vectors of wechatpy."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from channels import wecom_inbound
from channels.driver import Callback, CallbackSignatureRefused
from channels.wecom_crypto import Envelope, signature


def test_plain_wechat_signatures_get_their_verdict(shared_data):
    cases = json.loads((shared_data / "signatures/wechat/plain_signature.json").read_text())["cases"]
    verdicts = [signature(c["token"], c["timestamp"], c["nonce"]) == c["signature"] for c in cases]
    assert verdicts == [case["valid"] for case in cases]
    assert {True, False} == set(verdicts)


def test_the_url_signature_vector_is_reproduced(shared_data):
    vector = json.loads((shared_data / "signatures/wechat/signature_vectors.json").read_text())["wechat_sha1_url"]
    assert signature(vector["token"], vector["timestamp"], vector["nonce"]) == vector["signature"]


@pytest.fixture
def check(shared_data):
    vector = json.loads((shared_data / "signatures/wechat/signature_vectors.json").read_text())["wechat_aes"]
    echo = vector["echo"]
    envelope = Envelope(vector["token"], vector["encoding_aes_key"], vector["corp_id"])
    callback = Callback("GET", "https://hub.example/hooks/wecom", {}, echo, b"")
    return envelope, callback, datetime.fromtimestamp(int(echo["timestamp"]), UTC)


def test_the_url_check_vector_is_answered_with_its_decrypted_text(check):
    envelope, callback, at = check
    answer = wecom_inbound.read("wecom", envelope, callback, at).body
    assert answer.isdigit()
    # The other direction: the same text sealed with the vector's own noise gives the vector's own ciphertext.
    noise = envelope._cipher().decryptor().update(base64.b64decode(callback.query["echostr"]))[:16]
    assert envelope.seal(answer, noise) == callback.query["echostr"]


def test_the_url_check_vector_is_refused_five_minutes_later(check):
    envelope, callback, at = check
    with pytest.raises(CallbackSignatureRefused, match="5 minutes"):
        wecom_inbound.read("wecom", envelope, callback, at + timedelta(seconds=301))


def test_the_url_check_vector_is_refused_by_another_corporation(check):
    envelope, callback, at = check
    other = Envelope(envelope.token, envelope.encoding_aes_key, "wx0000000000000000")
    with pytest.raises(CallbackSignatureRefused, match="another receiver"):
        wecom_inbound.read("wecom", other, callback, at)
