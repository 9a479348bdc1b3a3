"""What a person of the register chose, for the officials who answer for them."""

from __future__ import annotations

from aiohttp import web

from hub.registry.preferences.view import ChoicesView
from hub.web.api.endpoint import Call, Route, answer


async def choices(call: Call) -> web.Response:
    return answer(await call.hub.explaining.choices(call.official, call.request.match_info["external_id"]))


CHOICES_ENDPOINTS = (
    Route(
        "GET",
        "/recipients/{external_id}/choices",
        "getChoices",
        "What a person chose for themselves, and how that came about",
        choices,
        ChoicesView,
    ),
)
