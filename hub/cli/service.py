"""`hub service` and `hub trust`: upstream systems, and whose signatures on incoming CAP are believed."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from hub.cli.acting import perform, tell
from hub.cli.session import run
from hub.store.access import services, trust
from hub.store.access.services import ServiceScope
from hub.web.api.standing import service_view, trust_view

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def service() -> None:
    """Upstream systems: what they send is a draft, unless a standing authorisation covers it."""


@service.command()
@click.argument("name")
@click.option("--unit", required=True, help="The unit it sends for.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice([scope.value for scope in ServiceScope])
)
@click.option("--days", type=click.IntRange(1, 366), default=180, show_default=True, help="How long its token lives.")
@_JSON
def add(name: str, unit: str, scopes: tuple[str, ...], days: int, *, as_json: bool) -> None:
    """Enter NAME. Its token is shown once; the hub keeps a hash of it."""
    given = {"name": name, "unit": unit, "scopes": list(scopes), "days": days}
    answer = perform("service-create", given)
    tell(answer, f"{name} is entered.", {"id": answer.result.get("service"), **given}, as_json=as_json)


@service.command(name="list")
@_JSON
def list_services(*, as_json: bool) -> None:
    """Every system, also the revoked."""
    found = [service_view(each) for each in run(lambda hub: hub.db.read(services.everything))]
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False))
        return
    for each in found:
        state = "" if each.active else " (revoked)"
        click.echo(f"{each.id:>4}  {each.name}, {each.unit}: {', '.join(each.scopes)}, until {each.expires_at}{state}")


@service.command()
@click.argument("number", type=click.IntRange(1))
@_JSON
def revoke(number: int, *, as_json: bool) -> None:
    """Take the token of service NUMBER away, at once."""
    answer = perform("service-revoke", {"service": number})
    tell(answer, f"Service {number} is revoked.", {"id": number, "active": False}, as_json=as_json)


@click.group(name="trust")
def trust_list() -> None:
    """The trust list: who may sign incoming CAP, for which area and event."""


@trust_list.command(name="add")
@click.argument("sender")
@click.argument("certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--area", "areas", multiple=True, required=True, help="Region key; may be repeated.")
@click.option("--event", "events", multiple=True, required=True, help="Pattern of event codes or words.")
@click.option("--days", type=click.IntRange(1, 366), default=366, show_default=True)
@_JSON
def add_trust(
    sender: str, certificate: Path, areas: tuple[str, ...], events: tuple[str, ...], days: int, *, as_json: bool
) -> None:
    """Believe CERTIFICATE (PEM) for messages of the CAP sender SENDER."""
    pem = certificate.read_text(encoding="ascii", errors="replace")
    given = {"sender": sender, "areas": list(areas), "events": list(events), "days": days}
    answer = perform("trust-add", given | {"certificate": pem})
    tell(answer, f"{sender} is on the trust list.", {"id": answer.result.get("trust"), **given}, as_json=as_json)


@trust_list.command(name="list")
@_JSON
def show_trust(*, as_json: bool) -> None:
    """Every line, also the revoked."""
    found = [trust_view(each) for each in run(lambda hub: hub.db.read(trust.everything))]
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False))
        return
    for each in found:
        state = " (revoked)" if each.revoked else ""
        click.echo(f"{each.id:>4}  {each.sender}: {each.fingerprint[:16]}…, until {each.valid_until}{state}")


@trust_list.command(name="revoke")
@click.argument("number", type=click.IntRange(1))
@_JSON
def revoke_trust(number: int, *, as_json: bool) -> None:
    """Believe line NUMBER no more, at once."""
    answer = perform("trust-revoke", {"trust": number})
    tell(answer, f"Line {number} is revoked.", {"id": number, "revoked": True}, as_json=as_json)
