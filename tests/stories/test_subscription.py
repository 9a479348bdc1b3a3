"""The public page end to end: real requests, a code on a telephone, and people who mean harm."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import pytest
from aiohttp import ClientSession, CookieJar
from sqlalchemy import text

from hub.store.register import preferences, recipients
from hub.store.register.preferences import Preferences
from tests.stories.town import BRIDGE, HILLS, Cast, Town

STREET = Cast(bridge=3, river=0, hills=0)
STRANGER = "+8613800138000"


@pytest.fixture
async def browser():
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        yield session


class Visitor:
    """A person with a telephone in one hand and a browser in the other."""

    def __init__(self, town: Town, browser: ClientSession) -> None:
        self.town, self.browser = town, browser
        self.base = town.hub.settings.public_url

    async def posts(self, path: str, **fields: str) -> tuple[int, str]:
        headers = {"Origin": self.base}
        async with self.browser.post(f"{self.base}/subscribe{path}?lang=en", data=fields, headers=headers) as answer:
            return answer.status, await answer.text()

    async def reads(self, path: str) -> tuple[int, str]:
        async with self.browser.get(f"{self.base}/subscribe{path}") as answer:
            return answer.status, await answer.text()

    def codes(self, phone: str) -> list[str]:
        told = [
            self.town.sms.texts[delivery]
            for delivery in self.town.sms.arrivals
            if self.town.hub.delivery_ids.is_service("sms", delivery) and self.town.sms.stories[delivery].to == phone
        ]
        return [re.findall(r"\d{6}", each)[0] for each in told]

    async def enters(self, phone: str) -> str:
        assert (await self.posts("/code", address=phone))[0] == 200
        status, page = await self.posts("/session", address=phone, code=self.codes(phone)[-1])
        assert status == 200
        return page


@pytest.fixture
async def visitor(settle, browser) -> Visitor:
    return Visitor(await settle(STREET), browser)


async def test_a_person_proves_the_telephone_chooses_sees_the_history_and_is_left_out(visitor) -> None:
    town, phone = visitor.town, visitor.town.phones["bridge-1"]
    assert "My choices" in await visitor.enters(phone)
    status, page = await visitor.posts("/preferences", channel="voice", least="orange", language="en")
    assert status == 200
    assert "This page" in page
    found = await town.hub.db.read(lambda connection: preferences.of(connection, [town.ids["bridge-1"]]))
    assert found[town.ids["bridge-1"]] == Preferences(frozenset({"sms"}), "en", 3)
    flood = await town.warns(town.cap(severity="Moderate"), channels=("sms",))
    await town.rests()
    await town.inbox("sms").expects(flood, {"bridge-0", "bridge-2"})


async def test_a_stranger_registers_down_to_the_township_is_warned_and_erased(visitor) -> None:
    town = visitor.town
    assert "Where do you live" in await visitor.enters(STRANGER)
    assert "桥镇" in (await visitor.reads("/preferences?region=610602000000"))[1]
    assert (await visitor.posts("/register", region="610602000000", language="en"))[0] == 422
    assert "My choices" in (await visitor.posts("/register", region=BRIDGE, language="en"))[1]
    assert await town.hub.db.read(recipients.count) == 4
    flood = await town.warns(channels=("sms",))
    await town.rests()
    assert len(await town.inbox("sms").got(flood)) == 4
    assert (await visitor.posts("/erase"))[0] == 400
    assert (await visitor.posts("/erase", sure="1"))[0] == 200
    assert await town.hub.db.read(recipients.count) == 3


async def test_known_and_unknown_addresses_get_the_same_answer_and_both_a_code(visitor) -> None:
    pages = []
    for phone in (visitor.town.phones["bridge-1"], STRANGER):
        status, page = await visitor.posts("/code", address=phone)
        pages.append((status, page.replace(phone, "")))
        assert len(visitor.codes(phone)) == 1
    assert pages[0] == pages[1]


async def test_five_wrong_guesses_void_the_code_and_the_right_one_comes_too_late(visitor) -> None:
    await visitor.posts("/code", address=STRANGER)
    [code] = visitor.codes(STRANGER)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    answers = [await visitor.posts("/session", address=STRANGER, code=wrong) for _ in range(5)]
    assert {status for status, _ in answers} == {403}
    assert (await visitor.posts("/session", address=STRANGER, code=code))[0] == 403


async def test_a_code_is_good_once_and_for_ten_minutes(visitor) -> None:
    await visitor.enters(STRANGER)
    assert (await visitor.posts("/session", address=STRANGER, code=visitor.codes(STRANGER)[0]))[0] == 403
    visitor.town.clock.advance(61)
    await visitor.posts("/code", address=STRANGER)
    visitor.town.clock.advance(601)
    assert (await visitor.posts("/session", address=STRANGER, code=visitor.codes(STRANGER)[1]))[0] == 403


async def test_a_flood_of_requests_sends_one_code_a_minute(visitor) -> None:
    statuses = [(await visitor.posts("/code", address=STRANGER))[0] for _ in range(6)]
    assert (statuses[0], set(statuses[1:])) == (200, {429})
    assert len(visitor.codes(STRANGER)) == 1


async def test_numbers_abroad_get_no_code(visitor) -> None:
    assert (await visitor.posts("/code", address="+447400123456"))[0] == 422
    assert visitor.town.sms.arrivals == []


async def test_another_site_cannot_send_the_forms(visitor) -> None:
    await visitor.enters(visitor.town.phones["bridge-1"])
    for headers in ({"Origin": "https://evil.example"}, {}, {"Sec-Fetch-Site": "cross-site"}):
        url = f"{visitor.base}/subscribe/preferences"
        async with visitor.browser.post(url, data={"everything": "1"}, headers=headers) as answer:
            assert answer.status == 403
    number = visitor.town.ids["bridge-1"]
    assert await visitor.town.hub.db.read(lambda connection: preferences.of(connection, [number])) == {}


async def test_a_cookie_that_was_made_up_or_is_old_opens_nothing(visitor, browser) -> None:
    await visitor.enters(visitor.town.phones["bridge-1"])
    visitor.town.clock.advance(901)
    assert "Mobile number" in (await visitor.reads("/preferences?lang=en"))[1]
    browser.cookie_jar.clear()
    browser.cookie_jar.update_cookies({"fenghuo_subscriber": "AAAA"})
    assert "Mobile number" in (await visitor.reads("/preferences?lang=en"))[1]


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=1>', "a@b<c>.cn", "\x00", ""])
async def test_what_is_typed_is_never_markup(visitor, hostile) -> None:
    status, page = await visitor.posts("/code", address=hostile)
    assert (status, hostile in page and hostile != "") == (422, False)


async def test_the_page_has_no_script_and_a_strict_policy(visitor) -> None:
    async with visitor.browser.get(f"{visitor.base}/subscribe") as answer:
        page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
    assert "<script" not in page
    assert "unsafe" not in policy


async def test_neither_code_nor_telephone_is_readable_in_the_store(visitor) -> None:
    await visitor.posts("/code", address=STRANGER)
    [code] = visitor.codes(STRANGER)

    def dump(connection):
        rows = connection.execute(text("SELECT address, code FROM service_codes")).all()
        return b"".join(bytes(value) for row in rows for value in row)

    kept = await visitor.town.hub.db.read(dump)
    assert kept
    assert code.encode() not in kept
    assert STRANGER.encode() not in kept


MAILBOX = "newcomer@example.org"


@pytest.fixture
async def writer(settle, browser) -> Visitor:
    """A visitor of a town whose codes go by e-mail too."""
    return Visitor(await settle(Cast(bridge=3, river=0, hills=0, channels=("sms", "email"))), browser)


def mails(town: Town, address: str) -> list[str]:
    """The text of every mail that lies in a mailbox."""
    kept = town.members["email"].counterpart.mailboxes.get(address, [])
    found = [message_from_bytes(each, policy=policy.default).get_body(("plain",)) for each in kept]
    return [body.get_content() for body in found if body is not None]


async def test_a_code_by_mail_opens_the_page_registers_and_known_and_unknown_mailboxes_are_answered_alike(
    writer: Visitor,
) -> None:
    pages = []
    for address in ("citizen2@example.org", MAILBOX):
        status, page = await writer.posts("/code", address=address)
        pages.append((status, page.replace(address, "")))
        assert len(mails(writer.town, address)) == 1
    assert pages[0] == pages[1]
    [told] = mails(writer.town, MAILBOX)
    [code] = re.findall(r"\b\d{6}\b", told)
    assert writer.town.sms.arrivals == []
    status, page = await writer.posts("/session", address="newcomer@EXAMPLE.org", code=code)
    assert (status, "Where do you live" in page) == (200, True), "a mailbox is one however its domain is written"
    assert "My choices" in (await writer.posts("/register", region=BRIDGE, language="en"))[1]
    flood = await writer.town.warns(channels=("email",))
    await writer.town.rests()
    assert len(await writer.town.inbox("email").got(flood)) == 4


async def test_a_mailbox_gets_one_code_a_minute_and_a_mailbox_that_bounces_is_answered_like_any_other(
    writer: Visitor,
) -> None:
    spellings = (MAILBOX, MAILBOX.upper(), MAILBOX.capitalize())
    assert [(await writer.posts("/code", address=each))[0] for each in spellings] == [200, 429, 429]
    assert len(mails(writer.town, MAILBOX)) == 1
    good = (await writer.posts("/code", address="citizen1@example.org"))[1]
    status, page = await writer.posts("/code", address="bounce1@example.org")
    assert (status, page.replace("bounce1", "")) == (200, good.replace("citizen1", ""))


async def test_a_place_is_added_on_the_page_warned_for_and_taken_back(visitor: Visitor) -> None:
    town = visitor.town
    await visitor.enters(town.phones["bridge-1"])
    assert "山镇" in (await visitor.reads("/places?lang=en&region=610625000000"))[1]
    status, page = await visitor.posts("/place", place=HILLS)
    assert (status, "山镇" in page, "Other places" in page) == (200, True, True)
    assert "no such place" in (await visitor.posts("/place", place="nowhere"))[1]
    await visitor.posts("/preferences", channel="sms", language="zh", **{"rank-sms": "2", "rank-voice": "1"})
    storm = await town.warns(town.cap(HILLS), channels=("sms",))
    await town.rests()
    await town.inbox("sms").expects(storm, {"bridge-1"})
    assert (await visitor.posts("/preferences", channel="sms", **{"rank-sms": "1", "rank-voice": "1"}))[0] == 400
    assert (await visitor.posts("/unplace", place=HILLS))[0] == 200
    number = town.ids["bridge-1"]
    found = await town.hub.db.read(
        lambda connection: (preferences.of(connection, [number]), preferences.history(connection, number))
    )
    assert found[0][number] == Preferences(frozenset({"voice"}), "zh", order=("voice", "sms"))
    assert [line.what for line in found[1]] == ["places", "refused", "language", "order", "places"]
