"""The names of rules are one contract: each is used, each is in the documentation, and nothing else is refused by."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from approvals.approval_rule import ApprovalRule
from approvals.named_rule import NamedRule
from hub.crypto.jws import JwsFault
from hub.rules.cited_rule import CitedRule
from hub.rules.credential_rule import CredentialRule
from hub.rules.rule import Rule, rule_named
from tests.pages.rules import DOCS, ENUMS, HUB, ROOT, kinds_of_refusals, rules_page, statuses_by_rule

KINDS = kinds_of_refusals()
#: where the name of a rule that is kept elsewhere enters a refusal: the seams
SEAMS = {
    "cli/convert.py",
    "drafting/questions/longest_period.py",
    "drafting/text.py",
    "formats/cap/write.py",
    "rules/rule.py",
    "signoff/standing.py",
    "web/body.py",
    "web/hooks.py",
    "web/problem.py",
}


def trees() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(HUB.rglob("*.py")):
        yield str(file.relative_to(HUB)), ast.parse(file.read_text("utf-8"))


def members_used(tree: ast.Module, enum: str) -> set[str]:
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == enum
    }


def texts_as_rules(tree: ast.Module) -> list[int]:
    """Lines where a refusal is given a text for its rule, so that no type tells whether there is such a rule."""
    names = set(KINDS)
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in names | {"__init__"}
        for each in node.keywords
        if each.arg == "rule" and isinstance(each.value, ast.Constant | ast.JoinedStr)
    ]


def test_every_rule_of_the_hub_is_used_outside_of_the_table_of_remedies() -> None:
    used = set().union(*(members_used(tree, "Rule") for name, tree in trees() if not name.startswith("rules/")))
    assert {rule.name for rule in Rule} - used == set()


def test_every_rule_of_credentials_is_used_or_made_of_what_a_signature_breaks() -> None:
    used = set().union(*(members_used(tree, "CredentialRule") for _, tree in trees()))
    made = {CredentialRule(f"oidc-{fault}").name for fault in JwsFault}
    made |= {rule.name for rule in CredentialRule if rule.removeprefix("token-") in set(JwsFault)}
    assert {rule.name for rule in CredentialRule} - used - made == set()


def test_every_fault_of_a_signature_has_its_rule_for_tokens_of_the_hub_too() -> None:
    of_tokens = {"too-long", "malformed", "algorithm", "critical", "signature", "type", "key-unknown"}
    assert of_tokens <= set(JwsFault)
    assert all(CredentialRule(f"token-{fault}") for fault in of_tokens)


def test_every_rule_of_approvals_is_used() -> None:
    files = [*(ROOT / "approvals").glob("*.py"), *HUB.rglob("*.py")]
    used = set().union(*(members_used(ast.parse(file.read_text("utf-8")), "ApprovalRule") for file in files))
    assert {rule.name for rule in ApprovalRule} - used == set()


def test_no_name_means_two_rules() -> None:
    assert set(map(str, Rule)).isdisjoint(map(str, CredentialRule))
    assert all(len({str(rule) for rule in enum}) == len(enum) for enum in (*ENUMS.values(), ApprovalRule))


def test_no_refusal_is_given_a_text_for_its_rule() -> None:
    assert {f"{name}:{line}" for name, tree in trees() for line in texts_as_rules(tree)} == set()


def test_a_text_for_a_rule_would_be_seen() -> None:
    """The guard taken out."""
    assert texts_as_rules(ast.parse('raise Conflict("no", rule="satge")')) == [1]


def test_a_cited_rule_enters_at_the_seams_and_nowhere_else() -> None:
    found = {
        name
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "CitedRule"
    }
    assert found == SEAMS


@pytest.mark.parametrize("rule", [*Rule, *CredentialRule, *ApprovalRule], ids=str)
def test_a_rule_says_what_it_means_in_one_clause(rule: NamedRule | ApprovalRule) -> None:
    assert rule.meaning
    assert "|" not in rule.meaning
    assert not rule.meaning.endswith(".")


def test_a_name_of_the_hub_s_own_is_its_rule_and_another_is_cited() -> None:
    assert rule_named("stage") is Rule.STAGE
    assert rule_named("general-red") == CitedRule("general-red")


def test_a_rule_is_said_by_the_statuses_of_its_refusals() -> None:
    statuses = statuses_by_rule()
    assert statuses[Rule.ALERT_UNKNOWN] == {404}
    assert statuses[Rule.ROW_UNREADABLE] == {409}
    assert statuses[Rule.STORE_AWAY] == {503}
    assert statuses[Rule.IF_MATCH_MISSING] == {428}
    assert statuses[CredentialRule.TOKEN_MISSING] == {401}


def test_the_page_is_as_the_code_has_it() -> None:
    assert Path(DOCS / "rules.md").read_text("utf-8") == rules_page(), "make pages"
