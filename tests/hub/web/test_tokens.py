"""Tokens: only ours, only now, only in the one algorithm."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.official import Right
from hub.web.tokens import TokenRefused

RIGHTS = frozenset({Right.DRAFT, Right.SIGN})


def good(clock):
    now = int(clock.now().timestamp())
    return {
        "iss": "fenghuo",
        "aud": "fenghuo-api",
        "sub": "7",
        "name": "Wang",
        "rights": ["draft"],
        "iat": now,
        "exp": now + 60,
        "jti": "one",
    }


def sign(payload, key, **header):
    return jwt.encode(payload, key, algorithm="EdDSA", headers={"kid": "k1"} | header)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_token_says_who_it_was_issued_to(tokens):
    claims = tokens.verify(tokens.issue(7, "Wang", RIGHTS))
    assert (claims.official, claims.name, claims.rights) == (7, "Wang", RIGHTS)


def test_two_tokens_of_one_official_have_different_ids(tokens):
    first, second = (tokens.verify(tokens.issue(7, "Wang", RIGHTS)) for _ in range(2))
    assert first.token != second.token


def test_a_token_dies_at_its_hour(tokens, clock):
    token = tokens.issue(7, "Wang", RIGHTS, timedelta(minutes=10))
    clock.advance(600)
    tokens.verify(token)  # within the leeway
    clock.advance(5)
    with pytest.raises(TokenRefused, match="token-expired"):
        tokens.verify(token)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"aud": "another-api"}, "token-audience"),
        ({"iss": "mallory"}, "token-issuer"),
        ({"nbf": 4_000_000_000}, "token-not-yet-valid"),
        ({"iat": 4_000_000_000}, "token-from-the-future"),
        ({"exp": 1}, "token-expired"),
        ({"exp": True}, "token-malformed"),
        ({"exp": 4e9}, "token-malformed"),
        ({"exp": float("nan")}, "token-malformed"),
        ({"exp": "4000000000"}, "token-malformed"),
        ({"sub": "seven"}, "token-malformed"),
        ({"rights": ["everything"]}, "token-malformed"),
        ({"rights": 7}, "token-malformed"),
        ({"name": None}, "token-malformed"),
    ],
)
def test_a_token_signed_by_us_is_still_refused_when_a_claim_is_wrong(tokens, clock, signing_key, change, rule):
    with pytest.raises(TokenRefused, match=rule):
        tokens.verify(sign(good(clock) | change, signing_key))


@pytest.mark.parametrize("claim", ["exp", "iat", "iss", "aud", "sub", "jti"])
def test_every_registered_claim_is_required(tokens, clock, signing_key, claim):
    payload = {name: value for name, value in good(clock).items() if name != claim}
    with pytest.raises(TokenRefused):
        tokens.verify(sign(payload, signing_key))


def test_the_unsigned_algorithm_is_refused(tokens, clock):
    for name in ("none", "None", "NONE"):
        header = b64(json.dumps({"alg": name, "typ": "JWT", "kid": "k1"}).encode())
        with pytest.raises(TokenRefused):
            tokens.verify(f"{header}.{b64(json.dumps(good(clock)).encode())}.")


@pytest.mark.parametrize("form", [(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), (Encoding.Raw, PublicFormat.Raw)])
def test_our_public_key_is_not_a_shared_secret(tokens, clock, signing_key, form):
    secret = signing_key.public_key().public_bytes(*form)
    signed = ".".join(
        b64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT", "kid": "k1"}, good(clock))
    )
    forged = b64(hmac.new(secret, signed.encode(), hashlib.sha256).digest())
    with pytest.raises(TokenRefused, match="token-algorithm"):
        tokens.verify(f"{signed}.{forged}")


def test_a_key_in_the_header_is_not_believed(tokens, clock):
    stranger = Ed25519PrivateKey.generate()
    raw = stranger.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    embedded = {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}
    with pytest.raises(TokenRefused, match="token-signature"):
        tokens.verify(sign(good(clock), stranger, jwk=embedded))


def test_an_unknown_key_id_is_refused(tokens, clock, signing_key):
    with pytest.raises(TokenRefused, match="token-key-unknown"):
        tokens.verify(sign(good(clock), signing_key, kid="k2"))


def test_no_cut_of_a_token_is_a_token(tokens):
    token = tokens.issue(7, "Wang", RIGHTS)
    for length in range(len(token)):
        with pytest.raises(TokenRefused):
            tokens.verify(token[:length])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(position=st.integers(0, 10_000), character=st.characters(codec="ascii"))
def test_no_token_with_one_character_changed_says_anything_else(tokens, position, character):
    token = tokens.issue(7, "Wang", RIGHTS)
    place = position % len(token)
    changed = token[:place] + character + token[place + 1 :]
    try:
        claims = tokens.verify(changed)
    except TokenRefused:
        return
    # base64 has spare bits at the end: another spelling of the same bytes may pass, with the same meaning.
    assert (claims.official, claims.rights) == (7, RIGHTS)


@given(text=st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_refused_and_nothing_else_happens(tokens, text):
    with pytest.raises(TokenRefused):
        tokens.verify(text)


def test_the_published_key_verifies_a_token_for_others(tokens, clock):
    published = jwt.PyJWK(tokens.jwks()["keys"][0])
    clock.set(clock.now().replace(year=2100))
    token = tokens.issue(7, "Wang", RIGHTS)
    options = {"verify_iat": False}
    claims = jwt.decode(token, published, algorithms=["EdDSA"], audience="fenghuo-api", options=options)
    assert claims["sub"] == "7"
    assert "d" not in tokens.jwks()["keys"][0]
