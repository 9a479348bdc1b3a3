"""Project Wycheproof's vectors for JSON Web Signature, keys and Ed25519: our verifier gives each its verdict.

What we refuse by decision though the vectors call it valid is listed in EXCEPTIONS, class by class; nothing else may
disagree, and no class may stand there without a vector that needs it.
"""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hub.crypto.jws import JwsRefused, KeySet, VerificationKey, holds, read_keys

FOLDER = "signatures/jwt/wycheproof/testvectors_v1"
#: algorithms of RFC 7518 that are sound and that we have no use for; each is one more way to be wrong
UNUSED = {"RS384", "RS512", "PS384", "PS512", "ES384", "ES512"}
FILES = ["json_web_signature_test", "json_web_crypto_test", "json_web_key_test"]


def exception(token) -> str:
    """The class of the decision by which a token of this algorithm is refused; empty where there is none."""
    header = token.partition(".")[0] if isinstance(token, str) else ""
    algorithm = json.loads(base64.urlsafe_b64decode(header + "==")).get("alg")
    if algorithm in {"HS256", "HS384", "HS512"}:
        return "shared secrets"
    return "algorithms without use" if algorithm in UNUSED else ""


def believed(group, token) -> bool:
    if not isinstance(token, str):
        return False
    found = group.get("public") or group["private"]
    try:
        read_keys(found if "keys" in found else {"keys": [found]}).verify(token)
    except JwsRefused:
        return False
    return True


@pytest.fixture
def load(shared_data):
    return lambda name: json.loads((shared_data / FOLDER / f"{name}.json").read_text())


@pytest.mark.parametrize("name", FILES)
def test_every_signed_token_gets_its_verdict(load, name):
    wrong, excepted = [], {}
    for group in load(name)["testGroups"]:
        for case in group["tests"]:
            if "jws" not in case:  # encryption: nothing of ours decrypts tokens
                assert not believed(group, case["jwe"])
                continue
            verdict = believed(group, case["jws"])
            if verdict == (case["result"] == "valid"):
                continue
            kind = exception(case["jws"])
            if verdict or not kind:  # an exception can only refuse
                wrong.append((case["tcId"], case["comment"], group["comment"]))
            excepted.setdefault(kind, []).append(case["tcId"])
    assert wrong == []
    assert set(excepted) == EXCEPTIONS[name]


EXCEPTIONS = {
    "json_web_signature_test": {"shared secrets", "algorithms without use"},
    "json_web_crypto_test": {"shared secrets"},
    "json_web_key_test": {"shared secrets"},
}


def test_every_ed25519_signature_gets_its_verdict(load):
    wrong, seen = [], 0
    for group in load("ed25519_test")["testGroups"]:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(group["publicKey"]["pk"]))
        for case in group["tests"]:
            seen += 1
            found = holds(VerificationKey("", "EdDSA", public), bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            if found != (case["result"] == "valid"):
                wrong.append(case["tcId"])
    assert seen > 100
    assert wrong == []


def test_a_set_of_both_kinds_of_keys_is_refused_whole(load):
    [group] = [g for g in load("json_web_key_test")["testGroups"] if g["comment"] == "jws_mixedSymmetryKeyset"]
    with pytest.raises(JwsRefused, match="keys-secret"):
        read_keys(group["private"])
    assert KeySet.of([]).keys == {}
