"""What to do about a refusal, by its rule: for rules of which wherever they are broken the same can be done.

A refusal that knows better says so itself (`hub.errors.Refusal`). What is unknown is named with the list of what there
is; who may not act is told who may.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Told(NamedTuple):
    """Where a rule is broken, unless the refusal names the place itself, and what can be done."""

    place: str
    remedy: str


#: of what there is none; the place is what names it
UNKNOWN: Mapping[str, Told] = MappingProxyType(
    {
        "address-unknown": Told("address", "ask for one that is registered, written with its country code"),
        "alert-unknown": Told("alert", "`hub alert list` (GET /alerts) tells which there are"),
        "area-unknown": Told("name", "`hub area list` (GET /areas) tells which there are"),
        "call-unknown": Told("id", "GET /calls tells what officials are called about"),
        "channel-unknown": Told("channels", "leave it out, or have it enabled (`config/channels.toml`)"),
        "credential-unknown": Told("credential", "the official's own page tells which there are"),
        "delegation-unknown": Told("id", "`hub delegation list` (GET /delegations) tells which there are"),
        "duty-unknown": Told("id", "`hub duty list` (GET /duties) tells which there are"),
        "endpoint-unknown": Told("endpoint", "`hub endpoint list` tells which there are"),
        "entrustment-unknown": Told("id", "`hub entrustment list` (GET /entrustments) tells which there are"),
        "event-unknown": Told("event", "name one of the table of events by key, code or word (`config/events.toml`)"),
        "group-unknown": Told("groups", "name groups of `config/groups.toml`"),
        "hand-up-unknown": Told("id", "`hub alert hand-ups list` (GET /hand-ups) tells which there are"),
        "identity-unknown": Told("subject", "link the official to it first"),
        "invite-unknown": Told("invite", "ask an administrator for a new one (`hub official invite`)"),
        "key-unknown": Told("kid", "`hub key list` tells which there are"),
        "mandate-unknown": Told("mandate", "`hub delegation list` (GET /delegations) tells which papers there are"),
        "no-such-alert": Told("id", "the feeds tell which are in force"),
        "no-such-official": Told("official", "`hub official list` (GET /officials) tells who there is"),
        "no-such-region": Told("key", "`hub region show NAME` tells the code of a place"),
        "official-unknown": Told("official", "`hub official list` (GET /officials) tells who there is"),
        "oidc-unknown": Told("provider", "name one of `[auth.oidc]`"),
        "partner-unknown": Told("partner", "`hub partner list` tells which there are"),
        "passkey-unknown": Told("passkey", "use one that was enrolled here, or enrol this one"),
        "place-unknown": Told("places", "name a place by its code, or by the name of its township or county"),
        "region-unknown": Told(
            "regions", "`hub region show NAME` tells the code of a place; import what is missing (`hub region import`)"
        ),
        "request-unknown": Told("id", "`hub admin requests` (GET /admin/requests) tells which there are"),
        "service-unknown": Told("service", "`hub service list` (GET /services) tells which there are"),
        "shift-unknown": Told("id", "`hub roster show` (GET /roster) tells which there are"),
        "standing-unknown": Told("id", "`hub standing list` (GET /standing) tells which there are"),
        "trust-unknown": Told("trust", "`hub trust list` (GET /trust) tells which lines there are"),
        "unit-unknown": Told("unit", "`hub unit list` (GET /units) tells which are at work"),
        "unknown-channel": Told("channel", "name a channel that is enabled and calls back"),
        "unknown-parameter": Told("query", "leave it out: the OpenAPI document names what there is"),
        "unknown_parent": Told("parent", "bring the region above in the same file, or before it"),
        "unknown_recipient": Told("external_id", "name a person by the id under which they were registered"),
    }
)
#: SEP: nobody decides on what is their own; nobody decides twice; nobody decides on what they did not see
SEPARATION: Mapping[str, Told] = MappingProxyType(
    {
        "SEP-1": Told("actor", "have it done by somebody who had no hand in its text"),
        "SEP-2": Told("actor", "have it done by another person"),
        "SEP-3": Told("digest", "read it again, and decide on what is shown now"),
        "SEP-5": Told("actor", "have it done by another administrator"),
        "SEP-7": Told("reason", "say it in `reason`"),
    }
)
STAGE = Told("stage", "`hub alert show` (GET /alerts/{id}) tells where it stands, and what it waits for")
REMEDIES: Mapping[str, Told] = MappingProxyType({**UNKNOWN, **SEPARATION, "stage": STAGE})
NOTHING = Told("", "")
