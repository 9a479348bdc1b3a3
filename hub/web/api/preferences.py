"""What a person of the register chose, for the officials who answer for them."""

from __future__ import annotations

from aiohttp import web

from hub.access.permissions import Permission
from hub.registry.preferences.view import PreferencesView
from hub.web.api.endpoint import Call, Route, answer


async def preferences(call: Call) -> web.Response:
    return answer(await call.hub.explaining.preferences(call.official, call.request.match_info["external_id"]))


PREFERENCES_ENDPOINTS = (
    Route(
        "GET",
        "/recipients/{external_id}/preferences",
        "getChoices",
        "What a person chose for themselves, and how that came about",
        preferences,
        PreferencesView,
        permission=Permission.HUB_AUDIENCE_EXPLAIN,
    ),
)
