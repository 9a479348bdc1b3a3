"""A second factor can be shown for everything that officials sign."""

from __future__ import annotations

import re

import pytest

from approvals.digest import SCHEME
from approvals.paper import Mandate
from hub.access.administration.kind import SCHEME as REQUEST
from hub.web.api.digests import PAPERS, SIGNABLE
from hub.web.api.session import DigestBody, ProofBody
from hub.web.api.standing import StandingDecisionBody

HEX = "0" * 64


def pattern(model, field: str = "digest") -> str:
    return model.model_json_schema()["properties"][field]["pattern"]


def test_every_kind_of_paper_has_a_scheme_of_its_own_that_can_be_signed():
    schemes = {kind.scheme for kind in Mandate.__subclasses__()}
    assert len(schemes) >= 2
    assert schemes == set(PAPERS)
    assert {*schemes, SCHEME, REQUEST} == set(SIGNABLE)


@pytest.mark.parametrize("model", [DigestBody, ProofBody])
@pytest.mark.parametrize("scheme", SIGNABLE)
def test_a_proof_is_granted_for_a_digest_of_every_scheme_and_of_no_other(model, scheme):
    assert re.search(pattern(model), f"{scheme}:{HEX}")
    for wrong in (f"{scheme}:{HEX}0", f"x{scheme}:{HEX}", f"{scheme}:{HEX.replace('0', 'g')}", f"zz9:{HEX}"):
        assert not re.search(pattern(model), wrong)


def test_a_decision_on_a_paper_takes_the_digest_of_a_paper_alone():
    assert all(re.search(pattern(StandingDecisionBody), f"{scheme}:{HEX}") for scheme in PAPERS)
    assert not re.search(pattern(StandingDecisionBody), f"{SCHEME}:{HEX}")
