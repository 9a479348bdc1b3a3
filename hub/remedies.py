"""What to do about a refusal, by its rule: for rules of which wherever they are broken the same can be done.

A refusal that knows better says so itself (`hub.errors.Refusal`). What is unknown is named with the list of what there
is; who may not act is told who may.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Remedy(NamedTuple):
    """Where a rule is broken, unless the refusal names the place itself, and what can be done."""

    place: str
    remedy: str


#: of what there is none; the place is what names it
UNKNOWN: Mapping[str, Remedy] = MappingProxyType(
    {
        "address-unknown": Remedy("address", "ask for one that is registered, written with its country code"),
        "alert-unknown": Remedy("alert", "`hub alert list` (GET /alerts) tells which there are"),
        "area-unknown": Remedy("name", "`hub area list` (GET /areas) tells which there are"),
        "call-unknown": Remedy("id", "GET /calls tells what officials are called about"),
        "channel-unknown": Remedy("channels", "leave it out, or have it enabled (`config/channels.toml`)"),
        "credential-unknown": Remedy("credential", "the official's own page tells which there are"),
        "delegation-unknown": Remedy("id", "`hub delegation list` (GET /delegations) tells which there are"),
        "duty-unknown": Remedy("id", "`hub duty list` (GET /duties) tells which there are"),
        "endpoint-unknown": Remedy("endpoint", "`hub endpoint list` tells which there are"),
        "entrustment-unknown": Remedy("id", "`hub entrustment list` (GET /entrustments) tells which there are"),
        "event-unknown": Remedy("event", "name one of the table of events by key, code or word (`config/events.toml`)"),
        "group-unknown": Remedy("groups", "name groups of `config/groups.toml`"),
        "hand-up-unknown": Remedy("id", "`hub alert hand-ups list` (GET /hand-ups) tells which there are"),
        "identity-unknown": Remedy("subject", "link the official to it first"),
        "invite-unknown": Remedy("invite", "ask an administrator for a new one (`hub official invite`)"),
        "key-unknown": Remedy("kid", "`hub key list` tells which there are"),
        "mandate-unknown": Remedy("mandate", "`hub delegation list` (GET /delegations) tells which papers there are"),
        "no-such-alert": Remedy("id", "the feeds tell which are in force"),
        "no-such-official": Remedy("official", "`hub official list` (GET /officials) tells who there is"),
        "no-such-region": Remedy("key", "`hub region show NAME` tells the code of a place"),
        "official-unknown": Remedy("official", "`hub official list` (GET /officials) tells who there is"),
        "oidc-unknown": Remedy("provider", "name one of `[auth.oidc]`"),
        "partner-unknown": Remedy("partner", "`hub partner list` tells which there are"),
        "passkey-unknown": Remedy("passkey", "use one that was enrolled here, or enrol this one"),
        "place-unknown": Remedy("places", "name a place by its code, or by the name of its township or county"),
        "region-unknown": Remedy(
            "regions", "`hub region show NAME` tells the code of a place; import what is missing (`hub region import`)"
        ),
        "request-unknown": Remedy("id", "`hub admin requests` (GET /admin/requests) tells which there are"),
        "service-unknown": Remedy("service", "`hub service list` (GET /services) tells which there are"),
        "shift-unknown": Remedy("id", "`hub roster show` (GET /roster) tells which there are"),
        "standing-unknown": Remedy("id", "`hub standing list` (GET /standing) tells which there are"),
        "trust-unknown": Remedy("trust", "`hub trust list` (GET /trust) tells which lines there are"),
        "unit-unknown": Remedy("unit", "`hub unit list` (GET /units) tells which are at work"),
        "unknown-channel": Remedy("channel", "name a channel that is enabled and calls back"),
        "unknown-parameter": Remedy("query", "leave it out: the OpenAPI document names what there is"),
        "unknown_parent": Remedy("parent", "bring the region above in the same file, or before it"),
        "unknown_recipient": Remedy("external_id", "name a person by the id under which they were registered"),
    }
)
#: SEP: nobody decides on what is their own; nobody decides twice; nobody decides on what they did not see
SEPARATION: Mapping[str, Remedy] = MappingProxyType(
    {
        "SEP-1": Remedy("actor", "have it done by somebody who had no hand in its text"),
        "SEP-2": Remedy("actor", "have it done by another person"),
        "SEP-3": Remedy("digest", "read it again, and decide on what is shown now"),
        "SEP-5": Remedy("actor", "have it done by another administrator"),
        "SEP-7": Remedy("reason", "say it in `reason`"),
    }
)
STAGE = Remedy("stage", "`hub alert show` (GET /alerts/{id}) tells where it stands, and what it waits for")
REMEDIES: Mapping[str, Remedy] = MappingProxyType({**UNKNOWN, **SEPARATION, "stage": STAGE})
NOTHING = Remedy("", "")
