"""Acts about where warnings go out: endpoints of channels that reach many, and media partners."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection

from channels.egress import TargetRefused, check_target, label
from hub.administration.kind import Dice, Kind, Payload, Prepared
from hub.administration.officials import Name, Number
from hub.errors import Conflict, Invalid, NotFound
from hub.identity.opaque import fingerprint
from hub.store import endpoints, partners
from hub.store.endpoints import NewEndpoint
from hub.vault import Vault

PARTNERS = "partners"  #: the channel that pushes to media partners
SECRET_BYTES = 32  #: Standard Webhooks 1.0.0: 24 to 64 random bytes
Url = Annotated[str, Field(max_length=2000)]
RegionKey = Annotated[str, Field(max_length=96)]


class NewTarget(Payload):
    """An endpoint of a channel, or a new address, secret and region for the one of this name.

    `region` is a region key, empty for everywhere. `allow_loopback` is for trials: the address may be on this machine.
    """

    channel: Name
    name: Name
    url: Url
    secret: Annotated[str, Field(max_length=1000)] = ""
    region: RegionKey = ""
    allow_loopback: bool = False


class WhichEndpoint(Payload):
    endpoint: Number


class NewPartner(Payload):
    """A media partner; with `push_url` it is pushed to as well. Token and secret are made by the hub, never given."""

    name: Name
    push_url: Url = ""
    region: RegionKey = ""
    allow_loopback: bool = False
    token: Annotated[str, Field(max_length=100)] = ""
    secret: Annotated[str, Field(max_length=100)] = ""


class WhichPartner(Payload):
    partner: Number


def endpoint_kinds(vault: Vault, many: AbstractSet[str]) -> tuple[Kind[Any], ...]:
    """All of them; `many` are the enabled channels that reach many. An address is a secret: some are the key itself."""

    def register(connection: Connection, payload: NewTarget, _at: int) -> Mapping[str, Any]:
        if payload.channel not in many:
            enabled = ", ".join(sorted(many)) or "none is enabled"
            text = f"{payload.channel!r} is no enabled channel that reaches many: {enabled}"
            raise Invalid(text, rule="endpoint-channel", place="channel")
        _must_be_outside(payload.url, "url", allow_loopback=payload.allow_loopback)
        new = NewEndpoint(payload.channel, payload.name, payload.url, payload.secret, payload.region or None)
        return {"endpoint": _store(connection, vault, new)}

    def enlist(connection: Connection, payload: NewPartner, at: int) -> Mapping[str, Any]:
        if any(known.name == payload.name for known in partners.list_all(connection)):
            raise Conflict(f"partner {payload.name!r} exists", rule="partner-exists", place="name")
        number = None
        if payload.push_url:
            _must_be_outside(payload.push_url, "push_url", allow_loopback=payload.allow_loopback)
            new = NewEndpoint(PARTNERS, payload.name, payload.push_url, payload.secret, payload.region or None)
            number = _store(connection, vault, new)
        elif payload.region:
            text = "a region narrows what is pushed: give an address to push to"
            raise Invalid(text, rule="push-target", place="region")
        made = partners.add(connection, payload.name, fingerprint(payload.token), number, now_ms=at)
        return {"partner": made, "endpoint": number}

    return (
        Kind(
            "endpoint-register",
            NewTarget,
            lambda payload: f"endpoint/{payload.channel}/{payload.name}",
            register,
            sealed=frozenset({"url", "secret"}),
            shown=lambda payload: {"target": label(payload.url), "signed": bool(payload.secret)},
        ),
        Kind("endpoint-retire", WhichEndpoint, lambda payload: f"endpoint/{payload.endpoint}", _retire, alone=True),
        Kind(
            "partner-register",
            NewPartner,
            lambda payload: f"partner/{payload.name}",
            enlist,
            prepare=_with_secrets,
            sealed=frozenset({"push_url", "token", "secret"}),
            shown=lambda payload: {"target": label(payload.push_url) if payload.push_url else ""},
        ),
        Kind("partner-retire", WhichPartner, lambda payload: f"partner/{payload.partner}", _dismiss, alone=True),
    )


def _with_secrets(payload: NewPartner, dice: Dice) -> Prepared[NewPartner]:
    if payload.token or payload.secret:
        raise Invalid("the hub makes token and secret itself", rule="partner-secret", place="token")
    token = base64.urlsafe_b64encode(dice(SECRET_BYTES)).rstrip(b"=").decode()
    told = {"token": token}
    if payload.push_url:
        told["secret"] = f"whsec_{base64.b64encode(dice(SECRET_BYTES)).decode()}"
    return Prepared(payload.model_copy(update=told), told)


def _must_be_outside(url: str, place: str, *, allow_loopback: bool) -> None:
    try:
        check_target(url, allow_loopback=allow_loopback)
    except TargetRefused as error:
        raise Invalid(str(error), rule="endpoint-target", place=place) from None


def _store(connection: Connection, vault: Vault, new: NewEndpoint) -> int:
    try:
        return endpoints.add(connection, vault, new)
    except ValueError as error:
        raise Invalid(str(error), rule="region-unknown", place="region") from None


def _retire(connection: Connection, payload: WhichEndpoint, _at: int) -> Mapping[str, Any]:
    if not endpoints.deactivate(connection, payload.endpoint):
        raise NotFound(f"there is no endpoint {payload.endpoint}", rule="endpoint-unknown", place="endpoint")
    return {"endpoint": payload.endpoint}


def _dismiss(connection: Connection, payload: WhichPartner, _at: int) -> Mapping[str, Any]:
    found = next((each for each in partners.list_all(connection) if each.id == payload.partner), None)
    if found is None:
        raise NotFound(f"there is no partner {payload.partner}", rule="partner-unknown", place="partner")
    partners.forget_token(connection, found.id)
    if found.endpoint is not None:
        endpoints.deactivate(connection, found.endpoint)
    return {"partner": found.id, "endpoint": found.endpoint}
