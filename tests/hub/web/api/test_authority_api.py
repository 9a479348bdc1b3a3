"""May X release this: the question over the API, and the answer with the rule that fired."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from approvals.event_table import load_events
from approvals.load import load_policy
from approvals.official import Right
from hub.dossier.authority import Authority
from hub.dossier.delegation import Lending
from hub.settings.settings import CONFIG_DIR

RAIN = "level=red&event=11B03&areas=610602000000"


@pytest.fixture
def hub(hub: Any) -> Any:
    policy = load_policy(CONFIG_DIR / "authority.toml", load_events(CONFIG_DIR / "events.toml"))
    nothing_lent: Any = None
    hub.authority = Authority(policy, Lending(hub.clock, policy, nothing_lent, nothing_lent))
    return hub


async def asked(api: Any, query: str) -> dict[str, Any]:
    response = await api.call("GET", f"/authority/explain?{query}")
    assert response.status == 200, await response.text()
    found: dict[str, Any] = await response.json()
    return found


async def test_without_a_name_the_caller_is_meant_and_a_referral_says_where_to(api, hub):
    told = await asked(api, f"act=sign&{RAIN}")
    assert (told["official"], told["answer"], told["rule"]) == (api.official.name, "referral", "MET-30-red")
    assert told["referral"] == {
        "area": "610602000000",
        "tier": "county",
        "kinds": ["meteorological"],
        "trigger": "HU-4",
        "units": [],
    }


async def test_another_official_is_asked_about_by_number_or_name(api, hub):
    signer = hub.add_official("Wang", Right.SIGN)
    for who in ("Wang", str(signer.id)):
        told = await asked(api, f"official={who}&act=sign&level=blue&event=12A01&areas=610600000000,610602000000")
        assert (told["official"], told["answer"], told["rule"]) == ("Wang", "allowed", "general")
    told = await asked(api, "official=Wang&act=release&level=blue&event=12A01&areas=610600000000")
    assert (told["answer"], told["rule"]) == ("denied", "RIGHT")


@pytest.mark.parametrize(
    ("query", "place"),
    [
        (RAIN, "act"),
        (f"act=administer&{RAIN}", "act"),
        ("act=sign&event=11B03&level=purple", "level"),
        ("act=sign&level=red", "event"),
        (f"act=sign&{RAIN}&msg_type=Ack", "msg_type"),
        (f"act=sign&{RAIN}&path=short", "path"),
        *((f"act=sign&{RAIN}&hours={word}", "hours") for word in ("0", "-1", "six", "nan", "1e9", "99999", "")),
    ],
)
async def test_half_a_question_or_an_unknown_word_is_refused_naming_the_parameter(api, query, place):
    response = await api.call("GET", f"/authority/explain?{query}")
    assert response.status == 422
    assert (await response.json())["place"] == place


async def test_an_official_nobody_knows_is_not_found(api):
    response = await api.call("GET", f"/authority/explain?official=Nobody&act=sign&{RAIN}")
    assert (response.status, (await response.json())["rule"]) == (404, "official-unknown")


async def test_how_long_it_would_last_is_part_of_the_question(api, hub):
    hub.add_official("Yu", Right.SIGN)
    policy = hub.authority.policy
    brief = tuple(replace(rule, longest=timedelta(hours=2)) for rule in policy.rules)
    hub.authority = replace(hub.authority, policy=replace(policy, rules=brief))
    query = "official=Yu&act=sign&level=blue&event=12A01&areas=610602000000"
    told = [await asked(api, f"{query}&hours={hours}") for hours in ("1.5", "2", "3")]
    assert [each["answer"] for each in told] == ["allowed", "allowed", "denied"]
    assert told[2]["reason"] == "a warning under this rule lasts at most 2 hours"


async def test_a_level_is_asked_about_a_warning_and_not_about_an_evacuation_notice(api, hub):
    where = "act=draft&event=landslide&areas=610602001000"
    told = await asked(api, f"{where}&path=evacuation")
    assert told["official"] == api.official.name
    refused = await api.call("GET", f"/authority/explain?{where}")
    assert refused.status == 422
    assert (await refused.json())["place"] == "level"
