"""What the API answers is what its description promises."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from hub.web.api.endpoint import ROOT
from hub.web.api.routes import ENDPOINTS
from hub.web.openapi import document

DOCUMENT = document(ENDPOINTS, ROOT, "1.0")


def validator(reference: str) -> Draft202012Validator:
    """A schema of the document, with the document around it so that its references resolve."""
    return Draft202012Validator({"$ref": reference, "components": DOCUMENT["components"]})


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/alerts", "AlertPage"),
        ("/alerts/1", "AlertView"),
        ("/alerts/1/forms", "FormViewList"),
        ("/alerts/1/progress", "Progress"),
    ],
)
async def test_what_is_answered_is_what_is_described(api, hub, make_view, path, schema):
    hub.alerts.views[1] = make_view(1)
    body = await (await api.call("GET", path)).json()
    validator(f"#/components/schemas/{schema}").validate(body)


@pytest.mark.parametrize(("method", "path"), [("GET", "/alerts/9"), ("POST", "/alerts"), ("PUT", "/alerts/1")])
async def test_refusals_are_what_is_described(api, method, path):
    body = await (await api.call(method, path)).json(content_type="application/problem+json")
    validator("#/components/schemas/Problem").validate(body)


async def test_the_served_document_is_this_one_and_needs_no_credential(client):
    response = await client.get(f"{ROOT}/openapi.json")
    assert response.status == 200
    served = await response.json()
    assert served["paths"] == DOCUMENT["paths"]


def test_every_body_says_what_it_is():
    bodies = {item.body.__name__ for item in ENDPOINTS if isinstance(item.body, type)} - {"Body"}
    schemas = DOCUMENT["components"]["schemas"]
    assert {name for name in bodies if not schemas[name].get("description")} == set()
