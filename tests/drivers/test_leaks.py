"""No driver, whichever is registered, lets out a secret or an address when things go wrong."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from channels.message import Outcome
from channels.registry import DRIVERS, open_drivers
from tests.drivers import harness
from tests.drivers.harness import Fault, Reply, a_message, context

WORD = "never-say-this-word"
KEY = "whsec_" + b64encode(WORD.encode() * 2).decode()
TWILIO = {"account": "AC" + "1" * 32, "auth_token": WORD, "sender": "+861012379"}
AES_KEY = "neverSayThisKeyneverSayThisKeyneverSayThis0"


@dataclass(frozen=True)
class Example:
    """A block with every secret filled in, and whom to send to; `{url}` and `{port}` are the provider's."""

    block: dict[str, object]
    to: str = harness.ADDRESS
    body: str = "请立即转移"
    secret: str = ""


EXAMPLES = {
    "twilio_sms": Example({**TWILIO, "base_url": "{url}"}),
    "twilio_voice": Example({**TWILIO, "base_url": "{url}"}, body=harness.twiml("https://hub.example")),
    "wecom_robot": Example(
        {"allow_loopback": True, "token": WORD, "encoding_aes_key": AES_KEY, "receive_id": "ww1"},
        to="{url}/cgi-bin/webhook/send?key=" + WORD,
    ),
    "smtp": Example(
        {"host": "127.0.0.1", "port": "{port}", "security": "none", "username": "hub", "password": WORD},
        to="someone@town.example",
    ),
    "cap_http": Example({"allow_loopback": True}, to="{url}/alerts", secret=WORD),
    "partner_push": Example({"allow_loopback": True}, to="{url}/push", secret=KEY),
    "webhook": Example({"allow_loopback": True, "key": KEY}, to="{url}/hook"),
}
REPLIES = {
    "refusal": Reply(400, b'{"code": 1, "errcode": 93000}'),
    "echo": Reply(500, f"{WORD} {KEY} {AES_KEY} {harness.ADDRESS}".encode()),
    "hang": Reply(fault=Fault.HANG),
    "reset": Reply(fault=Fault.RESET),
    "garbage": Reply(200, b"\x00\xff" * 100),
}


def test_every_registered_driver_has_an_example_here() -> None:
    assert EXAMPLES.keys() == DRIVERS.keys()


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("reply", REPLIES)
async def test_a_provider_gone_wrong_makes_no_driver_tell_secrets(name: str, reply: str, caplog) -> None:
    caplog.set_level("DEBUG")
    example = EXAMPLES[name]
    async with harness.provider([REPLIES[reply]] * 3) as playing:

        def filled(value: object) -> object:
            port = str(urlsplit(playing.url).port)
            return value.replace("{url}", playing.url).replace("{port}", port) if isinstance(value, str) else value

        block = {key: filled(value) for key, value in example.block.items()}
        driver = open_drivers({"it": {"driver": name, "timeout_s": harness.SOON_S, **block}}, context())["it"]
        message = a_message("it", example.body, to=str(filled(example.to)), secret=example.secret)
        try:
            outcome = await driver.send(message)
        finally:
            await driver.aclose()
    assert isinstance(outcome, Outcome)
    assert WORD not in driver.destination(message)
    harness.check_quiet([WORD, KEY, AES_KEY, message.to, example.body], outcome, driver, caplog)
