"""An order to leave (紧急转移通知): beyond the township, for another danger, in other words, by one person, unanswered for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.properties import papers
from tests.properties.agency import Agency
from tests.properties.attacks.honest import Barred, must, pick
from tests.properties.policy_model import File
from tests.stories.town import BAOTA, BRIDGE, RIVER

ACT = "an order to leave"
DANGERS = ("滑坡", "泥石流", "崩塌", "地面塌陷")
TOWNSHIP = "桥镇人民政府"


async def orders(agency: Agency, account: int, file: File, **filled: str) -> bool:
    """Drafts the notice that the file describes; the oracle hears of it where it was taken."""
    by = (agency.town.clock.now() + timedelta(hours=1)).replace(microsecond=0)
    body: dict[str, Any] = {
        "event": file.event,
        "regions": sorted(file.areas),
        "by": by.isoformat(),
        "filled": {"zh-CN": {"place": f"后山{agency.drafted}组", "refuge": "镇中心小学"} | filled},
        "channels": ["sms"],
    }
    agency.drafted += 1
    answer = await agency.asks(account, "POST", "/alerts/evacuations", json=body)
    if not answer.taken:
        return False
    file.number, file.identifier = answer.body["id"], answer.body["identifier"]
    file.version, file.level = answer.body["version"], answer.body["level"]
    file.expires = datetime.fromisoformat(answer.body["expires_at"]).timestamp()
    agency.oracle.files[file.number] = file
    agency.oracle.wrote(account, file)
    return True


def notice(event: str, area: str) -> File:
    return File(0, "red", event, frozenset({area}), "Alert", TOWNSHIP, 0.0, notice=True)


async def people_are_ordered_out(agency: Agency) -> None:
    """By a township, of its own ground; never of another's, for rain, or in words that say a colour."""
    clerks = sorted(agency.oracle.clerks.items())
    drafters = [n for n, c in clerks if c.unit == TOWNSHIP and "draft" in c.rights and c.active]
    danger = agency.dice.choice(DANGERS)
    beyond = agency.dice.choice((RIVER, BAOTA))
    for file, filled in (
        (notice(danger, beyond), {}),
        (notice("暴雨", BRIDGE), {}),
        (notice(danger, BRIDGE), {"place": "后山红色预警区"}),
    ):
        if await orders(agency, pick(agency, drafters), file, **filled):
            agency.oracle.ordered_beyond(file, filled)
        agency.ledger.notes(ACT, taken=False)
    file = notice(danger, BRIDGE)
    author = pick(agency, [n for n in drafters if "sign" in agency.oracle.clerks[n].rights])
    if not await orders(agency, author, file):
        raise Barred
    agency.ledger.notes(ACT, taken=True)
    must(await agency.submits(author, file, "emergency"))
    await agency.says(author, file, "sign")
    must(await agency.says(pick(agency, agency.free("sign", file)), file, "sign"))
    must(await agency.releases(pick(agency, agency.able("release", file)), file))
    await answered_for(agency, file)


async def answered_for(agency: Agency, file: File) -> None:
    """A third person of the township does not stand above it; the county does."""
    free = agency.free("sign", agency.oracle.owed(file))
    above = [n for n in free if agency.oracle.is_above(agency.oracle.clerks[n], file.unit)]
    same = [n for n in free if n not in above]
    act = "an order to leave, countersigned"
    for those, taken in ((same, False), (above, True)):
        if those and (await papers.countersigns(agency, pick(agency, those), file)).taken == taken:
            agency.ledger.notes(act, taken=taken)
    await papers.shows(agency, file)
