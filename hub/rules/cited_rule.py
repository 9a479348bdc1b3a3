"""The names of rules that others keep, beside those of our own."""

from __future__ import annotations

from typing import NewType

from approvals.named_rule import NamedRule

#: The name of a rule that is kept elsewhere and cited: by the policy of authority, in the list of rules for CAP
#: (`hub.formats.cap.rules`), by a driver for its provider's callbacks, or by pydantic for the form of a body.
CitedRule = NewType("CitedRule", str)
RuleName = NamedRule | CitedRule  #: of a refusal
