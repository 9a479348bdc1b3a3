"""`hub official`: who is in office, what they may do, and the tokens they sign in with."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import click
from sqlalchemy import Connection

from approvals.official import Official, Right
from hub.app import Hub
from hub.cli.explain import explain
from hub.cli.invite import invite, link, unlink
from hub.cli.session import run
from hub.clock import to_ms
from hub.errors import Invalid, NotFound
from hub.store import audit, regions
from hub.store import officials as store
from hub.store.officials import GOVERNMENT, NewOfficial, OfficialRecord
from targeting.region import normalise

NATION = "000000000000"
#: who acts here has the machine itself; the record says so rather than naming a person it cannot know
ACTOR = "command line"
LONGEST_HOURS = 24  #: a token no session stands behind is for one shift

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def official() -> None:
    """The officials and their tokens."""


for _command in (explain, invite, link, unlink):
    official.add_command(_command)


@official.command()
@click.argument("name")
@click.option("--unit", required=True, help="The office the person answers for.")
@click.option("--area", default=NATION, show_default=True, help="Region key the unit answers for.")
@click.option(
    "--right",
    "rights",
    multiple=True,
    required=True,
    type=click.Choice([right.value for right in Right]),
    help="May be repeated.",
)
@click.option("--kind", default=GOVERNMENT, show_default=True, help="Kind of the unit, a word of the policy.")
@click.option("--office", default="", help="Office held in the unit, a word of the policy.")
@_JSON
def add(name: str, unit: str, area: str, rights: tuple[str, ...], kind: str, office: str, *, as_json: bool) -> None:
    """Put NAME into office. Administration never meets a right of the release path in one person."""
    new = NewOfficial(name, unit, normalise("", area), frozenset(Right(right) for right in rights), kind, office)
    made = run(lambda hub: hub.db.write(lambda connection: _add(connection, hub, new)))
    told = _shown(OfficialRecord(made, active=True))
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else f"Official {made.id}: {made.name}, {made.unit}.")


def _add(connection: Connection, hub: Hub, new: NewOfficial) -> Official:
    if new.area != NATION and regions.by_key(connection, new.area) is None:
        raise Invalid(f"there is no region {new.area!r}", rule="region-unknown", place="--area")
    _known(new.kind, hub.policy.kinds, "--kind")
    if new.office:
        _known(new.office, hub.policy.offices, "--office")
    now = to_ms(hub.clock.now())
    made = store.add(connection, new, now)
    detail = {"name": new.name, "unit": new.unit, "area": new.area, "rights": sorted(new.rights)}
    audit.append(connection, at_ms=now, actor=ACTOR, action="enrol", subject=f"official/{made.id}", detail=detail)
    return made


def _known(word: str, words: Collection[str], place: str) -> None:
    """The policy's words are a closed list: a kind or an office it does not know could never do anything."""
    if word not in words:
        text = f"{word!r} is not one of {', '.join(sorted(words)) or 'none'}, the words of the policy"
        raise Invalid(text, rule=f"{place.strip('-')}-unknown", place=place)


@official.command(name="list")
@_JSON
def list_(*, as_json: bool) -> None:
    """Everyone, in and out of office."""
    told = [_shown(record) for record in run(lambda hub: hub.db.read(store.everyone))]
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
        found = find(connection, who)
        if not found.active:
            raise Invalid("out of office", rule="official-inactive", place="WHO")
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
    told = _shown(run(_retiring(who)))
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else f"{told['name']} is out of office.")


def _retiring(who: str) -> Any:
    async def retire_on(hub: Hub) -> OfficialRecord:
        def work(connection: Connection) -> OfficialRecord:
            found = find(connection, who).official
            store.set_active(connection, found.id, active=False)
            now, subject = to_ms(hub.clock.now()), f"official/{found.id}"
            audit.append(connection, at_ms=now, actor=ACTOR, action="retire", subject=subject, detail={})
            return OfficialRecord(found, active=False)

        return await hub.db.write(work)

    return retire_on


def find(connection: Connection, who: str, place: str = "WHO") -> OfficialRecord:
    """An official by number or name, in or out of office. Raises NotFound."""
    number = int(who) if who.isascii() and who.isdigit() and len(who) <= 18 else None
    found = store.by_id(connection, number) if number is not None else store.by_name(connection, who)
    if found is None:
        raise NotFound(f"there is no official {who!r}", rule="official-unknown", place=place)
    return found


def _shown(record: OfficialRecord) -> dict[str, Any]:
    made = record.official
    return {
        "id": made.id,
        "name": made.name,
        "unit": made.unit,
        "area": made.area,
        "rights": sorted(made.rights),
        "active": record.active,
    }
