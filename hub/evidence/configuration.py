"""What this hub was started with, noted in the audit log whenever it is not what it was: names and digests, no secret.

A policy that was loosened for one night leaves two entries. Settings are compared key by key, the policy rule by rule,
the table of events event by event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson
from pydantic import BaseModel, SecretStr
from sqlalchemy import Connection

from approvals.authority import Policy
from hub.clock import Clock, to_ms
from hub.crypto.keys import Keys
from hub.settings.settings import Settings
from hub.store.records import audit
from hub.store.sql.database import Database

ACTOR = "hub"  #: it starts by itself; who changed a file is for the machine's own log to say
CHANGED, CREATED = "configuration", "key-created"
SHORT = 16  #: hex digits by which one value is told from another

Digests = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ConfigurationPart:
    """One part of the configuration: the digest of each value by its name."""

    name: str
    values: Digests

    @property
    def digest(self) -> str:
        """SHA-256 over all of it, in hex."""
        return hashlib.sha256(_json(self.values)).hexdigest()


@dataclass(frozen=True, slots=True)
class Configuration:
    """Compares what is in force with what the audit log said last."""

    db: Database
    clock: Clock

    async def note(self, parts: tuple[ConfigurationPart, ...], keys: Digests) -> tuple[str, ...]:
        """Notes what changed, one entry for each part, and keys by purpose that the log does not know; what it noted.

        Of several processes that start at once the first one notes it.
        """
        return await self.db.write(lambda connection: self._note(connection, parts, keys))

    def _note(self, connection: Connection, parts: tuple[ConfigurationPart, ...], keys: Digests) -> tuple[str, ...]:
        audit.hold(connection)  # nobody notes the same between our look and our entry
        noted: list[str] = []
        for purpose, kid in sorted(keys.items()):
            if audit.last_of(connection, f"key/{purpose}", CREATED) is None:
                self._append(connection, CREATED, f"key/{purpose}", {"purpose": purpose, "kid": kid})
                noted.append(f"key/{purpose}")
        noted += [part.name for part in parts if self._differs(connection, part)]
        return tuple(noted)

    def _differs(self, connection: Connection, part: ConfigurationPart) -> bool:
        subject = f"configuration/{part.name}"
        last = audit.last_of(connection, subject, CHANGED)
        before: dict[str, Any] = orjson.loads(last.detail) if last is not None else {"digest": "", "values": {}}
        if before["digest"] == part.digest:
            return False
        detail = {"digest": part.digest, **_difference(before["values"], part.values), "values": dict(part.values)}
        self._append(connection, CHANGED, subject, detail)
        return True

    def _append(self, connection: Connection, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        at = to_ms(self.clock.now())
        audit.append(connection, at_ms=at, actor=ACTOR, action=action, subject=subject, detail=detail)


def parts_of(
    settings: Settings, channels: Mapping[str, BaseModel], policy: Policy, groups: Mapping[str, object], keys: Keys
) -> tuple[ConfigurationPart, ...]:
    """Everything that is compared at a start. `channels` are the drivers' settings as they were read."""
    said = {f"{name}.{key}": digest for name, block in channels.items() for key, digest in _settings(block)}
    return (
        ConfigurationPart("settings", dict(_settings(settings))),
        ConfigurationPart("channels", said),
        ConfigurationPart("authority", _policy(policy)),
        ConfigurationPart("groups", {name: short(group) for name, group in groups.items()}),
        ConfigurationPart("keys", fingerprints(keys)),
    )


def fingerprints(keys: Keys) -> dict[str, str]:
    """The names of the keys in force by purpose: kids, and fingerprints of what has no public half."""
    secret = {"seal": keys.seal_key, "hash": keys.hash_key}
    named = {purpose: hashlib.sha256(b"fenghuo key\x00" + key).hexdigest()[:SHORT] for purpose, key in secret.items()}
    return {purpose: ring.current.kid for purpose, ring in keys.rings.items()} | named


def short(value: object) -> str:
    """A digest by which one value is told from another: the order of sets and mappings never changes it."""
    return hashlib.sha256(_json(value)).hexdigest()[:SHORT]


def _settings(block: BaseModel, before: str = "") -> Iterator[tuple[str, str]]:
    """(name, digest) of each setting but the secrets: those are not even compared."""
    for name, field in type(block).model_fields.items():
        value = getattr(block, name)
        if isinstance(value, BaseModel):
            yield from _settings(value, f"{before}{name}.")
        elif field.repr and not isinstance(value, SecretStr):
            yield f"{before}{name}", short(_without_password(value) if isinstance(value, str) else value)


def _without_password(text: str) -> str:
    """A database's or a server's address without who signs in there."""
    if "://" not in text:
        return text
    parts = urlsplit(text)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _policy(policy: Policy) -> dict[str, str]:
    named = [field.name for field in fields(policy) if field.name not in {"rules", "events"}]
    others = {f"policy.{name}": getattr(policy, name) for name in named}
    rules = {f"rule.{rule.id}": rule for rule in policy.rules}
    events = {f"event.{event.key}": event for event in policy.events}
    return {name: short(value) for name, value in {**others, **rules, **events}.items()}


def _difference(before: Digests, after: Digests) -> dict[str, list[str]]:
    return {
        "added": sorted(set(after) - set(before)),
        "removed": sorted(set(before) - set(after)),
        "changed": sorted(name for name in set(before) & set(after) if before[name] != after[name]),
    }


def _plain(value: object) -> object:
    """What the serialiser does not know itself."""
    match value:
        case BaseModel():
            return dict(_settings(value))
        case AbstractSet():
            return sorted(value, key=str)
        case Mapping():
            return dict(value)
        case timedelta():
            return value.total_seconds()
        case _:
            return str(value)  # a path; a secret, which is written as stars


def _json(tree: object) -> bytes:
    return orjson.dumps(tree, _plain, orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
