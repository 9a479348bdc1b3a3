"""`hub alert draft … withdraw`: what an official does to an alert, through the same services as the API.

Officials answer for what is done in their name, so `--as` wants theirs: the session in FENGHUO_TOKEN, or password and
one-time code. Only a hub that demands no second factor for anything (`auth.second_factor = []`: a demo, a trial) acts
for whoever is named. The rules of authority hold all the same, and the audit log says that the command line acted, and
on whose word.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import click
from sqlalchemy import Connection

from approvals.decision import STEP_RIGHTS, VERDICTS
from approvals.grant import EMERGENCY, FULL
from approvals.official import Official
from hub.access.identity.login import LoginAttempt
from hub.alert.views import AlertView
from hub.app import Hub
from hub.cli.acting import TOKEN
from hub.cli.alert_views import tell
from hub.cli.audience import audience_options, request_of
from hub.cli.official import ACTOR
from hub.cli.session import run
from hub.clock import to_ms
from hub.dossier.ending import Ending
from hub.dossier.issuers import IssuersRequest
from hub.drafting.cancellation import EndingRequest
from hub.drafting.notes import EndingNotes
from hub.errors import Forbidden, Invalid, NotSignedIn
from hub.formats.cap.parse import MAX_BYTES
from hub.rules.credential_rule import CredentialRule
from hub.rules.rule import Rule
from hub.signoff.decide import DecisionFields
from hub.signoff.referral import ReferralRequest
from hub.store.access import officials
from hub.store.records import audit
from hub.web.auth import sign_in_by_token

Act = Callable[[Hub, Official], Awaitable[AlertView]]

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_ID = click.argument("alert", metavar="ID", type=click.IntRange(min=1))
_AS = click.option("--as", "who", metavar="NAME", required=True, help="The official who acts, by name or number.")
_DIGEST = click.option("--digest", required=True, help="What the official has seen: the digest of `hub alert show`.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the alert as one JSON object.")
_VERSION = click.option("--version", type=click.IntRange(min=0), help="Refuse any other; default the newest.")


@click.command()
@click.argument("file", type=_FILE)
@click.option("--channels", multiple=True, help="Comma-separated; none named means every enabled one.")
@click.option("--regions", multiple=True, help="Region keys added to the alert's own areas, comma-separated.")
@click.option("--groups", multiple=True, help="Only people in any of these groups, comma-separated.")
@click.option("--joint", multiple=True, help="A unit that issues it jointly and signs for itself; may be repeated.")
@click.option("--consulted", multiple=True, help="A unit that was consulted and need not sign; may be repeated.")
@click.option("--for", "principal", default="", help="The unit whose warning your own publishes, entrusted to.")
@click.option("--publisher", default="", help="The warning centre that is entrusted to publish it for your unit.")
@click.option("--referral", "reason", help="Why it goes to the competent unit at once: a draft that exceeds one's own.")
@click.option("--to", "to_unit", default="", help="With --referral: another unit than the competent one, above it.")
@audience_options
@_AS
@_JSON
def draft(file: Path, who: str, *, as_json: bool, **given: Any) -> None:
    """Make a draft of the CAP document in FILE. The same file again gives the same draft.

    The options add places to the alert's own areas and narrow to groups and languages.
    """
    asked = request_of(_split_values(given["regions"]), _split_values(given["groups"]), given)
    plan = replace(asked, channels=_split_values(given["channels"]))
    source, beside = _read(file), (_split_values(given["joint"]), _split_values(given["consulted"]))
    stated = IssuersRequest(*beside, principal=given["principal"], publisher=given["publisher"])
    reason, to_unit = given["reason"], given["to_unit"]
    if to_unit and reason is None:
        raise click.UsageError("--to says where --referral REASON leads: say the reason, too")

    def act(hub: Hub, official: Official) -> Awaitable[AlertView]:
        if reason is None:
            return hub.drafting.create(official, source, plan, stated)
        return hub.referrals.draft(official, source, plan, ReferralRequest(reason, to_unit), stated)

    _act(who, "draft", None, act, as_json=as_json)


@click.command()
@_ID
@click.option("--version", type=click.IntRange(min=0), help="Refuse any other; default the newest.")
@click.option("--path", default=FULL, show_default=True, type=click.Choice([FULL, EMERGENCY]))
@_AS
@_JSON
def submit(alert: int, version: int | None, path: str, who: str, *, as_json: bool) -> None:
    """Freeze draft ID with every form it will send, and ask for decisions on its digest."""

    async def act(hub: Hub, official: Official) -> AlertView:
        seen = version if version is not None else (await hub.alerts.get(alert)).version
        return await hub.submission.submit(official, alert, seen, path)

    _act(who, "submit", alert, act, as_json=as_json)


@click.command()
@_ID
@click.option("--step", required=True, type=click.Choice(sorted(STEP_RIGHTS)))
@click.option("--verdict", default="approve", show_default=True, type=click.Choice(sorted(VERDICTS)))
@click.option("--reason", default="", help="Required to return or reject.")
@click.option("--proof", default="", help="Of a second factor given for this digest.")
@_DIGEST
@_AS
@_JSON
def approve(alert: int, who: str, *, as_json: bool, **said: Unpack[DecisionFields]) -> None:
    """Review or sign alert ID. Authors never decide, and one person decides once."""

    def act(hub: Hub, official: Official) -> Awaitable[AlertView]:
        return hub.decisions.decide(official, alert, **said)

    _act(who, "approve", alert, act, as_json=as_json)


@click.command()
@_ID
@_DIGEST
@_AS
@_JSON
def release(alert: int, digest: str, who: str, *, as_json: bool) -> None:
    """Release alert ID. The order is durable at once; workers send it, now or when they are started."""
    _act(who, "release", alert, lambda hub, official: hub.releases.release(official, alert, digest), as_json=as_json)


@click.command()
@_ID
@click.argument("file", type=_FILE)
@_AS
@_JSON
def update(alert: int, file: Path, who: str, *, as_json: bool) -> None:
    """Draft an Update of alert ID with the text of FILE; it walks the same way as the first message."""
    source = _read(file)
    _act(who, "update", alert, lambda hub, official: hub.drafting.update(official, alert, source), as_json=as_json)


@click.command()
@_ID
@click.option("--note", default="", help="Why the warning ends, in the language its letters show.")
@click.option("--note-in", "notes", nargs=2, multiple=True, metavar="LANGUAGE TEXT", help="The same in a language.")
@click.option(
    "--ending", default=Ending.LIFTED.value, show_default=True, type=click.Choice([each.value for each in Ending])
)
@_AS
@_JSON
def cancel(alert: int, note: str, notes: tuple[tuple[str, str], ...], ending: str, who: str, *, as_json: bool) -> None:
    """Draft a Cancel of alert ID; once approved and released it goes to everyone who may have been reached.

    It is told as lifted (解除), or as issued in error (撤销), in every language of the warning. A language without a
    note of its own is told the template's words.
    """
    if not (note.strip() or notes):
        raise click.UsageError("say why the warning ends: --note TEXT, or --note-in LANGUAGE TEXT")
    request = EndingRequest(EndingNotes(note, dict(notes)), Ending(ending))
    _act(who, "cancel", alert, lambda hub, official: hub.drafting.cancel(official, alert, request), as_json=as_json)


@click.command()
@_ID
@click.option("--channels", multiple=True, help="Comma-separated; none named means every enabled one.")
@click.option("--regions", multiple=True, help="Region keys in your unit's area, comma-separated; else all of it.")
@click.option("--groups", multiple=True, help="Only people in any of these groups, comma-separated.")
@audience_options
@_AS
@_JSON
def relay(alert: int, who: str, *, as_json: bool, **given: Any) -> None:
    """Draft a relay of alert ID: another unit's warning in its own words, to people of your unit's area."""
    asked = request_of(_split_values(given["regions"]), _split_values(given["groups"]), given)
    plan = replace(asked, channels=_split_values(given["channels"]))
    _act(who, "relay", alert, lambda hub, official: hub.drafting.relay(official, alert, plan), as_json=as_json)


@click.command()
@_ID
@click.option("--reason", required=True)
@_AS
@_JSON
def withdraw(alert: int, reason: str, who: str, *, as_json: bool) -> None:
    """Take alert ID back before its release."""
    _act(who, "withdraw", alert, lambda hub, official: hub.drafting.withdraw(official, alert, reason), as_json=as_json)


def _act(who: str, command: str, alert: int | None, act: Act, *, as_json: bool) -> None:
    async def acting_for(hub: Hub) -> AlertView:
        shown = await _authenticate(hub, who) if hub.settings.auth.second_factor else None
        detail = {"command": command, "alert": alert, "signed_in": shown is not None}
        official = await hub.db.write(lambda connection: _acting(connection, hub, who, shown, detail))
        return await act(hub, official)

    tell(run(acting_for), as_json=as_json)


async def _authenticate(hub: Hub, who: str) -> Official:
    """Who has shown to be the official: by the session in the environment, else by what is typed in. Raises Refusal."""
    if token := os.environ.get(TOKEN):
        found = await sign_in_by_token(hub, token)
        if not found.claims.login.session:
            text = f"{TOKEN} was made on this machine: who acts signs in"
            raise NotSignedIn(text, rule=CredentialRule.TOKEN_COMMAND_LINE, place="--as")
        return found.official
    named = (await hub.db.read(lambda connection: officials.find(connection, who, "--as"))).official
    password = click.prompt(f"Password of {named.name}", hide_input=True, err=True)
    code = click.prompt("One-time code", hide_input=True, err=True)
    client = hub.identity.client("command line", ACTOR)
    opened = await hub.identity.logins.by_password(LoginAttempt(named.name, password, code, client))
    await hub.identity.sessions.end(named, opened.session)
    return named


def _acting(connection: Connection, hub: Hub, who: str, shown: Official | None, detail: Mapping[str, Any]) -> Official:
    """The official in office; that the command line acts for him stands in the audit log before anything is done."""
    found = officials.find(connection, who, "--as")
    if not found.active:
        raise Invalid("out of office", rule=Rule.OFFICIAL_INACTIVE, place="--as")
    if shown is not None and shown.id != found.official.id:
        raise Forbidden(f"{TOKEN} holds the session of {shown.name}", rule=Rule.ACTING_OTHER, place="--as")
    subject, now = f"official/{found.official.id}", to_ms(hub.clock.now())
    audit.append(connection, at_ms=now, actor=ACTOR, action="act-as", subject=subject, detail=detail)
    return shown or found.official


def _split_values(values: tuple[str, ...]) -> tuple[str, ...]:
    """Options that may be repeated or hold a comma-separated list; each value once, in order."""
    parts = (part.strip() for value in values for part in value.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


async def _version_of(hub: Hub, alert: int, version: int | None) -> int:
    """The version that is named, else the newest."""
    return version if version is not None else (await hub.alerts.get(alert)).version


def _read(file: Path) -> bytes:
    """One byte more than may be read is enough for the reader to refuse the rest (rule P1)."""
    with file.open("rb") as source:
        return source.read(MAX_BYTES + 1)
