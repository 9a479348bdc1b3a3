"""Invited by an administrator, enrolled by oneself; factors change only with a fresh factor."""

from __future__ import annotations

import pytest
from pyotp import TOTP

from approvals.official import Right
from hub.access.administration.credentials import credential_kinds
from hub.access.identity.onetime import STEP_S
from hub.access.identity.passwords import demand_good
from hub.clock import to_ms
from hub.errors import Conflict, Invalid
from hub.local.demo.authenticator import SoftwarePasskey
from tests.hub.access.identity.conftest import PASSWORD, Person

NEW = "eleven loud valley winds"


@pytest.fixture
def invite(hub):
    async def make(official: int) -> str:
        made = await hub.db.write(lambda c: hub.identity.enrolment.invite(c, official, "Root"))
        return made.code

    return make


@pytest.fixture
async def li(hub, client, invite) -> tuple[Person, str]:
    """Somebody who has only an invitation."""
    official = hub.add_official("Li", Right.DRAFT)
    return Person(official, hub, client, "", SoftwarePasskey("https://hub.example", b"li")), await invite(official.id)


async def enrols(person, code, **changes):
    asked = await person.post("/enrolment/authenticator", {"code": code})
    if asked.status == 200:
        person.seed = (await asked.json())["secret"]
    body = {"code": code, "password": PASSWORD, "totp": person.code() if person.seed else "0"} | changes
    return await person.post("/enrolment", body)


async def test_who_is_invited_chooses_password_and_authenticator_and_signs_in(li):
    person, code = li
    assert (await enrols(person, code)).status == 200
    assert (await person.signs_in())["name"] == "Li"


async def test_the_code_of_the_enrolment_is_used_up_with_it(li, refused):
    person, code = li
    await enrols(person, code)
    await refused(await person.tries(), 401, "sign-in-refused")


async def test_an_invitation_works_once_and_not_for_ever(li, refused, invite):
    person, code = li
    await enrols(person, code)
    await refused(await enrols(person, code), 401, "invite-unknown")
    second = await invite(person.official.id)
    third = await invite(person.official.id)
    await refused(await enrols(person, second), 401, "invite-unknown")  # the newer one replaced it
    person.hub.clock.advance(72 * 3600)
    await refused(await enrols(person, third), 401, "invite-unknown")


async def test_enrolling_anew_replaces_what_was_there_and_ends_sessions(wang, invite, refused):
    session = await wang.signs_in()
    old = wang.seed
    wang.hub.clock.advance(STEP_S)
    assert (await enrols(wang, await invite(wang.official.id), password=NEW)).status == 200
    await refused(await wang.get("/alerts", session["access"]), 401, "session-ended")
    wang.hub.clock.advance(STEP_S)
    await refused(await wang.tries(), 401, "sign-in-refused")
    await refused(await wang.tries(password=NEW, totp=TOTP(old).at(wang.hub.clock.now())), 401, "sign-in-refused")
    assert (await wang.tries(password=NEW)).status == 201


async def test_a_reset_takes_everything_at_once(wang, refused):
    session = await wang.signs_in()
    await wang.hub.db.write(lambda c: wang.hub.identity.enrolment.reset(c, wang.official.id, "Root"))
    await refused(await wang.get("/alerts", session["access"]), 401, "session-ended")
    wang.hub.clock.advance(STEP_S)
    await refused(await wang.tries(), 401, "sign-in-refused")
    options = await (await wang.post("/session/passkey/options")).json()
    answer = {"credential": wang.passkey.get(options)}
    await refused(await wang.post("/session/passkey", answer), 401, "passkey-unknown")


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("short", "password-length"),
        ("x" * 257, "password-length"),
        ("aaaaaaaaaaaaaaaa", "password-common"),
        ("PasswordPassword1!", "password-common"),
        ("administrator2026", "password-common"),
        ("Li is my own name", "password-name"),
    ],
)
async def test_a_bad_password_is_refused_by_its_rule_and_the_code_stays(li, refused, password, rule):
    person, code = li
    problem = await refused(await enrols(person, code, password=password), 422, rule)
    assert password not in str(problem)
    assert (await enrols(person, code)).status == 200


def test_a_long_sentence_is_a_good_password_in_any_script():
    demand_good("烽火连三月，家书抵万金。白头搔更短", "王伟")
    with pytest.raises(Invalid):
        demand_good("王伟烽火连三月家书抵万金白头搔", "王伟")


async def test_a_passkey_is_added_only_with_a_fresh_factor(wang, refused):
    session = await wang.signs_in()
    token = session["access"]
    second = SoftwarePasskey("https://hub.example", b"second")

    async def add(proof):
        options = await (await wang.post("/credentials/passkeys/options", {}, token)).json()
        body = {"credential": second.make(options), "label": "key ring", "proof": proof}
        return await wang.post("/credentials/passkeys", body, token)

    await refused(await add("x"), 403, "second-factor")
    signing = (await wang.proves(token, "fh3:" + "ab" * 32))["proof"]
    await refused(await add(signing), 403, "second-factor")  # a proof for a warning changes no credentials
    assert (await add((await wang.proves(token))["proof"])).status == 201
    listed = await (await wang.get("/credentials", token)).json()
    assert [(each["kind"], each["label"]) for each in listed] == [
        ("password", ""),
        ("totp", ""),
        ("passkey", "phone"),
        ("passkey", "key ring"),
    ]


async def test_the_last_second_factor_stays(wang, refused):
    token = (await wang.signs_in())["access"]
    rows = {each["kind"]: each["credential"] for each in await (await wang.get("/credentials", token)).json()}

    async def remove(kind):
        proof = (await wang.proves(token))["proof"]
        return await wang.post("/credentials/remove", {"credential": rows[kind], "proof": proof}, token)

    assert (await remove("totp")).status == 200
    await refused(await remove("passkey"), 409, "last-factor")


async def test_a_new_password_ends_every_other_session(wang, refused):
    other, mine = await wang.signs_in(), await wang.signs_in()
    proof = (await wang.proves(mine["access"]))["proof"]
    body = {"password": NEW, "proof": proof}
    assert (await wang.post("/credentials/password", body, mine["access"])).status == 200
    await refused(await wang.get("/alerts", other["access"]), 401, "session-ended")
    assert (await wang.get("/alerts", mine["access"])).status == 200
    wang.hub.clock.advance(STEP_S)
    await refused(await wang.tries(), 401, "sign-in-refused")
    assert (await wang.tries(password=NEW)).status == 201


async def test_a_hash_made_with_weaker_parameters_is_renewed_at_the_next_sign_in(wang):
    passwords = wang.hub.identity.passwords
    passwords.settings = passwords.settings.model_copy(update={"argon2_passes": 2})
    kept = []
    for _ in range(2):
        await wang.signs_in()
        first = (await wang.hub.identity.enrolment.mine(wang.official.id))[0]
        kept.append(wang.hub.identity.vault.open(first.sealed)["hash"])
    assert "t=2" in kept[0]
    assert kept[0] == kept[1]


async def test_an_invitation_by_two_administrators_opens_with_the_code_told_to_the_first(li):
    person, _ = li
    kinds = {kind.name: kind for kind in credential_kinds(person.hub.identity.enrolment)}
    kind = kinds["invite"]
    asked = kind.prepare(kind.read({"official": person.official.id}), lambda count: b"r" * count)
    assert asked.told["code"] not in str(kind.open_part(asked.payload))
    now = to_ms(person.hub.clock.now())
    await person.hub.db.write(lambda c: kind.execute(c, asked.payload, now))
    assert (await enrols(person, asked.told["code"])).status == 200


async def test_an_account_elsewhere_is_linked_to_one_official_only(li):
    person, _ = li
    kinds = {kind.name: kind for kind in credential_kinds(person.hub.identity.enrolment)}
    link = kinds["identity-link"]
    account = {"issuer": "https://sso.example", "subject": "248289761001"}
    payload = link.read(account | {"official": person.official.id})
    await person.hub.db.write(lambda c: link.execute(c, payload, 1))
    with pytest.raises(Conflict):
        await person.hub.db.write(lambda c: link.execute(c, payload, 1))
    unlink = kinds["identity-unlink"]
    gone = await person.hub.db.write(lambda c: unlink.execute(c, unlink.read(account), 1))
    assert gone == {"official": person.official.id}


async def test_what_is_long_over_is_forgotten_and_what_lives_stays(wang, refused):
    old = await wang.signs_in()
    wang.hub.clock.advance(200 * 24 * 3600)
    session = await wang.signs_in()
    now = to_ms(wang.hub.clock.now())
    await wang.hub.db.write(lambda c: wang.hub.identity.forget(c, now))
    assert (await wang.get("/alerts", session["access"])).status == 200
    await refused(await wang.post("/session/refresh", {"refresh": old["refresh"]}), 401, "refresh-unknown")
