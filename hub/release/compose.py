"""Composes every form an alert will be sent in, once, before anyone is asked to approve it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from approvals.level import Level
from channels.message import Form
from channels.text import Encoding, Rule, segments, speech_seconds
from channels.twiml import LONGEST_TWIML
from hub.alert import Alert, Info, MsgType
from hub.errors import Invalid
from hub.release.clean import clean, cut, line, sentences
from templates.catalog import MEDIA, Catalog, Copy
from templates.facts import Facts

MESSAGES = {MsgType.ALERT: "alert", MsgType.UPDATE: "update", MsgType.CANCEL: "cancel"}
UNDETERMINED = "und"  # ISO 639-2: the language of a Cancel that carries no text but its note
WHOLE = frozenset({"broadcast", "partners"})  #: these carry every language in one form
# Typographic signs outside the GSM 7-bit alphabet (3GPP TS 23.038 §6.2.1) and what says the same inside it.
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "•": "-"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a text may be before its shortened form is used. Real Chinese warnings take 2 or 3 segments."""

    sms_segments: int = 4
    voice_seconds: int = 90  # one hearing
    wecom_bytes: int = 4096  # of Markdown, UTF-8 (WeCom group robot documentation)


BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class _Work:
    alert: Alert
    level: Level
    cap: str
    catalog: Catalog
    gather_url: str
    bounds: Bounds = BOUNDS
    whole: bool = False  #: nothing is shortened

    @property
    def message(self) -> str:
        return MESSAGES[self.alert.msg_type]


def compose(
    alert: Alert, *, channels: Sequence[str], level: Level, cap: bytes, catalog: Catalog, gather_url: str
) -> tuple[Form, ...]:
    """One form per channel and language of the alert; broadcast and partners one form with the whole CAP.

    `cap` is the alert as strict CAP 1.2, UTF-8; `gather_url` the absolute address where keys pressed are reported.
    Forms of a channel stand in the order of the alert's languages. Raises Invalid naming channel or element and rule.
    """
    return _composed(_Work(alert, level, cap.decode(), catalog, gather_url), channels)


def compose_whole(
    alert: Alert, *, channels: Sequence[str], level: Level, cap: bytes, catalog: Catalog, gather_url: str
) -> tuple[Form, ...]:
    """The same with no text shortened, for what is passed on whole or not at all: Invalid where one does not fit."""
    return _composed(_Work(alert, level, cap.decode(), catalog, gather_url, whole=True), channels)


def _composed(work: _Work, channels: Sequence[str]) -> tuple[Form, ...]:
    _refuse(work.alert, channels, work.gather_url)
    facts = [_facts(work, language, infos) for language, infos in _by_language(work.alert)]
    return tuple(form for channel in dict.fromkeys(channels) for form in _forms(work, channel, facts))


def form_for(forms: Sequence[Form], channel: str, language: str) -> Form:
    """The form a person of this language gets: the exact tag, the same primary subtag, else the alert's first.

    Raises LookupError where the channel has no form at all.
    """
    own = [form for form in forms if form.channel == channel]
    if not own:
        raise LookupError(f"no form for channel {channel}")
    tag = language.casefold()
    exact = (form for form in own if form.language.casefold() == tag)
    primary = (form for form in own if _primary(form.language) == _primary(tag))
    return next(exact, None) or next(primary, None) or own[0]


def _refuse(alert: Alert, channels: Sequence[str], gather_url: str) -> None:
    if alert.msg_type not in MESSAGES:
        raise Invalid(f"a message of type {alert.msg_type} is not sent to anyone", rule="msg-type", place="msgType")
    if not channels:
        raise Invalid("no channel is named", rule="no-channel", place="channels")
    for channel in channels:
        if channel not in {*MEDIA, "broadcast"}:
            raise Invalid(f"no template for channel {channel!r}", rule="no-template", place=f"channels: {channel}")
    if "voice" in channels and not gather_url.startswith(("http://", "https://")):
        # An inline document has no URL of its own that a relative action could stand on.
        raise Invalid("voice needs an absolute address for keys pressed", rule="gather-url", place="channels: voice")


def _by_language(alert: Alert) -> Iterator[tuple[str, list[Info]]]:
    """CAP may carry several info blocks of one language, one per area or severity: together they are one message."""
    if not alert.infos:
        if alert.msg_type is not MsgType.CANCEL or not alert.note.strip():
            raise Invalid("an alert without an info block says nothing", rule="no-info", place="info")
        # CAP 1.2 §3.2.1: a Cancel may come with no info; its note is all there is to say.
        yield UNDETERMINED, [Info(alert.note, "Unknown", "Unknown", "Unknown", (), UNDETERMINED)]
        return
    for language in dict.fromkeys(info.language.casefold() for info in alert.infos):
        infos = [info for info in alert.infos if info.language.casefold() == language]
        yield infos[0].language, infos


def _facts(work: _Work, language: str, infos: Sequence[Info]) -> Facts:
    alert = work.alert
    first = infos[0]
    comma = "、" if _primary(language) in {"zh", "ja", "yue"} else ", "
    areas = (area.description for info in infos for area in info.areas)
    # A Cancel that says why is not to repeat the danger as if it were still there.
    ended = alert.msg_type is MsgType.CANCEL and bool(alert.note.strip())
    return Facts(
        kind=str(alert.msg_type),
        status=str(alert.status),
        language=language,
        level=work.level.word,
        event=line(first.event, 200),
        headline=line(first.headline, 500),
        description="" if ended else clean(_united(info.description for info in infos), 10_000),
        instruction=clean(_united(info.instruction for info in infos), 10_000),
        area=line(comma.join(dict.fromkeys(text.strip() for text in areas if text.strip())), 2000),
        sender=line(first.sender_name or alert.sender, 100),
        reference=line(alert.identifier, 500),
        issued=alert.sent,
        expires=max((info.expires for info in infos if info.expires), default=None),
        note=line(alert.note, 500) if alert.infos and alert.msg_type is not MsgType.ALERT else "",
        web=line(first.web, 2000),
        contact=line(first.contact, 500),
        gather_url=_action(work.gather_url, language) if work.gather_url else "",
        cap=work.cap,
        sender_id=alert.sender,
        severity=first.severity,
    )


def _action(gather_url: str, language: str) -> str:
    """Where keys are reported; the language is that of the thanks. The same for every person: forms are frozen."""
    return f"{gather_url}{'&' if '?' in gather_url else '?gather=1&'}language={quote(language, safe='-')}"


def _united(texts: Iterator[str]) -> str:
    return "\n".join(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _forms(work: _Work, channel: str, facts: Sequence[Facts]) -> Iterator[Form]:
    if channel == "broadcast":
        yield Form(channel, facts[0].language, work.cap)
        return
    for one in facts[:1] if channel in WHOLE else facts:
        copy = _fitting(work, channel, one)
        cost = segments(copy.body, _rule(one.language)).segments if channel == "sms" else 0
        seconds = speech_seconds(copy.text, one.language) if channel == "voice" else 0
        yield Form(channel, one.language, copy.body, copy.subject, copy.text, cost, seconds)


def _fitting(work: _Work, channel: str, facts: Facts) -> Copy:
    """The fullest rendering that fits the medium. Raises Invalid where not even the barest does."""
    broken = ""
    for shorter in (facts,) if work.whole else _shortened(facts):
        copy = work.catalog.render(work.message, facts.language, channel, shorter)
        if channel == "sms":
            copy = replace(copy, body=thrifty(copy.body, facts.language))
        broken = broken_bound(channel, copy, facts.language, work.bounds)
        if not broken:
            return copy
    what = "the whole text, which is passed on uncut," if work.whole else "even the headline alone"
    raise Invalid(f"{what} is too long: {broken}", rule="too-long", place=f"{channel} {facts.language}")


def thrifty(text: str, language: str) -> str:
    """The text with plain quotes and dashes, where that alone brings it into the GSM alphabet: half the segments."""
    plain = text.translate(_PLAIN)
    return plain if segments(plain, _rule(language)).encoding is Encoding.GSM7 else text


def broken_bound(channel: str, copy: Copy, language: str, bounds: Bounds = BOUNDS) -> str:
    """Which limit of the medium the text breaks; empty for none."""
    match channel:
        case "sms":
            count = segments(copy.body, _rule(language)).segments
            return f"{count} segments, {bounds.sms_segments} allowed" if count > bounds.sms_segments else ""
        case "voice":
            seconds = speech_seconds(copy.text, language)
            if len(copy.body) > LONGEST_TWIML:
                return f"{len(copy.body)} characters of TwiML, {LONGEST_TWIML} allowed"
            return f"{seconds} s of speech, {bounds.voice_seconds} allowed" if seconds > bounds.voice_seconds else ""
        case "wecom":
            size = len(copy.body.encode())
            return f"{size} bytes, {bounds.wecom_bytes} allowed" if size > bounds.wecom_bytes else ""
    return ""


def _shortened(facts: Facts) -> Iterator[Facts]:
    """The facts from full to barest: then headline and instruction, the instruction losing its last sentences.

    A shortened text is a rendering of its own that officials see and approve, not a cut on the way out.
    """
    yield facts
    said = facts.instruction or facts.description
    bare = replace(facts, description="", instruction="", note=line(facts.note, 100), area=line(facts.area, 200))
    parts = sentences(said)
    # Halving finds the neighbourhood in a few renderings; a description may have hundreds of sentences.
    count = len(parts)
    while count > 12:
        count //= 2
        yield replace(bare, instruction="".join(parts[:count]).rstrip())
    for count in range(min(len(parts), 12), 0, -1):
        yield replace(bare, instruction="".join(parts[:count]).rstrip())
    for most in (240, 120, 60):  # one sentence without an end in sight
        yield replace(bare, instruction=cut(said, most))
    yield bare
    for most in (200, 100, 50):
        yield replace(
            bare, headline=line(facts.headline or facts.event, most), event=line(facts.event, most), note="", area=""
        )


def _rule(language: str) -> Rule:
    return Rule.CHINESE if _primary(language) == "zh" else Rule.FOREIGN


def _primary(language: str) -> str:
    return language.casefold().partition("-")[0]
