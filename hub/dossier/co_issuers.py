"""With whom a warning is issued: the units the law wants beside its issuer, to sign (会同) or to be asked (会商)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from approvals.authority import Policy
from approvals.territory import under
from hub.alert.alert import MsgType
from hub.alert.views import Finding
from hub.dossier.frozen import Dossier
from hub.dossier.issuers import issuers_of
from hub.errors import Invalid
from hub.rules.rule import Rule
from hub.store.access import units


def must_be_joint(connection: Connection, policy: Policy, dossier: Dossier) -> None:
    """Raises Invalid where a kind of unit that issues such a warning together with its issuer is not among them.

    A Cancel is as joint as what it ends; a relay speaks for nobody; under a standing authorisation the paper speaks;
    an urgent evacuation notice waits for nobody.
    """
    row = dossier.row
    if row.msg_type == MsgType.CANCEL or row.relays is not None or row.standing is not None or dossier.stakes.notice:
        return
    issuing = {unit.kind for unit in dossier.stakes.issuers}
    missing = [kind for kind in policy.partners(dossier.stakes).joint if kind not in issuing]
    if missing:
        event = policy.events.of(policy.with_known_event(dossier.stakes).event)
        law = f" ({event.law})" if event is not None and event.law else ""
        who = _candidates(connection, dossier, missing[0])
        text = f"issued together with a unit of the kind {missing[0]}{law}: name it as a joint issuer, to sign{who}"
        raise Invalid(text, rule=Rule.JOINT, place="issuers.joint")


def find_unstated(connection: Connection, policy: Policy, dossier: Dossier) -> Sequence[Finding]:
    """That the draft does not say whom its issuer consulted, kind by kind of those that the rule wants asked."""
    row = dossier.row
    if row.msg_type == MsgType.CANCEL or row.relays is not None or dossier.stakes.notice:
        return ()
    named = [units.by_name(connection, name) for name in issuers_of(row).consulted]
    asked = {unit.kind for unit in named if unit is not None} | {unit.kind for unit in dossier.stakes.issuers}
    missing = [kind for kind in policy.partners(dossier.stakes).consulted if kind not in asked]
    text = f"the draft does not say that its issuer consulted a unit of the kind {', '.join(missing)}"
    values = {"kinds": missing}
    found = {
        "rule": Rule.CONSULTED_UNSTATED,
        "element": "issuers.consulted",
        "level": "advice",
        "text": text,
        "values": values,
    }
    return (found,) if missing else ()


def _candidates(connection: Connection, dossier: Dossier, kind: str) -> str:
    """The units of a kind that are at work for all of the lead's area, in words."""
    lead = dossier.stakes.issuers[0]
    able = (unit for unit in units.everything(connection) if unit.active and unit.kind == kind)
    near = [unit.name for unit in able if under(unit.area, lead.area)]
    return f", such as {', '.join(near[:3])}" if near else ""
