"""Acts about where warnings go out: endpoints of channels that reach many, and media partners."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection

from channels.egress import TargetRefused, check_target, label
from channels.media.partner_feed import PARTNER_FEED
from channels.medium import Medium
from channels.standard_webhooks import KeyRefused, WebhookKey
from hub.access.administration.kind import Dice, Kind, Payload, PreparedRequest
from hub.access.administration.officials import Name, Number
from hub.crypto.keyed_hash import fingerprint
from hub.crypto.vault import Vault
from hub.errors import Conflict, Invalid, NotFound
from hub.rules.rule import Rule
from hub.store.register import endpoints, partners
from hub.store.register.endpoints import NewEndpoint

PARTNERS = "partners"  #: the channel that media partners are kept under where none pushes to them
SECRET_BYTES = 32  #: Standard Webhooks 1.0.0: 24 to 64 random bytes
Url = Annotated[str, Field(max_length=2000)]
RegionKey = Annotated[str, Field(max_length=96)]


class NewTarget(Payload):
    """An endpoint of a channel, or a new address, secret and region for the one of this name.

    `region` is a region key, empty for everywhere. `allow_loopback` is for trials: the address may be on this machine.
    `callback_keys` are what its operator signs reports with (whsec_ or whpk_, several separated by spaces while they
    are changed): a report is believed of this endpoint's own deliveries, and of no other's.
    """

    channel: Name
    name: Name
    url: Url
    secret: Annotated[str, Field(max_length=1000)] = ""
    region: RegionKey = ""
    allow_loopback: bool = False
    callback_keys: Annotated[str, Field(max_length=1000)] = ""


class WhichEndpoint(Payload):
    endpoint: Number


class NewPartner(Payload):
    """A media partner; with `push_url` it is pushed to as well. Its secrets are made by the hub, never given."""

    name: Name
    push_url: Url = ""
    region: RegionKey = ""
    allow_loopback: bool = False
    token: Annotated[str, Field(max_length=100)] = ""
    secret: Annotated[str, Field(max_length=100)] = ""
    proof_secret: Annotated[str, Field(max_length=100)] = ""


class WhichPartner(Payload):
    partner: Number


def endpoint_kinds(vault: Vault, media: Mapping[str, Medium]) -> tuple[Kind[Any], ...]:
    """All of them; `media` are the enabled channels that reach many. An address is a secret: some are the key itself.

    A partner is pushed to over the first of them that carries the partner feed.
    """
    pushing = next((name for name, medium in media.items() if medium is PARTNER_FEED), PARTNERS)

    def register(connection: Connection, payload: NewTarget, _at: int) -> Mapping[str, Any]:
        if payload.channel not in media:
            enabled = ", ".join(sorted(media)) or "none is enabled"
            text = f"{payload.channel!r} is no enabled channel that reaches many: {enabled}"
            raise Invalid(text, rule=Rule.ENDPOINT_CHANNEL, place="channel")
        _must_be_outside(payload.url, "url", allow_loopback=payload.allow_loopback)
        _must_be_keys(payload.callback_keys)
        new = NewEndpoint(
            payload.channel, payload.name, payload.url, payload.secret, payload.region or None, payload.callback_keys
        )
        return {"endpoint": _store(connection, vault, new)}

    def enlist(connection: Connection, payload: NewPartner, at: int) -> Mapping[str, Any]:
        if any(known.name == payload.name for known in partners.list_all(connection)):
            raise Conflict(f"partner {payload.name!r} exists", rule=Rule.PARTNER_EXISTS, place="name")
        number = None
        if payload.push_url:
            _must_be_outside(payload.push_url, "push_url", allow_loopback=payload.allow_loopback)
            at_partner = (payload.push_url, payload.secret, payload.region or None, payload.proof_secret)
            number = _store(connection, vault, NewEndpoint(pushing, payload.name, *at_partner))
        elif payload.region:
            text = "a region narrows what is pushed: give an address to push to"
            raise Invalid(text, rule=Rule.PUSH_TARGET, place="region")
        made = partners.add(connection, payload.name, fingerprint(payload.token), number, now_ms=at)
        return {"partner": made, "endpoint": number}

    return (
        Kind(
            "endpoint-register",
            NewTarget,
            lambda payload: f"endpoint/{payload.channel}/{payload.name}",
            register,
            sealed=frozenset({"url", "secret", "callback_keys"}),
            shown=lambda payload: {
                "target": label(payload.url),
                "signed": bool(payload.secret),
                "reports": bool(payload.callback_keys),
            },
        ),
        Kind("endpoint-retire", WhichEndpoint, lambda payload: f"endpoint/{payload.endpoint}", _retire, alone=True),
        Kind(
            "partner-register",
            NewPartner,
            lambda payload: f"partner/{payload.name}",
            enlist,
            prepare=_with_secrets,
            sealed=frozenset({"push_url", "token", "secret", "proof_secret"}),
            shown=lambda payload: {"target": label(payload.push_url) if payload.push_url else ""},
        ),
        Kind("partner-retire", WhichPartner, lambda payload: f"partner/{payload.partner}", _dismiss, alone=True),
    )


def _show_target(payload: NewTarget) -> Mapping[str, Any]:
    told = {"signed": bool(payload.secret), "reports": bool(payload.callback_keys)}
    return {"target": label(payload.url), **told}


def _with_secrets(payload: NewPartner, dice: Dice) -> PreparedRequest[NewPartner]:
    if payload.token or payload.secret or payload.proof_secret:
        raise Invalid("the hub makes token and secrets itself", rule=Rule.PARTNER_SECRET, place="token")
    token = base64.urlsafe_b64encode(dice(SECRET_BYTES)).rstrip(b"=").decode()
    told = {"token": token}
    if payload.push_url:
        told["secret"] = _key(dice)
        told["proof_secret"] = _key(dice)  # another one: what we signed must never pass for what the partner says
    return PreparedRequest(payload.model_copy(update=told), told)


def _key(dice: Dice) -> str:
    return f"whsec_{base64.b64encode(dice(SECRET_BYTES)).decode()}"


def _must_be_keys(keys: str) -> None:
    try:
        for key in keys.split():
            WebhookKey.parse(key)
    except KeyRefused as error:
        raise Invalid(str(error), rule=Rule.ENDPOINT_CALLBACK_KEY, place="callback_keys") from None


def _must_be_outside(url: str, place: str, *, allow_loopback: bool) -> None:
    try:
        check_target(url, allow_loopback=allow_loopback)
    except TargetRefused as error:
        raise Invalid(str(error), rule=Rule.ENDPOINT_TARGET, place=place) from None


def _store(connection: Connection, vault: Vault, new: NewEndpoint) -> int:
    try:
        return endpoints.add(connection, vault, new)
    except ValueError as error:
        raise Invalid(str(error), rule=Rule.REGION_UNKNOWN, place="region") from None


def _retire(connection: Connection, payload: WhichEndpoint, _at: int) -> Mapping[str, Any]:
    if not endpoints.deactivate(connection, payload.endpoint):
        raise NotFound(f"there is no endpoint {payload.endpoint}", rule=Rule.ENDPOINT_UNKNOWN, place="endpoint")
    return {"endpoint": payload.endpoint}


def _dismiss(connection: Connection, payload: WhichPartner, _at: int) -> Mapping[str, Any]:
    found = next((each for each in partners.list_all(connection) if each.id == payload.partner), None)
    if found is None:
        raise NotFound(f"there is no partner {payload.partner}", rule=Rule.PARTNER_UNKNOWN, place="partner")
    partners.forget_token(connection, found.id)
    if found.endpoint is not None:
        endpoints.deactivate(connection, found.endpoint)
    return {"partner": found.id, "endpoint": found.endpoint}
