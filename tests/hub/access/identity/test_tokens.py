"""Tokens: only ours, only now, only in the one algorithm."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.official import Right
from hub.access.identity.tokens import LONGEST, Login, TokenRefused, Tokens

RIGHTS = frozenset({Right.DRAFT, Right.SIGN})


def good(clock):
    now = int(clock.now().timestamp())
    return {
        "iss": "fenghuo",
        "aud": "fenghuo-api",
        "sub": "7",
        "client_id": "command-line",
        "name": "Wang",
        "rights": ["draft"],
        "amr": ["cli"],
        "iat": now,
        "exp": now + 60,
        "jti": "one",
    }


def sign(payload, key, **header):
    return jwt.encode(payload, key, algorithm="EdDSA", headers={"kid": "k1", "typ": "at+jwt"} | header)


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
        ({"aud": ["fenghuo-api", "another-api"]}, "token-audience"),
        ({"amr": 7}, "token-malformed"),
        ({"amr": [7]}, "token-malformed"),
        ({"sid": 7}, "token-malformed"),
    ],
)
def test_a_token_signed_by_us_is_still_refused_when_a_claim_is_wrong(tokens, clock, signing_key, change, rule):
    with pytest.raises(TokenRefused, match=rule):
        tokens.verify(sign(good(clock) | change, signing_key))


@pytest.mark.parametrize("claim", ["exp", "iat", "iss", "aud", "sub", "jti", "client_id", "name", "rights", "amr"])
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


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_that_the_header_brings_along_is_not_believed(tokens, clock, name):
    stranger = Ed25519PrivateKey.generate()
    raw = stranger.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    embedded = {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}
    value = {"jwk": embedded, "x5c": [b64(raw)]}.get(name, "http://127.0.0.1:1/keys.json")
    with pytest.raises(TokenRefused, match="token-signature"):
        tokens.verify(sign(good(clock), stranger, **{name: value}))


@pytest.mark.parametrize("kid", ["../../etc/passwd", "' OR 1=1 --", "k1\x00", "", 7, None, ["k1"], {"k1": 1}])
def test_a_key_id_is_looked_up_and_nothing_else(tokens, clock, signing_key, kid):
    head = {"alg": "EdDSA", "typ": "at+jwt", "kid": kid}
    signed = ".".join(b64(json.dumps(part).encode()) for part in (head, good(clock)))
    token = f"{signed}.{b64(signing_key.sign(signed.encode()))}"
    ring = replace(tokens, public={"k0": Ed25519PrivateKey.generate().public_key()})
    with pytest.raises(TokenRefused, match="token-key-unknown"):
        ring.verify(token)


@pytest.mark.parametrize("kind", ["JWT", "", "id_token", "fenghuo-order+jws", "secevent+jwt"])
def test_a_token_of_another_kind_is_no_access_token(tokens, clock, signing_key, kind):
    with pytest.raises(TokenRefused, match="token-type"):
        tokens.verify(sign(good(clock), signing_key, typ=kind))


@pytest.mark.parametrize("extra", [{"crit": ["exp"], "exp": 1}, {"crit": []}, {"b64": False, "crit": ["b64"]}])
def test_an_extension_we_would_have_to_understand_is_refused(tokens, clock, signing_key, extra):
    head = {"alg": "EdDSA", "typ": "at+jwt", "kid": "k1"} | extra
    signed = ".".join(b64(json.dumps(part).encode()) for part in (head, good(clock)))
    with pytest.raises(TokenRefused, match="token-critical"):
        tokens.verify(f"{signed}.{b64(signing_key.sign(signed.encode()))}")


def test_a_name_that_stands_twice_is_refused(tokens, clock, signing_key):
    head = '{"alg":"EdDSA","typ":"at+jwt","kid":"k1"}'
    claims = json.dumps(good(clock))[:-1] + ', "sub": "8"}'
    signed = ".".join(b64(part.encode()) for part in (head, claims))
    with pytest.raises(TokenRefused, match="token-malformed"):
        tokens.verify(f"{signed}.{b64(signing_key.sign(signed.encode()))}")


def test_a_huge_token_is_refused_before_it_is_read(tokens, clock, signing_key):
    with pytest.raises(TokenRefused, match="token-too-long"):
        tokens.verify(sign(good(clock) | {"name": "x" * LONGEST}, signing_key))


def test_a_token_of_a_retired_key_is_verified_until_the_key_is_dropped(tokens, clock):
    fresh = Ed25519PrivateKey.generate()
    old = tokens.issue(7, "Wang", RIGHTS)
    retired = {tokens.kid: tokens.private_key.public_key()}
    rotated = Tokens(fresh, "k2", "fenghuo", "fenghuo-api", clock, 8.0, public=retired)
    assert rotated.verify(old).official == 7
    assert rotated.verify(rotated.issue(8, "Li", RIGHTS)).official == 8
    assert [key["kid"] for key in rotated.jwks()["keys"]] == ["k2", "k1"]
    with pytest.raises(TokenRefused, match="token-key-unknown"):
        replace(rotated, public={}).verify(old)


def test_a_token_carries_session_and_methods(tokens):
    login = Login("s1", ("pwd", "otp"))
    assert tokens.verify(tokens.issue(7, "Wang", RIGHTS, login=login)).login == login
    assert tokens.verify(tokens.issue(7, "Wang", RIGHTS)).login == Login("", ("cli",))


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
    assert (changed, claims.official, claims.rights) == (token, 7, RIGHTS)


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
