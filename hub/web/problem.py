"""Every refusal as a problem document (RFC 9457): type, title, status, detail, rule, place, findings, request."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson
import structlog
from aiohttp import web

from approvals.named_rule import NamedRule
from hub.errors import Refusal, TooMany
from hub.masking import without_addresses
from hub.rules.cited_rule import CitedRule, RuleName
from hub.rules.rule import Rule
from hub.store.sql.database import EndNotNoted, StoreUnavailable

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"  # RFC 9457 §3
#: RFC 8141 §2 (NSS, as RFC 3986 pchar): all else in the name of a rule is percent-encoded
URN_CHARACTERS = "-._~!$&'()*+,;=:@"
#: rule names of what the HTTP layer itself refuses
HTTP_RULES = {
    404: Rule.NO_SUCH_RESOURCE,
    405: Rule.METHOD_NOT_ALLOWED,
    413: Rule.BODY_TOO_LARGE,
    415: Rule.MEDIA_TYPE,
}


@dataclass(frozen=True, slots=True)
class ProblemDocument:
    """One problem document. `rule` is stable and machine-readable; `place` names field, element, header or row."""

    status: int
    title: str
    detail: str
    rule: RuleName
    place: str = ""
    findings: Sequence[Mapping[str, Any]] = ()
    members: Mapping[str, Any] = field(default_factory=dict)  # further ones (RFC 9457 §3.2)


class HttpRefusal(Refusal):
    """A refusal that belongs to HTTP itself and therefore names its own status."""

    def __init__(self, status: int, title: str, text: str, *, rule: RuleName, place: str = "") -> None:
        super().__init__(text, rule=rule, place=place)
        self.status = status
        self.title = title


def not_authorized(rule: NamedRule) -> HttpRefusal:
    """401: who is asking is not known."""
    return HttpRefusal(401, "Not signed in", "a valid bearer token is needed", rule=rule, place="Authorization")


def respond(problem: ProblemDocument, request_id: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """The HTTP answer that carries `problem`."""
    document: dict[str, Any] = {
        "type": f"urn:fenghuo:problem:{quote(problem.rule, safe=URN_CHARACTERS)}",
        "title": problem.title,
        "status": problem.status,
        # A refusal may quote what was asked; who mistook a telephone number for it finds it in no log of answers.
        "detail": without_addresses(problem.detail),
        "rule": problem.rule,
        "place": without_addresses(problem.place),
        "findings": list(problem.findings),
        "request": request_id,
        **problem.members,
    }
    body = orjson.dumps(document, default=str)
    return web.Response(body=body, status=problem.status, content_type=CONTENT_TYPE, headers=headers)


def response_of(error: Exception, request_id: str) -> web.Response:
    """The answer to anything a handler raised. What was not foreseen is logged here and says nothing of itself."""
    match error:
        case Refusal():
            return _respond_refusal(error, request_id)
        case StoreUnavailable():
            away = ProblemDocument(
                503, "Unavailable", "the database is away; nothing was kept; try again", Rule.STORE_AWAY
            )
            return respond(away, request_id, {"Retry-After": "5"})
        case EndNotNoted():
            return respond(ProblemDocument(503, "Not noted", str(error), Rule.END_NOT_NOTED), request_id)
        case web.HTTPException():
            return _of_http(error, request_id)
        case _:
            return _respond_failure(error, request_id)


def _respond_refusal(error: Refusal, request_id: str) -> web.Response:
    # RFC 6750 §3: a 401 says which scheme is wanted.
    headers = {"WWW-Authenticate": 'Bearer realm="fenghuo"'} if error.status == 401 else {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_s)  # RFC 6585 §4
    problem = ProblemDocument(
        error.status, error.title, str(error), error.rule, error.place, error.findings, error.members
    )
    return respond(problem, request_id, headers)


def _of_http(error: web.HTTPException, request_id: str) -> web.Response:
    headers = {name: error.headers[name] for name in ("Allow", "Location", "Retry-After") if name in error.headers}
    rule = HTTP_RULES.get(error.status) or CitedRule(f"http-{error.status}")
    return respond(ProblemDocument(error.status, error.reason, error.reason, rule), request_id, headers)


def note_failure(error: Exception, request_id: str) -> None:
    """Logs what was not foreseen: its type and places only; the text of an error may quote an address or a secret."""
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error("request_failed", request_id=request_id, error=type(error).__name__, where=where[-8:])


def _respond_failure(error: Exception, request_id: str) -> web.Response:
    note_failure(error, request_id)
    detail = f"the hub failed to answer; the log knows why under request {request_id}"
    return respond(ProblemDocument(500, "Internal error", detail, Rule.INTERNAL), request_id)
