"""A draft that passes another unit's warning on; the way from here is that of every warning."""

from __future__ import annotations

from dataclasses import replace

from approvals.level import Level
from hub.alert.alert import MsgType
from hub.alert.views import PlanRequest
from hub.dossier.frozen import content_of
from hub.dossier.relay import make_relay, must_pass_on
from hub.drafting.context import DraftingContext, Writer
from hub.drafting.plan import plan_for
from hub.drafting.store_draft import store_draft
from hub.drafting.text import finish_text
from hub.errors import Conflict
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from hub.transaction import Tx


def relay(tx: Tx, desk: DraftingContext, writer: Writer, original: int, request: PlanRequest) -> int:
    """Keeps the draft; returns its id. Where the request names no place it is for all of the writer's own area.

    An Update or a Cancel that is relayed follows what this unit relayed of the chain before. Raises Conflict, Invalid,
    Forbidden, NotFound.
    """
    row = tx.alert(original, lock=True)
    must_pass_on(row, writer.unit, tx.now_ms)
    told = content_of(row)
    before = alerts.relays_of(tx.connection, [each.id for each in alerts.chain(tx.connection, row.root or row.id)])
    mine = next((each for each in before if each.unit == writer.unit and each.released_at is not None), None)
    if mine is None and told.msg_type is MsgType.CANCEL:
        raise Conflict("nothing of this warning was relayed: there is nobody to tell", rule=Rule.RELAY, place="alert")
    root = (mine.root or mine.id) if mine is not None else None
    passed = make_relay(told, f"{told.identifier}.relay.{len(before) + 1}")
    text = finish_text(passed, row.content, (), tx.now)
    # The places of the warning are the issuer's to name; these are of those who pass it on.
    plan = plan_for(tx.connection, desk, replace(passed, infos=()), _at_home(request, writer), root)
    lifts = Level(row.level) if told.msg_type is MsgType.CANCEL else None
    return store_draft(tx, desk, writer, replace(text, relays=original, lifts=lifts), plan, root)


def _at_home(request: PlanRequest, writer: Writer) -> PlanRequest:
    named = request.regions or request.areas or request.also.regions or request.also.has_shapes
    if named or writer.official is None:
        return request
    return replace(request, regions=frozenset({writer.official.area}))
