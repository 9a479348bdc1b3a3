"""`hub official explain`: may this official do that, and by which rule. Exit 0 allowed, 1 not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from approvals.evacuation import NOTICE
from approvals.grant import EMERGENCY, FULL
from approvals.level import Level
from approvals.official import Right
from hub.cli.session import run
from hub.dossier.authority import AuthorityExplanation, AuthorityQuestion
from targeting.region import normalise

MOST_HOURS = 24 * 366  #: no warning lasts longer than a year
ACTS = [right.value for right in (Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE)]


@click.command()
@click.argument("who")
@click.argument("alert", type=click.IntRange(min=1), required=False)
@click.option("--level", type=click.Choice([level.word for level in sorted(Level, reverse=True)]))
@click.option("--event", help="12379 event code, or the event in words.")
@click.option("--area", "areas", multiple=True, help="Region key of a target; may be repeated.")
@click.option("--channel", "channels", multiple=True, help="May be repeated.")
@click.option("--msg-type", type=click.Choice(["Alert", "Update", "Cancel"]), default="Alert", show_default=True)
@click.option("--path", type=click.Choice([FULL, EMERGENCY, NOTICE]), default=FULL, show_default=True)
@click.option("--hours", type=click.FloatRange(0, MOST_HOURS, min_open=True), help="How long it would be in force.")
@click.option("--act", type=click.Choice(ACTS), default=Right.RELEASE.value, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def explain(ctx: click.Context, /, who: str, alert: int | None, act: str, *, as_json: bool, **case: Any) -> None:
    """Whether WHO (number or name) may act on ALERT, or on a warning that options describe; and by which rule."""
    right = Right(act)
    if alert is not None and any(case[name] for name in ("level", "event", "areas", "channels", "hours")):
        raise click.UsageError("either ALERT or the description of a warning, not both")
    if alert is not None:
        told = run(lambda hub: hub.transactions.read(lambda tx: hub.authority.explain_alert(tx, who, alert, right)))
    else:
        question = _question(right, case)
        told = run(lambda hub: hub.transactions.read(lambda tx: hub.authority.explain(tx, who, question)))
    click.echo(json.dumps(asdict(told), ensure_ascii=False) if as_json else _render_explanation(told))
    ctx.exit(0 if told.answer == "allowed" else 1)


def _question(act: Right, case: Mapping[str, Any]) -> AuthorityQuestion:
    if not case["event"] or not (case["level"] or case["path"] == NOTICE):
        raise click.UsageError("without ALERT, --event is needed, and --level for all but an evacuation notice")
    keys = frozenset(normalise("", key) for key in case["areas"])
    level, channels = Level.of(case["level"]) if case["level"] else None, frozenset(case["channels"])
    lasts = timedelta(hours=case["hours"]) if case["hours"] else None
    return AuthorityQuestion(act, level, case["event"], keys, channels, case["msg_type"], case["path"], lasts)


def _render_explanation(told: AuthorityExplanation) -> str:
    lines = [f"{told.official}, {told.unit}: {told.act} {told.answer} ({told.rule})"]
    if told.reason:
        lines.append(f"  {told.reason}")
    if told.remedy:
        lines.append(f"  instead: {told.remedy}")
    if told.grant:
        lines.append(f"  by a power lent to the unit, paper {told.grant}")
    if told.referral is not None:
        kinds = f", of the kind {' or '.join(told.referral.kinds)}" if told.referral.kinds else ""
        names = f": {', '.join(told.referral.units)}" if told.referral.units else ""
        lines.append(f"  refer to the {told.referral.tier} {told.referral.area}{kinds}{names}")
    lines += [f"  rule {rule}: {source}" for rule, source in told.sources.items()]
    wanted = ", ".join(f"{number} x {step}" for step, number in told.steps.items() if number)
    return "\n".join([*lines, f"  wanted in all: {wanted}"])
