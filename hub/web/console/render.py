"""Pages from templates: everything escaped, every name defined, in the language asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub.web.console import bars
from hub.web.console.words import COOKIE, LANGUAGES, ConsoleWords, language_of, load
from hub.web.guard import request_id

TEMPLATES = Path(__file__).with_name("templates")
YEAR_S = 365 * 24 * 3600
CHINA = timezone(timedelta(hours=8), "+08:00")  #: the console shows times where the officials are


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    environment.filters["count"] = lambda value: f"{value:,}"
    environment.globals.update(person_bar=bars.of_persons, channel_bar=bars.of_channel)
    return environment


@dataclass(frozen=True, slots=True)
class Pages:
    """All templates and words, read once."""

    environment: Environment = field(default_factory=_environment)
    words: dict[str, ConsoleWords] = field(default_factory=load)

    def page(self, request: web.Request, template: str, status: int = 200, **values: Any) -> web.Response:
        """One page. `values` are what the template names beside `w`, `language`, `other` and `request_id`."""
        language = language_of(request)
        other = next(each for each in LANGUAGES if each != language)
        told = {"official": None} | values
        text = self.environment.get_template(template).render(
            w=self.words[language],
            language=language,
            other=other,
            path=request.path,
            request_id=request_id(request),
            **told,
        )
        response = web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
        if request.query.get("lang") == language:
            response.set_cookie(COOKIE, language, path="/console", samesite="Lax", httponly=True, max_age=YEAR_S)
        response.headers["Vary"] = "Accept-Language, Cookie"
        # With no-referrer a browser sends `Origin: null` with our own forms, and they could not be told from others'.
        response.headers["Referrer-Policy"] = "same-origin"
        return response


PAGES: web.AppKey[Pages] = web.AppKey("pages", Pages)


def _moment(value: datetime | None) -> str:
    return "" if value is None else value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S %Z")
