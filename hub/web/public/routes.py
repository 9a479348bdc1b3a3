"""The pages under /subscribe: rendered by the server, without scripts, open to everybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from approvals.level import Level
from hub.clock import from_ms
from hub.errors import Forbidden, Refusal, TooMany
from hub.registry.preferences.codes import Address
from hub.registry.preferences.places import MOST
from hub.registry.preferences.subscription import LANGUAGES, LASTS, View
from hub.rules.rule import Rule
from hub.store.register.preferences import EVERYTHING, Change, Preferences
from hub.web.api.endpoint import Visit
from hub.web.api.session import client_of
from hub.web.body import demand_form
from hub.web.console.render import CHINA, Pages
from hub.web.console.session import demand_same_site
from hub.web.console.words import language_of, load
from hub.web.key import HUB

HOME = "/subscribe"
COOKIE = "fenghuo_subscriber"
HERE = Path(__file__).parent
PAGES: web.AppKey[Pages] = web.AppKey("subscription-pages", Pages)


def add_subscription(app: web.Application) -> None:
    """Mounts the pages under /subscribe."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = lambda ms: from_ms(ms).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    environment.filters["said"] = _describe_line
    app[PAGES] = Pages(environment, load(HERE / "words.toml"))
    router = app.router
    router.add_get(HOME, _with_problem_pages(_begin))
    router.add_get(f"{HOME}/preferences", _with_problem_pages(_preferences))
    router.add_get(f"{HOME}/places", _with_problem_pages(_places))
    posts = {
        "code": _code,
        "session": _enter,
        "preferences": _choose,
        "register": _register,
        "erase": _erase,
        "end": _end,
    }
    posts |= {"place": _add_place, "unplace": _leave_place}
    for name, handler in posts.items():
        router.add_post(f"{HOME}/{name}", _with_problem_pages(_guard_form(handler)))


def _describe_line(line: Change, text: str, view: View) -> str:
    """What a line of the history says, with the names of places."""
    return ", ".join(view.names.get(key, key) for key in text.split(",")) if line.what == "places" else text


def _with_problem_pages(handler: Handler) -> Handler:
    """A page whose refusals are pages too."""

    async def show(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as error:
            page = request.app[PAGES].page(request, "refused.html", error.status, rule=error.rule)
            if isinstance(error, TooMany):
                page.headers["Retry-After"] = str(error.retry_s)
            return page

    return show


def _guard_form(handler: Handler) -> Handler:
    """A form of our own page, and nothing else: no other site may send one with the browser's cookie."""

    async def guard(request: web.Request) -> web.StreamResponse:
        demand_same_site(request)
        await demand_form(request)
        return await handler(request)

    return guard


async def _begin(request: web.Request) -> web.Response:
    return request.app[PAGES].page(request, "begin.html")


async def _code(request: web.Request) -> web.Response:
    """Sends a code. The page is the same whoever the address belongs to, and whatever the provider says."""
    hub = request.app[HUB]
    codes = hub.subscriptions.codes
    text = str((await request.post()).get("address", ""))
    address = codes.read(text)
    await codes.send(address, client_of(Visit(request, hub)).address, language_of(request))
    return request.app[PAGES].page(request, "code.html", address=address.to)


async def _enter(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    fields = await request.post()
    address = hub.subscriptions.codes.read(str(fields.get("address", "")))
    client = client_of(Visit(request, hub)).address
    await hub.subscriptions.codes.check(address, str(fields.get("code", "")), client)
    answer = _to_preferences(request)
    secure = hub.settings.public_url.startswith("https://")
    most = int(LASTS.total_seconds())
    kept = hub.subscriptions.open_visit(address)
    answer.set_cookie(COOKIE, kept, max_age=most, path=HOME, httponly=True, samesite="Strict", secure=secure)
    return answer


async def _preferences(request: web.Request) -> web.Response:
    """What is chosen, or where nobody is registered yet, the way down to the place."""
    subscriptions, address = request.app[HUB].subscriptions, _whose(request)
    view = await subscriptions.view(address)
    known: dict[str, Any] = {"languages": LANGUAGES, "levels": [level.word for level in sorted(Level, reverse=True)]}
    if view is not None:
        least = Level(view.choice.least).word if view.choice.least else ""
        rank = {name: at for at, name in enumerate(view.choice.order, 1)}
        told: dict[str, Any] = {"view": view, "least": least, "every": EVERYTHING in view.choice.refused, "rank": rank}
        return request.app[PAGES].page(request, "preferences.html", **known, **told, most=MOST)
    chain, below = await subscriptions.places(request.query.get("region", "")[:96])
    return request.app[PAGES].page(request, "register.html", **known, chain=chain, below=below)


async def _choose(request: web.Request) -> web.Response:
    address = _whose(request)
    subscriptions, fields = request.app[HUB].subscriptions, await request.post()
    view = await subscriptions.view(address)
    channels = frozenset(view.channels) if view is not None else frozenset()
    wanted = {str(value) for value in fields.getall("channel", [])}
    ranks = {name: str(fields.get(f"rank-{name}", "")) for name in sorted(channels)}
    order = tuple(sorted((name for name in ranks if ranks[name]), key=ranks.__getitem__))
    if len({ranks[name] for name in order}) < len(order):
        raise Refusal("two channels at one place", rule=Rule.ORDER_TWICE, place="order")
    refused = frozenset({EVERYTHING}) if fields.get("everything") else channels - wanted
    try:
        least = int(Level.of(str(fields.get("least")))) if fields.get("least") else 0
    except ValueError:
        raise Refusal("no such level", rule=Rule.LEVEL, place="least") from None
    language = str(fields.get("language", "")) or None
    await subscriptions.choose(address, Preferences(refused, language, least, order=order))
    return _to_preferences(request)


async def _places(request: web.Request) -> web.Response:
    """The way down to one more place."""
    subscriptions = request.app[HUB].subscriptions
    if await subscriptions.view(_whose(request)) is None:
        return _to_preferences(request)
    chain, below = await subscriptions.places(request.query.get("region", "")[:96])
    return request.app[PAGES].page(request, "places.html", chain=chain, below=below)


async def _add_place(request: web.Request) -> web.Response:
    address, fields = _whose(request), await request.post()
    await request.app[HUB].subscriptions.add_place(address, str(fields.get("place", "")))
    return _to_preferences(request)


async def _leave_place(request: web.Request) -> web.Response:
    address, fields = _whose(request), await request.post()
    await request.app[HUB].subscriptions.leave_place(address, str(fields.get("place", "")))
    return _to_preferences(request)


async def _register(request: web.Request) -> web.Response:
    address, fields = _whose(request), await request.post()
    place, language = str(fields.get("region", ""))[:96], str(fields.get("language", ""))
    await request.app[HUB].subscriptions.register(address, place, language)
    return _to_preferences(request)


async def _erase(request: web.Request) -> web.Response:
    address = _whose(request)
    if not (await request.post()).get("sure"):
        raise Refusal("say that you are sure", rule=Rule.SURE, place="sure")
    await request.app[HUB].subscriptions.erase(address)
    return await _end(request)


async def _end(request: web.Request) -> web.Response:
    answer = web.Response(status=303, headers={"Location": f"{HOME}?lang={language_of(request)}"})
    answer.del_cookie(COOKIE, path=HOME, httponly=True, samesite="Strict")
    return answer


def _whose(request: web.Request) -> Address:
    """Raises HTTPSeeOther to the first page where nobody has shown an address, or too long ago."""
    try:
        return request.app[HUB].subscriptions.read_visit(request.cookies.get(COOKIE, ""))
    except Forbidden:
        raise web.HTTPSeeOther(f"{HOME}?lang={language_of(request)}") from None


def _to_preferences(request: web.Request) -> web.Response:
    return web.Response(status=303, headers={"Location": f"{HOME}/preferences?lang={language_of(request)}"})
