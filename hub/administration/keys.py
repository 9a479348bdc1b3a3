"""Acts about the hub's own signing keys: a new one in force, a stolen one never again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import Connection

from hub.administration.kind import Kind, Payload
from hub.errors import Conflict
from hub.keyring import KeyRing
from hub.keys import Keys
from hub.store import alarms


class KeyOf(Payload):
    """A key by its purpose and kid. To rotate, the kid is that of the key in force: two requests rotate once."""

    purpose: Literal["order", "token", "record"]
    kid: Annotated[str, Field(min_length=1, max_length=64)]


def key_kinds(keys: Keys) -> tuple[Kind[Any], ...]:
    """Both. A stolen key must be stopped by whoever is awake: to revoke needs no second."""

    def rotate(_connection: Connection, payload: KeyOf, _at: int) -> Mapping[str, Any]:
        ring = keys.rings[payload.purpose]
        if not ring.turns:
            text = f"the {payload.purpose} key comes from the environment: change it there and restart"
            raise Conflict(text, rule="key-of-environment", place="purpose")
        if ring.current.kid != payload.kid:
            raise Conflict(f"{payload.kid} is not the {payload.purpose} key in force", rule="key-other", place="kid")
        return {"retires": payload.kid}

    def revoke(connection: Connection, payload: KeyOf, at: int) -> Mapping[str, Any]:
        _must_be_retired(keys.rings[payload.purpose], payload)
        alarms.raise_once(connection, at, "key-revoked", f"key/{payload.purpose}/{payload.kid}", "compromised")
        return {"revokes": payload.kid}

    def rotated(payload: KeyOf) -> Mapping[str, Any]:
        return {"retired": payload.kid, "kid": keys.rings[payload.purpose].rotate(payload.kid).kid}

    def revoked(payload: KeyOf) -> Mapping[str, Any]:
        keys.rings[payload.purpose].revoke(payload.kid)
        return {"revoked": payload.kid}

    return (
        Kind("key-rotate", KeyOf, lambda payload: f"key/{payload.purpose}", rotate, finish=rotated),
        Kind("key-revoke", KeyOf, lambda payload: f"key/{payload.purpose}", revoke, finish=revoked, alone=True),
    )


def _must_be_retired(ring: KeyRing, payload: KeyOf) -> None:
    if payload.kid == ring.current.kid:
        raise Conflict("the key is in force: rotate it first", rule="key-in-force", place="kid")
    if payload.kid not in ring:
        raise Conflict(f"there is no {payload.purpose} key {payload.kid}", rule="key-unknown", place="kid")
