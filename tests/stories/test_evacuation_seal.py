"""An urgent evacuation notice is sealed to its form: whatever of it is changed, added or left out, it is not submitted,
and no way but its own makes, edits or adopts one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from lxml import etree

from hub.alert.views import AlertView, PlanRequest
from hub.compose.evacuation_notice import FilledPlaces
from hub.dossier.issuers import IssuersRequest
from hub.drafting import service as drafting
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.signoff import freeze, referral
from hub.store.alerts import alerts
from targeting.audience import Audience
from tests.stories.cast import BRIDGE
from tests.stories.test_evacuation import COUNTY, drafts, notice, orders, settled, submits
from tests.stories.town import Town
from tests.stories.units import enters

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
#: what CAP 1.2 §3.2 lets stand in each of its blocks, with a value that reads
OPTIONAL = {
    "alert": {
        "source": "红色预警", "addresses": "everybody", "code": "红色", "note": "快跑", "incidents": "红色",
        "references": "a,b,2026-07-12T00:00:00+08:00",
    },
    "info": {
        "audience": "红色", "onset": "2026-07-12T00:00:00+08:00", "effective": "2026-07-12T00:00:00+08:00",
        "web": "http://a.cn", "responseType": "Shelter", "category": "Fire",
    },
    "area": {
        "polygon": "36,109 36,110 37,110 36,109", "circle": "36,109 1", "altitude": "1", "ceiling": "100",
    },
}  # fmt: skip
NAMED = {"info": ("eventCode", "parameter"), "area": ("geocode",)}
ORDER = {
    "alert": "identifier sender sent status msgType source scope restriction addresses code note references incidents info",
    "info": "language category event responseType urgency severity certainty audience eventCode effective onset expires"
    " senderName headline description instruction web contact parameter resource area",
    "area": "areaDesc polygon circle geocode altitude ceiling",
}
OTHERS = {
    "status": "Test", "msgType": "Update", "scope": "Restricted", "category": "Fire", "responseType": "Monitor",
    "urgency": "Expected", "severity": "Severe", "certainty": "Observed", "language": "zh-HK",
    "expires": "2031-07-12T00:00:00+08:00", "sent": "2020-07-12T00:00:00+08:00",
}  # fmt: skip


def _name(element: Any) -> str:
    return str(element.tag).removeprefix(CAP)


def _put(parent: Any, made: Any) -> None:
    """Where the schema wants it (CAP 1.2 §3.4)."""
    order = ORDER[_name(parent)].split()
    at = sum(order.index(_name(each)) <= order.index(_name(made)) for each in parent)
    parent.insert(at, made)


def changes(cap: bytes) -> Iterator[tuple[str, bytes]]:
    """Every element of the message changed, left out, said twice, and every other one that CAP knows added."""
    tree = etree.fromstring(cap).getroottree()
    for element in list(tree.getroot().iter(etree.Element)):
        path = tree.getpath(element)
        name = _name(element)
        again = etree.fromstring(cap)
        [same] = again.getroottree().xpath(tree.getpath(element))
        if not len(same):
            same.text = OTHERS.get(name, f"{same.text}1")
            yield f"changed {name} {path}", etree.tostring(again)
        if element.getparent() is not None:
            again = etree.fromstring(cap)
            [same] = again.getroottree().xpath(tree.getpath(element))
            same.getparent().remove(same)
            yield f"without {name} {path}", etree.tostring(again)
        for added, value in OPTIONAL.get(name, {}).items():
            again = etree.fromstring(cap)
            [same] = again.getroottree().xpath(tree.getpath(element))
            made = etree.Element(CAP + added)
            made.text = value
            _put(same, made)
            yield f"with {added} {path}", etree.tostring(again)
        for added in NAMED.get(name, ()):
            again = etree.fromstring(cap)
            [same] = again.getroottree().xpath(tree.getpath(element))
            made = etree.Element(CAP + added)
            etree.SubElement(made, CAP + "valueName").text = "行政区划代码"
            etree.SubElement(made, CAP + "value").text = "610602001001"
            _put(same, made)
            yield f"with {added} {path}", etree.tostring(again)


def _open_the_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents are taken under the mark of a notice: what submit makes anew is then all that holds them back."""
    monkeypatch.setattr(drafting, "must_come_by_its_form", lambda _alert: None)
    monkeypatch.setattr(drafting, "must_not_be_notice", lambda _row, _alert, _act: None)


async def _content(town: Town, alert_id: int) -> bytes:
    return bytes(await town.hub.db.read(lambda connection: alerts.get(connection, alert_id).content))  # type: ignore[union-attr]


async def _is_refused(town: Town, view: AlertView) -> bool:
    try:
        await submits(town, view)
    except (Invalid, Conflict, Forbidden):
        return True
    return False


async def test_no_element_of_a_notice_can_be_changed_added_or_left_out(settle, monkeypatch) -> None:
    town = await settled(settle)
    draft = await drafts(town, filled={"zh-CN": FilledPlaces("后山3组", "镇中心小学")})
    cap, plan = await _content(town, draft.id), PlanRequest(("sms",))
    _open_the_doors(monkeypatch)
    mayor, version = town.officials["mayor"], draft.version
    tried, judged = 0, 0
    for change, document in changes(cap):
        if change.startswith("without senderName"):
            continue  # the hub fills it in again: the story below
        tried += 1
        try:
            view = await town.hub.drafting.replace(mayor, draft.id, version, document, plan)
        except (Invalid, Conflict, Forbidden, NotFound):
            continue  # it is no draft at all
        version = view.version
        if await _content(town, draft.id) == cap:
            continue  # what the hub drops itself, such as addresses of a public message: nothing is changed
        judged += 1
        assert await _is_refused(town, view), f"submitted: {change}"
    assert tried > 60
    assert judged > 30
    view = await town.hub.drafting.replace(mayor, draft.id, version, cap, plan)
    assert (await submits(town, view)).missing == ("sign",), "and as it was prepared it is submitted"


async def test_a_name_of_the_issuer_that_is_left_out_is_filled_in_as_it_was_prepared(settle, monkeypatch) -> None:
    town = await settled(settle)
    draft = await drafts(town)
    cap = await _content(town, draft.id)
    _open_the_doors(monkeypatch)
    document = next(each for change, each in changes(cap) if change.startswith("without senderName"))
    mayor, plan = town.officials["mayor"], PlanRequest(("sms",))
    view = await town.hub.drafting.replace(mayor, draft.id, draft.version, document, plan)
    assert (await submits(town, view)).missing == ("sign",)
    assert await _content(town, draft.id) == cap


@pytest.mark.parametrize("part", ["areaDesc", "severity", "contact", "expires", "description"])
async def test_without_the_comparison_a_change_would_be_submitted(settle, monkeypatch, part: str) -> None:
    """The guard taken out: the story above would fail."""
    town = await settled(settle)
    draft = await drafts(town)
    cap = await _content(town, draft.id)
    _open_the_doors(monkeypatch)
    monkeypatch.setattr(freeze, "must_be_prepared", lambda *_all: None)
    tree = etree.fromstring(cap)
    told = {"severity": "Severe", "expires": (notice(town).by.replace(second=1)).isoformat(), "contact": "call me"}
    for element in tree.iter(CAP + part):
        element.text = told.get(part, "后山危险")
    plan = PlanRequest(("sms",))
    view = await town.hub.drafting.replace(town.officials["mayor"], draft.id, draft.version, etree.tostring(tree), plan)
    assert (await submits(town, view)).missing == ("sign",)


async def test_over_the_api_no_document_makes_or_edits_a_notice_and_the_remedy_is_told(settle) -> None:
    town = await settled(settle)
    draft = await drafts(town)
    cap = await _content(town, draft.id)
    mayor = town.officials["mayor"]
    token = town.hub.tokens.issue(mayor.id, mayor.name, mayor.rights)
    head = {"Authorization": f"Bearer {token}", "Content-Type": "application/cap+xml", "If-Match": f'"{draft.version}"'}
    url = f"{town.hub.settings.public_url}/api/v1/alerts"
    async with aiohttp.ClientSession(headers=head) as http:
        other = cap.replace(draft.identifier.encode(), b"another")
        for asked in (http.put(f"{url}/{draft.id}", data=cap), http.post(url, data=other)):
            async with asked as answer:
                told = await answer.text()
                assert answer.status == 409, told
                assert "evacuation-text" in told
                assert "POST /alerts/evacuations" in told


async def test_a_notice_is_not_updated_nor_issued_jointly_nor_taken_over_nor_referred(settle) -> None:
    town = await settled(settle)
    draft = await drafts(town)
    hub, mayor = town.hub.drafting, town.officials["mayor"]
    with pytest.raises(Conflict, match="issues jointly"):
        await hub.restate(mayor, draft.id, draft.version, IssuersRequest(("宝塔区人民政府",)))
    with pytest.raises(Conflict, match="takes over"):
        await hub.take_over(town.officials["county"], draft.id, draft.version, "快")
    with pytest.raises(Conflict, match="refers") as refused:
        await town.hub.referrals.refer(mayor, draft.id, "beyond us", COUNTY)
    assert refused.value.rule == "evacuation-text"
    told = await orders(town, contact="0911-7654321")
    with pytest.raises(Conflict, match="updates"):
        await hub.update(mayor, told.id, town.cap(BRIDGE))


async def test_without_the_look_a_notice_that_was_referred_would_be_adopted_and_never_submitted(
    settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = await settled(settle)
    await enters(town, "head", COUNTY, kind="government")
    draft = await drafts(town)
    monkeypatch.setattr(referral, "must_not_change_hands", lambda *_: None)
    await town.hub.referrals.refer(town.officials["mayor"], draft.id, "beyond us", COUNTY)
    (waiting,) = await town.hub.referrals.list_referrals("open")
    adopted = await town.hub.referrals.adopt(town.officials["head"], waiting.id, waiting.version)
    with pytest.raises(Invalid):
        await submits(town, adopted, "head")


async def test_a_plan_for_more_than_its_regions_is_not_submitted(settle) -> None:
    town = await settled(settle)
    draft = await drafts(town)
    more = PlanRequest(("sms",), also=Audience(languages=frozenset({"en-US"})))
    view = await town.hub.drafting.replan(town.officials["mayor"], draft.id, draft.version, more)
    with pytest.raises(Invalid) as refused:
        await submits(town, view)
    assert (refused.value.rule, refused.value.place) == ("evacuation-text", "places")


@pytest.mark.parametrize("by", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_time_beyond_every_calendar_and_a_region_that_nobody_registered_are_refused_by_name(settle, by) -> None:
    town = await settled(settle)
    mayor = town.officials["mayor"]
    token = town.hub.tokens.issue(mayor.id, mayor.name, mayor.rights)
    body = {
        "event": "landslide",
        "regions": [BRIDGE],
        "by": notice(town).by.isoformat(),
        "filled": {"zh-CN": {"place": "后山", "refuge": "小学"}},
    }
    url = f"{town.hub.settings.public_url}/api/v1/alerts/evacuations"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        for change, rule in (({"by": by}, "field-value-error"), ({"regions": ["610602001999"]}, "region-unknown")):
            async with http.post(url, json=body | change) as answer:
                told = await answer.text()
                assert answer.status == 422, told
                assert rule in told
