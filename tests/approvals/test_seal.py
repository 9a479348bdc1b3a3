"""The seal: a row that says a director signed is not his signature."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from approvals.decision import Decision
from approvals.official import Official, Right
from approvals.seal import TYP, SealRefused, must_be_sealed, seal, sealed_tree
from approvals.signed import sign_tree

KEY = Ed25519PrivateKey.generate()
KEYS = {"k": KEY.public_key()}
DIRECTOR = Official(7, "局长", "应急管理局", "610602000000", frozenset({Right.SIGN}))
SIGNED = Decision(DIRECTOR, "sign", "approve", "fh1:0", datetime(2026, 7, 1, 12, 0, 0, 123_000, tzinfo=UTC), "属实")
SEALED = replace(SIGNED, seal=seal(3, SIGNED, KEY, "k"))


def refusal(decision: Decision, alert: int = 3) -> str:
    with pytest.raises(SealRefused) as refused:
        must_be_sealed(alert, [decision], KEYS)
    return refused.value.rule


def test_a_decision_as_it_was_taken_is_sealed() -> None:
    must_be_sealed(3, [SEALED], KEYS)
    assert refusal(SIGNED) == "it carries no seal"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("step", "review"),
        ("verdict", "reject"),
        ("digest", "fh1:1"),
        ("reason", ""),
        ("at", datetime(2026, 7, 1, 12, 0, 0, 124_000, tzinfo=UTC)),
        ("official", replace(DIRECTOR, id=8)),
    ],
)
def test_any_word_changed_in_the_record_breaks_the_seal_and_is_named(field: str, value: object) -> None:
    assert refusal(replace(SEALED, **{field: value})) == f"the record differs from what was sealed: {field}"


def test_the_seal_of_another_alert_does_not_hold() -> None:
    assert refusal(SEALED, alert=4) == "the record differs from what was sealed: alert"


def test_a_seal_by_another_key_or_of_another_kind_of_paper_does_not_hold() -> None:
    assert (
        refusal(replace(SIGNED, seal=seal(3, SIGNED, Ed25519PrivateKey.generate(), "k"))) == "signature does not match"
    )
    assert refusal(replace(SIGNED, seal=seal(3, SIGNED, KEY, "other"))) == "unknown key"
    order = sign_tree(sealed_tree(3, SIGNED), "fenghuo-order+jwt", KEY, "k")
    assert refusal(replace(SIGNED, seal=order)) == "wrong type"
    assert refusal(replace(SIGNED, seal="nonsense")) == "not a compact JWS"
    assert TYP != "fenghuo-order+jwt"
