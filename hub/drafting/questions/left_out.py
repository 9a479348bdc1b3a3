"""A place that an Update leaves out: is the warning over there, does it go on, or has another taken its place?

An Update replaces the messages before it (CAP 1.2 §3.2.1 msgType), so that silence about a place would be read as an
end by some and as no change by others. 突发事件应对法 (2024) art. 70: the issuer declares the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pyroaring import BitMap

from approvals.level import Level
from hub.alert.alert import Alert, Area, Info, MsgType, NamedValue
from hub.audience.partition import people_in
from hub.audience.plan import QuestionAnswer, audience_of, places_of, plan_of
from hub.audience.sections import sections_of
from hub.clock import to_ms
from hub.compose.issuer_name import naming_of
from hub.dossier.ending import Ending
from hub.dossier.frozen import content_of
from hub.dossier.hazard_levels import Threats, threats_of
from hub.dossier.left_out_places import (
    CONTINUES,
    ENDED,
    KIND,
    MOVED,
    answers_of,
    places_by_key,
    places_left_out,
    rest_of,
    without_places,
)
from hub.dossier.other_warnings import OtherWarnings
from hub.dossier.update_audience import last_warning
from hub.drafting.all_clear import AllClear, Phrasing, had_people_leave
from hub.drafting.questions.draft import Draft
from hub.drafting.questions.question import AnswerOption, Question, Value
from hub.errors import Invalid
from hub.rules.rule import Rule
from hub.store.register import regions
from targeting.audience import Audience, unite_audiences
from targeting.region import covers, level_of

SCHEME = "CPEAS Geographic Code"  #: valueName of a Chinese code that no area of the message before names
_NAMED = 8  #: regions named one by one in the name of what is left of a larger one
_END_SHOWN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class _Place:
    """A place left out: what is left of it by region keys (empty for a shape), and how it is called."""

    key: str
    places: Audience
    rest: tuple[str, ...]
    name: str


def find(draft: Draft) -> Iterator[Question]:
    """One question for each place of the warning before that nobody has said a word about."""
    for place in _left_out_places(draft):
        people = _people_left(draft, place)
        if people is None:
            continue
        values: dict[str, Value] = {"place": place.name, "persons": people}
        yield Question(
            KIND,
            "UC-4",
            "alert/info/area",
            "CAP 1.2 §3.2.1 msgType; 突发事件应对法 2024 art. 70",
            (AnswerOption(ENDED), AnswerOption(CONTINUES), AnswerOption(MOVED, takes="text")),
            values,
            about=place.key,
        )


def settle(draft: Draft, answer: QuestionAnswer) -> Draft:
    """Blocks that end the warning there or carry it on; or the warning that has taken its place.

    Raises Invalid where none is in force under the name given, or where it was not ordered for everyone left out.
    """
    key = answer.question.partition(":")[2]
    place = next(each for each in _left_out_places(draft) if each.key == key)
    last = _last(draft)
    if last is None:
        return draft
    if answer.choice == MOVED:
        _must_cover(draft, last, place, answer.value.strip())
        return draft.keeping(replace(answer, value=answer.value.strip()))
    if answer.choice == CONTINUES or place.rest != (key,):  # not where its author has said already that it is over
        ended = places_of(info for info in draft.alert.infos if info.is_all_clear)
        place = _place(draft, key, place.places, unite_audiences(draft.plan.audience, ended))
    if place.places.regions and not place.rest:
        return draft.keeping(answer)
    blocks = tuple(replace(info, areas=(_area(last, info, place),)) for info in _blocks_of(last, place.places))
    if answer.choice == ENDED:
        return _with(draft, _ending(draft, blocks, last.sent)).keeping(replace(answer, value=",".join(place.rest)))
    audience = unite_audiences(draft.plan.audience, _rest(place))
    carried = _with(replace(draft, plan=replace(draft.plan, audience=audience)), blocks)
    return carried.keeping(replace(answer, value=",".join(place.rest)))


def take_back(draft: Draft, answer: QuestionAnswer) -> Draft:
    """The draft without the blocks that the answer added for its place; it no longer warns the place either."""
    kind, _, key = answer.question.partition(":")
    row = last_warning(draft.connection, draft.row)
    known = places_by_key(plan_of(row).audience).get(key) if kind == KIND and row is not None else None
    if known is None or answer.choice == MOVED:
        return draft
    rest = frozenset(answer.value.split(",")) if known.regions and answer.value else known.regions
    name, put = _place(draft, key, known, Audience()).name, replace(known, regions=rest)
    infos = tuple(
        info
        for info in draft.alert.infos
        if info.is_all_clear is not (answer.choice == ENDED) or not _speaks_of(info, put, name)
    )
    alert, plan = replace(draft.alert, infos=infos), draft.plan
    if answer.choice == CONTINUES:
        kept = unite_audiences(audience_of(alert, frozenset(), frozenset()), plan.added)
        plan = replace(plan, audience=without_places(plan.audience, put, kept))
    return replace(draft, alert=alert, plan=plan)


def _speaks_of(info: Info, put: Audience, name: str) -> bool:
    """Whether a block is of these places and no others; one of a drawing that CAP cannot hold only has its name."""
    wanted = places_by_key(replace(put, corridors=())).keys()
    if not wanted and [area.description for area in info.areas] != [name]:
        return False
    return places_by_key(places_of([info])).keys() == wanted


def _left_out_places(draft: Draft) -> list[_Place]:
    """The places of the warning before that the draft neither warns, nor ends, nor says where they went.

    Townships come before their county: what is said of one is no part of what is said of the rest.
    """
    row = last_warning(draft.connection, draft.row) if draft.alert.msg_type is MsgType.UPDATE else None
    if row is None or draft.row.relays is not None:
        return []
    before = plan_of(row).audience
    last, known = content_of(row), places_by_key(before)
    answered = {
        key: answer
        for key, answer in answers_of(draft.plan)
        if key not in known or not _is_outdated(draft, last, known[key], answer)
    }
    ended = places_of(info for info in draft.alert.infos if info.is_all_clear)
    # An end that the author answered for a county says nothing of a township that is still to be answered.
    own = frozenset(key for key in ended.regions if not any(covers(each, key) for each in answered))
    found = places_left_out(before, unite_audiences(draft.plan.audience, replace(ended, regions=own)))
    places = [_place(draft, key, place, draft.plan.audience) for key, place in found.items() if key not in answered]
    open_places = [
        place for place in places if place.rest or not place.places.regions
    ]  # all parts of the others are named
    return sorted(open_places, key=lambda place: -level_of(place.key) if place.rest else 0)


def _is_outdated(draft: Draft, last: Alert, place: Audience, answer: QuestionAnswer) -> bool:
    """Whether the warning that was to take the place's has ended since, or is none that can: its author is asked again.

    An older hub took any warning for one that can; and a message of the chain may have been released since.
    """
    return answer.choice == MOVED and not _others(draft).warns_of(answer.value, _threats(draft, last, place))


def _others(draft: Draft) -> OtherWarnings:
    return OtherWarnings(draft.connection, draft.against.orders, draft.row, to_ms(draft.against.now))


def _threats(draft: Draft, last: Alert, place: Audience) -> Threats:
    return threats_of(draft.against.policy.events, _blocks_of(last, place))


def _place(draft: Draft, key: str, place: Audience, after: Audience) -> _Place:
    if not place.regions:
        return _Place(key, place, (), _name_of_drawing(_last(draft), place) or key)
    rest = rest_of(draft.connection, key, after)
    names = regions.names_by_key(draft.connection, [key, *rest])
    if rest == (key,):
        return _Place(key, place, rest, names.get(key, key))
    if len(rest) <= _NAMED:
        return _Place(key, place, rest, "、".join(names.get(each, each) for each in rest))
    return _Place(key, place, rest, f"{names.get(key, key)}其余地区")


def _name_of_drawing(last: Alert | None, place: Audience) -> str:
    """What the area element of a shape was called; empty where a plan drew it."""
    drawn = set(place.polygons) | set(place.circles)
    areas = [area for info in last.infos for area in info.areas] if last is not None else []
    return next((area.description for area in areas if drawn & (set(area.polygons) | set(area.circles))), "")


def _people_left(draft: Draft, place: _Place) -> int | None:
    """How many people the draft leaves out there; None where people are known and it leaves out none of them."""
    known = people_in(draft.connection, place.places)
    left = known - _people_kept(draft)
    return len(left) if left or not known else None


def _people_kept(draft: Draft) -> BitMap:
    return BitMap.union(
        people_in(draft.connection, draft.plan.audience),
        *(people_in(draft.connection, section.places) for section in sections_of(draft.alert)),
    )


def _must_cover(draft: Draft, last: Alert, place: _Place, named: str) -> None:
    """A warning of something else, or of a lower level, has taken the place of none: whoever holds the old one would
    hear neither that it changed nor, later, that it ended.
    """
    where, others = f"answers.{KIND}:{place.key}", _others(draft)
    if not others.is_in_force(named):
        text = f"no other warning in force is called {named[:64]!r}: name its number or its CAP identifier"
        raise Invalid(text, rule=Rule.UC_4, place=where)
    blocks = _blocks_of(last, place.places)
    held = max((Level.of_severity(info.severity) for info in blocks), default=Level.BLUE).word
    holds = f"what holds there, {blocks[0].event[:64]} at {held}"
    if not others.warns_of(named, _threats(draft, last, place.places)):
        text = (
            f"{named[:64]} does not warn of {holds} or a higher level: choose ended or continues, or name one that does"
        )
        raise Invalid(text, rule=Rule.UC_4, place=where)
    left = people_in(draft.connection, place.places) - _people_kept(draft)
    if missed := left - others.persons_taken_over(named, last, left):
        text = f"{named[:64]} does not warn {len(missed)} of the people there of {holds}: choose ended or continues"
        raise Invalid(text, rule=Rule.UC_4, place=where)


def _last(draft: Draft) -> Alert | None:
    row = last_warning(draft.connection, draft.row)
    return content_of(row) if row is not None else None


def _blocks_of(last: Alert, place: Audience) -> Sequence[Info]:
    """The blocks that spoke of the place, or the gravest of all where only its audience named it."""
    keys = places_by_key(place).keys()
    warned = [info for info in last.infos if not info.is_all_clear]
    own = [info for info in warned if keys & places_by_key(places_of([info])).keys()]
    sections = sections_of(replace(last, infos=tuple(warned)))
    return own or max(sections, key=lambda section: section.level).infos


def _area(last: Alert, info: Info, place: _Place) -> Area:
    """The place alone, called as the block called it where that named nothing else."""
    named = ((area.description, places_by_key(places_of([_in_area(area)]))) for area in info.areas)
    alone = (description for description, keys in named if keys.keys() == {place.key})
    whole = place.rest in ((), (place.key,))
    name = next(alone, place.name) if whole else place.name
    codes = tuple(_code(last, key) for key in place.rest)
    return Area(name, place.places.polygons, place.places.circles, codes)


def _code(last: Alert, key: str) -> NamedValue:
    """The geocode of a region as the message before wrote it, else in a scheme every reader of ours knows."""
    written = (code for info in last.infos for area in info.areas for code in area.geocodes)
    same = (code for code in written if places_of([_in_area(Area("", geocodes=(code,)))]).regions == {key})
    scheme, _, value = key.rpartition(":")
    return next(same, NamedValue(scheme or SCHEME, value))


def _in_area(area: Area) -> Info:
    return Info("", "", "", "", (), areas=(area,))


def _rest(place: _Place) -> Audience:
    return replace(place.places, regions=frozenset(place.rest))


def _ending(draft: Draft, blocks: Sequence[Info], issued: datetime) -> tuple[Info, ...]:
    """The all-clear of these blocks of the message sent at `issued`, shown no longer than the Update itself."""
    at = draft.alert.sent
    until = draft.alert.expires or at + _END_SHOWN
    left = had_people_leave([replace(draft.alert, infos=tuple(blocks))])
    clear = AllClear(Ending.LIFTED, at, until, {}, left, naming_of(draft.connection, draft.row))
    phrasing = Phrasing(draft.against.catalog, draft.against.policy.events)
    return tuple(clear.block(info, issued, phrasing) for info in blocks)


def _with(draft: Draft, blocks: Sequence[Info]) -> Draft:
    return replace(draft, alert=replace(draft.alert, infos=(*draft.alert.infos, *blocks)))
