"""What policy and templates refuse, as refusals an official can read and a client can act on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from approvals.answer import Denied, Referral
from approvals.approval_rule import ApprovalRule
from approvals.authority import PolicyRefused
from approvals.workflow import DecisionRefused
from hub.errors import Conflict, Forbidden, Invalid
from hub.rules.cited_rule import RuleName
from hub.rules.rule import Rule, rule_named
from hub.store.register import regions
from templates.catalog import TemplateRefused

_KEY = re.compile(r"\b\d{12}\b")  #: GB/T 2260 with GB/T 10114, as region keys are written


def forbidden(answer: Denied) -> Forbidden:
    """The refusal an official is shown; where a unit above is competent it says which, as `referral`."""
    members: dict[str, Any] = {}
    if isinstance(answer, Referral):
        to = {"area": answer.area, "tier": answer.tier, "kinds": list(answer.kinds), "trigger": answer.trigger}
        members["referral"] = to
    return remediable(rule_named(answer.rule), answer.reason, answer.remedy or _upward(answer), members)


def _upward(answer: Denied) -> str:
    """To whom a draft is referred; empty where nobody above may do it either."""
    if not isinstance(answer, Referral):
        return ""
    kinds = f" of the kind {' or '.join(answer.kinds)}" if answer.kinds else ""
    return f"refer it to a unit{kinds} of the {answer.tier} {answer.area}, saying why (referral)"


def forbidden_here(connection: Connection, answer: Denied) -> Forbidden:
    """As `forbidden`, with the names of the regions that its text names by key."""
    refusal = forbidden(answer)
    named = Forbidden(name_regions(connection, str(refusal)), rule=refusal.rule)
    named.members = {**refusal.members}
    if "remedy" in named.members:
        named.members["remedy"] = name_regions(connection, str(named.members["remedy"]))
    return named


def name_regions(connection: Connection, text: str) -> str:
    """The text with the name of each registered region behind its key."""
    known = regions.names_by_key(connection, set(_KEY.findall(text)))
    return _KEY.sub(lambda found: f"{found[0]} ({known[found[0]]})" if found[0] in known else found[0], text)


def remediable(
    rule: RuleName, reason: str, remedy: str, members: Mapping[str, Any] = MappingProxyType({})
) -> Forbidden:
    """A refusal that also says what can be done instead, in its text and as `remedy`."""
    refusal = Forbidden(reason, rule=rule, remedy=remedy)
    refusal.members = {**members, **refusal.members}
    return refusal


@contextmanager
def decisions_as_refusals() -> Iterator[None]:
    """Raises Conflict where what is decided on stands otherwise than its signer took it to, else Forbidden."""
    try:
        yield
    except DecisionRefused as error:
        kind = Conflict if error.rule in (ApprovalRule.SEP_3, ApprovalRule.STEP_UNASKED) else Forbidden
        raise kind(error.text, rule=rule_named(error.rule), place=error.place, remedy=error.remedy) from None


@contextmanager
def as_refusals() -> Iterator[None]:
    """Raises Conflict where no rule of authority applies, and Invalid where a template cannot say the warning."""
    try:
        yield
    except PolicyRefused as error:
        raise Conflict(str(error), rule=Rule.POLICY, place="config/authority.toml") from error
    except TemplateRefused as error:
        raise Invalid(str(error), rule=Rule.TEMPLATE, place="templates") from error
