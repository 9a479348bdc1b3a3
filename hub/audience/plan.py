"""The plan of a release: to whom and over which channels; frozen at submit and covered by the digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from hub.alert.alert import Alert, Info, MsgType
from hub.store.alerts.alert_row import AlertRow
from hub.store.schema import alerts
from hub.store.sql.rows import reading_row
from targeting.audience import Audience, Groups, of_tree, tree
from targeting.nws import parts_of
from targeting.region import normalise

#: plans remembered as they were read: one request reads the same one at every step, and a drawing may be megabytes
REMEMBERED = 4


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """What the author said to an open question of the draft; `question` is its key."""

    question: str
    choice: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """`escalation` holds (from, to) channel steps, in order: who is not reached on the first is tried on the second.

    `added` is what an official asked for beyond the alert's own areas: places, groups, languages. It is part of the
    audience already, and an Update keeps it. `staked` are the regions a drawing was found to concern when it was
    planned (hub.audience.jurisdiction); empty where nothing is drawn, or not known. `override` is what the policy said
    at submit of the people's own choices: True sends to those who opted out too. `not_before` is the hour until which
    the author holds the message back; `answers` are those to open questions that show nowhere else.
    """

    audience: Audience
    channels: tuple[str, ...]
    escalation: tuple[tuple[str, str], ...] = ()
    added: Audience = field(default_factory=Audience)
    staked: frozenset[str] = frozenset()
    override: bool = False
    not_before: datetime | None = None
    answers: tuple[QuestionAnswer, ...] = ()

    def to_json(self) -> str:
        """As the store keeps it; sets and shapes sorted."""
        plan = {
            "audience": tree(self.audience),
            "channels": self.channels,
            "ladder": self.escalation,  # what earlier versions wrote is read, and what was signed keeps its words
            "added": tree(self.added),
            "staked": sorted(self.staked),
            "override": self.override,
            "not_before": self.not_before,
            "answers": self.answers,
        }
        return orjson.dumps(plan).decode()

    @classmethod
    def from_json(cls, text: str) -> Plan:
        return _read(text)


def plan_of(row: AlertRow) -> Plan:
    """The plan of an alert's row. Raises RowUnreadable."""
    with reading_row(alerts, row.id):
        return Plan.from_json(row.plan)


@lru_cache(REMEMBERED)
def _read(text: str) -> Plan:
    plan: Mapping[str, Any] = orjson.loads(text)
    held = plan.get("not_before")  # plans of an older hub have neither
    return Plan(
        audience=of_tree(plan["audience"]),
        channels=tuple(plan["channels"]),
        escalation=tuple((first, then) for first, then in plan["ladder"]),
        added=of_tree(plan["added"]),
        staked=frozenset(plan["staked"]),
        override=plan["override"],
        not_before=datetime.fromisoformat(held) if held else None,
        answers=tuple(QuestionAnswer(**each) for each in plan.get("answers", ())),
    )


def audience_of(alert: Alert, regions: frozenset[str], groups: frozenset[str]) -> Audience:
    """The places that a message warns, of every language united, with the regions and groups the official added.

    What an Update ends for some places is told to those who hold it (hub.dossier.chain), and warns nobody there.
    """
    infos = [info for info in alert.infos if alert.msg_type is not MsgType.UPDATE or not info.is_all_clear]
    places = places_of(infos)
    return replace(places, regions=places.regions | regions, groups=Groups(groups))


def places_of(infos: Iterable[Info]) -> Audience:
    """The places that the areas of these blocks name and draw."""
    areas = [area for info in infos for area in info.areas]
    named = (code for area in areas for code in area.geocodes)
    codes = {normalise(code.name, part) for code in named for part in parts_of(code.name, code.value)}
    # The blocks of several languages repeat the same shapes: each is kept once.
    polygons = tuple(dict.fromkeys(polygon for area in areas for polygon in area.polygons))
    circles = tuple(dict.fromkeys(circle for area in areas for circle in area.circles))
    return Audience(frozenset(codes), polygons, circles)
