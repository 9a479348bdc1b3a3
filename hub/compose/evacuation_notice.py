"""The message that is an urgent evacuation notice (紧急转移通知), made whole from what is filled in.

It is made when it is drafted, and again when it is submitted: nothing of it is anybody's to write.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from approvals.evacuation import NOTICE, Evacuation
from approvals.event import Event, Events
from approvals.place_text import LONGEST_CONTACT, is_contact, unfit_place
from hub.alert.alert import Alert, Area, Info, MsgType, NamedValue, Scope, Status
from hub.compose.issuer_name import Naming
from hub.dossier.notice import parameters_of, sender_of
from hub.errors import Invalid
from hub.formats.cap.period import PERIOD_RULES
from hub.formats.cap.read import read_unjudged
from hub.formats.cap.repair import emittable
from hub.formats.cap.write import write
from hub.rules.rule import Rule
from templates.catalog import Catalog
from templates.evacuation_notice import Order, evacuation_words

LATEST = timedelta(hours=48)  #: how far ahead people may be told to be away: what is later is no urgent notice
SCHEME = "行政区划代码"  #: valueName of the codes of places, as Chinese senders write it
CODES, TERMS = "12379", "OET:v1.2"  #: valueNames of eventCode
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?")  # RFC 5646, no words of one's own


@dataclass(frozen=True, slots=True)
class FilledPlaces:
    """What one language says: who leaves which place, and where to."""

    place: str
    refuge: str


@dataclass(frozen=True, slots=True)
class EvacuationNotice:
    """What is filled in: `regions` are keys with their registered names, `filled` is by language tag."""

    event: Event
    regions: Mapping[str, str]
    by: datetime
    filled: Mapping[str, FilledPlaces]
    contact: str
    sent: datetime


@dataclass(frozen=True, slots=True)
class NoticeForm:
    """The form that is filled in: the policy's terms, the prepared words, and the unit in whose name it is."""

    evacuation: Evacuation
    events: Events
    catalog: Catalog
    unit: str
    naming: Naming
    world: str

    def message(self, notice: EvacuationNotice) -> Alert:
        """The message as it is kept. Raises Invalid naming what does not fit."""
        self._must_fit(notice)
        # The identifier is made of these words: a time is written alike whoever read it, a JSON library or CAP.
        notice = replace(notice, by=datetime.fromisoformat(notice.by.isoformat()))
        infos = tuple(self._block(notice, tag) for tag in notice.filled)
        named = hashlib.sha256(repr((self.unit, notice.sent.isoformat(), infos)).encode()).hexdigest()
        alert = Alert(
            identifier=f"{NOTICE}.{named[:24]}",
            sender=sender_of(self.unit),
            sent=notice.sent,
            status=Status.ACTUAL if self.world == "live" else Status.EXERCISE,
            msg_type=MsgType.ALERT,
            scope=Scope.PUBLIC,
            infos=infos,
        )
        content = write(emittable(alert, now=notice.sent)[0], unsettled=PERIOD_RULES)
        kept = read_unjudged(content)
        if kept is None:
            raise RuntimeError("an urgent evacuation notice does not read as it was written")
        return kept

    def _must_fit(self, notice: EvacuationNotice) -> None:
        if not notice.filled:
            raise Invalid(
                "say in at least one language which place is left, and where to",
                rule=Rule.EVACUATION_TEXT,
                place="filled",
            )
        if len({tag.casefold() for tag in notice.filled}) != len(notice.filled):
            raise Invalid("one text for each language", rule=Rule.EVACUATION_TEXT, place="filled")
        if not notice.sent < notice.by <= notice.sent + LATEST or _is_odd(notice.by):
            text = f"a time with its offset, at most {LATEST.total_seconds() / 3600:g} hours ahead"
            raise Invalid(text, rule=Rule.EVACUATION_TEXT, place="by")
        issuer = self.naming.issuers[0] if self.naming.issuers else None
        if notice.contact and not is_contact(notice.contact, issuer):
            text = f"telephone numbers, a registered name of the unit before them at most, {LONGEST_CONTACT} characters"
            raise Invalid(text, rule=Rule.EVACUATION_TEXT, place="contact")
        for tag, filled in notice.filled.items():
            for part in ("place", "refuge"):
                if why := unfit_place(getattr(filled, part), self.events, tuple(notice.regions.values())):
                    raise Invalid(why, rule=Rule.EVACUATION_TEXT, place=f"filled.{tag[:35]}.{part}")

    def _block(self, notice: EvacuationNotice, language: str) -> Info:
        """The notice in one language. Raises Invalid where nobody has prepared it in it."""
        filled, event = notice.filled[language], notice.event
        hazard = event.zh if language.casefold().partition("-")[0] == "zh" else event.en.lower()
        sender = self.naming.name_in(language, "")
        order = Order(hazard, sender, filled.place, filled.refuge, notice.by)
        said = evacuation_words(self.catalog.words(language), order) if _TAG.fullmatch(language) else None
        if said is None:
            text = f"no urgent evacuation notice is prepared in {language[:35]}"
            raise Invalid(text, rule=Rule.EVACUATION_TEXT, place="filled")
        codes = ((CODES, event.code), (TERMS, event.oet))
        keys = sorted(notice.regions)
        block = Info(
            event=said.event,
            urgency="Immediate",
            severity=self.evacuation.severity,
            certainty="Likely",
            categories=event.categories,
            language=language,
            response_types=("Evacuate",),
            event_codes=tuple(NamedValue(name, code) for name, code in codes if code),
            expires=notice.by + self.evacuation.lasts,
            sender_name=sender,
            headline=said.headline,
            description=said.description,
            instruction=said.instruction,
            contact=notice.contact,
            parameters=parameters_of(event.key, order.place, order.refuge, notice.by),
        )
        codes_of_places = tuple(NamedValue(SCHEME, key) for key in keys)
        named = "、".join(notice.regions[key] for key in keys)
        return replace(block, areas=(Area(named, geocodes=codes_of_places),))


def _is_odd(moment: datetime) -> bool:
    """Whether CAP cannot write its offset: none at all, or one with seconds (CAP 1.2 §3.3.2)."""
    offset = moment.utcoffset()
    return offset is None or bool(offset % timedelta(minutes=1))
