"""E-mail against a real relay in this process, and against one that fails in every way it can."""

from __future__ import annotations

import asyncio
import email
import email.policy
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.counterparts.counterpart import Knobs
from channels.counterparts.smtp import MailRelay
from channels.email_form import HeaderRefused, Sender, address_mail, render_mail
from channels.email_smtp import SmtpDriver, SmtpSettings, build
from channels.message import Accepted, Ambiguous, Deferred, FailureReason, Form, Message, Refused
from channels.settings import BlockSource, ChannelRefused, DriverContext, read_block
from channels.smtp_line import outcome_of
from tests.for_all import for_all

HTML = "<p>洪水来了,<b>现在</b>离开</p>\n.\n<p>a line of one dot stands above</p>"
FORM = Form("email", "zh", HTML, subject="红色预警:洪水", text="洪水来了,现在离开\n.\n完")


@pytest.fixture
async def relay():
    relay = MailRelay(Knobs())
    await relay.start()
    yield relay
    await relay.aclose()


def driver_for(relay, clock, **changes) -> SmtpDriver:
    block = {**relay.block, "timeout_s": 30, "from_name": "应急", **changes}
    return SmtpDriver(
        read_block("email", block, SmtpSettings, BlockSource()), DriverContext("https://hub.example", clock.now)
    )


@pytest.fixture
async def driver(relay, clock):
    driver = driver_for(relay, clock)
    yield driver
    await driver.aclose()


@pytest.fixture
def message(clock):
    def make(to="li@example.com", delivery="7-42", form=FORM):
        return Message(delivery, 1, to, form, clock.now() + timedelta(hours=1))

    return make


async def test_a_mail_arrives_with_every_header_a_warning_needs(driver, relay, clock, message):
    outcome = await driver.send(message())
    assert isinstance(outcome, Accepted)
    assert outcome.reference == "1"
    mail = email.message_from_bytes(relay.mailboxes["li@example.com"][0], policy=email.policy.default)
    assert mail["To"] == "li@example.com"
    assert mail["From"] == "应急 <warnings@fenghuo.example>"
    assert mail["Subject"] == "红色预警:洪水"
    assert mail["Message-ID"] == "<7-42@fenghuo.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == clock.now()
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert text.get_content().splitlines() == FORM.text.splitlines()
    assert html.get_content().splitlines() == FORM.body.splitlines()
    assert mail.defects == []


async def test_mails_of_one_form_differ_only_in_recipient_and_id(driver, relay, message):
    for number in range(3):
        await driver.send(message(to=f"p{number}@example.com", delivery=f"7-{number}"))
    bodies = {
        content.replace(f"p{n}@example.com".encode(), b"").replace(f"7-{n}@".encode(), b"")
        for n in range(3)
        for content in relay.mailboxes[f"p{n}@example.com"]
    }
    assert len(bodies) == 1


async def test_the_relay_counts_each_delivery_by_its_message_id(driver, relay, message):
    for _ in range(2):
        await driver.send(message())
    await driver.send(message(delivery="7-43"))
    assert relay.counts.summary() == {
        "received": 3, "unique": 2, "duplicates": 1, "refused": 0, "throttled": 0, "officials": 0,
    }  # fmt: skip


async def test_hundreds_of_mails_share_a_few_connections(relay, clock, message):
    opened = 0
    protocol = relay._protocol

    def counted():
        nonlocal opened
        opened += 1
        return protocol()

    server = await asyncio.get_running_loop().create_server(counted, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    driver = driver_for(relay, clock, port=port, concurrency=4)
    sends = [driver.send(message(f"p{n}@example.com", f"1-{n}")) for n in range(200)]
    outcomes = await asyncio.gather(*sends)
    await driver.aclose()
    server.close()
    assert {type(outcome) for outcome in outcomes} == {Accepted}
    assert relay.counts.unique == 200
    assert opened == 4


async def test_a_connection_is_given_up_after_its_share_of_mails(relay, clock, message):
    driver = driver_for(relay, clock, mails_per_connection=2, concurrency=1)
    for number in range(5):
        assert isinstance(await driver.send(message(delivery=f"1-{number}")), Accepted)
    await driver.aclose()
    assert relay.counts.unique == 5


async def test_a_connection_that_died_while_idle_costs_no_mail(driver, relay, message):
    await driver.send(message())
    for protocol in tuple(relay._protocols):
        protocol.transport.abort()
    assert isinstance(await driver.send(message(delivery="7-43")), Accepted)
    assert relay.counts.unique == 2


async def test_an_unknown_mailbox_is_a_bad_address_and_the_next_mail_still_goes(driver, message):
    assert await driver.send(message(to="bounce1@example.com")) == Refused(FailureReason.BAD_ADDRESS, "550 5.1.1")
    assert isinstance(await driver.send(message()), Accepted)


@pytest.mark.parametrize(
    "to",
    [
        "",
        "li",
        "li@",
        "li@host",
        "a b@example.com",
        "li@example.com\r\nBcc: all@example.com",
        "<li@example.com>",
        " li@example.com",
    ],
)
async def test_an_address_that_is_no_mailbox_never_reaches_the_relay(driver, relay, message, to):
    assert await driver.send(message(to=to)) == Refused(FailureReason.BAD_ADDRESS, "not a mailbox (RFC 5321)")
    assert relay.counts.received == 0


@pytest.mark.parametrize("subject", ["a\r\nBcc: all@example.com", "a\nb", "a\rb", "a\x00b"])
async def test_a_subject_that_breaks_out_of_its_header_is_refused(driver, relay, message, subject):
    outcome = await driver.send(message(form=Form("email", "en", "<p>x</p>", subject=subject)))
    assert isinstance(outcome, Refused)
    assert outcome.reason is FailureReason.REJECTED
    assert relay.counts.received == 0


async def test_nothing_leaves_after_the_warning_has_ended(driver, relay, clock, message):
    late = message()
    clock.advance(3600)
    assert await driver.send(late) == Refused(FailureReason.EXPIRED)
    assert relay.counts.received == 0


async def test_a_relay_that_is_not_there_is_tried_later(relay, clock, message):
    driver = driver_for(relay, clock)
    await relay.aclose()
    outcome = await driver.send(message())
    await driver.aclose()
    assert isinstance(outcome, Deferred)
    assert outcome.reason is FailureReason.UNREACHABLE


async def test_a_relay_that_swallows_the_mail_and_falls_silent_leaves_it_open(clock, message):
    relay = MailRelay(Knobs(hang=1.0))
    await relay.start()
    driver = driver_for(relay, clock, timeout_s=1)
    outcome = await driver.send(message())
    await driver.aclose()
    await relay.aclose()
    assert outcome == Ambiguous("connection lost after DATA")
    assert relay.counts.unique == 1


async def test_a_relay_that_asks_for_a_login_gets_it(clock, message):
    relay = MailRelay(Knobs(), login=("hub", "correct"))
    await relay.start()
    logins = ({"username": "hub", "password": "correct"}, {"username": "hub", "password": "wrong"}, {})
    outcomes = []
    for login in logins:
        driver = driver_for(relay, clock, **login)
        outcomes.append(await driver.send(message()))
        await driver.aclose()
    await relay.aclose()
    assert isinstance(outcomes[0], Accepted)
    assert outcomes[1:] == [
        Refused(FailureReason.MISCONFIGURED, "535"),
        Refused(FailureReason.MISCONFIGURED, "530 5.7.0"),
    ]


async def test_a_relay_without_the_starttls_we_insist_on_gets_no_mail(relay, clock, message):
    driver = driver_for(relay, clock, security="starttls")
    outcome = await driver.send(message())
    await driver.aclose()
    assert isinstance(outcome, Refused)
    assert outcome.reason is FailureReason.MISCONFIGURED
    assert relay.counts.received == 0


async def test_a_throttled_relay_is_a_deferral(clock, message):
    relay = MailRelay(Knobs(throttle_per_s=0.5))
    await relay.start()
    driver = driver_for(relay, clock)
    outcome = await driver.send(message())
    await driver.aclose()
    await relay.aclose()
    assert isinstance(outcome, Deferred)
    assert outcome.reason is FailureReason.THROTTLED
    assert relay.counts.throttled == 1


#: what the relay says at each step, "" closes the connection, None says nothing
STEPS = {"greeting": "220 x", "EHLO": "250 x", "MAIL": "250 x", "RCPT": "250 x", "DATA": "354 x", ".": "250 x"}


async def scripted(script):
    async def serve(reader, writer):
        async def say(step):
            line = {**STEPS, **script}[step]
            if line is None:
                await reader.read()
            if not line:
                raise ConnectionError
            writer.write(line.encode() + b"\r\n")

        try:
            await say("greeting")
            while line := (await reader.readline()).decode():
                word = line[:4].upper().strip()
                if word == "DATA":
                    await say("DATA")
                    if {**STEPS, **script}["DATA"].startswith("354"):
                        await reader.readuntil(b"\r\n.\r\n")
                        await say(".")
                elif word in STEPS:
                    await say(word)
                else:
                    writer.write(b"250 x\r\n")
        except ConnectionError:
            pass
        finally:
            writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


FAULTS = [
    ({"greeting": "554 no"}, Deferred(FailureReason.UNREACHABLE, timedelta(seconds=30))),
    ({"greeting": "421 busy"}, Deferred(FailureReason.UNREACHABLE, timedelta(seconds=30))),
    ({"greeting": ""}, Deferred(FailureReason.UNREACHABLE, timedelta(seconds=30))),
    ({"greeting": None}, Deferred(FailureReason.UNREACHABLE, timedelta(seconds=30))),
    ({"greeting": "HTTP/1.1 400 Bad Request"}, Deferred(FailureReason.UNREACHABLE, timedelta(seconds=30))),
    ({"MAIL": "421 4.3.2 closing"}, Deferred(FailureReason.THROTTLED, timedelta(seconds=30))),
    ({"MAIL": "553 5.1.8 sender"}, Refused(FailureReason.MISCONFIGURED, "553 5.1.8")),
    ({"MAIL": None}, Deferred(FailureReason.UNREACHABLE, timedelta(seconds=30))),
    ({"RCPT": "450 4.2.1 greylisted"}, Deferred(FailureReason.THROTTLED, timedelta(seconds=30))),
    ({"RCPT": "454 4.3.0 later"}, Deferred(FailureReason.UNREACHABLE, timedelta(seconds=30))),
    ({"RCPT": "551 5.1.6 moved to li@example.org"}, Refused(FailureReason.BAD_ADDRESS, "551 5.1.6")),
    ({"RCPT": "553 5.1.3 syntax"}, Refused(FailureReason.BAD_ADDRESS, "553 5.1.3")),
    ({"RCPT": "550 5.7.1 policy"}, Refused(FailureReason.REJECTED, "550 5.7.1")),
    ({"RCPT": "552 5.2.2 full"}, Refused(FailureReason.REJECTED, "552 5.2.2")),
    ({"RCPT": ""}, Deferred(FailureReason.UNREACHABLE, timedelta(seconds=30))),
    ({"DATA": "554 5.5.1 no"}, Refused(FailureReason.REJECTED, "554 5.5.1")),
    ({".": "550 5.7.1 spam"}, Refused(FailureReason.REJECTED, "550 5.7.1")),
    ({".": "452 4.3.1 full"}, Deferred(FailureReason.THROTTLED, timedelta(seconds=30))),
    ({".": ""}, Ambiguous("connection lost after DATA")),
    ({".": None}, Ambiguous("connection lost after DATA")),
    ({".": "250 2.0.0 Ok: queued as 4XyZ"}, Accepted("4XyZ")),
    ({".": "250 OK id=1abc-0002-Ab"}, Accepted("1abc-0002-Ab")),
    ({".": "250 thanks"}, Accepted("")),
]


@pytest.mark.parametrize(("script", "outcome"), FAULTS, ids=[str(script) for script, _ in FAULTS])
async def test_each_answer_of_a_relay_becomes_its_outcome(relay, clock, message, script, outcome):
    server = await scripted(script)
    port = server.sockets[0].getsockname()[1]
    silent = None in script.values()  # only then is there nothing else that ends the wait
    driver = driver_for(relay, clock, port=port, timeout_s=1 if silent else 30)
    assert await driver.send(message()) == outcome
    await driver.aclose()
    server.close()


@given(code=st.integers(400, 599), text=st.text(max_size=40), stage=st.sampled_from(["MAIL", "RCPT", "DATA"]))
def test_temporary_replies_defer_permanent_ones_refuse_and_no_text_is_kept(code, text, stage):
    outcome = outcome_of(code, f"x {text} li@example.com", stage)
    assert isinstance(outcome, Deferred if code < 500 else Refused)
    assert "example" not in repr(outcome)


@for_all(st.text(max_size=80), st.text(max_size=20).filter(str.isprintable))
def test_no_subject_and_no_name_can_add_a_header(subject, name):
    form = Form("email", "zh", "<p>x</p>", subject=subject, text="x")
    try:
        common = render_mail(form, Sender("a@example.com", name), datetime(2026, 7, 1, tzinfo=UTC))
    except HeaderRefused:
        return False
    mail = email.message_from_bytes(address_mail(common, "li@example.com", "1-1", "example.com"))
    assert sorted(mail.keys()) == sorted(
        [
            "To",
            "Message-ID",
            "From",
            "Subject",
            "Date",
            "Auto-Submitted",
            "Content-Language",
            "MIME-Version",
            "Content-Type",
        ]
    )
    return True


@pytest.mark.parametrize("delivery", ["", "1-1>\r\nBcc: x", "1.1", "1 1", "é"])
def test_an_id_that_is_none_is_not_spliced_into_a_header(delivery):
    with pytest.raises(HeaderRefused, match="delivery id"):
        address_mail(b"", "li@example.com", delivery, "example.com")


def test_a_sender_that_is_no_mailbox_is_refused_with_its_key():
    with pytest.raises(ChannelRefused, match=r"email\.from_address: .*mailbox"):
        read_block("email", {"driver": "smtp", "from_address": "nobody"}, SmtpSettings, BlockSource())


def test_the_password_shows_nowhere(clock):
    settings = SmtpSettings(driver="smtp", username="hub", password="hunter2")
    driver = build("email", settings, DriverContext("https://hub.example", clock.now))
    assert "hunter2" not in repr(settings) + repr(driver)
