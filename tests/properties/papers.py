"""What comes beside the way of a warning: referrals, countersignatures, and papers under which a sensor releases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from hub.access.services import Bearer, hashes_of
from hub.clock import to_ms
from hub.formats.cap.write import write
from hub.store.access import services
from hub.store.access.services import NewService, ServiceScope
from tests.properties.agency import UNITS, XML, Agency, Answer, Text
from tests.properties.desks import in_english
from tests.properties.lending import STANDING, Paper
from tests.properties.oracle import Sent
from tests.properties.policy_model import File
from tests.stories.town import BAOTA
from tests.stories.warnings import SCHEME, Area, NamedValue, alert_of

GRANTOR = UNITS[0][0]
SENSOR, SENDER = "gauges", "gauge@sensor.example"
TOKEN = "fhs_" + "g" * 43
SCOPES = frozenset({ServiceScope.INGEST, ServiceScope.STANDING})
WORDS = {"zh-CN": "{number:number 1..99999}号 山洪", "en-US": "Flash flood {number:number 1..99999}"}


async def refers(agency: Agency, account: int, file: File, to_unit: str = "") -> Answer:
    body = {"reason": "超出本级权限"} | ({"to_unit": to_unit} if to_unit else {})
    clerk = agency.oracle.clerks[account]
    why = "" if clerk.unit == file.unit else "issuer"
    answer = await agency.asks(account, "POST", f"/alerts/{file.number}/referral", json=body)
    agency.counts("refer", why, answer)
    if answer.taken:
        agency.oracle.referred(account, file, await agency.inbox(file))
    return answer


async def takes_up(agency: Agency, account: int, file: File, way: str) -> Answer:
    """`way`: adopt, return or decline."""
    listed = (await agency.asks(agency.reader(), "GET", "/referrals")).body["items"]
    mine = [each for each in listed if each["alert"] == file.number]
    if not mine:
        return Answer(404, {})
    body = {"version": mine[-1]["version"], "reason": "请补充地名"}
    why = "" if agency.oracle.clerks[account].unit == mine[-1]["to_unit"] else "inbox"
    answer = await agency.asks(account, "POST", f"/referrals/{mine[-1]['id']}/{way}", json=body)
    agency.counts("take up", why, answer)
    if answer.taken:
        file.version = answer.body["version"]
        agency.oracle.took_up(account, file, mine[-1]["to_unit"], way)
    return answer


async def countersigns(agency: Agency, account: int, file: File, **word: str) -> Answer:
    said = {"verdict": "approve", "digest": file.digest, "reason": ""} | word
    why = agency.oracle.barred(account, file) or ("nothing owed" if file.due is None or file.met else "")
    why = why or agency.judged(account, agency.oracle.skipped(file), agency.oracle.owed(file))
    why = why or (
        "below" if file.notice and not agency.oracle.is_above(agency.oracle.clerks[account], file.unit) else ""
    )
    answer = await agency.asks(account, "POST", f"/alerts/{file.number}/countersignature", json=said)
    agency.counts("countersign", why, answer)
    if answer.taken:
        agency.oracle.countersigned(account, file, said, agency.now)
        if said["verdict"] == "reject":
            await _finds_cancel(agency, account, file)
    return answer


async def _finds_cancel(agency: Agency, account: int, file: File) -> None:
    """Who refuses to countersign has drafted the Cancel with it."""
    page = (await agency.asks(agency.reader(), "GET", "/alerts", params={"limit": "20"})).body["items"]
    for each in page:
        if each["id"] not in agency.oracle.files and each["msg_type"] == "Cancel":
            made = agency.opens_cancel(each, file)
            made.authors.add(agency.oracle.clerks[account].person)


async def shows(agency: Agency, file: File) -> None:
    """The oracle looks at what a released warning says it owes."""
    if file.released:
        view = (await agency.asks(agency.reader(), "GET", f"/alerts/{file.number}")).body
        agency.oracle.shown(file, view["countersignature"], agency.now)


# --- papers signed beforehand


async def knows_sensor(agency: Agency) -> None:
    """Entered by administration."""
    hub = agency.town.hub
    token = hashes_of(hub.vault, TOKEN, Bearer(SENSOR, GRANTOR, SCOPES))[0]
    now = to_ms(agency.town.clock.now())

    def work(connection: Connection) -> None:
        services.add(connection, NewService(SENSOR, GRANTOR, SCOPES, token, now + 400 * 24 * 3600 * 1000), now)

    await hub.db.write(work)


def document_of(agency: Agency, **changes: Any) -> dict[str, Any]:
    """A paper for flash floods in Baota."""
    now = agency.town.clock.now()
    spoken = {"zh-CN": ("山洪", GRANTOR), "en-US": ("Flash flood", in_english(GRANTOR))}
    texts = [
        {"language": tongue, "event": event, "sender_name": sender, "headline": WORDS[tongue], "area": event}
        for tongue, (event, sender) in spoken.items()
    ]
    return {
        "name": f"flash floods {agency.drafted}-{len(agency.oracle.papers)}",
        "document_no": "〔2026〕7号",
        "grantor": GRANTOR,
        "grantee": SENSOR,
        "sender": SENDER,
        "events": ["山洪"],
        "levels": ["red", "orange"],
        "areas": [BAOTA],
        "channels": ["sms"],
        "texts": texts,
        "longest_hours": 2,
        "most_per_hour": 2,
        "valid_from": now.isoformat(),
        "valid_until": (now + timedelta(days=3)).isoformat(),
        "review_by": (now + timedelta(days=2)).isoformat(),
        "signed": False,
    } | changes


async def proposes(agency: Agency, account: int, **changes: Any) -> Paper | None:
    return await proposes_paper(agency, account, STANDING, document_of(agency, **changes))


async def proposes_paper(agency: Agency, account: int, kind: str, document: dict[str, Any]) -> Paper | None:
    answer = await agency.asks(account, "POST", f"/{kind}", json={"document": document})
    if not answer.taken:
        return None
    paper = Paper(answer.body["id"], document, answer.body["digest"], set(), kind)
    agency.oracle.proposed(account, paper)
    return paper


async def grants(agency: Agency, account: int, paper: Paper, step: str, **word: str) -> Answer:
    said = {"step": step, "verdict": "approve", "digest": paper.digest, "reason": ""} | word
    clerk, most = agency.oracle.clerks[account], paper.most()[0]
    barred = clerk.person in paper.authors | paper.decided or clerk.unit != paper.document["grantor"]
    why = "paper" if barred else agency.judged(account, step, most)
    answer = await agency.asks(account, "POST", f"/{paper.kind}/{paper.number}/decisions", json=said)
    agency.counts("a word on a paper", why, answer)
    if answer.taken:
        agency.oracle.granted(account, paper, said)
    return answer


async def revokes(agency: Agency, account: int, paper: Paper) -> Answer:
    path = f"/{paper.kind}/{paper.number}/revoke"
    why = agency.oracle.may_not_revoke(account, paper)
    answer = await agency.asks(account, "POST", path, json={"reason": "不再需要"})
    agency.counts("a paper revoked", why, answer)
    if answer.taken:
        agency.oracle.revoked(account, paper)
    return answer


async def senses(agency: Agency, text: Text, hours: float = 1, words: str = "", channels: str = "sms") -> File | None:
    """The sensor sends; `words` are added to what the paper lets it say. The file where it was released."""
    agency.drafted += 1
    now = agency.town.clock.now()
    base = alert_of(now, f"gauge-{agency.drafted}", *text.areas, lasts=timedelta(hours=hours), severity="Extreme")
    chinese, english = (
        replace(
            info,
            event=event if text.event == "山洪" else text.event,
            severity={"red": "Extreme", "orange": "Severe", "yellow": "Moderate", "blue": "Minor"}[text.level],
            sender_name=sender,
            headline=headline.replace("{number:number 1..99999}", str(agency.drafted)) + words,
            description="",
            instruction="",
            areas=tuple(Area(event, geocodes=(NamedValue(SCHEME, key),)) for key in text.areas),
        )
        for info, event, sender, headline in zip(
            base.infos, ("山洪", "Flash flood"), (GRANTOR, in_english(GRANTOR)), WORDS.values(), strict=True
        )
    )
    source = write(replace(base, sender=SENDER, infos=(chinese, english)))
    answer = await agency.calls(
        SENSOR, TOKEN, "POST", "/ingest", data=source, params={"channels": channels}, headers=XML
    )
    agency.ledger.notes("a message under a paper", taken=answer.taken and answer.body["stage"] == "released")
    if not answer.taken:
        return None
    expires = datetime.fromtimestamp(agency.now + hours * 3600, UTC).timestamp()
    file = File(answer.body["alert"], text.level, text.event, frozenset(text.areas), "Alert", GRANTOR, expires)
    file.identifier = base.identifier
    agency.oracle.files[file.number] = file
    if answer.body["stage"] != "released":
        return None
    file.digest, file.path = answer.body["digest"], "full"
    await agency.reads_forms(agency.reader(), file)
    sent = Sent(agency.now, text.level, text.event, file.areas, frozenset({channels}), hours, words == "")
    agency.oracle.released_under(answer.body["standing"]["id"], file, sent)
    return file
