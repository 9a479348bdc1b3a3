"""`hub alert`: one table of its commands, so that checking a file loads no database."""

from __future__ import annotations

import click

from hub.cli import Command, LazyGroup

COMMANDS: dict[str, Command] = {
    "validate": Command("hub.cli.validate:validate", "Check CAP files against the rules."),
    "convert": Command("hub.cli.convert:convert", "Write any CAP 1.0, 1.1 or 1.2 file as strict CAP 1.2."),
    "draft": Command("hub.cli.alert_acts:draft", "Make a draft of a CAP file."),
    "estimate": Command("hub.cli.estimate:of_alert", "Show what releasing an alert now would do."),
    "questions": Command("hub.cli.alert_questions:questions", "Show what a draft leaves open."),
    "answer": Command("hub.cli.alert_questions:answer", "Answer what a draft leaves open."),
    "include": Command("hub.cli.alert_questions:include", "Include people who cannot be placed in a draft's shapes."),
    "hold": Command("hub.cli.alert_questions:hold", "Hold a draft back until an hour."),
    "submit": Command("hub.cli.alert_acts:submit", "Freeze a draft and ask for decisions."),
    "approve": Command("hub.cli.alert_acts:approve", "Review or sign exactly one digest."),
    "release": Command("hub.cli.alert_acts:release", "Release what was approved."),
    "update": Command("hub.cli.alert_acts:update", "Draft an Update of a released alert."),
    "cancel": Command("hub.cli.alert_acts:cancel", "Draft a Cancel of a released alert."),
    "evacuate": Command("hub.cli.alert_notices:evacuate", "Draft and submit an urgent evacuation notice."),
    "alarm": Command("hub.cli.alert_notices:alarm", "Draft and submit an operator's alarm by its paper."),
    "relay": Command("hub.cli.alert_acts:relay", "Draft a relay of another unit's alert, unaltered."),
    "withdraw": Command("hub.cli.alert_acts:withdraw", "Take an alert back before its release."),
    "issuers": Command("hub.cli.alert_issuers:issuers", "Say who issues a draft jointly, and who was consulted."),
    "take-over": Command("hub.cli.alert_issuers:take_over", "As a superior, make a draft your own and say why."),
    "refer": Command("hub.cli.alert_papers:refer", "Refer a draft to the competent unit."),
    "referrals": Command(
        "hub.cli.referrals:referrals", "What was referred to a unit: list, adopt, give back, decline."
    ),
    "countersign": Command("hub.cli.alert_papers:countersign", "Give or refuse what an emergency release owes."),
    "history": Command("hub.cli.alert_papers:history", "Show who wrote, decided and countersigned."),
    "show": Command("hub.cli.alert_views:show", "Show one alert: stage, digest, decisions, what is missing."),
    "forms": Command("hub.cli.alert_views:forms", "Show what each channel sends in each language."),
    "list": Command("hub.cli.alert_views:list_", "List alerts, newest first."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def alert() -> None:
    """Alerts: check, draft, approve, release, update and cancel them."""
