"""Nothing reaches out behind its caller's back: no hidden imports, clocks, environments, dice or copies."""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict

import grimp

from channels.registry import DRIVERS

PACKAGES = ("hub", "channels", "targeting", "approvals", "templates")
CATCH_ALLS = {"utils", "util", "common", "manager", "misc", "helpers", "helper", "base", "core", "stuff", "lib"}

CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
ENVIRONMENT = {"os.environ", "os.getenv"}
RANDOMNESS = {"random.", "secrets.", "uuid.uuid1", "uuid.uuid4", "os.urandom"}
#: who may, and why
ALLOWED = {
    "hub/app.py": "the composition root",
    "hub/settings/settings.py": "reads the environment for everyone",
    "hub/clock.py": "is the clock",
    "hub/crypto/keys.py": "makes the keys of the first start; randomness is their whole content",
    "hub/local/embedded.py": "two runs at once must not try the same ports in the same order",
    "hub/crypto/key_files.py": "a draft beside a key must have a name nobody else chose",
    "hub/crypto/vault.py": "every sealing takes a fresh nonce (NIST SP 800-38D §8.2.2)",
    "hub/crypto/keyed_hash.py": "a secret is randomness and nothing else",
    "hub/access/identity/tokens.py": "a token's id must be one nobody had before (RFC 7519 §4.1.7)",
    "channels/counterparts/": "the other end: a provider is not our code and has its own time and faults",
    "hub/cli/": "commands hand the environment and seeds in",
    "hub/local/demo/": "plays the people of a town from a seed, and counterparts",
    "hub/bench/": "measures",
}
DUPLICATE_STATEMENTS = 4  #: a function with fewer is too small to be a copy of another


def dotted(node: ast.AST) -> str:
    """`os.environ` of the expression os.environ; empty for anything else than names and dots."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def is_impure(name: str) -> bool:
    exact = CLOCK | ENVIRONMENT
    return name in exact or any(name.startswith(start) for start in RANDOMNESS)


def test_nothing_of_ours_is_imported_inside_a_function(modules) -> None:
    found = []
    for module in modules:
        for function in module.functions():
            for node in ast.walk(function):
                names = [node.module or "."] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                found += [f"{module.name}:{node.lineno} {name}" for name in names]
    assert not found, "\n".join(found)


def test_no_module_is_a_drawer_for_everything(every_module) -> None:
    parts = {part: module.name for module in every_module for part in module.path.with_suffix("").parts[-3:]}
    assert {parts[name] for name in CATCH_ALLS & set(parts)} == set()


def test_every_module_says_in_one_sentence_what_it_is(modules) -> None:
    silent = []
    for module in modules:
        first = (ast.get_docstring(module.tree) or "").partition("\n\n")[0]
        if module.text.strip() and not first.rstrip().endswith((".", ":", "?")):
            silent.append(module.name)
    assert not silent, "\n".join(silent)


def test_clock_environment_and_dice_are_handed_in(modules) -> None:
    found = []
    for module in modules:
        if not module.name.startswith(tuple(ALLOWED)):
            found += [
                f"{module.name}:{node.lineno} {dotted(node)}"
                for node in ast.walk(module.tree)
                if isinstance(node, ast.Attribute) and is_impure(dotted(node))
            ]
    assert not found, "\n".join(found)


def test_no_function_is_a_copy_of_another(modules) -> None:
    places = defaultdict(list)
    for module in modules:
        for function in module.functions():
            if function.name == "__init__":  # keeping what one is given looks alike everywhere
                continue
            body = function.body[1:] if ast.get_docstring(function) else function.body
            if sum(isinstance(node, ast.stmt) for part in body for node in ast.walk(part)) >= DUPLICATE_STATEMENTS:
                places["\n".join(map(ast.dump, body))].append(f"{module.name}:{function.lineno} {function.name}")
    copies = [" = ".join(found) for found in places.values() if len(found) > 1]
    assert not copies, "\n".join(copies)


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    waiting = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    # What imports nothing that is left is taken away, again and again; a circle is what remains.
    while free := {module for module, imported in waiting.items() if not imported & set(waiting)}:
        for module in free:
            del waiting[module]
    assert waiting == {}


def test_the_contract_that_keeps_drivers_apart_names_every_driver(root) -> None:
    contracts = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [apart] = [contract for contract in contracts if contract["type"] == "independence"]
    assert set(apart["modules"]) == {kind.build.__module__ for kind in DRIVERS.values()}


def test_the_search_for_impurity_sees_what_it_is_meant_to_see() -> None:
    seen = [dotted(ast.parse(text, mode="eval").body) for text in ("os.environ", "datetime.now", "random.choice")]
    assert all(map(is_impure, seen))
    assert not any(is_impure(name) for name in ("time.monotonic", "clock.now", "self.random"))
