"""The whole estimate of a draft, as a reviewer waits for it: after a week of warnings, and nothing of it is kept."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.load import load_policy
from bench import population
from bench.bed import warning
from channels.cap_broadcast import CapHttp
from channels.email_smtp import SmtpDriver
from channels.twilio_sms import TwilioSms
from channels.twilio_voice import TwilioVoice
from hub.alert.lifecycle import Stage
from hub.audience.plan import Plan
from hub.clock import SystemClock, to_ms
from hub.crypto.keys import Keys
from hub.dossier.acts import Acts
from hub.dossier.verified_order import VerifiedOrders
from hub.drafting.store_draft import values
from hub.drafting.text import DraftText
from hub.estimate.estimator import Estimator
from hub.estimate.service import Estimates
from hub.estimate.view import Estimate
from hub.formats.cap.write import write
from hub.settings.settings import CONFIG_DIR, EstimateSettings
from hub.store.alerts import alerts
from hub.store.register import bitmaps
from hub.store.sql.database import Database
from targeting import group
from targeting.audience import Audience
from targeting.bitmap import pack

SENT = 40  #: warnings of the last week: every fifth to a few provinces together, the others to one
#: an estimate asks of a driver what sort it is, which the classes know
DRIVERS: dict[str, Any] = {"sms": TwilioSms, "voice": TwilioVoice, "email": SmtpDriver, "broadcast": CapHttp}


def estimates(db: Database) -> Estimates:
    """The service with the project's own policy and groups."""
    groups, policy = group.load(CONFIG_DIR / "groups.toml"), load_policy(CONFIG_DIR / "authority.toml")
    keys = Keys.load(Path(tempfile.mkdtemp()), {})
    estimator, orders = Estimator(EstimateSettings(), DRIVERS, groups), VerifiedOrders(Acts(keys.order))
    return Estimates(db, SystemClock(), policy, estimator, orders)


def drafted(connection: Connection, audience: Audience) -> int:
    """A draft for these people, after a week of warnings, in the caller's transaction; its number."""
    clock = SystemClock()
    provinces = sorted(population.PROVINCES)
    for number in range(SENT):
        keys = [f"{provinces[(number + more) % len(provinces)]}0000000000" for more in range(1 if number % 5 else 6)]
        people = bitmaps.union(connection, bitmaps.REGION, keys)
        at = to_ms(clock.now() - timedelta(hours=4 * number))
        row = _row(f"sent-{number}", Audience(frozenset(keys)), {"stage": Stage.RELEASED, "released_at": at})
        alerts.insert_order(connection, alerts.insert_alert(connection, row), "", (pack(people), pack(BitMap())), at)
    return alerts.insert_alert(connection, _row("draft", audience, {"stage": Stage.DRAFT}))


def estimated(connection: Connection, service: Estimates, draft: int) -> Estimate:
    """What releasing the draft would do."""
    found = service.of_alert_on(connection, draft)
    assert found.persons
    assert len(found.recent) == 2
    return found


def _row(identifier: str, audience: Audience, more: dict[str, Any]) -> dict[str, Any]:
    alert = warning(identifier)
    cap, now = write(alert), to_ms(SystemClock().now())
    plan = Plan(audience, tuple(DRIVERS), added=audience)
    origin = {"unit": "", "service": None, "created_by": 0, "created_at": now, "version": 1}
    return values(DraftText(alert, cap, cap, ()), plan, None) | origin | more
