"""`hub standing` and `hub delegation`: authorisations (授权书), in the name of whoever FENGHUO_TOKEN says."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path

import click

from hub.app import Hub
from hub.cli.acting import acting, signing
from hub.cli.session import run
from hub.errors import Invalid
from hub.rules.rule import Rule
from hub.signoff.standing import StandingDecisionRequest, Standings, StandingView
from hub.store.sql.storable import demand_storable_tree

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_NUMBER = click.argument("number", type=click.IntRange(1))
Act = Callable[[Hub], Awaitable[StandingView]]
Of = Callable[[Hub], Standings]


def _papers(name: str, about: str, of: Of) -> click.Group:
    """The commands for one kind of paper; `of` says which of the hub's services keeps it."""
    group = click.Group(name, help=about)
    for command in (_propose, _list, _show, _decide, _revoke):
        group.add_command(command(of))
    return group


def _propose(of: Of) -> click.Command:
    @click.command()
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @_JSON
    def propose(file: Path, *, as_json: bool) -> None:
        """Propose the paper in FILE (JSON); others decide on it."""
        try:
            tree = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            tree = None
        if not isinstance(tree, dict):
            raise Invalid("the file is not one JSON object", rule=Rule.NOT_JSON, place=str(file))

        demand_storable_tree(tree)

        async def act(hub: Hub) -> StandingView:
            official = await acting(hub)
            return await hub.transactions.write(official.name, lambda tx: of(hub).propose(tx, official, tree))

        _tell(act, as_json=as_json)

    return propose


def _list(of: Of) -> click.Command:
    @click.command(name="list")
    @_JSON
    def list_(*, as_json: bool) -> None:
        """Every paper, also those that are over."""
        found = run(lambda hub: hub.transactions.read(lambda tx: of(hub).everything(tx)))
        if as_json:
            click.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, default=str))
            return
        for each in found:
            click.echo(_line(each))

    return list_


def _show(of: Of) -> click.Command:
    @click.command()
    @_NUMBER
    @_JSON
    def show(number: int, *, as_json: bool) -> None:
        """The whole paper NUMBER, with what was decided on it."""
        view = run(lambda hub: hub.transactions.read(lambda tx: of(hub).get(tx, number)))
        told = json.dumps(asdict(view), ensure_ascii=False, default=str, indent=None if as_json else 2)
        click.echo(told)

    return show


def _decide(of: Of) -> click.Command:
    @click.command()
    @_NUMBER
    @click.option("--step", type=click.Choice(["review", "sign"]), required=True)
    @click.option("--verdict", type=click.Choice(["approve", "reject"]), required=True)
    @click.option("--digest", required=True, help="Of the paper as you have read it.")
    @click.option("--reason", default="", help="Needed to reject.")
    @click.option(
        "--proof",
        default="",
        help="A second factor just given for this digest; without it a one-time code is asked for.",
    )
    @_JSON
    def decide(number: int, step: str, verdict: str, digest: str, reason: str, proof: str, *, as_json: bool) -> None:
        """Review or sign paper NUMBER."""

        async def act(hub: Hub) -> StandingView:
            official, shown = await signing(hub, step, digest, proof)
            word = StandingDecisionRequest(step, verdict, digest, reason, shown)
            return await hub.transactions.write(official.name, lambda tx: of(hub).decide(tx, official, number, word))

        _tell(act, as_json=as_json)

    return decide


def _revoke(of: Of) -> click.Command:
    @click.command()
    @_NUMBER
    @click.option("--reason", required=True)
    @_JSON
    def revoke(number: int, reason: str, *, as_json: bool) -> None:
        """End paper NUMBER at once. What was released by it stays released."""

        async def act(hub: Hub) -> StandingView:
            official = await acting(hub)
            return await hub.transactions.write(official.name, lambda tx: of(hub).revoke(tx, official, number, reason))

        _tell(act, as_json=as_json)

    return revoke


standing = _papers(
    "standing",
    "Papers signed beforehand, under which an upstream system may release by itself.",
    lambda hub: hub.standings,
)
delegation = _papers(
    "delegation", "Papers by which a unit lends another the release of certain warnings.", lambda hub: hub.delegations
)

entrustment = _papers(
    "entrustment", "Papers by which a unit has a warning centre publish for it.", lambda hub: hub.entrustments
)


def _tell(act: Act, *, as_json: bool) -> None:
    view = run(act)
    click.echo(json.dumps(asdict(view), ensure_ascii=False, default=str) if as_json else _line(view))


def _line(view: StandingView) -> str:
    """Number, who lends what to whom, until when, and how it stands."""
    paper = view.document
    whom = paper.get("unit") or paper.get("publisher") or paper["grantee"]
    what = f"{'/'.join(paper['levels'])} {', '.join(paper['events'])} in {', '.join(paper['areas'])}"
    wanted = f"; {view.wanted}" if view.wanted else ""
    return (
        f"{view.id:>4}  {view.name}: {view.state}, used {view.uses} times; {paper['grantor']} to {whom}: {what}, "
        f"until {paper['valid_until']}; {view.digest}{wanted}"
    )
