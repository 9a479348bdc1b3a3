"""Signing in on a browser: with one's own factors, into a session that can be seen and ended."""

from __future__ import annotations

import json
import re
from http.cookies import SimpleCookie

import pytest
from lxml import html

from approvals.official import Right
from tests.hub.access.identity.conftest import PASSWORD, acts, enrol  # noqa: F401

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def wang(enrol):  # noqa: F811
    return enrol("Wang", Right.SIGN, Right.MONITOR)


async def enters(client, **fields):
    return await client.post("/console/session", data=fields, headers=OWN, allow_redirects=False)


def cookie_of(response) -> dict[str, str]:
    return {"Cookie": f"fenghuo_session={SimpleCookie(response.headers['Set-Cookie'])['fenghuo_session'].value}"}


async def test_name_password_and_code_open_the_console_for_the_length_of_a_session(client, wang):
    response = await enters(client, name="Wang", password=PASSWORD, totp=wang.code())
    assert (response.status, response.headers["Location"]) == (303, "/console")
    morsel = SimpleCookie(response.headers["Set-Cookie"])["fenghuo_session"]
    assert (morsel["httponly"], morsel["samesite"], morsel["secure"], morsel["path"]) == (
        True,
        "Strict",
        True,
        "/console",
    )
    assert int(morsel["max-age"]) == 12 * 3600
    assert (await client.get("/console", headers=cookie_of(response))).status == 200


async def test_a_wrong_password_is_said_and_never_shown_again(client, wang):
    response = await enters(client, name="Wang", password="another long password", totp=wang.code())
    text = await response.text()
    assert (response.status, "Set-Cookie" in response.headers) == (401, False)
    assert "姓名、密码或动态口令不正确" in text
    assert "another long password" not in text


async def test_who_guesses_waits_on_this_page_too(client, wang):
    for _ in range(6):
        await enters(client, name="Wang", password="another long password", totp="000000")
    response = await enters(client, name="Wang", password=PASSWORD, totp=wang.code())
    assert (response.status, response.headers["Retry-After"]) == (429, "1")


async def test_a_passkey_opens_the_console(client, wang):
    options = await (await wang.post("/session/passkey/options")).json()
    response = await enters(client, credential=json.dumps(wang.passkey.get(options)))
    assert (await client.get("/console", headers=cookie_of(response))).status == 200


@pytest.mark.parametrize("credential", ["{", "[]", '{"a": 1}', '{}, "x": {}'])
async def test_an_answer_that_is_none_opens_nothing(client, wang, credential):
    assert (await enters(client, credential=credential)).status == 401


async def test_the_cookie_opens_no_api_and_an_access_token_no_console(client, wang):
    response = await enters(client, name="Wang", password=PASSWORD, totp=wang.code())
    kept = cookie_of(response)["Cookie"].partition("=")[2]
    assert (await wang.get("/alerts", kept)).status == 401
    access = (await wang.signs_in())["access"]
    headers = {"Cookie": f"fenghuo_session={access}"}
    assert (await client.get("/console", headers=headers, allow_redirects=False)).status == 303
    assert (await enters(client, token=access)).status == 401


async def test_signing_out_ends_the_session_itself(client, wang):
    cookie = cookie_of(await enters(client, name="Wang", password=PASSWORD, totp=wang.code()))
    await client.post("/console/session/end", headers=cookie | OWN, allow_redirects=False)
    assert (await client.get("/console", headers=cookie, allow_redirects=False)).status == 303


async def test_sessions_are_listed_and_ended_one_by_one_or_all(client, wang):
    cookie = cookie_of(await enters(client, name="Wang", password=PASSWORD, totp=wang.code()))
    others = [await wang.signs_in() for _ in range(2)]
    page = await (await client.get("/console/sessions", headers=cookie)).text()
    assert page.count('name="session"') == 3
    ended = {"session": others[0]["session"]}
    await client.post("/console/session/end", data=ended, headers=cookie | OWN, allow_redirects=False)
    assert [(await wang.get("/alerts", each["access"])).status for each in others] == [401, 200]
    everywhere = {"everywhere": "1"}
    await client.post("/console/session/end", data=everywhere, headers=cookie | OWN, allow_redirects=False)
    assert (await wang.get("/alerts", others[1]["access"])).status == 401
    assert (await client.get("/console", headers=cookie, allow_redirects=False)).status == 303


async def test_the_page_runs_no_script_but_our_own(client):
    response = await client.get("/console/session")
    assert "'unsafe" not in response.headers["Content-Security-Policy"]
    assert (await response.text()).count("<script") == 1
    assert (await client.get("/console/static/passkey.js")).status == 200


async def test_the_script_of_passkeys_speaks_of_what_the_page_and_the_api_have(client, wang):
    script = await (await client.get("/console/static/passkey.js")).text()
    page = html.document_fromstring(await (await client.get("/console/session")).text())
    [name] = set(re.findall(r'getElementById\("(.*?)"\)', script))
    fields = {each.name for each in page.get_element_by_id(name).iter("input")}
    assert set(re.findall(r"form\.elements\.(\w+)\.value", script)) == fields
    [(path, method)] = re.findall(r'fetch\("(.*?)", \{ method: "(.*?)" \}', script)
    asked = await client.request(method, path)
    # PublicKeyCredentialRequestOptionsJSON (WebAuthn level 3 §5.1): what parseRequestOptionsFromJSON reads
    known = {"challenge", "timeout", "rpId", "allowCredentials", "userVerification", "hints", "extensions"}
    assert {"challenge", "rpId", "userVerification"} <= set(await asked.json()) <= known
