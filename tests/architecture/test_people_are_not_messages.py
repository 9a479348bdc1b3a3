"""A message may tell a family: whoever asks whom a campaign reached asks for people, or says why it counts messages."""

from __future__ import annotations

import ast

READERS = frozenset({"states", "picture", "not_delivered", "late_failures"})
#: modules that count messages, as the other end does, or make people of them
OF_MESSAGES = {
    "hub/store/delivery/reached.py",  # makes people of messages
    "hub/tracking/progress.py",  # both: Tally, and Tally.of_people
    "hub/evidence/pack.py",  # evidence of what left, with the number of those told beside the bearer
    "hub/local/demo/public.py",  # who writes back is somebody at the number
}


def reads(tree: ast.AST) -> set[str]:
    """The functions of `deliveries` that are read here, however it was imported."""
    names, found = {"deliveries"}, set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {each.asname for each in node.names if each.name == "deliveries" and each.asname}
            if (node.module or "").endswith("store.delivery.deliveries"):
                found |= {each.name for each in node.names} & READERS
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            found |= {node.attr} & READERS
    return found


def test_only_those_who_count_messages_read_the_states_of_messages(modules) -> None:
    found = {module.name for module in modules if reads(ast.parse(module.path.read_text("utf-8")))}
    assert found == OF_MESSAGES


def test_this_test_sees_the_ways_around_it() -> None:
    for source in (
        "from hub.store.delivery import deliveries\ndeliveries.states(c, 1)",
        "from hub.store.delivery import deliveries as d\nlook = d.not_delivered",
        "from hub.store.delivery.deliveries import late_failures",
    ):
        assert reads(ast.parse(source)), source
    assert not reads(ast.parse("from hub.store.delivery import reached\nreached.states(c, 1)"))
