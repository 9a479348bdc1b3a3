"""The offices whose holders lead a unit, held against the policy of authority: once, at start."""

from __future__ import annotations

from collections.abc import Mapping

from approvals.authority import Policy
from hub.settings.settings import Settings, find_source
from hub.settings.sources import SettingsRefused

KEY = ("calls", "leader_offices")


def must_know_offices(settings: Settings, policy: Policy, environ: Mapping[str, str]) -> None:
    """Nobody could ever hold an office the policy does not know, and then nobody led a unit.

    What nobody configured is taken as it is: a policy may have other offices. Raises SettingsRefused.
    """
    said = settings.calls.leader_offices if KEY[1] in settings.calls.model_fields_set else ()
    unknown = next((office for office in said if office not in policy.offices), None)
    if unknown is not None:
        known = ", ".join(sorted(policy.offices))
        rule = f"no office is called {unknown!r}: name one of {known}, or add it to [offices] of the policy"
        raise SettingsRefused(f"{find_source(KEY, environ) or 'settings'}: {'.'.join(KEY)}: {rule}")
