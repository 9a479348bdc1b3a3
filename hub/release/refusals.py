"""What policy and templates refuse, as refusals an official can read and a client can act on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from approvals.answer import Denied, HandUp
from approvals.authority import PolicyRefused
from hub.errors import Conflict, Forbidden, Invalid
from templates.catalog import TemplateRefused


def forbidden(answer: Denied) -> Forbidden:
    """The refusal an official is shown; where a unit above is competent it says which, as `hand_up`."""
    members: dict[str, Any] = {}
    if isinstance(answer, HandUp):
        to = {"area": answer.area, "tier": answer.tier, "kinds": list(answer.kinds), "trigger": answer.trigger}
        members["hand_up"] = to
    return remediable(answer.rule, answer.reason, answer.remedy or _upward(answer), members)


def _upward(answer: Denied) -> str:
    """To whom a draft is handed up; empty where nobody above may do it either."""
    if not isinstance(answer, HandUp):
        return ""
    kinds = f" of the kind {' or '.join(answer.kinds)}" if answer.kinds else ""
    return f"hand it up to a unit{kinds} of the {answer.tier} {answer.area}, saying why (hand_up)"


def remediable(rule: str, reason: str, remedy: str, members: Mapping[str, Any] = MappingProxyType({})) -> Forbidden:
    """A refusal that also says what can be done instead, in its text and as `remedy`."""
    refusal = Forbidden(f"{reason}: {remedy}" if remedy else reason, rule=rule)
    refusal.members = {**members, "remedy": remedy} if remedy else members
    return refusal


@contextmanager
def as_refusals() -> Iterator[None]:
    """Raises Conflict where no rule of authority applies, and Invalid where a template cannot say the warning."""
    try:
        yield
    except PolicyRefused as error:
        raise Conflict(str(error), rule="policy", place="config/authority.toml") from error
    except TemplateRefused as error:
        raise Invalid(str(error), rule="template", place="templates") from error
