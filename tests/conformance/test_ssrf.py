"""Published lists of hostile URLs: every line is refused, or can do no harm because nothing inside is contacted."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp.abc import AbstractResolver

from channels.egress import TargetRefused, check_target
from channels.message import Deferred, FailureReason, Form, Message, Refused
from channels.settings import DriverContext
from channels.webhook import Webhook, WebhookSettings

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
FORM = Form("webhook", "en", "Leave now")


class EveryNameIsHere(AbstractResolver):
    """The most hostile DNS there is: any name leads to this machine."""

    asked: int = 0

    async def resolve(self, host, port=0, family=socket.AF_INET):
        type(self).asked += 1
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    async def close(self):
        pass


def lines(shared_data, name):
    return [line for line in (shared_data / "hostile" / name).read_text(encoding="utf-8").splitlines() if line]


@pytest.fixture
def driver(monkeypatch):
    EveryNameIsHere.asked = 0
    monkeypatch.setattr("aiohttp.connector.DefaultResolver", lambda *args, **kw: EveryNameIsHere())
    context = DriverContext("https://hub.example", lambda: NOW)
    return Webhook("webhook", WebhookSettings(driver="webhook", timeout_s=30, key="whsec_" + "A" * 40), context)


@pytest.mark.parametrize("name", ["ssrf_urls.txt", "open_redirect_urls.txt"])
async def test_no_hostile_url_makes_a_driver_contact_anything(shared_data, driver, monkeypatch, name):
    connected = []
    loop = asyncio.get_running_loop()

    async def sock_connect(sock, address):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(loop, "sock_connect", sock_connect)
    hostile = lines(shared_data, name)
    outcomes = {}
    for number, url in enumerate(hostile):
        message = Message(f"1-{number}", 1, url, FORM, NOW + timedelta(hours=1))
        outcomes[url] = await driver.send(message)
    await driver.aclose()
    assert len(hostile) > 100
    assert connected == []
    assert {type(outcome) for outcome in outcomes.values()} <= {Refused, Deferred}
    assert {outcome.reason for outcome in outcomes.values()} == {FailureReason.MISCONFIGURED}


def test_the_names_that_pass_registration_are_https_and_public(shared_data):
    passed = []
    for url in lines(shared_data, "ssrf_urls.txt") + lines(shared_data, "open_redirect_urls.txt"):
        try:
            check_target(url, allow_loopback=False)
        except TargetRefused:
            continue
        passed.append(url)
    assert passed
    assert all(url.startswith("https://") for url in passed)
    assert not [url for url in passed if "127." in url.partition("//")[2].partition("/")[0]]


async def test_the_guard_is_what_stops_the_names_that_pass(shared_data, driver):
    passing = "https://lock.cmpxchg8b.com/rebinder.html"
    assert passing in lines(shared_data, "ssrf_urls.txt")
    outcome = await driver.send(Message("1-1", 1, passing, FORM, NOW + timedelta(hours=1)))
    await driver.aclose()
    assert EveryNameIsHere.asked == 1
    assert outcome == Deferred(FailureReason.MISCONFIGURED)
