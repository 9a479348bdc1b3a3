"""Single sign-on against an identity provider on a real socket: one that behaves, and one that does not."""

from __future__ import annotations

import base64
import hashlib
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwt.algorithms import ECAlgorithm

from approvals.official import Right
from hub.access.identity.services import Identity
from hub.access.identity.single import seal_identity_link
from hub.settings.settings import OidcSettings, load
from hub.settings.sources import SettingsRefused
from hub.store.access import identities, officials
from hub.store.access.identities import Account


class IdentityProvider:
    """Speaks OpenID Connect as far as a client can see. `harm` changes one thing."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.key, self.kid = generate_private_key(SECP256R1()), "first"
        self.asked: dict[str, str] = {}
        self.claims: dict[str, Any] = {}
        self.about: dict[str, Any] = {}
        self.algorithm = "ES256"
        self.fetched = 0
        self.issuer = ""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._describe)
        app.router.add_get("/keys", self._keys)
        app.router.add_post("/token", self._token)
        return app

    async def _describe(self, _request: web.Request) -> web.Response:
        places = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        told = {name: self.issuer + path for name, path in places.items()}
        return web.json_response({"issuer": self.issuer} | told | self.about)

    async def _keys(self, _request: web.Request) -> web.Response:
        self.fetched += 1
        public = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return web.json_response({"keys": [public | {"kid": self.kid, "use": "sig", "alg": "ES256"}]})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        hashed = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        right = form["code"] == "good" and challenge == self.asked["code_challenge"]
        if not right or request.headers["Authorization"] != "Basic " + base64.b64encode(b"hub:hush").decode():
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(self.clock.now().timestamp())
        claims = {"iss": self.issuer, "aud": "hub", "sub": "u-1", "exp": now + 60, "iat": now, "amr": ["mfa"]}
        claims |= {"nonce": self.asked["nonce"]} | self.claims
        key: Any = "x" * 64 if self.algorithm == "HS256" else None if self.algorithm == "none" else self.key
        token = jwt.encode(claims, key, algorithm=self.algorithm, headers={"kid": self.kid})
        return web.json_response({"id_token": token, "access_token": "a", "token_type": "Bearer"})


@pytest.fixture
async def idp(clock, hub, client):
    """The provider, configured as `city`, with one account linked to an official."""
    provider = IdentityProvider(clock)
    server = TestServer(provider.app())
    await server.start_server()
    provider.issuer = str(server.make_url("")).rstrip("/")
    chosen = OidcSettings(issuer=provider.issuer, client_id="hub", client_secret="hush")
    hub.settings = hub.settings.model_copy(update={"oidc": {"city": chosen}})
    hub.identity = Identity.of(hub.db, hub.clock, hub.settings, hub.identity.vault, hub.tokens)
    wang = hub.add_official("Wang", Right.SIGN, Right.MONITOR)
    with hub.db.engine.begin() as connection:
        account = Account(provider.issuer, "u-1")
        assert identities.link(connection, account, seal_identity_link(hub.identity.vault, account, wang.id), 1)
    yield provider
    await server.close()


async def goes_out(client, idp) -> str:
    """The browser is sent to the provider; the cookie it keeps."""
    response = await client.get("/console/oidc/city", allow_redirects=False)
    assert response.status == 303, await response.text()
    idp.asked = {name: values[0] for name, values in parse_qs(urlsplit(response.headers["Location"]).query).items()}
    return SimpleCookie(response.headers["Set-Cookie"])["fenghuo_oidc"].value


async def comes_back(client, kept, **query):
    headers = {"Cookie": f"fenghuo_oidc={kept}", "Accept-Language": "en"}
    return await client.get("/console/oidc/city/callback", params=query, headers=headers, allow_redirects=False)


async def passes(client, idp):
    kept = await goes_out(client, idp)
    return await comes_back(client, kept, code="good", state=idp.asked["state"])


async def test_a_linked_account_opens_a_session_that_says_how(client, hub, idp):
    response = await passes(client, idp)
    cookies = [SimpleCookie(each) for each in response.headers.getall("Set-Cookie")]
    [kept] = [each["fenghuo_session"].value for each in cookies if "fenghuo_session" in each]
    page = await client.get("/console", headers={"Cookie": f"fenghuo_session={kept}"})
    assert (response.status, page.status) == (200, 200)
    assert hub.identity.console.verify(kept).login.methods == ("sso", "mfa")
    assert idp.asked["code_challenge_method"] == "S256"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://another.example"},
        {"aud": "another"},
        {"aud": ["hub", "another"]},
        {"aud": ["hub", "another"], "azp": "another"},
        {"azp": "another"},
        {"nonce": "of yesterday"},
        {"nonce": None},
        {"exp": 1},
        {"exp": "never"},
        {"iat": 4_000_000_000},
        {"iat": 1},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": 7},
        {"sub": "u-2"},
    ],
)
async def test_an_identity_token_with_one_wrong_claim_opens_nothing(client, idp, claims):
    idp.claims = claims
    response = await passes(client, idp)
    assert response.status in {401, 503}
    assert "fenghuo_session" not in str(response.headers)


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
async def test_the_token_does_not_choose_its_algorithm(client, idp, algorithm):
    idp.algorithm = algorithm
    assert (await passes(client, idp)).status == 401


async def test_a_key_that_is_not_the_providers_signs_nothing(client, idp):
    await passes(client, idp)
    idp.key = generate_private_key(SECP256R1())  # under the same kid
    assert (await passes(client, idp)).status == 401


async def test_a_rotated_key_is_fetched_but_not_for_every_forged_token(client, idp, hub):
    assert (await passes(client, idp)).status == 200
    idp.key, idp.kid = generate_private_key(SECP256R1()), "second"
    assert (await passes(client, idp)).status == 401  # a moment after the last fetch
    assert idp.fetched == 1
    hub.clock.advance(60)
    assert (await passes(client, idp)).status == 200
    assert idp.fetched == 2


async def test_an_answer_to_another_browser_or_a_second_time_opens_nothing(client, idp):
    kept = await goes_out(client, idp)
    state = idp.asked["state"]
    assert (await comes_back(client, "stolen", code="good", state=state)).status == 401
    assert (await comes_back(client, kept, code="good", state="x")).status == 401
    assert (await comes_back(client, "", code="good", state="")).status == 401
    assert (await comes_back(client, kept, code="good", state=state)).status == 200
    assert (await comes_back(client, kept, code="good", state=state)).status == 401


async def test_a_code_the_provider_does_not_know_opens_nothing(client, idp):
    kept = await goes_out(client, idp)
    assert (await comes_back(client, kept, code="bad", state=idp.asked["state"])).status == 401


async def test_nobody_out_of_office_comes_in_by_a_provider(client, hub, idp):
    with hub.db.engine.begin() as connection:
        found = officials.by_name(connection, "Wang")
        officials.set_active(connection, found.official.id, active=False)
    assert (await passes(client, idp)).status == 401


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://another.example"},
        {"token_endpoint": "http://sso.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
async def test_a_provider_that_describes_itself_wrongly_is_not_used(client, idp, about):
    idp.about = about
    response = await client.get("/console/oidc/city", allow_redirects=False)
    assert response.status == 503


async def test_a_provider_nobody_configured_is_not_there(client, idp):
    assert (await client.get("/console/oidc/moon", allow_redirects=False)).status == 404


def test_an_issuer_is_reached_by_https_or_on_this_machine():
    named = {"FENGHUO_OIDC__CITY__CLIENT_ID": "hub", "FENGHUO_OIDC__CITY__CLIENT_SECRET": "hush"}
    assert load(named | {"FENGHUO_OIDC__CITY__ISSUER": "https://sso.example"}).oidc["city"].client_secret == "hush"
    with pytest.raises(SettingsRefused, match="https"):
        load(named | {"FENGHUO_OIDC__CITY__ISSUER": "http://sso.example"})


async def test_an_account_linked_in_sql_by_hand_is_nobodys_here(hub, client, idp, refused):
    with hub.db.engine.begin() as connection:
        columns = "issuer, subject, official, seal, created_at"
        values = "SELECT issuer, 'u-2', official, seal, 1 FROM identities"
        connection.exec_driver_sql(f"INSERT INTO identities ({columns}) {values}")
    idp.claims = {"sub": "u-2"}
    response = await passes(client, idp)
    assert response.status == 401
    assert "fenghuo_session" not in response.cookies
