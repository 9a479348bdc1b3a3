"""Upstream systems: entered by administration, known by a token that is shown once, never more than their scopes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from approvals.named_rule import NamedRule
from hub.access.permissions import Permission, demand_of_service
from hub.clock import Clock, to_ms
from hub.crypto.keyed_hash import marks
from hub.crypto.vault import Vault
from hub.rules.credential_rule import CredentialRule
from hub.rules.rule import Rule
from hub.store.access import services as store
from hub.store.access import units
from hub.store.access.services import Service, ServiceScope
from hub.store.access.units import Unit
from hub.store.sql.database import Database

PREFIX = "fhs_"  #: marks the token as a service's: no token of an official begins so, and scanners know a leaked one


class ServiceTokenRefused(Exception):
    """The token opens nothing. `rule` says why and never quotes it."""

    def __init__(self, rule: NamedRule) -> None:
        super().__init__(rule)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a token is good for."""

    name: str
    unit: str
    scopes: frozenset[ServiceScope]


def hashes_of(vault: Vault, token: str, bearer: Bearer) -> tuple[str, ...]:
    """What is kept of a token, under this key and older ones: no use to another service, unit or scopes."""
    return marks(vault, "service", bearer.name, bearer.unit, *sorted(bearer.scopes), token)


@dataclass(frozen=True, slots=True)
class Caller:
    """A service that showed a good token, and the unit it sends for."""

    service: Service
    unit: Unit


@dataclass(frozen=True, slots=True)
class Services:
    """Who is calling, of the systems that are known."""

    db: Database
    clock: Clock
    vault: Vault

    async def authenticate(self, token: str, permission: Permission) -> Caller:
        """The service that holds this token. Raises ServiceTokenRefused, and Forbidden without the permission."""
        if not token.startswith(PREFIX):
            raise ServiceTokenRefused(CredentialRule.TOKEN_MALFORMED)
        caller = await self.db.read(lambda connection: self._caller(connection, token))
        demand_of_service(caller.service, permission)
        return caller

    def _caller(self, connection: Connection, token: str) -> Caller:
        known = store.tokens(connection)
        found = next((each for each, kept in known if kept in self._hashes_of(each, token)), None)
        if found is None:
            raise ServiceTokenRefused(Rule.SERVICE_UNKNOWN)
        if not found.active:
            raise ServiceTokenRefused(CredentialRule.SERVICE_REVOKED)
        if not found.is_open(to_ms(self.clock.now())):
            raise ServiceTokenRefused(CredentialRule.TOKEN_EXPIRED)
        unit = units.by_name(connection, found.unit)
        if unit is None or not unit.active:
            raise ServiceTokenRefused(CredentialRule.SERVICE_UNIT_CLOSED)
        return Caller(found, unit)

    def _hashes_of(self, service: Service, token: str) -> tuple[str, ...]:
        return hashes_of(self.vault, token, Bearer(service.name, service.unit, service.scopes))
