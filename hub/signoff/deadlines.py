"""Deadlines of the office: countersignatures that are overdue, and referrals that nobody answered."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection

from approvals.level import Level
from hub.settings.settings import ReferralSettings
from hub.signoff.countersign import why_forged
from hub.store.access import units
from hub.store.alerts import countersignatures, referrals
from hub.store.alerts.referrals import LateReferral, NewReferral
from hub.store.records import alarms, audit


def mind(connection: Connection, settings: ReferralSettings, keys: Mapping[str, Ed25519PublicKey], now: int) -> None:
    """Raises an alarm for each deadline that has passed since anybody looked; `now` in ms.

    A countersignature that no key of the hub sealed is none.

    A referral nobody answered goes to the tier above (越级), step by step, each step logged.
    """
    for row in countersignatures.due(connection, now):
        subject = f"alert/{row.alert}"
        why = why_forged(row, keys) if row.met_at is not None else ""
        overdue = row.met_at is None or row.met_at > row.due_at or bool(why)  # late is late, whoever looked when
        countersignatures.note_check(connection, row.alert, now, overdue=overdue)
        if why:
            alarms.raise_alarm(connection, now, "forged-countersignature", subject, f"official {row.official}: {why}")
        if overdue:
            text = f"the countersignature that rule {row.rule} wants is overdue"
            alarms.raise_alarm(connection, now, "countersignature-overdue", subject, text)
    for late in referrals.late(connection, now):
        _pass_on(connection, late, now + int(settings.minutes.of(Level(late.level).word) * 60_000), now)


def _pass_on(connection: Connection, row: LateReferral, due: int, now: int) -> None:
    subject = f"alert/{row.alert}"
    above = units.above(connection, row.to_unit)
    text = f"nobody of {row.to_unit} has answered referral {row.id}"
    alarms.raise_alarm(connection, now, "referral-overdue", subject, text)
    if above is None:
        referrals.postpone(connection, row.id, due)  # nobody stands above: the alarm is repeated
        return
    referrals.close(connection, row.id, referrals.PASSED_ON, 0, text, now)
    new: NewReferral = {
        "alert": row.alert,
        "from_unit": row.from_unit,
        "to_unit": above.name,
        "rule": row.rule,
        "reason": f"{row.reason} ({text})",
        "official": row.official,
        "at": now,
        "due_at": due,
    }
    number = referrals.add(connection, new)
    detail = {"referral": number, "from": row.to_unit, "to": above.name}
    audit.append(connection, at_ms=now, actor="hub", action="referral-passed-on", subject=subject, detail=detail)
