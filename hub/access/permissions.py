"""What opens each door: one permission for the route, the console and the service behind it, and who holds it.

A permission is `scope:resource:action`. `unit` is what concerns one's own unit or what the policy gives it to read,
`hub` what concerns the whole hub, `own` what is one's own, `service` what an upstream system may do. It opens a door
and no more: who may review, sign and release what, and where, is the policy's to say (`approvals`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from approvals.official import Official, Right
from hub.errors import Forbidden
from hub.rules.rule import Rule
from hub.store.access.services import Service, ServiceScope


class Permission(StrEnum):
    """What somebody may ask for, as `scope:resource:action`."""

    UNIT_ALERT_READ = "unit:alert:read"
    UNIT_ALERT_DRAFT = "unit:alert:draft"
    UNIT_ALERT_REVIEW = "unit:alert:review"
    UNIT_ALERT_SIGN = "unit:alert:sign"
    UNIT_ALERT_DECIDE = "unit:alert:decide"
    UNIT_ALERT_COUNTERSIGN = "unit:alert:countersign"
    UNIT_ALERT_RELEASE = "unit:alert:release"
    UNIT_ALARM_WATCH = "unit:alarm:watch"
    UNIT_AREA_READ = "unit:area:read"
    UNIT_AREA_KEEP = "unit:area:keep"
    UNIT_CALL_READ = "unit:call:read"
    UNIT_CALL_ANSWER = "unit:call:answer"
    UNIT_DUTY_READ = "unit:duty:read"
    UNIT_DUTY_MEET = "unit:duty:meet"
    UNIT_MANDATE_READ = "unit:mandate:read"
    UNIT_MANDATE_PROPOSE = "unit:mandate:propose"
    UNIT_MANDATE_DECIDE = "unit:mandate:decide"
    UNIT_MANDATE_REVOKE = "unit:mandate:revoke"
    UNIT_REFERRAL_READ = "unit:referral:read"
    UNIT_REFERRAL_HANDLE = "unit:referral:handle"
    UNIT_ROSTER_READ = "unit:roster:read"
    UNIT_ROSTER_KEEP = "unit:roster:keep"

    HUB_ADDRESS_REVEAL = "hub:address:reveal"
    HUB_ADMINISTRATION_READ = "hub:administration:read"
    HUB_ADMINISTRATION_ASK = "hub:administration:ask"
    HUB_ADMINISTRATION_DECIDE = "hub:administration:decide"
    HUB_ALARM_ACT = "hub:alarm:act"
    HUB_ALARM_WATCH = "hub:alarm:watch"
    HUB_AUDIENCE_COUNT = "hub:audience:count"
    HUB_AUDIENCE_EXPLAIN = "hub:audience:explain"
    HUB_DOCUMENT_CHECK = "hub:document:check"
    HUB_GROUP_READ = "hub:group:read"
    HUB_MANDATE_READ = "hub:mandate:read"
    HUB_MANDATE_REVOKE = "hub:mandate:revoke"
    HUB_OFFICIAL_READ = "hub:official:read"
    HUB_PERSON_ERASE = "hub:person:erase"
    HUB_POLICY_EXPLAIN = "hub:policy:explain"
    HUB_REGION_READ = "hub:region:read"
    HUB_ROSTER_KEEP = "hub:roster:keep"
    HUB_SERVICE_READ = "hub:service:read"
    HUB_TRUST_READ = "hub:trust:read"
    HUB_UNIT_READ = "hub:unit:read"

    OWN_CREDENTIAL_KEEP = "own:credential:keep"
    OWN_PROOF_GIVE = "own:proof:give"
    OWN_SESSION_KEEP = "own:session:keep"

    SERVICE_ALERT_SEND = "service:alert:send"
    SERVICE_ALERT_RELEASE = "service:alert:release"


_DRAFT, _REVIEW, _SIGN = frozenset({Right.DRAFT}), frozenset({Right.REVIEW}), frozenset({Right.SIGN})
_RELEASE, _MONITOR = frozenset({Right.RELEASE}), frozenset({Right.MONITOR})
_ADMINISTER, _REVEAL = frozenset({Right.ADMINISTER}), frozenset({Right.REVEAL})
_PATH = _DRAFT | _REVIEW | _SIGN | _RELEASE  #: who has a part in a warning
_IN_OFFICE = _PATH | _MONITOR
_ANYONE = frozenset(Right)

#: the rights of which one is enough
HOLDERS: Mapping[Permission, frozenset[Right]] = MappingProxyType(
    {
        Permission.UNIT_ALERT_READ: _IN_OFFICE,
        Permission.UNIT_ALERT_DRAFT: _DRAFT,
        Permission.UNIT_ALERT_REVIEW: _REVIEW,
        Permission.UNIT_ALERT_SIGN: _SIGN,
        Permission.UNIT_ALERT_DECIDE: _REVIEW | _SIGN,
        Permission.UNIT_ALERT_COUNTERSIGN: _REVIEW | _SIGN,
        Permission.UNIT_ALERT_RELEASE: _RELEASE,
        Permission.UNIT_ALARM_WATCH: _IN_OFFICE,
        Permission.UNIT_AREA_READ: _IN_OFFICE,
        Permission.UNIT_AREA_KEEP: _DRAFT,
        Permission.UNIT_CALL_READ: _ANYONE,
        Permission.UNIT_CALL_ANSWER: _ANYONE,
        Permission.UNIT_DUTY_READ: _IN_OFFICE,
        Permission.UNIT_DUTY_MEET: _PATH,
        Permission.UNIT_MANDATE_READ: _ANYONE,
        Permission.UNIT_MANDATE_PROPOSE: _DRAFT,
        Permission.UNIT_MANDATE_DECIDE: _REVIEW | _SIGN,
        Permission.UNIT_MANDATE_REVOKE: _PATH | _ADMINISTER,
        Permission.UNIT_REFERRAL_READ: _IN_OFFICE,
        Permission.UNIT_REFERRAL_HANDLE: _PATH,
        Permission.UNIT_ROSTER_READ: _ANYONE,
        Permission.UNIT_ROSTER_KEEP: _ANYONE,  # leaders of a unit keep its roster, whatever their right
        Permission.HUB_ADDRESS_REVEAL: _REVEAL,
        Permission.HUB_ADMINISTRATION_READ: _ADMINISTER,
        Permission.HUB_ADMINISTRATION_ASK: _ADMINISTER,
        Permission.HUB_ADMINISTRATION_DECIDE: _ADMINISTER,
        Permission.HUB_ALARM_ACT: _ADMINISTER,
        Permission.HUB_ALARM_WATCH: _MONITOR,
        Permission.HUB_AUDIENCE_COUNT: _IN_OFFICE,
        Permission.HUB_AUDIENCE_EXPLAIN: _IN_OFFICE,
        Permission.HUB_DOCUMENT_CHECK: _IN_OFFICE,
        Permission.HUB_GROUP_READ: _REVEAL,  # PD-5: which groups one person is in: old, ill, with child
        Permission.HUB_MANDATE_READ: _ADMINISTER,
        Permission.HUB_MANDATE_REVOKE: _ADMINISTER,  # AUTH-7: an administrator may end any mandate
        Permission.HUB_OFFICIAL_READ: _ADMINISTER,
        Permission.HUB_PERSON_ERASE: _REVEAL,
        Permission.HUB_POLICY_EXPLAIN: _IN_OFFICE,
        Permission.HUB_REGION_READ: _IN_OFFICE,
        Permission.HUB_ROSTER_KEEP: _ADMINISTER,
        Permission.HUB_SERVICE_READ: _ANYONE,
        Permission.HUB_TRUST_READ: _ANYONE,
        Permission.HUB_UNIT_READ: _ADMINISTER,
        Permission.OWN_CREDENTIAL_KEEP: _ANYONE,
        Permission.OWN_PROOF_GIVE: _ANYONE,
        Permission.OWN_SESSION_KEEP: _ANYONE,
    }
)
#: the scope that a service needs
SCOPES: Mapping[Permission, ServiceScope] = MappingProxyType(
    {
        Permission.SERVICE_ALERT_SEND: ServiceScope.INGEST,
        Permission.SERVICE_ALERT_RELEASE: ServiceScope.STANDING,
    }
)


def holds(official: Official, permission: Permission) -> bool:
    """Whether one of the official's rights is enough; an official holds no permission of a service."""
    return bool(official.rights & HOLDERS.get(permission, frozenset()))


def service_holds(service: Service, permission: Permission) -> bool:
    """Whether the service has the scope; a service holds no permission of an official."""
    return SCOPES.get(permission) in service.scopes


def demand(official: Official, permission: Permission) -> None:
    """Raises Forbidden unless the official holds the permission."""
    if not holds(official, permission):
        words = " or ".join(sorted(HOLDERS.get(permission, frozenset())))
        raise Forbidden(f"this needs the right to {words}", rule=Rule.RIGHT_MISSING, place="rights")


def demand_of_service(service: Service, permission: Permission) -> None:
    """Raises Forbidden unless the service holds the permission."""
    if not service_holds(service, permission):
        raise Forbidden(f"this needs the scope {SCOPES[permission]}", rule=Rule.SCOPE_MISSING, place="scopes")
