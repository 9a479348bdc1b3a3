"""A policy with every kind of rule, and the people and the danger that tests try it with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from approvals.decision import Decision
from approvals.level import Level
from approvals.load import policy_of
from approvals.official import Official, Right
from approvals.policy_input import PolicyInput

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
NATION, CITY, YUBEI, BEIBEI, TOWN = "000000000000", "500000000000", "500112000000", "500109000000", "500112001000"
ACTS = (Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE)
POLICY = policy_of(
    {
        "kinds": {"government": "g", "meteorological": "m", "department": "d"},
        "offices": {"leader": "l"},
        "rule": [
            {
                "id": "high",
                "levels": ["red", "orange"],
                "events": ["*"],
                "who": {"tiers": ["country", "province"], "kinds": ["government"]},
                "sign": {"offices": ["leader"]},
                "steps": {"review": 1, "sign": 2},
                "emergency": {"events": ["11C*"], "steps": {"sign": 1}, "countersign_minutes": 90},
                "source": "x",
            },
            {
                "id": "low",
                "levels": ["yellow", "blue"],
                "events": ["*"],
                "who": {"kinds": ["government"]},
                "steps": {"review": 1, "sign": 1},
                "emergency": {"events": ["11C*"], "steps": {"sign": 1}, "countersign_minutes": 30},
                "source": "x",
            },
            {
                "id": "voice",
                "levels": ["*"],
                "events": ["*"],
                "channels": ["voice"],
                "who": {"kinds": ["government"], "tiers": ["country", "province", "county"]},
                "steps": {"review": 2, "sign": 1},
                "source": "x",
            },
            {
                "id": "met",
                "levels": ["*"],
                "events": ["11B*"],
                "who": {"kinds": ["meteorological"]},
                "steps": {"review": 1, "sign": 1},
                "source": "x",
            },
            {"id": "no", "levels": ["*"], "events": ["14*"], "public": False, "steps": {"sign": 1}, "source": "x"},
        ],
    }
)


def says(who: Official, step: str, at: int, digest: str = "d", verdict: str = "approve") -> Decision:
    return Decision(who, step, verdict, digest, NOON + timedelta(seconds=at))


def person(number: int, area: str = CITY, kind: str = "government", unit: str = "city", **more: object) -> Official:
    rights = frozenset(ACTS)
    return Official(number, f"o{number}", unit, area, rights, kind, "leader", **more)  # type: ignore[arg-type]


def quake(**changes: object) -> PolicyInput:
    plain = PolicyInput(Level.RED, "11C02", frozenset({YUBEI}), frozenset({"sms"}), 1, "Alert", "live", at=NOON)
    return replace(plain, **changes)  # type: ignore[arg-type]
