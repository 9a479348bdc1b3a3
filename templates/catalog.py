"""The catalogue of texts: one folder per message, one file per language and medium, strict about every variable."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from templates.affected import area_text
from templates.facts import Facts, Passage
from templates.moment import moment_text
from templates.times import span_text, times_text

FOLDER = Path(__file__).resolve().parent
MESSAGES = ("alert", "update", "cancel", "notice")
LANGUAGES = ("zh", "en", "und")  # und (ISO 639-2): any other language; a template there has no words of its own
Files = tuple[str, str, str]  #: of a medium: the body's file, then those of subject and plain text, empty for none

_COMMAND = re.compile(r"<(?=[@/A-Za-z])")


class TemplateRefused(Exception):
    """A template is missing, broken, or hides that it is an exercise: names message, language and file."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What was rendered. `text` is the plain text of an e-mail, or the words a call speaks."""

    subject: str
    body: str
    text: str


class Catalog:
    """Renders messages. Templates are sandboxed, cannot change what they are given and fail on unknown names."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Raises TemplateRefused for a words file that cannot be read."""
        self._folder = folder
        self._words = _words(folder / "words.toml")
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(folder, encoding="utf-8"),
            undefined=StrictUndefined,
            autoescape=lambda name: bool(name) and str(name).endswith((".html", ".xml")),
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
        self._environment.filters.update(sentences=_sentences, when=_when, word=_word, quiet=_quiet)
        self._environment.filters.update(at_place=_at_place, passages=_passages, lines=_lines)

    def render(self, message: str, language: str, files: Files, facts: Facts) -> Copy:
        """The message in the files of a medium. `language` is any BCP 47 tag. Raises TemplateRefused.

        Whatever is not Actual begins with its mark: the mark is put there here, not by the templates.
        """
        body_file, subject_file, text_file = files
        words = self.words(language)
        mark = _mark(facts, words)
        values: dict[str, Any] = {field.name: getattr(facts, field.name) for field in fields(facts)}
        values |= {"words": words, "mark": mark, "speech": words.get("speech") or facts.language}
        values |= {"times": times_text(words, facts), "affected": area_text(words, facts)}
        text = self._with_mark(message, language, text_file, values) if text_file else ""
        subject = self._with_mark(message, language, subject_file, values) if subject_file else ""
        values |= {"said": text}
        if Path(body_file).suffix in {".html", ".xml", ".json"}:
            # A mark before the document would break it: the layouts put it at the head of what is seen or heard.
            body = self._file(message, language, body_file, values)
            if mark.strip() not in body:
                raise TemplateRefused(f"{message}/{language}/{body_file}: does not say {mark}")
        else:
            body = self._with_mark(message, language, body_file, values)
        return Copy(" ".join(subject.split()), body, text)

    def missing(self, files: Files) -> str:
        """The first file of a medium that is not there for every message in any language; empty where all are."""
        wanted = (message_file for message in MESSAGES for message_file in _paths(message, files))
        return next((path for path in wanted if not (self._folder / path).is_file()), "")

    def words(self, language: str) -> Mapping[str, str]:
        """The words of a tag over those of its primary subtag over those of und."""
        tag = language.casefold()
        primary = tag.partition("-")[0]
        return self._words["und"] | self._words.get(primary, {}) | self._words.get(tag, {})

    def _with_mark(self, message: str, language: str, file: str, values: Mapping[str, Any]) -> str:
        mark = values["mark"]
        text = self._file(message, language, file, values)
        return f"{mark}\n{text}" if mark and file.endswith(".md") else f"{mark}{text}"

    def _file(self, message: str, language: str, file: str, values: Mapping[str, Any]) -> str:
        try:
            return self._template(message, language, file).render(values).strip()
        except (TemplateError, ValueError, TypeError) as error:
            raise TemplateRefused(f"{message}/{language}/{file}: {error}") from error

    def _template(self, message: str, language: str, file: str) -> Template:
        if message not in MESSAGES:
            raise TemplateRefused(f"message {message!r} is not one of {', '.join(MESSAGES)}")
        if file.startswith("_layout/"):
            return self._environment.get_template(file)
        primary = language.casefold().partition("-")[0]
        found = [tag for tag in LANGUAGES if tag == primary and (self._folder / message / tag / file).is_file()]
        return self._environment.get_template(f"{message}/{found[0] if found else 'und'}/{file}")


def _paths(message: str, files: Files) -> list[str]:
    """Where the files lie that every language without templates of its own falls back on."""
    return [file if file.startswith("_layout/") else f"{message}/und/{file}" for file in files if file]


def _mark(facts: Facts, words: Mapping[str, str]) -> str:
    if facts.status == "Actual":
        return ""
    mark = words["exercise"] if facts.status == "Exercise" else words["test"]
    return mark if mark.endswith("】") else f"{mark} "


def _words(file: Path) -> dict[str, dict[str, str]]:
    """The words by language. Raises TemplateRefused for a file that is not tables of texts, or has none for [und]."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TemplateRefused(f"{file}: no such file") from None
    except OSError as error:
        raise TemplateRefused(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise TemplateRefused(f"{file}: not UTF-8: save it in this encoding") from None
    except tomllib.TOMLDecodeError as error:
        raise TemplateRefused(f"{file}: not TOML: {error}") from None
    for language, table in {"und": None, **tables}.items():
        if not isinstance(table, dict):
            raise TemplateRefused(f"{file}: {language}: a table of words is wanted, [{language}]")
        if wrong := [name for name, word in table.items() if not isinstance(word, str)]:
            raise TemplateRefused(f"{file}: {language}.{wrong[0]}: a text in quotes is wanted")
    return tables


@pass_context
def _sentences(context: Context, parts: list[str]) -> str:
    """The texts one after the other, each with its stop; one that another already says is left out."""
    words = context["words"]
    kept: list[str] = []
    for i, part in enumerate(parts):
        core = part.rstrip("。.！!；; \n")
        others = [*kept, *parts[i + 1 :]]
        if core and not any(core in other for other in others):
            kept.append(part if part[-1] in "。.！!？?；;…：:" else part + words["stop"])
    return str(words["gap"]).join(kept)


@pass_context
def _when(context: Context, moment: datetime) -> str:
    """A moment as the language writes it; the zone it carries is named unless it is the one of the language."""
    words = context["words"]
    return moment_text(words, words["time"], moment)


@pass_context
def _word(context: Context, name: str) -> str:
    """A word by its name; an unknown one is an error."""
    return str(context["words"][name])


@pass_context
def _at_place(context: Context, text: str, place: str) -> str:
    """The text after the name of its place, where one is to be named and the text does not begin with it.

    A text that begins with who issues it begins with no place: 城口县气象台 names the station, not where it warns.
    """
    sender = str(context["sender"])
    names_issuer = sender != "" and len(sender) > len(place) and text.startswith(sender)
    if not place or (text.startswith(place) and not names_issuer):
        return text
    return str(context["words"]["at_place"]).format(place=place, text=text)


@pass_context
def _passages(context: Context, others: Sequence[Passage]) -> list[str]:
    """Each passage on one line, beginning with its place; for media that are read or heard in one go."""
    return [_sentences(context, [text for text in _texts(context, one) if text]) for one in others]


@pass_context
def _lines(context: Context, others: Sequence[Passage]) -> list[str]:
    """The texts of all passages one after the other, each passage beginning with its place; for pages."""
    return [text for one in others for text in _texts(context, one) if text]


def _texts(context: Context, one: Passage) -> tuple[str, ...]:
    words = context["words"]
    lead = one.headline or str(words["warning"]).format(event=one.event, level=words.get(one.level, ""))
    alike = (one.begins, one.expires) == (context["begins"], context["expires"])
    span = "" if alike else span_text(words, one.begins, one.expires)
    return _at_place(context, lead, one.place), one.description, one.instruction, span


def _quiet(text: str) -> str:
    """Text that a WeCom robot shows as it stands: its Markdown reads ``<@member>`` and ``<font>`` as commands."""
    return _COMMAND.sub("＜", text)
