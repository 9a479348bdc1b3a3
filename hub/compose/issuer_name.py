"""Whom a warning says it is from: senderName and headline name its issuers, by registered names, and nobody else.

People obey a warning for the name at its head (突发事件应对法 2024 art. 64: 发布单位; 气象灾害防御条例 2017 art. 46
fines who spreads one under no name or a wrong one). Other bodies may be mentioned, as asked or quoted, never as the
issuer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from sqlalchemy import Connection

from approvals.claimed_issuer import (
    claimed_issuers,
    is_body,
    is_footer,
    mentioned_bodies,
    strange_issuers,
    unknown_parts,
    unnamed_issuers,
)
from approvals.public_name import NamedIssuer, join_names, spelling
from hub.alert.alert import Alert, Info
from hub.alert.views import Finding
from hub.compose.sms_signature import MARKS, ends_in_brackets, signed_in_brackets
from hub.dossier.frozen import content_of
from hub.dossier.issuers import issuers_of
from hub.errors import Invalid
from hub.formats.cap.finding import quote
from hub.formats.cap.period import PERIOD_RULES
from hub.formats.cap.write import write
from hub.rules.rule import Rule
from hub.store.access import units
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow, findings_of, with_values
from hub.text import sentences

RULES = frozenset(
    {Rule.ISSUER_STRANGER, Rule.ISSUER_UNNAMED, Rule.SIGNATURE_STRANGER, Rule.BRACKETS_OF_NOBODY, Rule.ISSUER_MENTIONED}
)
_ELSEWHERE = ("description", "instruction")


@dataclass(frozen=True, slots=True)
class Naming:
    """Who issues a warning, the leading one first; `known` has every unit of the hub under each spelling of it."""

    issuers: tuple[NamedIssuer, ...]
    known: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        return frozenset[str]().union(*(issuer.spellings for issuer in self.issuers))

    def unsaid_in(self, sender_name: str) -> tuple[NamedIssuer, ...]:
        """The issuers a senderName without strangers leaves out: the others' names alone make up what is written."""
        return tuple(one for one in self.issuers if not any(unknown_parts(sender_name, self.names - one.spellings)))

    def name_in(self, language: str, sender_name: str) -> str:
        """What a block names its issuer that the hub writes itself: as its author wrote it, where that is true."""
        written = sender_name.strip()
        true = written and not any(unknown_parts(written, self.names)) and not self.unsaid_in(written)
        return written if true else join_names(self.issuers, language)

    @property
    def remedy(self) -> str:
        """What to write instead."""
        chosen = "、".join(join_names([issuer], "zh") for issuer in self.issuers)
        return f"write {chosen}, or register the name of the unit (hub unit names)"

    def remedy_for(self, stranger: str, told: str) -> str:
        """What to do about a body that is no issuer: it may issue jointly with the others named beside it."""
        if spelling(stranger) == spelling(told):
            return self.remedy
        unit = self.known.get(spelling(stranger))
        named = f"name it a joint issuer (hub alert issuers --joint {unit or 'UNIT'})"
        if unit is None:
            named = f"register its name (hub unit names) and {named}"
        return f"{self.remedy}; if {quote(stranger)} issues it jointly, {named}"


NOBODY = Naming(())  #: where it is not known who issues


def naming_of(connection: Connection, row: AlertRow) -> Naming:
    """Who issues the warning of a row."""
    return naming_by(connection, issuers_of(row).signing)


def naming_by(connection: Connection, names: Sequence[str]) -> Naming:
    """The units of these names as issuers, in this order."""
    everyone = {unit.name: unit.issuer for unit in units.everything(connection)}
    issuers = tuple(everyone.get(name, NamedIssuer(name)) for name in dict.fromkeys(names))
    return Naming(issuers, {said: name for name, issuer in everyone.items() for said in issuer.spellings})


def with_issuer_names(row: AlertRow, naming: Naming) -> AlertRow:
    """The row with every empty senderName filled with its issuers' names, in the language of its block; one that
    leaves out a joint issuer is completed. A relay says what its original says.
    """
    if row.relays is not None:
        return row
    alert = content_of(row)
    infos = tuple(replace(info, sender_name=_sender_name(info, naming)) for info in alert.infos)
    if infos == alert.infos:
        return row
    return with_values(row, content=write(replace(alert, infos=infos), unsettled=PERIOD_RULES))


def rename_issuers(connection: Connection, alert_id: int, before: Sequence[str]) -> None:
    """Puts the names of the issuers a draft has now where it named the units that issued it `before`: it was adopted,
    taken over, or is issued by others too. What names anybody else is left to whoever edits it.
    """
    row = alerts.get(connection, alert_id)
    if row is None or row.relays is not None:
        return
    alert, naming, former = content_of(row), naming_of(connection, row), naming_by(connection, before)
    infos = tuple(_rename_issuers(info, naming, former) for info in alert.infos)
    if infos != alert.infos:
        content = write(replace(alert, infos=infos), unsettled=PERIOD_RULES)
        alerts.change(connection, alert_id, content=content, headline=infos[0].headline)
    judge_names(connection, alert_id)


def must_name_its_issuers(row: AlertRow, alert: Alert, naming: Naming) -> None:
    """Raises Invalid where senderName or headline name another body as the issuer, or a joint headline leaves an
    issuer out.
    """
    if row.relays is not None:
        return
    for found in _wrong(alert, naming):
        raise Invalid(found["text"], rule=found["rule"], place=found["element"])


def judge_names(connection: Connection, alert_id: int) -> None:
    """Keeps with a draft what submitting it would refuse, and which body its other texts begin with."""
    row = alerts.get(connection, alert_id)
    if row is not None:
        alerts.change(connection, alert_id, findings=with_judged_names(connection, row).findings)


def with_judged_names(connection: Connection, row: AlertRow) -> AlertRow:
    """The draft with what `judge_names` finds."""
    others = [each for each in findings_of(row) if each["rule"] not in RULES]
    found = find_wrong_names(row, naming_of(connection, row))
    return with_values(row, findings=orjson.dumps([*others, *found]).decode())


def find_wrong_names(row: AlertRow, naming: Naming) -> list[Finding]:
    """What submitting the draft would refuse, and which body its other texts begin with; of a relay nothing."""
    if row.relays is not None:
        return []
    alert = content_of(row)
    return [
        *_wrong(alert, naming),
        *bodies_mentioned(alert, naming),
        *claims_elsewhere(alert, naming),
        *words_in_brackets(alert, naming),
    ]


def bodies_mentioned(alert: Alert, naming: Naming) -> Iterator[Finding]:
    """Bodies that a headline names and that do something of their own (县教育局通知停课), and whoever may be taken for
    its issuer and is known as nobody: whoever signs sees each.
    """
    for number, info in enumerate(alert.infos, start=1):
        for body in mentioned_bodies(info.headline, naming.issuers):
            text = f"the headline names {quote(body)}: may it be taken for the issuer, which {_join_units(naming)} is?"
            values = {"said": body, "issuers": _units(naming)}
            yield _finding(Rule.ISSUER_MENTIONED, f"alert/info[{number}]/headline", "advice", text, values)


def claims_elsewhere(alert: Alert, naming: Naming) -> Iterator[Finding]:
    """Bodies that the first sentence of a description or an instruction names as the issuer: a finding, since a text
    may well begin with what somebody else has issued.
    """
    for number, info in enumerate(alert.infos, start=1):
        for part in _ELSEWHERE:
            first = next(iter(sentences(getattr(info, part))), "")
            for stranger in strange_issuers(first, naming.issuers, naming.known):
                text = f"it begins with {quote(stranger)} as if that had issued the warning"
                yield _finding(Rule.ISSUER_STRANGER, f"alert/info[{number}]/{part}", "advice", text, {"said": stranger})


def words_in_brackets(alert: Alert, naming: Naming) -> Iterator[Finding]:
    """Words in 【】 at either end of a text that no rule refuses and that are no name of an issuer: a bank or a carrier
    has no word by which it is known as a body, so whoever signs sees each.
    """
    for number, info in enumerate(alert.infos, start=1):
        for part in ("headline", *_ELSEWHERE):
            for name in ends_in_brackets(getattr(info, part)):
                if not name or name in MARKS or spelling(name) in naming.names or is_body(name, naming.known):
                    continue
                text = f"【{name}】 may be read as who sends it, and names no issuer: it is written 〔{name}〕"
                yield _finding(Rule.BRACKETS_OF_NOBODY, f"alert/info[{number}]/{part}", "advice", text, {"said": name})


def _rename_issuers(info: Info, naming: Naming, former: Naming) -> Info:
    written = info.sender_name.strip()
    if written and not any(unknown_parts(written, former.names)):
        info = replace(info, sender_name=naming.name_in(info.language, ""))
    if strange_issuers(info.headline, former.issuers, former.known):
        return info
    wrong = strange_issuers(info.headline, naming.issuers) or unnamed_issuers(info.headline, naming.issuers)
    for claim in claimed_issuers(info.headline) if wrong else ():
        if not any(unknown_parts(claim, former.names)):
            named = naming.name_in(info.language, "")
            info = replace(info, headline=info.headline.replace(claim, named, 1))
    return info


def _wrong(alert: Alert, naming: Naming) -> Iterator[Finding]:
    for number, info in enumerate(alert.infos, start=1):
        yield from _wrong_sender(f"alert/info[{number}]/senderName", info, naming)
        yield from _wrong_signature(number, info, naming)
        place = f"alert/info[{number}]/headline"
        for stranger in strange_issuers(info.headline, naming.issuers, naming.known):
            told = next((claim for claim in claimed_issuers(info.headline) if stranger in claim), stranger)
            remedy = naming.remedy_for(stranger, told)
            text = f"the headline names {quote(stranger)} as the issuer, which {_join_units(naming)} is: {remedy}"
            yield _finding(Rule.ISSUER_STRANGER, place, "warn", text, {"said": stranger, "issuers": _units(naming)})
        if missing := unnamed_issuers(info.headline, naming.issuers):
            left_out = "、".join(issuer.name_in(info.language) for issuer in missing)
            text = f"the headline leaves out {left_out}, which issues the warning too: {naming.remedy}"
            yield _finding(Rule.ISSUER_UNNAMED, place, "warn", text, {"left_out": left_out, "issuers": _units(naming)})


def _wrong_signature(number: int, info: Info, naming: Naming) -> Iterator[Finding]:
    """Bodies in 【】, ［］ or 〔〕 where a text begins or ends: there they read as who sends it."""
    for part in _ELSEWHERE:
        for name in signed_in_brackets(getattr(info, part)):
            if is_body(name, naming.known) and not is_footer(name) and spelling(name) not in naming.names:
                text = f"【{name}】 reads as the signature of the message, and is none of its issuer: take it out"
                yield _finding(Rule.SIGNATURE_STRANGER, f"alert/info[{number}]/{part}", "warn", text, {"said": name})


def _wrong_sender(place: str, info: Info, naming: Naming) -> Iterator[Finding]:
    if not info.sender_name.strip():
        return
    for stranger in unknown_parts(info.sender_name, naming.names, naming.known):
        remedy = naming.remedy_for(stranger, info.sender_name)
        text = f"{quote(stranger)} is no registered name of {_join_units(naming)}, the issuer: {remedy}"
        yield _finding(Rule.ISSUER_STRANGER, place, "warn", text, {"said": stranger, "issuers": _units(naming)})


def _sender_name(info: Info, naming: Naming) -> str:
    """As written where it names every issuer or a stranger; else all issuers."""
    strange = info.sender_name.strip() and any(unknown_parts(info.sender_name, naming.names))
    return info.sender_name if strange else naming.name_in(info.language, info.sender_name)


def _units(naming: Naming) -> list[str]:
    return [issuer.unit for issuer in naming.issuers]


def _join_units(naming: Naming) -> str:
    return "、".join(_units(naming))


def _finding(rule: Rule, element: str, level: str, text: str, values: Mapping[str, Any]) -> Finding:
    return {"rule": rule, "element": element, "level": level, "text": text, "values": dict(values)}
