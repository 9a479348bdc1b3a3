"""What to do about a refusal, by its rule: for rules of which wherever they are broken the same can be done.

A refusal that knows better says so itself (`hub.errors.Refusal`). What is unknown is named with the list of what there
is; who may not act is told who may.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from hub.rules.credential_rule import CredentialRule
from hub.rules.rule import Rule


class Remedy(NamedTuple):
    """Where a rule is broken, unless the refusal names the place itself, and what can be done."""

    place: str
    remedy: str


#: of what there is none; the place is what names it
UNKNOWN: Mapping[str, Remedy] = MappingProxyType(
    {
        Rule.ADDRESS_UNKNOWN: Remedy("address", "ask for one that is registered, written with its country code"),
        Rule.ALERT_UNKNOWN: Remedy("alert", "`hub alert list` (GET /alerts) tells which there are"),
        Rule.AREA_UNKNOWN: Remedy("name", "`hub area list` (GET /areas) tells which there are"),
        Rule.CALL_UNKNOWN: Remedy("id", "GET /calls tells what officials are called about"),
        Rule.CHANNEL_UNKNOWN: Remedy("channels", "leave it out, or have it enabled (`config/channels.toml`)"),
        Rule.CREDENTIAL_UNKNOWN: Remedy("credential", "the official's own page tells which there are"),
        Rule.DELEGATION_UNKNOWN: Remedy("id", "`hub delegation list` (GET /delegations) tells which there are"),
        Rule.DUTY_UNKNOWN: Remedy("id", "`hub duty list` (GET /duties) tells which there are"),
        Rule.ENDPOINT_UNKNOWN: Remedy("endpoint", "`hub endpoint list` tells which there are"),
        Rule.ENTRUSTMENT_UNKNOWN: Remedy("id", "`hub entrustment list` (GET /entrustments) tells which there are"),
        Rule.EVENT_UNKNOWN: Remedy(
            "event", "name one of the table of events by key, code or word (`config/events.toml`)"
        ),
        Rule.GROUP_UNKNOWN: Remedy("groups", "name groups of `config/groups.toml`"),
        Rule.REFERRAL_UNKNOWN: Remedy("id", "`hub alert referrals list` (GET /referrals) tells which there are"),
        Rule.IDENTITY_UNKNOWN: Remedy("subject", "link the official to it first"),
        Rule.INVITE_UNKNOWN: Remedy("invite", "ask an administrator for a new one (`hub official invite`)"),
        Rule.KEY_UNKNOWN: Remedy("kid", "`hub key list` tells which there are"),
        Rule.MANDATE_UNKNOWN: Remedy(
            "mandate", "`hub delegation list` (GET /delegations) tells which papers there are"
        ),
        Rule.NO_SUCH_ALERT: Remedy("id", "the feeds tell which are in force"),
        Rule.NO_SUCH_OFFICIAL: Remedy("official", "`hub official list` (GET /officials) tells who there is"),
        Rule.NO_SUCH_REGION: Remedy("key", "`hub region show NAME` tells the code of a place"),
        Rule.OFFICIAL_UNKNOWN: Remedy("official", "`hub official list` (GET /officials) tells who there is"),
        CredentialRule.OIDC_UNKNOWN: Remedy("provider", "name one of `[auth.oidc]`"),
        Rule.PARTNER_UNKNOWN: Remedy("partner", "`hub partner list` tells which there are"),
        Rule.PASSKEY_UNKNOWN: Remedy("passkey", "use one that was enrolled here, or enrol this one"),
        Rule.PLACE_UNKNOWN: Remedy("places", "name a place by its code, or by the name of its township or county"),
        Rule.REGION_UNKNOWN: Remedy(
            "regions", "`hub region show NAME` tells the code of a place; import what is missing (`hub region import`)"
        ),
        Rule.REQUEST_UNKNOWN: Remedy("id", "`hub admin requests` (GET /admin/requests) tells which there are"),
        Rule.SERVICE_UNKNOWN: Remedy("service", "`hub service list` (GET /services) tells which there are"),
        Rule.SHIFT_UNKNOWN: Remedy("id", "`hub roster show` (GET /roster) tells which there are"),
        Rule.STANDING_UNKNOWN: Remedy("id", "`hub standing list` (GET /standing) tells which there are"),
        Rule.TRUST_UNKNOWN: Remedy("trust", "`hub trust list` (GET /trust) tells which lines there are"),
        Rule.UNIT_UNKNOWN: Remedy("unit", "`hub unit list` (GET /units) tells which are at work"),
        Rule.PARAMETER_UNKNOWN: Remedy("query", "leave it out: the OpenAPI document names what there is"),
        Rule.PARENT_UNKNOWN: Remedy("parent", "bring the region above in the same file, or before it"),
        Rule.RECIPIENT_UNKNOWN: Remedy("external_id", "name a person by the id under which they were registered"),
    }
)
#: SEP: nobody decides on what is their own; nobody decides twice; nobody decides on what they did not see
SEPARATION: Mapping[str, Remedy] = MappingProxyType(
    {
        Rule.SEP_1: Remedy("actor", "have it done by somebody who had no hand in its text"),
        Rule.SEP_2: Remedy("actor", "have it done by another person"),
        Rule.SEP_3: Remedy("digest", "read it again, and decide on what is shown now"),
        Rule.SEP_5: Remedy("actor", "have it done by another administrator"),
        Rule.SEP_7: Remedy("reason", "say it in `reason`"),
    }
)
STAGE = Remedy("stage", "`hub alert show` (GET /alerts/{id}) tells where it stands, and what it waits for")
REMEDIES: Mapping[str, Remedy] = MappingProxyType({**UNKNOWN, **SEPARATION, Rule.STAGE: STAGE})
NOTHING = Remedy("", "")
