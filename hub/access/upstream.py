"""Administration of upstream systems: entering a service or a signer takes two administrators, ending it one."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection

from hub.access.administration.kind import Dice, Kind, Payload, PreparedRequest
from hub.access.services import PREFIX, Bearer, hashes_of
from hub.access.trust import certificate_of
from hub.clock import to_ms
from hub.crypto.vault import Vault
from hub.errors import Invalid
from hub.formats.cap.signature import fingerprint_of
from hub.rules.rule import Rule
from hub.store.access import services, trust, units
from hub.store.access.services import NewService, ServiceScope
from hub.store.access.trust import NewTrust
from hub.store.access.units import Unit
from targeting.region import normalise

LONGEST_DAYS = 366  #: neither a token nor a line lives longer; then it is looked at again
DAY_MS = 24 * 3600 * 1000
Item = Annotated[str, Field(min_length=1, max_length=96, pattern=r"^[^,]+$")]  #: a comma parts them in the store


class ServiceCreate(Payload):
    """A system to be entered. `token_hash` is put in by the hub; `days` is how long its token opens anything."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\S.*\S$|^\S$")]
    unit: Annotated[str, Field(min_length=1, max_length=200)]
    scopes: Annotated[tuple[ServiceScope, ...], Field(min_length=1, max_length=2)]
    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)]
    token_hash: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class ServiceRevoke(Payload):
    service: Annotated[int, Field(ge=1)]


def _create_service(connection: Connection, payload: ServiceCreate, now: int) -> Mapping[str, Any]:
    _open_unit(connection, payload.unit)
    expires_at = now + payload.days * DAY_MS
    new = NewService(payload.name, payload.unit, frozenset(payload.scopes), payload.token_hash, expires_at)
    made = services.add(connection, new, now)
    return {"service": made.id, "name": made.name, "expires_at": made.expires_at}


def _revoke_service(connection: Connection, payload: ServiceRevoke, _now: int) -> Mapping[str, Any]:
    services.revoke(connection, payload.service)
    return {"service": payload.service}


class TrustAdd(Payload):
    """A line to be entered: who signs as which CAP sender, for which areas and events, until when.

    `certificate` is PEM; `areas` are region keys, `events` patterns of event codes or words.
    """

    sender: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S+$")]
    certificate: Annotated[str, Field(max_length=20_000)]
    areas: Annotated[tuple[Item, ...], Field(min_length=1, max_length=200)]
    events: Annotated[tuple[Item, ...], Field(min_length=1, max_length=200)]
    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)]


class TrustRevoke(Payload):
    trust: Annotated[int, Field(ge=1)]


def _add_trust(connection: Connection, payload: TrustAdd, now: int) -> Mapping[str, Any]:
    certificate = certificate_of(payload.certificate)
    line = NewTrust(
        sender=payload.sender,
        certificate=payload.certificate,
        fingerprint=fingerprint_of(certificate),
        areas=tuple(normalise("", area) for area in payload.areas),
        events=payload.events,
        valid_from=now,
        valid_until=min(now + payload.days * DAY_MS, to_ms(certificate.not_valid_after_utc)),
    )
    if line.valid_until <= now:
        raise Invalid("the certificate has expired", rule=Rule.TRUST_CERTIFICATE, place="certificate")
    made = trust.add(connection, line, now)
    return {"trust": made.id, "fingerprint": line.fingerprint, "valid_until": line.valid_until}


def _revoke_trust(connection: Connection, payload: TrustRevoke, now: int) -> Mapping[str, Any]:
    found = trust.revoke(connection, payload.trust, now)
    return {"trust": payload.trust, "fingerprint": found.line.fingerprint}


def _show_signer(payload: TrustAdd) -> Mapping[str, Any]:
    """The second administrator compares the fingerprint with the one the sender gave by another way."""
    return {"fingerprint": fingerprint_of(certificate_of(payload.certificate))}


def _open_unit(connection: Connection, name: str) -> Unit:
    unit = units.by_name(connection, name)
    if unit is None or not unit.active:
        raise Invalid("there is no open unit of this name", rule=Rule.UNIT_UNKNOWN, place="unit")
    return unit


def _subject_service(payload: ServiceCreate) -> str:
    return f"service/{payload.name}"


TRUST_ADD = Kind("trust-add", TrustAdd, lambda payload: f"trust/{payload.sender}", _add_trust, shown=_show_signer)
# Removing needs no second administrator (SEP-5).
SERVICE_REVOKE = Kind(
    "service-revoke", ServiceRevoke, lambda payload: f"service/{payload.service}", _revoke_service, alone=True
)
TRUST_REVOKE = Kind("trust-revoke", TrustRevoke, lambda payload: f"trust/{payload.trust}", _revoke_trust, alone=True)


def upstream_kinds(vault: Vault) -> tuple[Kind[Any], ...]:
    """What administration may be asked for."""

    def prepare(payload: ServiceCreate, dice: Dice) -> PreparedRequest[ServiceCreate]:
        # Told to who files the request; it opens nothing before another agrees.
        token = PREFIX + base64.urlsafe_b64encode(dice(32)).rstrip(b"=").decode()
        known = hashes_of(vault, token, Bearer(payload.name, payload.unit, frozenset(payload.scopes)))[0]
        return PreparedRequest(payload.model_copy(update={"token_hash": known}), {"token": token})

    create = Kind("service-create", ServiceCreate, _subject_service, _create_service, prepare=prepare)
    return (create, SERVICE_REVOKE, TRUST_ADD, TRUST_REVOKE)
