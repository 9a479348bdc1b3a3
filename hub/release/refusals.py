"""What policy and templates refuse, as refusals an official can read and a client can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from approvals.authority import Denied, HandUp, PolicyRefused
from hub.errors import Conflict, Forbidden, Invalid
from templates.catalog import TemplateRefused


def forbidden(answer: Denied) -> Forbidden:
    """The refusal an official is shown; where a unit above is competent it says which, as `hand_up`."""
    refusal = Forbidden(answer.reason, rule=answer.rule)
    if isinstance(answer, HandUp):
        to = {"area": answer.area, "tier": answer.tier, "kinds": list(answer.kinds), "trigger": answer.trigger}
        refusal.members = {"hand_up": to}
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
