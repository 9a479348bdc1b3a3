"""What a township of the demonstration may do by itself: have people leave, in prepared words (紧急转移通知)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from approvals.grant import EMERGENCY
from approvals.load import BEIJING
from approvals.official import Official, Right
from channels.message import Form
from hub.app import Hub
from hub.clock import to_ms
from hub.compose.evacuation_notice import FilledPlaces
from hub.drafting.evacuation import EvacuationRequest
from hub.local.demo.layout import Township
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from targeting.region import is_chinese

CLERK = "吴桐"  #: on duty at the township
TIME = timedelta(hours=1)


async def notice_of(hub: Hub, townships: tuple[Township, ...]) -> Form | None:
    """The first form of a notice that the first township of the town drafts and submits; then it is withdrawn, since
    nobody signs it. None where the town is in no Chinese township.
    """
    home = next((each for each in townships if each.inside and is_chinese(each.key)), None)
    if home is None:
        return None
    unit = f"{home.name}人民政府"

    def enter(connection: Connection) -> Official:
        new = NewOfficial(CLERK, unit, home.key, frozenset({Right.DRAFT}), "government")
        return officials.add(connection, new, to_ms(hub.clock.now()))

    clerk = await hub.db.write(enter)
    filled = {"zh-CN": FilledPlaces(f"{home.name}后山", f"{home.name}中心小学")}
    places, by = frozenset({home.key}), hub.clock.now().astimezone(BEIJING) + TIME
    draft = await hub.drafting.evacuate(clerk, EvacuationRequest("landslide", places, by, filled, "12379", ("sms",)))
    view = await hub.submission.submit(clerk, draft.id, draft.version, EMERGENCY)
    forms = await hub.alerts.forms(view.id)
    await hub.drafting.withdraw(clerk, view.id, "shown in the demonstration")
    return forms[0]
