"""An order to leave (紧急转移通知): beyond the township, for another danger, in other words, by one person, unanswered for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.properties import papers
from tests.properties.office import Office
from tests.properties.statute import File
from tests.properties.wrongs.honest import Barred, must, pick
from tests.stories.town import BAOTA, BRIDGE, RIVER

ACT = "an order to leave"
DANGERS = ("滑坡", "泥石流", "崩塌", "地面塌陷")
TOWNSHIP = "桥镇人民政府"


async def orders(office: Office, account: int, file: File, **filled: str) -> bool:
    """Drafts the notice that the file describes; the arbiter hears of it where it was taken."""
    by = (office.town.clock.now() + timedelta(hours=1)).replace(microsecond=0)
    body: dict[str, Any] = {
        "event": file.event,
        "regions": sorted(file.areas),
        "by": by.isoformat(),
        "filled": {"zh-CN": {"place": f"后山{office.drafted}组", "refuge": "镇中心小学"} | filled},
        "channels": ["sms"],
    }
    office.drafted += 1
    answer = await office.asks(account, "POST", "/alerts/evacuations", json=body)
    if not answer.taken:
        return False
    file.number, file.identifier = answer.body["id"], answer.body["identifier"]
    file.version, file.level = answer.body["version"], answer.body["level"]
    file.expires = datetime.fromisoformat(answer.body["expires_at"]).timestamp()
    office.arbiter.files[file.number] = file
    office.arbiter.wrote(account, file)
    return True


def notice(event: str, area: str) -> File:
    return File(0, "red", event, frozenset({area}), "Alert", TOWNSHIP, 0.0, notice=True)


async def people_are_ordered_out(office: Office) -> None:
    """By a township, of its own ground; never of another's, for rain, or in words that say a colour."""
    clerks = sorted(office.arbiter.clerks.items())
    drafters = [n for n, c in clerks if c.unit == TOWNSHIP and "draft" in c.rights and c.active]
    danger = office.dice.choice(DANGERS)
    beyond = office.dice.choice((RIVER, BAOTA))
    for file, filled in (
        (notice(danger, beyond), {}),
        (notice("暴雨", BRIDGE), {}),
        (notice(danger, BRIDGE), {"place": "后山红色预警区"}),
    ):
        if await orders(office, pick(office, drafters), file, **filled):
            office.arbiter.ordered_beyond(file, filled)
        office.ledger.notes(ACT, taken=False)
    file = notice(danger, BRIDGE)
    author = pick(office, [n for n in drafters if "sign" in office.arbiter.clerks[n].rights])
    if not await orders(office, author, file):
        raise Barred
    office.ledger.notes(ACT, taken=True)
    must(await office.submits(author, file, "emergency"))
    await office.says(author, file, "sign")
    must(await office.says(pick(office, office.free("sign", file)), file, "sign"))
    must(await office.releases(pick(office, office.able("release", file)), file))
    await answered_for(office, file)


async def answered_for(office: Office, file: File) -> None:
    """A third person of the township does not stand above it; the county does."""
    free = office.free("sign", office.arbiter.owed(file))
    above = [n for n in free if office.arbiter.is_above(office.arbiter.clerks[n], file.unit)]
    same = [n for n in free if n not in above]
    act = "an order to leave, countersigned"
    for those, taken in ((same, False), (above, True)):
        if those and (await papers.countersigns(office, pick(office, those), file)).taken == taken:
            office.ledger.notes(act, taken=taken)
    await papers.shows(office, file)
