"""The accountability pack of one warning: everything that answers who released what, to whom, by which authority.

Persons of the audience are in it as counts and as the digest the order names; no address and no recipient is.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.acts import ActsRefused
from approvals.audit import AuditEntry
from approvals.authority import Policy, PolicyRefused, delegations_in
from approvals.order import TYP as ORDER
from approvals.order import digest_of_parts
from approvals.pack import KEYS, PackPart, write_pack
from approvals.signed import SignatureRefused, jwk_set, open_signed, payload_of
from hub.crypto.keys import Keys
from hub.dossier import frozen
from hub.dossier.acts import Acts
from hub.dossier.frozen import Dossier
from hub.store.alerts import acts as store
from hub.store.alerts import alerts, evidence
from hub.store.alerts.alert_row import AlertRow
from hub.store.delivery import campaigns, co_holders, deliveries
from hub.store.records import audit
from hub.transaction import Tx

#: columns of an alert that say what it is and how far it came; times in ms since the epoch, UTC
# fmt: off
SHOWN = (
    "id", "sender", "identifier", "sent", "status", "msg_type", "scope", "world", "level", "event", "stage", "root",
    "version", "submission", "unit", "path", "standing", "delegation", "service", "source_digest", "targeted",
    "created_at", "submitted_at", "released_at", "ended_at", "expires_at",
)
# fmt: on
FORM = ("channel", "language", "part", "subject", "body", "text", "segments", "seconds")


@dataclass(frozen=True, slots=True)
class Packer:
    """Writes packs; reads only."""

    policy: Policy
    keys: Keys
    acts: Acts

    def pack(self, tx: Tx, alert_id: int) -> bytes:
        """The file, as `approvals.pack` describes it. Raises NotFound."""
        current = self.keys.record.current
        return write_pack(list(self._parts(tx, alert_id)), current.key, current.kid)

    def _parts(self, tx: Tx, alert_id: int) -> Iterator[PackPart]:
        connection, row = tx.connection, tx.alert(alert_id)
        dossier = frozen.load(connection, row)
        yield PackPart("alert", {name: getattr(row, name) for name in SHOWN} | {"packed_at": tx.now_ms})
        yield PackPart("received", _bytes(row.source))
        yield PackPart("content", _bytes(row.content))
        for form in dossier.forms:
            shown = {name: getattr(form, name) for name in FORM}
            yield PackPart(form_name(form.channel, form.language, form.part), shown)
        yield PackPart("frozen", {"digest": row.digest or "", "document": dossier.document()})
        yield PackPart("authors", evidence.authors(connection, alert_id))
        for number, each in enumerate(evidence.list_decisions(connection, alert_id), start=1):
            yield PackPart(f"decision/{number}", each)
        for number, jws in self.acts.rows(connection, f"alert/{alert_id}"):
            yield PackPart(f"act/{number:03d}", {"jws": jws, "says": payload_of(jws)})
        yield PackPart("acts", {"refused": self._fault_of_acts(connection, f"alert/{alert_id}")})
        yield PackPart("rule", self._rule(dossier))
        yield from self._order(connection, row)
        yield from _papers(connection, row)
        yield PackPart("delivery", _delivery(connection, row))
        yield from _chain(connection, alert_id)
        yield PackPart(KEYS, jwk_set(self._public()))

    def _fault_of_acts(self, connection: Connection, subject: str) -> str:
        """Why the acts do not hold against the whole log, of which the file has a part; empty where they do."""
        try:
            self.acts.read(connection, subject)
        except ActsRefused as error:
            return str(error)
        return ""

    def _rule(self, dossier: Dossier) -> dict[str, Any]:
        """What the authority policy demands of this warning, in numbers and in its own words."""
        path = dossier.row.path if dossier.row.path != "standing" else "full"
        try:
            wanted = self.policy.requirement(dossier.stakes, path)
            rules = self.policy.rules_for(dossier.stakes)
        except PolicyRefused as error:
            return {"id": "", "path": path, "steps": {}, "text": [], "refused": str(error)}
        text = orjson.loads(orjson.dumps([asdict(rule) for rule in rules], _plain, orjson.OPT_NON_STR_KEYS))
        return {"id": wanted.rule, "path": wanted.path, "steps": dict(wanted.steps), "text": text}

    def _order(self, connection: Connection, row: AlertRow) -> Iterator[PackPart]:
        kept = alerts.find_order(connection, row.id)
        if kept is None:
            return
        audience = {
            "persons": len(kept.audience),
            "persons_digest": hashlib.sha256(kept.audience_bytes).hexdigest(),
            "endpoints": len(kept.endpoints),
            "endpoints_digest": hashlib.sha256(kept.endpoints_bytes).hexdigest(),
            "parts": {part: len(BitMap.deserialize(bits)) for part, bits in kept.parts.items()},
            "parts_digest": digest_of_parts(kept.parts),
        }
        try:
            says = open_signed(kept.jws, ORDER, self.keys.order)
        except SignatureRefused as error:  # evidence, too: who looks is told, not spared
            says = {"refused": error.rule}
        yield PackPart("order", {"jws": kept.jws, "says": says})
        yield PackPart("audience", audience)
        lent = delegations_in(str(says.get("rule", ""))) | evidence.delegations(connection, row.id)
        for number in sorted(lent):
            if (found := evidence.paper(connection, number)) is not None:
                yield PackPart(f"delegation/{number}", _paper(connection, number, *found))

    def _public(self) -> Mapping[str, Ed25519PublicKey]:
        return {**self.keys.order, **self.keys.record}


def _papers(connection: Connection, row: AlertRow) -> Iterator[PackPart]:
    for kind, rows in evidence.papers(connection, row.id).items():
        for number, each in enumerate(rows, start=1):
            yield PackPart(f"{kind}/{number}", each)
    if row.standing is not None and (found := evidence.paper(connection, row.standing)) is not None:
        yield PackPart("standing", _paper(connection, row.standing, *found))


def _paper(connection: Connection, number: int, paper: Mapping[str, Any], decisions: Any) -> dict[str, Any]:
    told = [{"number": each, "jws": jws} for each, jws in store.sequence(connection, f"{paper['kind']}/{number}")]
    return {"paper": paper, "decisions": decisions, "acts": told}


def _delivery(connection: Connection, row: AlertRow) -> dict[str, Any]:
    """Per channel: whom it was to reach, in which states they are, and the shards; numbers only."""
    shards = evidence.shard_counts(connection, row.id)
    told = {}
    for channel, campaign in sorted(campaigns.find(connection, row.id).items()):
        states = deliveries.states(connection, campaign.id)
        told[channel] = {
            "targeted": campaign.targeted,
            "co_holders": len(co_holders.of_campaign(connection, campaign.id).holders),  # told by those messages, too
            "states": {state.name.lower(): len(bits) for state, bits in states.items() if bits},
            "shards": shards.get(channel, {}),
        }
    return told


def _chain(connection: Connection, alert_id: int) -> Iterator[PackPart]:
    """The audit log from the alert's first entry to its last, with all that happened in between: links must hold."""
    found = audit.about(connection, f"alert/{alert_id}")
    if found is not None:
        first, last = found
        for entry in audit.entries(connection, first, last - first + 1):
            yield PackPart(entry_name(entry.seq), entry._asdict())


def form_name(channel: str, language: str, part: str) -> str:
    """The name of the part of a pack that holds a form."""
    return "/".join(("form", channel, language, *filter(None, [part])))


def entry_name(seq: int) -> str:
    """The name of the part that holds an entry of the audit log."""
    return f"audit/{seq:09d}"


def entry_of(value: Mapping[str, Any]) -> AuditEntry:
    """An entry as a part holds it. Raises TypeError for other fields."""
    return AuditEntry(**value)


def _plain(value: object) -> object:
    match value:
        case frozenset():
            return sorted(value)
        case timedelta():
            return value.total_seconds()
        case _:
            raise TypeError(type(value).__name__)


def _bytes(content: bytes) -> dict[str, str]:
    """Readable where it is UTF-8, else base64; either way with its digest."""
    digest = hashlib.sha256(content).hexdigest()
    try:
        return {"utf-8": content.decode(), "sha256": digest}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode(), "sha256": digest}


def bytes_of(value: Mapping[str, str]) -> bytes:
    """The bytes of such a part."""
    return value["utf-8"].encode() if "utf-8" in value else base64.b64decode(value["base64"])
