"""The API's description and the API say the same."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from openapi_spec_validator import validate
from prometheus_client import CollectorRegistry

from hub.clock import SystemClock
from hub.settings.settings import Settings
from hub.web.api.endpoint import ROOT, OpenHandler, Route
from hub.web.api.routes import ENDPOINTS
from hub.web.openapi import document, template
from hub.web.server import create_app

DOCUMENT = document(ENDPOINTS, ROOT, "1.0")
DESCRIBED = {(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item}


def test_the_document_is_valid_openapi_3_1():
    validate(DOCUMENT)


def test_each_route_is_described_and_each_description_has_its_route():
    hub = SimpleNamespace(clock=SystemClock(), registry=CollectorRegistry(), settings=Settings(), drivers={})
    hub.alerts = hub.receipts = hub.inbox = None
    app = create_app(hub)
    served = {
        (route.method, template(route.resource.canonical))
        for route in app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith(ROOT)
    }
    assert served == DESCRIBED


def test_operation_ids_are_unique():
    names = [operation["operationId"] for item in DOCUMENT["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_every_endpoint_needs_a_permission_and_documents_its_refusals(endpoint: Route):
    operation = DOCUMENT["paths"][template(ROOT + endpoint.path)][endpoint.method.lower()]
    # The document's own holds, bearer, but where there is nobody yet.
    assert operation.get("security") == ([] if isinstance(endpoint.handler, OpenHandler) else None)
    assert operation.get("x-permission") == endpoint.permission
    assert {"400", "401", "403"} <= set(operation["responses"])
    names = {parameter["name"] for parameter in operation["parameters"]}
    assert ("Idempotency-Key" in names) == (endpoint.method in {"POST", "PUT"} and endpoint.repeats)


def test_those_who_are_not_signed_in_can_do_nothing_but_sign_in_or_enrol():
    opened = {endpoint.path for endpoint in ENDPOINTS if isinstance(endpoint.handler, OpenHandler)}
    doors = ("/session", "/session/passkey", "/session/passkey/options", "/session/refresh")
    assert opened == {*doors, "/enrolment", "/enrolment/authenticator"}


def test_no_answer_that_holds_a_secret_is_kept_to_be_repeated():
    secret = {"SessionView", "ProofView", "AuthenticatorView"}
    holding = [each for each in ENDPOINTS if getattr(each.answer, "__name__", "") in secret]
    assert len(holding) == 5
    assert not any(each.repeats for each in holding)
