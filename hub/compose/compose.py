"""Composes every form an alert will be sent in, once, before anyone is asked to approve it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import product
from urllib.parse import quote

from approvals.level import Level
from channels.medium import BodyFormat, Medium
from channels.message import Form
from hub.alert.alert import Alert, Info, MsgType
from hub.audience.language import language_index, primary
from hub.audience.sections import WHOLE, Section, languages_of, sections_in, sections_of
from hub.compose.sms_signature import disarm_brackets, must_be_signed, put_signature
from hub.compose.warnings_beside import EndedMessage, StandingWarning, beside_in, beside_texts
from hub.dossier.event_name import hazard_of
from hub.dossier.notice import EVACUATION, PLACE, notice_in, notice_of, value_of
from hub.errors import Invalid
from hub.formats.cap.period import begins_later
from hub.formats.cap.repair_info import STAND_IN_AREA
from hub.rules.rule import Rule
from hub.text import clean_text, cut_text, line, sentences
from templates.catalog import Catalog
from templates.facts import Facts, Passage

MESSAGES = {MsgType.ALERT: "alert", MsgType.UPDATE: "update", MsgType.CANCEL: "cancel"}
NOTICE = "notice"  #: the folder of what names no level
NO_PARTS: Mapping[str, Collection[str]] = {}
_AREA_ROOM, _AREA_SHORT, _AREA_SHORTEST = 2000, 60, 30  #: characters of the names of areas
_BRACKETS = re.compile("[【】]")


@dataclass(frozen=True, slots=True)
class Composition:
    """What forms are made of. `cap` is the alert as strict CAP 1.2, UTF-8; `level` is told where a block states no
    severity; `media` are those of the channels, by channel; `gather_urls` the absolute addresses where keys pressed are
    reported, of the channels that speak.
    """

    alert: Alert
    level: Level
    cap: bytes
    catalog: Catalog
    media: Mapping[str, Medium]
    gather_urls: Mapping[str, str] = field(default_factory=dict)
    uncut: bool = False  #: nothing is shortened: for what is passed on whole or not at all
    first: bool = False  #: nobody here has what it refers to: an Update is told as a first message
    beside: Sequence[StandingWarning] = ()  #: warnings that hold where this message ends another, or for its groups
    ended: datetime | None = None  #: when the newest message before it was sent, of one that ends another
    many: Collection[str] = ()  #: channels of groups that people read as they are told
    held: Sequence[
        Section
    ] = ()  #: the ends of earlier messages, for whoever had no later one (hub.dossier.last_messages)
    optional: Collection[str] = ()  #: parts that are told other parts instead where a medium cannot hold them
    #: by channel, what may stand in 【】 at the head of a text
    signatures: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The folder of its templates."""
        if notice_of(self.alert) and self.alert.msg_type is not MsgType.CANCEL:
            return NOTICE
        kind = MsgType.ALERT if self.first and self.alert.msg_type is MsgType.UPDATE else self.alert.msg_type
        return MESSAGES[kind]


def compose(
    work: Composition, channels: Sequence[str], parts: Mapping[str, Collection[str]] = NO_PARTS
) -> tuple[Form, ...]:
    """One form per channel, part and language; broadcast and partners one form with the whole CAP.

    `parts` are the parts a channel tells apart, for each channel that does; all others say the whole. Forms of a
    channel stand in the order of the alert's languages. Raises Invalid naming channel or element and rule.
    """
    _refuse(work, channels)
    wanted = {WHOLE}.union(*parts.values())
    sections = (*sections_of(work.alert), *work.held)
    facts = {part: _facts_of_part(work, sections, part) for part in sorted(wanted)}
    for_many = {WHOLE: _facts_of_part(work, sections, WHOLE, many=True)}
    return tuple(
        form
        for channel in dict.fromkeys(channels)
        for form in _forms(work, channel, for_many if channel in work.many else facts, parts.get(channel))
    )


def form_for(forms: Sequence[Form], channel: str, language: str, part: str = WHOLE) -> Form:
    """The form a person of this part and language gets (`language_index`).

    A part without forms of its own is told the whole. Raises LookupError where the channel has no form for it at all.
    """
    mine = [form for form in forms if form.channel == channel]
    own = [form for form in mine if form.part == part] or [form for form in mine if form.part == WHOLE]
    if not own:
        raise LookupError(f"no form for channel {channel}")
    return own[language_index([form.language for form in own], language)]


def _refuse(work: Composition, channels: Sequence[str]) -> None:
    kind = work.alert.msg_type
    if kind not in MESSAGES:
        raise Invalid(f"a message of type {kind} is not sent to anyone", rule=Rule.MSG_TYPE, place="msgType")
    if not channels:
        raise Invalid("no channel is named", rule=Rule.NO_CHANNEL, place="channels")
    for channel in channels:
        medium, place = work.media.get(channel), f"channels: {channel}"
        if medium is None:
            raise Invalid(f"no template for channel {channel!r}", rule=Rule.NO_TEMPLATE, place=place)
        absolute = work.gather_urls.get(channel, "").startswith(("http://", "https://"))
        if medium.document is BodyFormat.SPEECH and not absolute:
            # An inline document has no URL of its own that a relative action could stand on.
            raise Invalid(f"{channel} needs an absolute address for keys pressed", rule=Rule.GATHER_URL, place=place)


def _facts_of_part(work: Composition, sections: Sequence[Section], part: str, *, many: bool = False) -> list[Facts]:
    """What a part says, once in each language that any of its blocks is in, in the order of the alert; `many` names
    beside an end what else groups have heard of.
    """
    if not work.alert.infos:  # a Cancel that came without has been given its own (hub.drafting.cancellation)
        raise Invalid("an alert without an info block says nothing", rule=Rule.NO_INFO, place="info")
    told = sections_in(sections, part)
    spoken = {language.casefold() for section in told for language in section.languages}
    numbers = {section.number for section in told}
    beside = beside_in(work.beside, numbers, whole=part == WHOLE, many=many)
    issued = next((each.issued for each in told if each.issued is not None), work.ended)
    return [
        _facts(
            replace(work, beside=beside, ended=issued),
            tag,
            [info for section in told for info in section.blocks_for(tag)],
        )
        for tag in languages_of(work.alert.infos)
        if tag.casefold() in spoken
    ]


def _facts(work: Composition, language: str, infos: Sequence[Info]) -> Facts:
    """What these blocks say: the first in full, the others as passages after it, by place where the places differ."""
    alert, first = work.alert, infos[0]
    places = [_place(info, language) for info in infos]
    apart = len(set(places)) > 1
    alike = tuple(_areas(info for info in infos if _is_alike(info, first)))
    named = (name for name in alike if name != STAND_IN_AREA)
    ends = alert.msg_type is MsgType.CANCEL or all(info.is_all_clear for info in infos)
    level = Level.of_severity(first.severity) if first.severity != "Unknown" else work.level
    notice = notice_in(infos)  # which names no level
    zoned = (
        ends and notice == EVACUATION and value_of(first, PLACE)
    )  # its end names its zone, which is less than its area
    ended = EndedMessage(_hazards(infos), work.ended)
    holding, *briefer = beside_texts(work.catalog.words(language), language, work.beside, ended)
    return Facts(
        kind=str(MsgType.CANCEL if ends else alert.msg_type),
        status=str(alert.status),
        language=language,
        level="" if notice and not ends else level.word,
        event=disarm_brackets(line(first.event, 200)),
        headline=_headline(work, language, first, line(places[0], 200) if apart else "", level),
        description=disarm_brackets(clean_text(first.description, 10_000)),
        instruction=disarm_brackets(clean_text(first.instruction, 10_000)),
        area=disarm_brackets(line(_join_words(language, alike), _AREA_ROOM)),
        # Where areas differ each passage stands under its own.
        area_names=() if apart or zoned else tuple(disarm_brackets(line(name, _AREA_ROOM)) for name in named),
        area_room=_AREA_ROOM,
        sender=_BRACKETS.sub("", line(first.sender_name or alert.sender, 100)),
        reference=line(alert.identifier, 500),
        issued=alert.sent,
        expires=None if notice == EVACUATION else first.expires,  # an order to leave holds until it is lifted
        begins=begins_later(alert, [first]),
        # A Cancel says why in its blocks, by language (hub.drafting.all_clear); its note is in one of them only.
        note="" if ends or alert.msg_type is not MsgType.UPDATE else disarm_brackets(line(alert.note, 500)),
        web=line(first.web, 2000),
        contact=line(first.contact, 500),
        cap=work.cap.decode(),
        sender_id=alert.sender,
        severity=first.severity,
        others=tuple(
            _passage(
                alert, _without_repetition(info, first) if ends else info, line(place, 200) if apart else "", over=ends
            )
            for info, place in zip(infos[1:], places[1:], strict=True)
        ),
        still_in_force=holding,
        still_in_force_briefer=tuple(briefer),
    )


def _hazards(infos: Iterable[Info]) -> frozenset[str]:
    """What these blocks are of. A notice is of none: its end names its hour itself."""
    return frozenset(hazard_of(info.event).casefold() for info in infos if notice_in([info]) != EVACUATION)


def _is_alike(info: Info, first: Info) -> bool:
    """Whether the level that is told of the first block holds where this one speaks of."""
    return info.severity == first.severity and info.is_all_clear == first.is_all_clear


def _headline(work: Composition, language: str, info: Info, place: str, level: Level) -> str:
    """The headline, after the name of its place where further passages are about others."""
    said = disarm_brackets(line(info.headline, 500))
    if not place:
        return said
    words = work.catalog.words(language)
    colour = words.get(level.word, "")
    return words["at_place"].format(
        place=place, text=said or words["warning"].format(event=line(info.event, 200), level=colour)
    )


def _without_repetition(info: Info, first: Info) -> Info:
    """A block of an all-clear after the first: why, and what does not end with it, is said once."""
    description = "" if info.description == first.description else info.description
    return replace(
        info, description=description, instruction="" if info.instruction == first.instruction else info.instruction
    )


def _passage(alert: Alert, info: Info, place: str, *, over: bool) -> Passage:
    return Passage(
        place=place,
        level=Level.of_severity(info.severity).word,
        event=disarm_brackets(line(info.event, 200)),
        headline=disarm_brackets(line(info.headline, 500)),
        description=disarm_brackets(clean_text(info.description, 10_000)),
        instruction=disarm_brackets(clean_text(info.instruction, 10_000)),
        expires=info.expires,
        begins=begins_later(alert, [info]),
        over=over or info.is_all_clear,
    )


def _place(info: Info, language: str) -> str:
    """Where a block speaks of, in its own words."""
    return _join_words(language, _areas([info]))


def _areas(infos: Iterable[Info]) -> Iterable[str]:
    """What the areas of these blocks are called, each once."""
    named = (area.description.strip() for info in infos for area in info.areas)
    return dict.fromkeys(filter(None, named))


def _join_words(language: str, words: Iterable[str]) -> str:
    return ("、" if primary(language) in {"zh", "ja", "yue"} else ", ").join(words)


def _action(gather_url: str, language: str) -> str:
    """Where keys are reported; the language is that of the thanks. The same for every person: forms are frozen."""
    return f"{gather_url}{'&' if '?' in gather_url else '?gather=1&'}language={quote(language, safe='-')}"


def _forms(
    work: Composition, channel: str, facts: Mapping[str, Sequence[Facts]], parts: Collection[str] | None
) -> Iterator[Form]:
    """The forms of one channel: of the whole, or of its parts and of the whole where that fits or somebody needs it."""
    medium = work.media[channel]
    if not medium.templates.body:
        yield Form(channel, facts[WHOLE][0].language, work.cap.decode())
        return
    for part in sorted({WHOLE, *(parts or ())}):
        optional = part in work.optional or (part == WHOLE and parts is not None and WHOLE not in parts)
        try:
            yield from [_form(work, channel, part, one) for one in facts[part][: 1 if medium.one_form else None]]
        except Invalid as error:
            if not (optional and error.rule == Rule.TOO_LONG):
                raise


def _form(work: Composition, channel: str, part: str, facts: Facts) -> Form:
    medium, url = work.media[channel], work.gather_urls.get(channel)
    form = _fitting(work, channel, replace(facts, gather_url=_action(url, facts.language)) if url else facts)
    if medium.signs:
        read = form.text if medium.document is BodyFormat.SPEECH else form.body
        must_be_signed(read, facts.sender, work.signatures.get(channel, ()), f"{channel} {facts.language}")
    return replace(form, part=part)


def _fitting(work: Composition, channel: str, facts: Facts) -> Form:
    """The fullest rendering that fits the medium. Raises Invalid where not even the barest does."""
    broken, medium = "", work.media[channel]
    # A part of an Update that says that the warning is over reads as an all-clear.
    message = MESSAGES[MsgType.CANCEL] if facts.kind == MsgType.CANCEL else work.message
    for shorter in _uncut(facts) if work.uncut else _shorten_facts(facts):
        copy = work.catalog.render(message, facts.language, medium.templates, shorter)
        form = Form(channel, facts.language, copy.body, copy.subject, copy.text)
        if medium.document is BodyFormat.SIGNED_TEXT:
            form = replace(form, body=put_signature(form.body, facts.sender, work.signatures.get(channel, ())))
        form = medium.fit(form)
        broken = medium.excess(form)
        if not broken:
            return form
    what = "the whole text, which is passed on uncut," if work.uncut else "even the headline alone"
    raise Invalid(f"{what} is too long: {broken}", rule=Rule.TOO_LONG, place=f"{channel} {facts.language}")


def _uncut(facts: Facts) -> Iterator[Facts]:
    """Nothing of the issuer's text is cut; the sentence that states its areas is none of it."""
    for room in (_AREA_ROOM, _AREA_SHORT, _AREA_SHORTEST, 0):
        yield replace(facts, area_room=room)


def _shorten_facts(facts: Facts) -> Iterator[Facts]:
    """The facts from full to barest: then headline and instruction, the instruction losing its last sentences.

    Of passages about other places the description goes first, then all but their headline: no place is left out. Many
    areas are counted rather than named, and last of all what holds on beside an end; the last area is left out only
    where there is no room for anything else.
    A shortened text is a rendering of its own that officials see and approve, not a cut on the way out.
    """
    yield facts
    if len(facts.area) > _AREA_SHORT:
        facts = replace(facts, area_room=_AREA_SHORT)
        yield facts
    brief, few = facts.still_in_force_briefer or (facts.still_in_force, facts.still_in_force)
    if brief != facts.still_in_force:
        facts = replace(facts, still_in_force=brief)
        yield facts
    said = facts.instruction or facts.description
    advice = tuple(replace(one, description="", instruction=one.instruction or one.description) for one in facts.others)
    named = tuple(replace(one, description="", instruction="") for one in facts.others)
    bare = replace(facts, description="", instruction="", note=line(facts.note, 100), area=line(facts.area, 200))
    parts = sentences(said)
    if facts.others:
        yield replace(bare, instruction=said, others=advice)
    bare = replace(bare, others=named)
    # Halving finds the neighbourhood in a few renderings; a description may have hundreds of sentences.
    count = len(parts)
    while count > 12:
        count //= 2
        yield replace(bare, instruction="".join(parts[:count]).rstrip())
    for count in range(min(len(parts), 12), 0, -1):
        yield replace(bare, instruction="".join(parts[:count]).rstrip())
    for most in (240, 120, 60):  # one sentence without an end in sight
        yield replace(bare, instruction=cut_text(said, most))
    yield bare
    # The place with event and level; where it is over the headline stays: its sentence alone names the level it lifts.
    coloured = tuple(one if one.over else replace(one, headline="") for one in named)
    lengths = ((200, _AREA_SHORTEST), (100, _AREA_SHORTEST), (50, _AREA_SHORTEST), (50, 0))
    for holding, (most, room) in product(dict.fromkeys((brief, few, cut_text(few, 200), cut_text(few, 50))), lengths):
        yield replace(
            bare,
            headline=line(facts.headline or facts.event, most),
            event=line(facts.event, most),
            note="",
            area="",
            area_room=room,
            others=coloured,
            still_in_force=holding,
        )
