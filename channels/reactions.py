"""What we make of a provider's codes, as data beside its driver: `<provider>.reactions.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from channels.message import Deferred, FailureReason, Outcome, Refused


@dataclass(frozen=True, slots=True)
class Reaction:
    """`deferred` codes are tried again, after `wait` where the provider itself names no time; the others never are."""

    reason: FailureReason
    deferred: bool
    wait: timedelta | None

    def outcome(self, code: int, told: timedelta | None = None) -> Outcome:
        """The outcome of a message that was answered so; `told` is the wait that the provider asked for."""
        if self.deferred:
            return Deferred(self.reason, told if told is not None else self.wait)
        return Refused(self.reason, str(code))


class _Row(BaseModel):
    """One code: what it does, why, and the provider's meaning in words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: Literal["deferred", "refused"]
    reason: FailureReason
    meaning: str = Field(min_length=1)
    wait_s: float | None = Field(None, gt=0)


class _File(BaseModel):
    """`source` is the page the codes are from, and when it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(pattern=r", \d{4}-\d{2}$")
    codes: dict[int, _Row]


_FILE: TypeAdapter[_File] = TypeAdapter(_File)


def load_reactions(provider: str, folder: Path = Path(__file__).parent) -> Mapping[int, Reaction]:
    """By code. Raises OSError, tomllib.TOMLDecodeError, and pydantic's ValidationError naming code and key."""
    file = _FILE.validate_python(tomllib.loads((folder / f"{provider}.reactions.toml").read_text(encoding="utf-8")))
    return {code: _reaction(row) for code, row in file.codes.items()}


def _reaction(row: _Row) -> Reaction:
    wait = timedelta(seconds=row.wait_s) if row.wait_s is not None else None
    return Reaction(row.reason, row.outcome == "deferred", wait)
