"""What officials and monitors read of alerts: listing, one alert, its CAP, forms, progress and report."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from channels.message import Form
from hub.alert.lifecycle import Stage
from hub.errors import Refusal
from hub.rules.rule import Rule
from hub.web.api.drafts import answer_with_alert
from hub.web.api.endpoint import XML, Call, answer

PAGE_MOST = 200
PAGE_USUAL = 50


@dataclass(frozen=True, slots=True)
class FormView:
    """One form with its digest; `seconds` of speech, `segments` of SMS, 0 where the medium has none."""

    channel: str
    language: str
    part: str  # of the warning, where its areas differ: the numbers of the sections it tells; empty tells all
    subject: str
    body: str
    text: str
    segments: int
    seconds: int
    digest: str


def form_view(form: Form) -> FormView:
    return FormView(
        form.channel,
        form.language,
        form.part,
        form.subject,
        form.body,
        form.text,
        form.segments,
        form.seconds,
        form.digest,
    )


async def listing(call: Call) -> web.Response:
    """Newest first, as the service orders them; `next` is the cursor of the following page."""
    cursor = call.whole("cursor")
    limit = call.whole("limit", PAGE_MOST)
    stage = call.one("stage")
    if stage is not None and stage not in set(Stage):
        raise Refusal(f"stage is one of {', '.join(Stage)}", rule=Rule.STAGE_UNKNOWN, place="stage")
    return answer(await call.hub.alerts.page(cursor, PAGE_USUAL if limit is None else limit, stage, call.official))


async def show(call: Call) -> web.Response:
    return answer_with_alert(await call.hub.alerts.get(call.number))


async def cap(call: Call) -> web.Response:
    return web.Response(body=await call.hub.alerts.cap(call.number), content_type=XML, charset="utf-8")


async def forms(call: Call) -> web.Response:
    found = await call.hub.alerts.forms(call.number)
    return answer([form_view(form) for form in found])


async def progress(call: Call) -> web.Response:
    return answer(await call.hub.alerts.progress(call.number))


async def report(call: Call) -> web.Response:
    return answer(await call.hub.alerts.report(call.number))
