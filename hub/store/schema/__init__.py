"""Every table. Times are integer milliseconds since the epoch, UTC; sets are serialised roaring bitmaps.

Alembic's migrations build exactly this; a test compares the two.
"""

from __future__ import annotations

from hub.store.schema.alerts import acts, alert_authors, alerts, decisions, forms, order_parts, orders
from hub.store.schema.calls import calls, matters
from hub.store.schema.delivery import (
    assessments,
    campaigns,
    co_holders,
    deliveries,
    escalations,
    parked_receipts,
    provider_references,
    receipt_backlogs,
    receipts,
    shards,
    silence_waits,
)
from hub.store.schema.identity import (
    challenges,
    credentials,
    identities,
    proofs,
    refresh_tokens,
    revoked_tokens,
    sessions,
    throttles,
)
from hub.store.schema.keys import Key, metadata
from hub.store.schema.officials import admin_requests, officials, units
from hub.store.schema.papers import (
    countersignatures,
    duties,
    referrals,
    services,
    standing_authorisations,
    standing_decisions,
    trusted_senders,
)
from hub.store.schema.places import (
    address_hashes,
    areas,
    bitmaps,
    endpoints,
    import_refusals,
    import_unplaced,
    imports,
    partner_events,
    partners,
    points,
    recipients,
    regions,
)
from hub.store.schema.preferences import (
    address_opt_outs,
    preferences,
    preferences_history,
    service_codes,
    service_counts,
)
from hub.store.schema.records import alarms, audit, feedback, idempotency, leases
from hub.store.schema.roster import official_addresses, official_contacts, shifts

__all__ = [
    "Key",
    "acts",
    "address_hashes",
    "address_opt_outs",
    "admin_requests",
    "alarms",
    "alert_authors",
    "alerts",
    "areas",
    "assessments",
    "audit",
    "bitmaps",
    "calls",
    "campaigns",
    "challenges",
    "co_holders",
    "countersignatures",
    "credentials",
    "decisions",
    "deliveries",
    "duties",
    "endpoints",
    "escalations",
    "feedback",
    "forms",
    "idempotency",
    "identities",
    "import_refusals",
    "import_unplaced",
    "imports",
    "leases",
    "matters",
    "metadata",
    "official_addresses",
    "official_contacts",
    "officials",
    "order_parts",
    "orders",
    "parked_receipts",
    "partner_events",
    "partners",
    "points",
    "preferences",
    "preferences_history",
    "proofs",
    "provider_references",
    "receipt_backlogs",
    "receipts",
    "recipients",
    "referrals",
    "refresh_tokens",
    "regions",
    "revoked_tokens",
    "service_codes",
    "service_counts",
    "services",
    "sessions",
    "shards",
    "shifts",
    "silence_waits",
    "standing_authorisations",
    "standing_decisions",
    "throttles",
    "trusted_senders",
    "units",
]
