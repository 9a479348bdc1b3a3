"""How officials on duty are called when something waits for them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

LEVELS = ("red", "orange", "yellow", "blue")


class CallMinutes(BaseModel):
    """A time for each level."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    red: float = Field(ge=1)
    orange: float = Field(ge=1)
    yellow: float = Field(ge=1)
    blue: float = Field(ge=1)

    def of(self, level: str) -> float:
        """By the colour word."""
        found: float = getattr(self, level)
        return found


class CallSettings(BaseModel):
    """Whom the hub calls, how often, and how far."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: offices whose holders lead a unit: they keep its roster, and are called where nobody acts
    leader_offices: tuple[str, ...] = ("main-leader", "leader", "director")
    #: by which addresses of the roster, all at once, each over the first channel of its medium; without one passed over
    media: tuple[Literal["sms", "voice", "wecom"], ...] = ("sms", "voice", "wecom")
    #: how often an official is called who has not answered
    repeat_minutes: CallMinutes = CallMinutes(red=2, orange=3, yellow=10, blue=15)
    #: by when somebody must have acted, else the next in order is called, then the leaders, then the unit above
    escalation_minutes: CallMinutes = CallMinutes(red=5, orange=10, yellow=30, blue=60)
    tries: int = Field(3, ge=1, le=20)  # calls at that pace; then one every `slow_minutes`
    slow_minutes: float = Field(30.0, ge=1)
    #: most calls to one official over one channel in an hour (a voice provider takes 5 to a number)
    per_hour: int = Field(5, ge=1, le=20)
    #: kinds of alarm that nobody is called about
    quiet_alarms: tuple[str, ...] = ("orphan-receipts",)
