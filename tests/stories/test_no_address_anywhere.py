"""After a whole story no telephone number and no mailbox of anybody lies where it does not belong."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
import structlog
from click.testing import CliRunner
from sqlalchemy import text

from channels.counterparts.smtp import MailRelay
from channels.message import Reply
from hub.cli import root
from hub.logging import configure
from hub.settings.settings import LogSettings
from hub.store.schema import metadata
from tests.stories.needles import Needles, spellings
from tests.stories.town import BRIDGE, Cast, Town

CHANNELS = ("sms", "voice", "email", "wecom", "broadcast", "partners")
BOUNCING = ("citizen1@", "citizen2@")
STRANGER, STRANGER_MAILBOX = "+8613700137000", "stranger@example.org"  # in nobody's register, and heard all the same


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, at the finest level, by us and by every library."""
    handlers, level = logging.root.handlers[:], logging.root.level
    stream = io.StringIO()
    configure(LogSettings(level="debug", form="json"), stream)
    theirs = logging.getLogger("mail.log")  # the counterpart's own: no part of the hub
    before, theirs.level = theirs.level, logging.CRITICAL
    yield stream
    theirs.level = before
    logging.captureWarnings(capture=False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


def addresses_of(town: Town) -> set[str]:
    mailboxes = {f"citizen{number}@example.org" for number in range(1, 1 + len(town.ids))}
    return {*town.phones.values(), *mailboxes, STRANGER, STRANGER_MAILBOX}


@pytest.fixture
def chatty_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mail servers say back whom they do not know, as Postfix does (RFC 5321 §4.2 leaves the text to them)."""

    async def answer(_relay: MailRelay, _server: Any, _session: Any, envelope: Any, address: str, _more: Any) -> str:
        if address.startswith(BOUNCING):
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown in virtual mailbox table"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    monkeypatch.setattr(MailRelay, "handle_RCPT", answer)


async def told(town: Town) -> None:
    """A warning over every channel, and everything people and providers can say to it."""
    phones = sorted(town.phones.values())
    for fate, name in (("off", "bridge-0"), ("barred", "bridge-1"), ("confirms", "bridge-2"), ("silent", "bridge-3")):
        town.fate(name, sms=fate)
    town.fate("bridge-0", voice="confirms")
    town.sms.knobs = town.sms.knobs.turn(bad_address=0.3, seed=5)
    flood = await town.warns()
    await town.rests()
    town.clock.advance(61)
    await town.rests()
    now = town.clock.now()
    said = ("收到", "STOP", "退订", f"我妈妈在桥头，电话{STRANGER.removeprefix('+86')}", f"mail {STRANGER_MAILBOX}!")
    for number, words in enumerate(said):
        await town.sms.inbound({"from": phones[number], "body": words})
    await town.hub.inbox.take(
        [Reply("sms", STRANGER, "水来了", now, ""), Reply("email", STRANGER_MAILBOX, "1", now, "")]
    )
    await town.hub.inbox.take([Reply("email", "citizen1@example.org", f"{phones[0]} 打不通", now, "mail-1")])
    failed = {name for name, state in (await town.states(flood, "email")).items() if state == "FAILED"}
    assert failed >= {"bridge-0", "bridge-1"}, "no mail bounced"
    await town.cancels(flood)
    await town.later_rests()


async def refused(town: Town) -> str:
    """What the API answers to whoever sends addresses where none belong; and what it shows of everything else."""
    phone = next(iter(sorted(town.phones.values())))
    author = town.officials["author"]
    token = town.hub.tokens.issue(author.id, author.name, author.rights)
    heads = {"Authorization": f"Bearer {token}"}
    base, found = town.hub.settings.public_url, []
    async with aiohttp.ClientSession() as client:
        for method, path, body in (
            ("GET", f"/api/v1/regions/{phone}", None),
            ("GET", f"/api/v1/alerts?stage={phone}", None),
            ("GET", f"/api/v1/alerts?{phone.removeprefix('+')}=1", None),
            ("POST", "/api/v1/alerts/1/decisions", {"step": phone, "verdict": phone}),
            ("POST", "/api/v1/alerts/1/release", {"digest": phone, phone: 1}),
            ("POST", f"/hooks/sms?delivery={phone}", {"From": phone}),
            ("GET", "/api/v1/alerts", None),
            ("GET", "/api/v1/alerts/1/report", None),
            ("GET", "/api/v1/alerts/1/progress", None),
            ("GET", "/metrics", None),
        ):
            async with client.request(method, base + path, json=body, headers=heads) as answer:
                found.append(await answer.text())
    return "\n".join(found)


async def console_of(town: Town) -> str:
    """Every page of the console that shows anything of a warning."""
    monitor, base = town.officials["monitor"], town.hub.settings.public_url
    token = town.hub.tokens.issue(monitor.id, monitor.name, monitor.rights)
    found = []
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.post(f"{base}/console/session", data={"token": token}, headers={"Origin": base}) as answer:
            found.append(await answer.text())
        for path in ("/console", "/console/alerts/1", "/console/sessions", "/subscribe"):
            async with browser.get(base + path) as answer:
                assert answer.status == 200, path
                found.append(await answer.text())
    return "\n".join(found)


async def kept(town: Town) -> bytes:
    """Every byte of the database: the files of SQLite as they lie there, or every table of PostgreSQL copied out."""
    url = town.place.store_url
    if url.startswith("sqlite"):
        await town.hub.db.write(lambda connection: connection.execute(text("SELECT 1")))
        files = [file for file in sorted(town.place.directory.glob("hub.db*")) if file.is_file()]
        assert files, "the database lies elsewhere"
        return b"".join(file.read_bytes() for file in files)

    def copied() -> bytes:
        parts = []
        with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as connection:
            for table in metadata.sorted_tables:
                with connection.cursor().copy(f'COPY "{table.name}" TO STDOUT') as copy:  # type: ignore[arg-type]
                    parts += [bytes(part) for part in copy]
        return b"".join(parts)

    return await asyncio.to_thread(copied)


async def queued(town: Town) -> bytes:
    """Everything Redis holds."""
    redis, found = town.hub.redis, []
    async for key in redis.scan_iter():
        found += [key, await redis.dump(key)]
    return b"\n".join(found)


async def commanded(town: Town, directory: Path) -> str:
    """What commands print."""
    environ = {
        "FENGHUO_HUB__DATA_DIR": str(town.place.directory),
        "FENGHUO_STORE__URL": town.place.store_url,
        "FENGHUO_REDIS__URL": town.place.redis_url,
        "FENGHUO_CHANNELS": str(directory / "channels.toml"),
    }
    (directory / "channels.toml").write_text("")
    phone = min(town.phones.values())
    (directory / "people.csv").write_text(
        f"external_id,region,sms,email\n{phone},{BRIDGE},{phone},\nnew-1,nowhere,{phone},\nnew-2,{BRIDGE},{phone}x1,a b@c\n"
        f"{STRANGER_MAILBOX},{BRIDGE},{phone},\nnew-3,{BRIDGE},{phone},{STRANGER_MAILBOX}\n"
    )
    (directory / "bare.csv").write_text(f"{phone},{BRIDGE}\n")
    found = []
    for arguments in (
        ("recipient", "import", str(directory / "bare.csv")),
        ("recipient", "import", str(directory / "people.csv")),
        ("recipient", "import", str(directory / "people.csv"), "--json"),
        ("recipient", "explain", "bridge-1", "--alert", "1"),
        ("recipient", "explain", phone),
        ("recipient", "export"),
        ("report", "1"),
    ):
        result = await asyncio.to_thread(CliRunner(env=environ).invoke, root, arguments)
        found.append(result.output)
    return "\n".join(found)


async def test_no_address_of_anybody_is_in_the_database_the_queue_the_log_the_metrics_or_an_answer(
    settle: Callable[[Cast], Awaitable[Town]], logged: io.StringIO, chatty_relay: None, tmp_path: Path
) -> None:
    town = await settle(Cast(bridge=6, river=2, hills=1, channels=CHANNELS, robots=1, media=1))
    needles = Needles(addresses_of(town))
    await told(town)
    answers = await refused(town)
    pages = await console_of(town)
    printed = await commanded(town, tmp_path)
    leaks = {
        "database": needles.within(await kept(town)),
        "queue": needles.within(await queued(town)),
        "log": needles.within(logged.getvalue()),
        "answers": needles.within(answers),
        "console": needles.within(pages),
        "commands": needles.within(printed),
    }
    assert not any(leaks.values()), "\n".join(f"{name}: {found}" for name, found in leaks.items() if found)
    assert "bridge-1" in printed, "nothing was printed at all"
    assert "暴雨" in pages or "洪水" in pages or "flood" in pages.casefold(), "no warning was shown"


@pytest.mark.parametrize("address", ["+8619910000001", "citizen1@example.org"])
def test_an_address_is_found_however_it_is_spelled(address: str) -> None:
    needles = Needles([address])
    for spelling in spellings(address):
        assert needles.within(b"before " + spelling + b" after")
    packed = json.dumps({"a": address, "b": 1}).encode()
    for before in range(3):
        assert needles.within(base64.b64encode(b"x" * before + packed))
    assert needles.within(f"call {address} now".encode("utf-16"))
    assert not needles.within(b"nobody is here: 1991000000, citizen@example.org")
