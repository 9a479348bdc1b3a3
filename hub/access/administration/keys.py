"""Acts about the hub's own keys: a new one in force, a stolen one never again, an old one read no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import Connection

from hub.access.administration.kind import Kind, Payload
from hub.crypto.keys import Keys, new_secret
from hub.crypto.signing_keys import KeyRing
from hub.crypto.vault import Vault
from hub.errors import Conflict
from hub.rules.rule import Rule
from hub.store.records import alarms
from hub.store.register.renewal import needs

Kid = Annotated[str, Field(min_length=1, max_length=64)]
SETTLED_S = 600.0  #: an older key stays this long: a batch that was sealed under it may still be on its way


class KeyOf(Payload):
    """A signing key by its purpose and kid."""

    purpose: Literal["order", "token", "record"]
    kid: Kid


class AnyKeyOf(Payload):
    """Any key, to be rotated; the kid is that of the key in force: two requests rotate once."""

    purpose: Literal["order", "token", "record", "seal", "hash"]
    kid: Kid


class SecretOf(Payload):
    """An older key of addresses at rest."""

    purpose: Literal["seal", "hash"]
    kid: Kid


def key_kinds(keys: Keys) -> tuple[Kind[Any], ...]:
    """All of them. A stolen key must be stopped by whoever is awake: to revoke needs no second."""

    def rotate(_connection: Connection, payload: AnyKeyOf, _at: int) -> Mapping[str, Any]:
        kid, turns = keys.in_force(payload.purpose)
        if not turns:
            text = f"the {payload.purpose} key comes from the environment: change it there and restart"
            raise Conflict(text, rule=Rule.KEY_OF_ENVIRONMENT, place="purpose")
        if kid != payload.kid:
            raise Conflict(f"{payload.kid} is not the {payload.purpose} key in force", rule=Rule.KEY_OTHER, place="kid")
        return {"retires": payload.kid}

    def revoke(connection: Connection, payload: KeyOf, at: int) -> Mapping[str, Any]:
        _must_be_retired(keys.rings[payload.purpose], payload)
        alarms.raise_once(connection, at, "key-revoked", f"key/{payload.purpose}/{payload.kid}", "compromised")
        return {"revokes": payload.kid}

    def rotated(payload: AnyKeyOf) -> Mapping[str, Any]:
        if payload.purpose in {"seal", "hash"}:
            secret = keys.secrets[payload.purpose].rotate(payload.kid, new_secret)
            return {"replaced": payload.kid, "kid": secret.kid}
        return {"retired": payload.kid, "kid": keys.rings[payload.purpose].rotate(payload.kid).kid}

    def revoked(payload: KeyOf) -> Mapping[str, Any]:
        keys.rings[payload.purpose].revoke(payload.kid)
        return {"revoked": payload.kid}

    return (
        Kind("key-rotate", AnyKeyOf, lambda payload: f"key/{payload.purpose}", rotate, finish=rotated),
        Kind("key-revoke", KeyOf, lambda payload: f"key/{payload.purpose}", revoke, finish=revoked, alone=True),
        retirement(keys),
    )


def retirement(keys: Keys) -> Kind[Any]:
    """A key of addresses that nothing needs any more is read no more; it takes two, because rows could be lost."""

    def retire(connection: Connection, payload: SecretOf, at: int) -> Mapping[str, Any]:
        ring = keys.secrets[payload.purpose]
        replaced = ring.replacement_time(payload.kid)
        if payload.kid == ring.current.kid:
            raise Conflict("the key is in force: rotate it first", rule=Rule.KEY_IN_FORCE, place="kid")
        if replaced is None:
            raise Conflict(f"there is no older {payload.purpose} key {payload.kid}", rule=Rule.KEY_UNKNOWN, place="kid")
        if at / 1000 - replaced < SETTLED_S:
            text = f"the key was replaced less than {SETTLED_S:g} s ago: what it sealed may still be on its way"
            raise Conflict(text, rule=Rule.KEY_SETTLING, place="kid")
        if needing := needs(connection, payload.purpose, payload.kid, Vault.following(keys.seal, keys.hash).box):
            told = ", ".join(f"{count} of {name}" for name, count in needing.items())
            raise Conflict(f"still needed by {told}: run hub key reseal", rule=Rule.KEY_NEEDED, place="kid")
        return {"retires": payload.kid}

    def retired(payload: SecretOf) -> Mapping[str, Any]:
        keys.secrets[payload.purpose].retire(payload.kid)
        return {"retired": payload.kid}

    return Kind("key-retire", SecretOf, lambda payload: f"key/{payload.purpose}", retire, finish=retired)


def _must_be_retired(ring: KeyRing, payload: KeyOf) -> None:
    if payload.kid == ring.current.kid:
        raise Conflict("the key is in force: rotate it first", rule=Rule.KEY_IN_FORCE, place="kid")
    if payload.kid not in ring:
        raise Conflict(f"there is no {payload.purpose} key {payload.kid}", rule=Rule.KEY_UNKNOWN, place="kid")
