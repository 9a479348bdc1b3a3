"""Whether a release order rests on the parties to its warning: on their decisions as they are on record, sealed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from approvals.decision import APPROVE
from approvals.order import ReleaseOrder, strange_party
from approvals.seal import broken_seal, sealed_row
from hub.clock import to_ms
from hub.dossier.acts import Acts
from hub.store.alerts import alerts


def without_right(connection: Connection, acts: Acts, order: ReleaseOrder, issuers: Sequence[str]) -> str:
    """Why nobody may follow the order: an issuer, as its digest names them, has not signed; somebody else's people
    decided; a decision is forged, or not on record. Empty where nothing is wrong.
    """
    if strange := strange_party(order, issuers):
        return strange
    if order.rule.startswith("standing:"):
        return ""  # its decisions are the paper's
    taken = set()
    for row in alerts.decision_rows(connection, order.alert, standing=True):  # in office or not: it was released
        if row.verdict == APPROVE and row.digest == order.digest:
            if rule := broken_seal(row.seal, sealed_row(row), acts.ring):
                return f"a decision it rests on is forged: {rule}"
            taken.add((row.official, row.step, row.at))
    missing = [each for each in order.decisions if (each.official, each.step, to_ms(each.at)) not in taken]
    return f"the {missing[0].step} of {missing[0].name} is not on record" if missing else ""
