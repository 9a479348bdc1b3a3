"""Which decisions on a warning count on its way: those that this hub sealed for it, as its release will ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection

from approvals.seal import broken_seal, sealed_row, sealed_tree
from hub.dossier.frozen import Dossier
from hub.store.alerts import alerts
from hub.store.alerts.alerts import StoredDecision
from hub.store.records import alarms

Keys = Mapping[str, Ed25519PublicKey]


def only_sealed(connection: Connection, dossier: Dossier, keys: Keys) -> Dossier:
    """The dossier without decisions that SQL alone tells of: they take no step, and keep nobody from taking one.

    The release still refuses a warning that has any.
    """
    number = dossier.row.id
    strange = [row for row, _ in _forged_decisions(connection, number, keys)]
    if not strange:
        return dossier
    told = [(row.seal, sealed_row(row)) for row in strange]
    kept = tuple(each for each in dossier.decisions if (each.seal, sealed_tree(number, each)) not in told)
    return replace(dossier, decisions=kept, deciders=alerts.deciders(connection, number, {row.id for row in strange}))


def alarm_forged(connection: Connection, alert: int, keys: Keys, now: int) -> None:
    """Raises an alarm for each standing decision that was not taken through this hub; `now` is in ms."""
    for row, rule in _forged_decisions(connection, alert, keys):
        alarms.raise_once(connection, now, "forged-decision", f"alert/{alert}", f"official {row.official}: {rule}")


def _forged_decisions(connection: Connection, alert: int, keys: Keys) -> Iterator[tuple[StoredDecision, str]]:
    """Each such decision, and why it counts for nothing."""
    for row in alerts.decision_rows(connection, alert, standing=True):
        if rule := broken_seal(row.seal, sealed_row(row), keys):
            yield row, rule
