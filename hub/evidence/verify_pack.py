"""Judges a pack with nothing but the file and public keys: does what was sent, signed and recorded hang together?

No database, no settings, no network. Every digest is computed from the content itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from approvals.acts import RELEASE, ActSequence, ActsRefused, act_named_in, current_stage, hash_of, read_sequence
from approvals.audit import AuditEntry, Broken, verify
from approvals.authority import delegations_in, ground
from approvals.digest import digest_of_document
from approvals.order import OrderRefused, ReleaseOrder, read_order, strange_party
from approvals.pack import Pack, PackBroken, open_pack
from approvals.paper import digest_of_paper
from approvals.seal import broken_seal
from approvals.signed import payload_of
from channels.message import Form
from hub.clock import to_ms
from hub.evidence.pack import FORM, bytes_of, entry_name, entry_of, form_name

NEEDED = ("alert", "received", "content", "frozen", "authors", "acts", "rule", "delivery", "keys")
SEALED = ("official", "step", "verdict", "digest", "reason", "at")


@dataclass(frozen=True, slots=True)
class Flaw:
    """What does not hold, and in which part."""

    part: str
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Sound where there is no flaw. `own_keys`: believed as far as the keys in the file are; whose they are is open."""

    identifier: str
    digest: str
    released: bool
    entries: int
    flaws: tuple[Flaw, ...]
    own_keys: bool


def judge(raw: bytes, trusted: Mapping[str, Any] | None = None) -> Judged:
    """The verdict on a file. Raises PackBroken where it is not, byte for byte, as it was signed."""
    pack = open_pack(raw, trusted)
    for number, name in enumerate(NEEDED, start=1):
        if name not in pack.parts:
            raise PackBroken(name, number, "a pack has this part, and this one has not")
    flaws = [flaw for look in LOOKS for flaw in _guard(look, pack)]
    alert, frozen = pack.parts["alert"], pack.parts["frozen"]
    entries = len(pack.parts_of_kind("audit/"))
    return Judged(alert["identifier"], frozen["digest"], "order" in pack.parts, entries, tuple(flaws), pack.own_keys)


def _guard(look: Callable[[Pack], Iterator[Flaw]], pack: Pack) -> list[Flaw]:
    """A part of another shape than ours, though signed, is a flaw and not a crash."""
    try:
        return list(look(pack))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [Flaw(look.__name__.strip("_"), f"not of the shape this verifier knows: {type(error).__name__}")]


def _content(pack: Pack) -> Iterator[Flaw]:
    """The frozen document is that of the digest, the content and the forms."""
    frozen = pack.parts["frozen"]
    document = frozen["document"]
    for name in ("received", "content"):
        if hashlib.sha256(bytes_of(pack.parts[name])).hexdigest() != pack.parts[name]["sha256"]:
            yield Flaw(name, "the text is not that of its digest")
    if not frozen["digest"]:
        return  # a draft: nobody has been asked to sign it
    if digest_of_document(document) != frozen["digest"]:
        yield Flaw("frozen", "the digest that was signed is not that of the frozen document")
    if pack.parts["content"]["sha256"] != document["content"]:
        yield Flaw("content", "the content is not the one that was frozen")
    listed = {tuple(key): digest for *key, digest in document["forms"]}
    for name, value in pack.parts_of_kind("form/"):
        form = Form(**{field: value[field] for field in FORM})
        if listed.pop((form.channel, form.language, form.part), None) != form.digest:
            yield Flaw(name, "the form is not the one that was frozen")
    for key in listed:
        yield Flaw(form_name(*key), "a form that was frozen is not here")


def _authors(pack: Pack) -> Iterator[Flaw]:
    """Nobody was struck out of those who wrote it, or written in."""
    frozen = pack.parts["frozen"]
    if frozen["digest"] and frozen["document"]["authors"] != sorted({one["official"] for one in pack.parts["authors"]}):
        yield Flaw("authors", "they are not those that were frozen")


def _acts(pack: Pack) -> Iterator[Flaw]:
    """The acts are whole, say what the warning's row says, and name every decision that stands, and the order."""
    alert, refused = pack.parts["alert"], pack.parts["acts"]["refused"]
    if refused:
        yield Flaw("acts", f"the hub found: {refused}")
    try:
        rows = [(int(name.partition("/")[2]), value["jws"]) for name, value in pack.parts_of_kind("act/")]
        sequence = read_sequence(f"alert/{alert['id']}", rows, pack.keys)
        sequence.must_be_sealed()
    except ActsRefused as error:
        yield Flaw(f"act/{error.number:03d}", error.rule)
        return
    said = {"stage": current_stage(alert["stage"]), "submission": alert["submission"]}
    for field, acted in (("stage", sequence.stage), ("submission", sequence.newest.submission)):
        if said[field] != acted:
            yield Flaw("alert", f"its {field} is {alert[field]}, and by the acts {acted}")
    for name, value in pack.parts_of_kind("decision/"):
        if value["seal"] and not value["void"] and hash_of(value["seal"]) not in sequence.evidence:
            yield Flaw(name, "it is no act of the newest submission")
    yield from _order_act(sequence, pack)
    yield from _names(sequence, [entry_of(value) for _, value in pack.parts_of_kind("audit/")])


def _order_act(sequence: ActSequence, pack: Pack) -> Iterator[Flaw]:
    """The order was made by the act of the release, and rests on the act before it."""
    release = next((act for act in reversed(sequence.acts) if act.action == RELEASE), None)
    if "order" not in pack.parts:
        if release is not None:
            yield Flaw("order", "an act released the warning, and its order is not here")
        return
    jws = pack.parts["order"]["jws"]
    if release is None or (release.evidence, release.previous) != (hash_of(jws), payload_of(jws).get("act")):
        yield Flaw("order", "no act of a release made it")


def _names(sequence: ActSequence, entries: Sequence[AuditEntry]) -> Iterator[Flaw]:
    """The audit log names each act where the act says, and no other."""
    named = {entry.seq: act_named_in(entry) for entry in entries if entry.subject == sequence.newest.subject}
    for act, jws in zip(sequence.acts, sequence.jws, strict=True):
        if named.pop(act.entry, None) != {"number": act.number, "hash": hash_of(jws)}:
            yield Flaw(f"act/{act.number:03d}", "the audit log does not name it")
    for seq, name in named.items():
        if name is not None:
            yield Flaw(entry_name(seq), "it names an act that is not here")


def _papers(pack: Pack) -> Iterator[Flaw]:
    """The words about every authorisation were given through the hub."""
    for name, paper in (*pack.parts_of_kind("standing"), *pack.parts_of_kind("delegation/")):
        document = json.loads(paper["paper"]["document"])
        if digest_of_paper(document) != paper["paper"]["digest"].partition(":")[2]:
            yield Flaw(name, "the digest that was signed is not that of the paper")
        for one in paper["decisions"]:
            # as hub.signoff.standing seals them
            told = {field: one[field] for field in SEALED} | {"alert": -paper["paper"]["id"]}
            if rule := broken_seal(one["seal"], told, pack.keys):
                yield Flaw(name, f"the {one['step']} of official {one['official']}: {rule}")
            elif one["digest"] != paper["paper"]["digest"]:
                yield Flaw(name, f"the {one['step']} of official {one['official']} was taken over another paper")
        try:
            rows = [(act["number"], act["jws"]) for act in paper["acts"]]
            sequence = read_sequence(f"{paper['paper']['kind']}/{paper['paper']['id']}", rows, pack.keys)
        except ActsRefused as error:
            yield Flaw(name, f"act {error.number}: {error.rule}")
            continue
        if sequence.stage != paper["paper"]["state"]:
            yield Flaw(name, f"its state is {paper['paper']['state']}, and by its acts {sequence.stage}")


def _countersignatures(pack: Pack) -> Iterator[Flaw]:
    """Each was given through the hub, over this content, and by somebody who had neither written nor decided."""
    authors = _people(pack.parts["authors"])
    deciders = _people(value for _, value in pack.parts_of_kind("decision/") if not value["void"])
    for name, value in pack.parts_of_kind("countersignature/"):
        if value["met_at"] is None:
            continue
        told = {field: value[field] for field in ("official", "verdict", "reason")}
        told |= {"alert": pack.parts["alert"]["id"], "step": "countersign", "at": value["met_at"]}
        told |= {"digest": pack.parts["frozen"]["digest"]}
        if rule := broken_seal(value["seal"] or "", told, pack.keys):
            yield Flaw(name, rule)
        for rule, others in (("SEP-1", authors), ("SEP-2", deciders)):
            if _people([value]) & others:
                yield Flaw(name, f"{rule}: whoever countersigned had a part in it before")


def _people(rows: Iterable[Mapping[str, Any]]) -> set[int]:
    """Accounts, and the persons behind them."""
    return {number for row in rows for number in (row["official"], row["person"])}


def _decisions(pack: Pack) -> Iterator[Flaw]:
    """Every decision is sealed; none that counts was taken by an author, and none over another content."""
    authors = _people(pack.parts["authors"])
    persons: set[int] = set()
    for name, value in pack.parts_of_kind("decision/"):
        told = {field: value[field] for field in SEALED} | {"alert": pack.parts["alert"]["id"]}
        told |= {"delegation": value["delegation"]} if value["delegation"] else {}
        if rule := broken_seal(value["seal"], told, pack.keys):
            yield Flaw(name, rule)
        if value["void"]:
            continue
        if value["digest"] != pack.parts["frozen"]["digest"]:
            yield Flaw(name, "it was taken over another content")
        if authors & {value["official"], value["person"]}:
            yield Flaw(name, f"SEP-1: {value['name']} had a hand in the text")
        if value["person"] in persons:
            yield Flaw(name, f"SEP-2: {value['name']} decided already")
        persons.add(value["person"])


def _order(pack: Pack) -> Iterator[Flaw]:
    """The order is signed, is for this content and audience, and rests on decisions that are here and are enough."""
    if "order" not in pack.parts:
        if pack.parts["alert"]["released_at"] is not None:
            yield Flaw("order", "the warning was released and its order is not here")
        return
    try:
        order = read_order(pack.parts["order"]["jws"], pack.keys)
    except OrderRefused as error:
        yield Flaw("order", error.rule)
        return
    for field, says, wanted in _claims(order, pack):
        if says != wanted:
            yield Flaw("order", f"its {field} is not that of this pack")
    yield from _rests_on(order, pack)


def _claims(order: ReleaseOrder, pack: Pack) -> list[tuple[str, Any, Any]]:
    alert, document, audience = (pack.parts[name] for name in ("alert", "frozen", "audience"))
    digest, document = document["digest"], document["document"]
    return [
        ("alert", order.alert, alert["id"]),
        ("identifier", order.identifier, alert["identifier"]),
        ("type", order.msg_type, alert["msg_type"]),
        ("digest", order.digest, digest),
        ("world", order.world, document["world"]),
        ("level", order.level, document["level"]),
        ("channels", sorted(order.channels), document["channels"]),
        ("end", to_ms(order.expires), alert["expires_at"]),
        ("number of persons", order.audience_size, audience["persons"]),
        ("audience", order.audience_digest, audience["persons_digest"]),
        ("endpoints", order.endpoints_digest, audience["endpoints_digest"]),
        ("parts", order.parts_digest, audience["parts_digest"]),
    ]


def _rests_on(order: ReleaseOrder, pack: Pack) -> Iterator[Flaw]:
    """The decisions the order names were taken, and they are as many as the rule demands."""
    rule, standing = pack.parts["rule"], pack.parts.get("standing")
    said = (
        standing["decisions"]
        if standing
        else [value for _, value in pack.parts_of_kind("decision/") if not value["void"]]
    )
    taken = {(one["official"], one["step"], one["at"]): one["person"] for one in said if one["verdict"] == "approve"}
    persons: dict[str, set[int]] = {}
    for one in order.decisions:
        person = taken.get((one.official, one.step, to_ms(one.at)))
        if person is None:
            yield Flaw("order", f"it names a {one.step} by {one.name} that was not taken")
        else:
            persons.setdefault(one.step, set()).add(person)
    issuers = pack.parts["frozen"]["document"].get("issuers", {})
    if strange := strange_party(order, [issuers.get("lead", ""), *issuers.get("joint", ())]):
        yield Flaw("order", strange)
    if standing:
        return  # the paper's own rule held when it was signed; the paper is in the file to be read
    lent = delegations_in(order.rule)
    if ground(lent, rule["id"]) != order.rule:
        yield Flaw("rule", f"the order was given by the rule {order.rule}")
    for number in sorted(lent):
        if f"delegation/{number}" not in pack.parts:
            yield Flaw("order", f"the delegation {number} it rests on is not here")
    for step, count in rule["steps"].items():
        if len(persons.get(step, ())) < count:
            yield Flaw("order", f"the rule {rule['id']} demands {count} x {step}")


def _chain(pack: Pack) -> Iterator[Flaw]:
    """The segment of the audit log links, entry by entry, and tells of every decision and of the order."""
    entries = [entry_of(value) for _, value in pack.parts_of_kind("audit/")]
    if not entries:
        yield Flaw("audit", "there is no entry about this warning")
        return
    first = entries[0]
    before = first._replace(seq=first.seq - 1, hash=first.previous)
    answer = verify(entries, after=before)
    if isinstance(answer, Broken):
        yield Flaw(entry_name(answer.seq), f"{answer.field}: {answer.reason}")
        return
    yield from _check_order(pack, entries)


def _check_order(pack: Pack, entries: Sequence[AuditEntry]) -> Iterator[Flaw]:
    subject = f"alert/{pack.parts['alert']['id']}"
    mine = [(entry, json.loads(entry.detail)) for entry in entries if entry.subject == subject]
    for name, value in pack.parts_of_kind("decision/"):
        action = f"{value['step']}-{value['verdict']}"
        if not any(
            e.action == action and e.actor == value["name"] and d.get("digest") == value["digest"] for e, d in mine
        ):
            yield Flaw(name, "the audit log does not tell of it")
    if "order" in pack.parts:
        digest = hashlib.sha256(pack.parts["order"]["jws"].encode()).hexdigest()
        if not any(detail.get("order") == digest for _, detail in mine):
            yield Flaw("order", "the audit log does not tell of it")


LOOKS = (_content, _authors, _acts, _decisions, _papers, _countersignatures, _order, _chain)
