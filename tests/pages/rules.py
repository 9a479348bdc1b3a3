"""docs/rules.md, made from the enums of rules and from where they are raised."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from approvals.approval_rule import ApprovalRule
from hub.formats.cap.rules import RULES
from hub.rules.credential_rule import CredentialRule
from hub.rules.remedies import REMEDIES
from hub.rules.rule import Rule

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
HUB = ROOT / "hub"
ENUMS = {"Rule": Rule, "CredentialRule": CredentialRule}
#: functions and exceptions that are given a rule and become a refusal of this status elsewhere
CARRIERS = {"not_authorized": 401, "_refuse": 401, "TokenRefused": 401, "ServiceTokenRefused": 401, "remediable": 403}
SIGNED = Rule.SIGNATURE_VALID
ISSUER = {Rule.ISSUER_STRANGER, Rule.ISSUER_UNNAMED, Rule.SIGNATURE_STRANGER}
#: rules that are looked up before they are raised, or come from `approvals`
WORKED_OUT: Mapping[int, frozenset[str]] = {
    403: frozenset(
        {
            *(rule for rule in Rule if rule.startswith("signature-") and rule not in ISSUER and rule != SIGNED),
            Rule.UNSIGNED,
            *(ApprovalRule.AUTH_1, ApprovalRule.MANDATE, ApprovalRule.RIGHT, ApprovalRule.SEP_1, ApprovalRule.SEP_2),
            *(ApprovalRule.SEP_5, ApprovalRule.SEP_7, ApprovalRule.STEP, ApprovalRule.UC_1, ApprovalRule.UNIT),
            ApprovalRule.VERDICT,
        }
    ),
    404: frozenset({Rule.DELEGATION_UNKNOWN, Rule.ENTRUSTMENT_UNKNOWN, Rule.STANDING_UNKNOWN}),
    409: frozenset({ApprovalRule.SEP_3, ApprovalRule.STEP_UNASKED}),
    422: frozenset(
        {
            *(Rule.KIND_UNKNOWN, Rule.OFFICE_UNKNOWN, Rule.FIELD_UNKNOWN, Rule.FIELD_MISSING, Rule.NOT_JSON, *ISSUER),
            *(Rule.MISSING_LANGUAGE, Rule.MISSING_ACCESSIBLE_FORM, Rule.UNREACHABLE_SHARE, Rule.FATIGUE),
            *(ApprovalRule.AUTH_2, ApprovalRule.AUTH_3, ApprovalRule.STANDING_DOCUMENT, ApprovalRule.STANDING_TEXT),
            *(ApprovalRule.MANDATE_TEXT, ApprovalRule.MANDATE_ZONE),
        }
    ),
}
HEAD = """# Rules

Every refusal names the rule that was broken: as `rule` in a problem document (RFC 9457), in the audit log, and on the
command line. The names are a public contract; what is said in words beside them may change. A rule without a status is one
of a remark (`findings`), or is found by a step that is no request.

Made by `make pages` from `hub/rules/` and from where each rule is raised; a test holds it true.
"""
CITED = """
## Rules that are kept elsewhere

- Of the policy of authority: the `id` of a `[[rule]]` in `config/authority.toml`, several joined by `+` (403, 409, 422).
- Of the form of a body or query, as pydantic names its errors: `field-` with the kind, such as `field-int-type` (422).
- Of a driver, about a callback that is not signed (403) or cannot be read (400): in its words.
- Of HTTP: `http-` with the status, where no name is given above.
- Of CAP 1.2, as `hub/formats/cap/rules.py` weighs them:

| rule | what holds |
|---|---|
"""


def rules_page() -> str:
    """The whole page."""
    statuses = statuses_by_rule()
    parts = [HEAD]
    for title, rules in (
        ("Of the hub", Rule),
        ("Of credentials", CredentialRule),
        ("Of approvals", ApprovalRule),
    ):
        parts.append(f"\n## {title}\n\n| rule | status | what is the case | what to do |\n|---|---|---|---|\n")
        parts += [row(rule, rule.meaning, statuses) for rule in rules]
    parts.append(CITED)
    parts += [f"| `{case}` | {rule.meaning} |\n" for case, rule in RULES.items()]
    return "".join(parts)


def row(rule: str, meaning: str, statuses: Mapping[str, set[int]]) -> str:
    remedy = REMEDIES[rule].remedy if rule in REMEDIES else ""
    status = ", ".join(map(str, sorted(statuses.get(rule, ()))))
    return f"| `{rule}` | {status} | {meaning} | {remedy.replace('|', chr(92) + '|')} |\n"


def statuses_by_rule() -> dict[str, set[int]]:
    """The statuses with which each rule of the hub is raised, as far as the place of raising says it."""
    found: dict[str, set[int]] = defaultdict(set)
    for status, rules in WORKED_OUT.items():
        for rule in rules:
            found[rule].add(status)
    kinds = kinds_of_refusals()
    for file in sorted(HUB.rglob("*.py")):
        for rule, status in statuses_in(ast.parse(file.read_text("utf-8")), kinds):
            found[rule].add(status)
    for rule in CredentialRule:
        if not found[rule]:
            found[rule] = {401}
    return found


def statuses_in(tree: ast.Module, kinds: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name in kinds]
    own = {id(call): each.name for each in classes for call in ast.walk(each) if isinstance(call, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            name = own.get(id(node), name) if name == "__init__" else name
            if (name == "HttpRefusal" and isinstance(node.args[0], ast.Constant)) or (
                name == "ProblemDocument" and isinstance(node.args[0], ast.Constant)
            ):
                status = node.args[0].value
            else:
                status = CARRIERS.get(name, kinds.get(name))
            if status is not None:
                yield from ((rule, status) for rule in rules_given(node, name))
        if isinstance(node, ast.Dict):  # the rules of HTTP by status
            pairs = zip(node.keys, node.values, strict=True)
            yield from (
                (rule, key.value)
                for key, value in pairs
                if isinstance(key, ast.Constant) and isinstance(key.value, int)
                for rule in members_in(value)
            )


def rules_given(call: ast.Call, name: str) -> Iterator[str]:
    given = [each.value for each in call.keywords if each.arg == "rule"]
    if name in CARRIERS or name == "ProblemDocument":
        given += call.args
    for each in given:
        yield from members_in(each)


def members_in(node: ast.expr) -> Iterator[str]:
    """The rules that an expression names itself."""
    match node:
        case ast.Attribute(ast.Name(enum), member) if enum in ENUMS:
            yield ENUMS[enum][member]
        case ast.IfExp(_, body, orelse):
            yield from members_in(body)
            yield from members_in(orelse)


def kinds_of_refusals() -> dict[str, int]:
    """Every class of refusals of the hub, by name, with its status."""
    found = {"Refusal": 400}
    classes = [
        node
        for file in sorted(HUB.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    while new := {each.name: status_of(each, found) for each in classes if is_kind(each, found)}:
        found |= new
    return found


def is_kind(node: ast.ClassDef, known: Mapping[str, int]) -> bool:
    return node.name not in known and any(ast.unparse(base) in known for base in node.bases)


def status_of(node: ast.ClassDef, known: Mapping[str, int]) -> int:
    """Its own status, else that of the kind it is of."""
    for each in node.body:
        match each:
            case ast.Assign([ast.Name("status")], ast.Constant(int(status))):
                return status
    return next(known[ast.unparse(base)] for base in node.bases if ast.unparse(base) in known)
