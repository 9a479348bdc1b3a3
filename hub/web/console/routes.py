"""Every page of the console, and its static files."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from hub.errors import Refusal
from hub.web.console import alert, listing, oidc, session
from hub.web.console.render import PAGES, Pages

STATIC = Path(__file__).with_name("static")


def add_console(app: web.Application) -> None:
    """Mounts the console under /console."""
    app[PAGES] = Pages()
    router = app.router
    router.add_get("/console", with_problem_pages(listing.listing))
    router.add_get(r"/console/alerts/{id:\d{1,18}}", with_problem_pages(alert.alert))
    router.add_get(r"/console/alerts/{id:\d{1,18}}/events", alert.events, allow_head=False)
    router.add_get("/console/session", with_problem_pages(session.form))
    router.add_post("/console/session", with_problem_pages(session.sign_in))
    router.add_post("/console/session/end", with_problem_pages(session.sign_out))
    router.add_get("/console/sessions", with_problem_pages(session.listing))
    router.add_get(r"/console/oidc/{provider:[a-z0-9-]{1,32}}", with_problem_pages(oidc.out), allow_head=False)
    router.add_get(
        r"/console/oidc/{provider:[a-z0-9-]{1,32}}/callback", with_problem_pages(oidc.back), allow_head=False
    )
    router.add_static("/console/static", STATIC)


def with_problem_pages(handler: Handler) -> Handler:
    """A page whose refusals are pages too: a person reads them."""

    async def show(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as error:
            return request.app[PAGES].page(request, "problem.html", error.status, detail=str(error), rule=error.rule)

    return show
