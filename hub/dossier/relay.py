"""A relay (转发): another unit's warning, passed on to one's own people in the issuer's own words.

气象灾害防御条例 (2017) art. 30 lets nobody else issue a weather signal; 浙江条例 (2020) art. 24 lets others pass
one on, naming station and time, neither altered nor cut. So a relay has no text of its own: all it adds is to whom, and
by what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from channels.message import Form
from hub.alert.alert import Alert
from hub.alert.lifecycle import Stage
from hub.dossier.frozen import Dossier, content_of
from hub.dossier.verified_order import VerifiedOrders
from hub.errors import Conflict, Invalid
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow


def make_relay(told: Alert, identifier: str) -> Alert:
    """The message that passes `told` on: its own identifier, one reference more, and else nothing of its own."""
    return replace(told, identifier=identifier, references=(*told.references, told.reference))


def must_pass_on(row: AlertRow, unit: str, now: int) -> None:
    """Raises Conflict or Invalid where a message is not one that `unit` may pass on; `now` in ms."""
    if row.relays is not None:
        raise Conflict(f"it is a relay itself: relay alert {row.relays}", rule=Rule.RELAY, place="alert")
    if row.stage != Stage.RELEASED or row.expires_at <= now:
        raise Conflict("only what is released and in force is passed on", rule=Rule.RELAY, place="alert")
    if row.released_at is not None and row.released_at > now:
        raise Conflict("it is held back until its hour, and nobody has it yet", rule=Rule.RELAY, place="alert")
    if row.unit == unit:
        raise Conflict("a unit updates its own warning, and does not relay it", rule=Rule.RELAY, place="alert")
    if not all(info.sender_name.strip() for info in content_of(row).infos):
        raise Invalid("a relay names who issued the warning", rule=Rule.MET_46, place="alert/info/senderName")


def must_be_unaltered(connection: Connection, dossier: Dossier, orders: VerifiedOrders, now: int) -> None:
    """Raises Conflict where a relay says anything else than the message it passes on, or that one holds no more."""
    original = original_of(connection, dossier.row)
    if original is None:
        return
    must_pass_on(original, dossier.row.unit, now)
    issued = orders.dossier(connection, original, now)
    if issued is None or orders.in_force(connection, original, now) is None:
        raise Conflict("its record is not that of a release: nobody passes it on", rule=Rule.ACTS, place="alert")
    if dossier.alert != make_relay(issued.alert, dossier.alert.identifier):
        raise Conflict("a relay neither alters nor cuts what it passes on", rule=Rule.ZJ_24, place="alert")


def must_be_free_text(row: AlertRow, act: str) -> None:
    """Raises Conflict for a relay: its text is the issuer's."""
    if row.relays is not None:
        text = f"alert {row.relays} is passed on in its issuer's words: nobody else {act} it"
        raise Conflict(text, rule=Rule.ZJ_24, place="alert")


def original_of(connection: Connection, row: AlertRow) -> AlertRow | None:
    """The message a relay passes on; None where the row is no relay. Raises Conflict where it is not there."""
    if row.relays is None:
        return None
    found = alerts.get(connection, row.relays)
    if found is None:
        raise Conflict(f"there is no alert {row.relays} to pass on", rule=Rule.RELAY, place="alert")
    return found


def in_issuers_words(issued: Sequence[Form], composed: Sequence[Form]) -> tuple[Form, ...]:
    """The forms of a relay: the issuer's own, which its officials signed, where channel, language and part have one."""
    known = {(form.channel, form.language, form.part): form for form in issued}
    return tuple(known.get((form.channel, form.language, form.part), form) for form in composed)
