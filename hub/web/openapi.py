"""The OpenAPI 3.1 document, built from the same table as the router."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from approvals.approval_rule import ApprovalRule
from hub.access.permissions import HOLDERS, SCOPES
from hub.rules.credential_rule import CredentialRule
from hub.rules.rule import Rule
from hub.web.api.endpoint import CSV, EVENTS, OpenHandler, Route, ServiceHandler
from hub.web.body import Body
from hub.web.idempotency import HEADER
from hub.web.problem import CONTENT_TYPE

Json = dict[str, Any]
REF = "#/components/schemas/{model}"
VARIABLE = re.compile(r"\{(\w+)(?::(?:[^{}]|\{[^{}]*\})*)?\}")

PROBLEM: Json = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail", "rule", "place", "findings", "request"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:fenghuo:problem:"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "rule": {
            "type": "string",
            "description": "stable name of the rule that was broken; a rule of the authority policy has its own",
            "anyOf": [{"$ref": REF.format(model="Rule")}, {"type": "string"}],
        },
        "place": {"type": "string", "description": "field, element, header or row"},
        "findings": {"type": "array", "items": {"type": "object"}},
        "request": {"type": "string", "description": "the id under which the request was logged"},
    },
}
RULE: Json = {
    "type": "string",
    "description": "The rules of the hub; docs/rules.md says what each means",
    "enum": [*dict.fromkeys(map(str, (*Rule, *CredentialRule, *ApprovalRule)))],
}
REFUSALS = {
    "400": "The request breaks a rule",
    "401": "No valid credential",
    "403": "The official may not do this",
    "404": "No such thing",
    "408": "The body did not arrive in time",
    "409": "The state does not allow it",
    "413": "The body is larger than 8 MiB",
    "415": "Another media type is needed",
    "422": "The content breaks a rule",
    "428": "If-Match is missing",
    "429": "Too many attempts; Retry-After says when",
    "503": "A part is away; try again",
}


def document(endpoints: Iterable[Route], root: str, version: str) -> Json:
    """The description of `endpoints` mounted at `root`."""
    table = tuple(endpoints)
    schemas = _schemas(table)
    paths: Json = {}
    for endpoint in table:
        path = template(root + endpoint.path)
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint)
    paths[f"{root}/openapi.json"] = {"get": _self_description()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Fenghuo", "version": version, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas | {"Problem": PROBLEM, "Rule": RULE},
            "responses": {code: _refusal(text) for code, text in REFUSALS.items()},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def template(path: str) -> str:
    """A path in the router's notation, as OpenAPI writes it: without the pattern of a variable."""
    return VARIABLE.sub(r"{\1}", path)


def _operation(endpoint: Route) -> Json:
    operation: Json = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "description": _needs(endpoint),
        "parameters": _parameters(endpoint),
        "responses": {str(endpoint.status): _success(endpoint)} | _refusals(endpoint),
    }
    if isinstance(endpoint.handler, OpenHandler):
        operation["security"] = []
    else:
        operation["x-permission"] = str(endpoint.required_permission)
    if endpoint.body is not None:
        operation["requestBody"] = {"required": True, "content": _request_content(endpoint.body)}
    return operation


def _needs(endpoint: Route) -> str:
    if isinstance(endpoint.handler, OpenHandler):
        return "For those who are not signed in"
    permission = endpoint.required_permission
    if isinstance(endpoint.handler, ServiceHandler):
        return f"Needs {permission}: the token of an upstream system with the scope {SCOPES[permission]}"
    return f"Needs {permission}, by one of the rights: {', '.join(sorted(HOLDERS[permission]))}"


def _parameters(endpoint: Route) -> list[Json]:
    found: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        for name in VARIABLE.findall(endpoint.path)
    ]
    for param in endpoint.params:
        entry = {"name": param.name, "in": param.where, "required": param.required, "description": param.text}
        found.append(entry | {"schema": dict(param.schema)})
    if endpoint.repeats:
        text = "A repeat with the same key and content gets the first answer again"
        schema = {"type": "string", "minLength": 1, "maxLength": 255}
        found.append({"name": HEADER, "in": "header", "required": False, "description": text, "schema": schema})
    return found


def _path_schema(name: str) -> Json:
    return {"type": "integer", "minimum": 0} if name == "id" else {"type": "string"}


def _request_content(body: type[Body] | str) -> Json:
    if body == CSV:
        return {CSV: {"schema": {"type": "string", "description": "CSV with a header, UTF-8"}}}
    if isinstance(body, str):
        schema = {"schema": {"type": "string", "description": "CAP 1.2, 1.1 or 1.0"}}
        return {body: schema, "application/xml": schema}
    return {"application/json": {"schema": {"$ref": REF.format(model=body.__name__)}}}


def _success(endpoint: Route) -> Json:
    answer = endpoint.answer
    if isinstance(answer, str):
        what = "server-sent events: progress, end" if answer == EVENTS else "CAP 1.2"
        return {"description": what, "content": {answer: {"schema": {"type": "string"}}}}
    schema: Json = {"type": "object"} if answer is None else {"$ref": REF.format(model=_answer_name(answer))}
    return {"description": endpoint.summary, "content": {"application/json": {"schema": schema}}}


def _refusals(endpoint: Route) -> Json:
    codes = ["400", "401", "403", "503"]
    codes += ["404"] if "{" in endpoint.path else []
    codes += ["408", "409", "413", "415", "422"] if endpoint.takes_body else []
    codes += ["429"] if isinstance(endpoint.handler, OpenHandler) or endpoint.private else []
    codes += ["428"] if any(param.name == "If-Match" for param in endpoint.params) else []
    return {code: {"$ref": f"#/components/responses/{code}"} for code in sorted(codes)}


def _refusal(text: str) -> Json:
    return {"description": text, "content": {CONTENT_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}}}


def _self_description() -> Json:
    ok = {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {"operationId": "getDescription", "summary": "This document", "security": [], "responses": {"200": ok}}


def _schemas(table: tuple[Route, ...]) -> Json:
    bodies = {item.body for item in table if isinstance(item.body, type)}
    _, defined = models_json_schema([(body, "validation") for body in sorted(bodies, key=repr)], ref_template=REF)
    schemas: Json = dict(defined.get("$defs", {}))
    for endpoint in table:
        if endpoint.answer is not None and not isinstance(endpoint.answer, str):
            _add_answer(schemas, endpoint.answer)
    return schemas


def _add_answer(schemas: Json, answer: Any) -> None:
    schema = TypeAdapter(answer).json_schema(ref_template=REF, mode="serialization")
    nested: Mapping[str, Any] = schema.pop("$defs", {})
    schemas.update(nested)
    schemas[_answer_name(answer)] = schema


def _answer_name(answer: object) -> str:
    """`list[FormView]` is FormViewList; a type has its own name."""
    inner = getattr(answer, "__args__", None)
    return f"{inner[0].__name__}List" if inner else str(getattr(answer, "__name__", answer))
