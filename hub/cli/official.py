"""`hub official`: who is in office, what they may do, and the tokens they sign in with."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import click
from sqlalchemy import Connection

from approvals.official import Official, Right
from hub.access.administration.view import RequestResult
from hub.app import Hub
from hub.cli.acting import perform_on, tell
from hub.cli.explain import explain
from hub.cli.invite import invite, link, unlink
from hub.cli.session import run
from hub.clock import to_ms
from hub.errors import Invalid
from hub.rules.rule import Rule
from hub.store.access import officials as store
from hub.store.access.officials import OfficialRecord
from hub.store.records import audit
from targeting.region import normalise

#: who acts here has the machine itself; the record says so rather than naming a person it cannot know
ACTOR = "command line"
LONGEST_HOURS = 24  #: a token no session stands behind is for one shift

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_RIGHT = click.argument("right", type=click.Choice([right.value for right in Right]))


@click.group()
def official() -> None:
    """The officials and their tokens."""


for _command in (explain, invite, link, unlink):
    official.add_command(_command)


@official.command()
@click.argument("name")
@click.option("--unit", required=True, help="The office the person answers for.")
@click.option("--area", default="", help="Region key a new unit answers for; 000000000000 is the whole country.")
@click.option(
    "--right",
    "rights",
    multiple=True,
    required=True,
    type=click.Choice([right.value for right in Right]),
    help="May be repeated.",
)
@click.option(
    "--kind", default="", help="Kind of a new unit, a word of the policy. A new unit needs --area and --kind."
)
@click.option("--office", default="", help="Office held in the unit, a word of the policy.")
@_JSON
def add(name: str, unit: str, area: str, rights: tuple[str, ...], kind: str, office: str, *, as_json: bool) -> None:
    """Put NAME into office. Administration never meets a right of the release path in one person."""
    given = {"name": name, "unit": unit, "area": normalise("", area) if area else "", "kind": kind, "office": office}

    async def enrol(hub: Hub) -> tuple[RequestResult, OfficialRecord | None]:
        answer = await perform_on(hub, "official-enrol", {**given, "rights": list(rights)})
        return answer, await _read(hub, answer.result["official"]) if answer.done else None

    answer, made = run(enrol)
    told = _show_official(made) if made is not None else {}
    tell(answer, f"{name} of {unit} is in office.", told, as_json=as_json)


@official.command(name="list")
@_JSON
def list_(*, as_json: bool) -> None:
    """Everyone, in and out of office."""
    told = [_show_official(record) for record in run(lambda hub: hub.db.read(store.everyone))]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for row in told:
        state = "" if row["active"] else " (out of office)"
        click.echo(f"{row['id']:>4}  {row['name']}, {row['unit']}, {row['area']}: {', '.join(row['rights'])}{state}")


@official.command()
@click.argument("who")
@click.option("--hours", type=click.FloatRange(0, LONGEST_HOURS, min_open=True), help="How long it lives.")
@_JSON
def token(who: str, hours: float | None, *, as_json: bool) -> None:
    """A token for WHO (number or name). It is shown once and kept nowhere."""
    lifetime = timedelta(hours=hours) if hours is not None else None
    told = run(lambda hub: _issue(hub, who, lifetime))
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else told["token"])


async def _issue(hub: Hub, who: str, lifetime: timedelta | None) -> dict[str, Any]:
    def work(connection: Connection) -> Official:
        found = store.find(connection, who, "WHO")
        if not found.active:
            raise Invalid("out of office", rule=Rule.OFFICIAL_INACTIVE, place="WHO")
        subject = f"official/{found.official.id}"
        now = to_ms(hub.clock.now())
        audit.append(connection, at_ms=now, actor=ACTOR, action="issue-token", subject=subject, detail={})
        return found.official

    made = await hub.db.write(work)
    issued = hub.tokens.issue(made.id, made.name, made.rights, lifetime)
    return {"official": made.id, "name": made.name, "token": issued, "expires": hub.tokens.verify(issued).expires}


@official.command()
@click.argument("who")
@_JSON
def retire(who: str, *, as_json: bool) -> None:
    """Take WHO (number or name) out of office: tokens and decisions of theirs count no more."""
    _about(who, "official-retire", {}, "is out of office", as_json=as_json)


@official.command()
@click.argument("who")
@_JSON
def reinstate(who: str, *, as_json: bool) -> None:
    """Bring WHO back into office, with the rights they had."""
    _about(who, "official-reinstate", {}, "is in office", as_json=as_json)


@official.command()
@click.argument("who")
@_RIGHT
@_JSON
def grant(who: str, right: str, *, as_json: bool) -> None:
    """Give WHO one more RIGHT."""
    _about(who, "right-grant", {"right": right}, f"may {right}", as_json=as_json)


@official.command()
@click.argument("who")
@_RIGHT
@_JSON
def revoke(who: str, right: str, *, as_json: bool) -> None:
    """Take one RIGHT from WHO; one administrator is enough."""
    _about(who, "right-revoke", {"right": right}, f"may no longer {right}", as_json=as_json)


@official.command()
@click.argument("who")
@click.option("--unit", required=True, help="A unit there is.")
@click.option("--office", default="", help="Office held in the unit, a word of the policy.")
@_JSON
def move(who: str, unit: str, office: str, *, as_json: bool) -> None:
    """Move WHO to another unit or office."""
    _about(who, "official-move", {"unit": unit, "office": office}, f"belongs to {unit}", as_json=as_json)


@official.command(name="same-person")
@click.argument("who")
@click.argument("other")
@_JSON
def same_person(who: str, other: str, *, as_json: bool) -> None:
    """Note that the accounts WHO and OTHER belong to one person, who counts once."""
    first = run(lambda hub: hub.db.read(lambda connection: store.find(connection, other, "OTHER"))).official.id
    _about(who, "account-link", {"account_of": first}, f"is the person of {other}", as_json=as_json)


def _about(who: str, kind: str, more: dict[str, Any], words: str, *, as_json: bool) -> None:
    """One act about one official, and how they stand after it."""

    async def act(hub: Hub) -> tuple[RequestResult, OfficialRecord]:
        known = await hub.db.read(lambda connection: store.find(connection, who, "WHO"))
        answer = await perform_on(hub, kind, {"official": known.official.id, **more})
        return answer, await _read(hub, known.official.id)

    answer, record = run(act)
    tell(answer, f"{record.official.name} {words}.", _show_official(record), as_json=as_json)


async def _read(hub: Hub, number: int) -> OfficialRecord:
    return await hub.db.read(lambda connection: store.find(connection, str(number), "WHO"))


def _show_official(record: OfficialRecord) -> dict[str, Any]:
    made = record.official
    return {
        "id": made.id,
        "name": made.name,
        "unit": made.unit,
        "area": made.area,
        "kind": made.kind,
        "office": made.office,
        "rights": sorted(made.rights),
        "active": record.active,
    }
