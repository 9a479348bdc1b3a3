"""Text or an integer that a store cannot hold is found wherever it stands, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.store.sql.storable import GREATEST, LEAST, demand_storable_json, demand_storable_tree, is_storable

TEXTS = st.text(alphabet=st.characters(exclude_categories=()), max_size=5)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(LEAST, GREATEST) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def holds(tree: object) -> bool:
    """Whether UTF-8 refuses something in the document, or it has a NUL: said another way than the code says it."""
    text = "".join(spelt(tree))
    try:
        return b"\0" in text.encode()
    except UnicodeEncodeError:
        return True


def spelt(tree: object):
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for name, value in tree.items():
            yield name
            yield from spelt(value)
    elif isinstance(tree, list):
        for each in tree:
            yield from spelt(each)


@given(TREES)
def test_a_document_is_refused_just_where_one_of_its_texts_cannot_be_kept(tree: object) -> None:
    for check, given_tree in ((demand_storable_tree, tree), (demand_storable_json, json.dumps(tree).encode())):
        # Two halves that JSON spells side by side are one whole character to its reader.
        seen = json.loads(given_tree) if check is demand_storable_json else tree
        place = refused_place(check, given_tree)
        assert (place is not None) == holds(seen)
        assert place is None or is_storable(place)


def refused_place(check: Callable[[Any], None], tree: object) -> str | None:
    """Where the check refuses the document; None where it does not."""
    try:
        check(tree)
    except Invalid as error:
        return error.place if error.rule == "text-unstorable" else f"{error.rule}\0"
    return None


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b'{"name": "a\\u0000b"}', "name"),
        (b'{"document": {"areas": ["1", "\\ud800"]}}', "document.areas.1"),
        (b'{"payload": {"a\\u0000": 1}}', "payload.(a name)"),
        (b'"\\u0000"', "body"),
    ],
)
def test_the_place_is_the_path_to_the_field(raw: bytes, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        demand_storable_json(raw)
    assert refused.value.place == place


@pytest.mark.parametrize("raw", [b'{"a": "\\\\u0000"}', b'{"a": "\\ud83d\\ude00"}', b"{", b'"\\u0000', b"\xff"])
def test_an_escaped_backslash_a_whole_pair_and_what_is_no_json_are_left_alone(raw: bytes) -> None:
    assert demand_storable_json(raw) is None


def test_a_document_nested_beyond_reason_is_left_for_its_reader() -> None:
    assert demand_storable_json(b"[" * 100_000 + b'"\\u0000"' + b"]" * 100_000) is None


@given(st.integers(-(2**70), 2**70) | st.sampled_from([LEAST, LEAST - 1, GREATEST, GREATEST + 1, 10**40]))
def test_an_integer_is_refused_just_where_eight_bytes_cannot_hold_it(number: int) -> None:
    try:
        number.to_bytes(8, "big", signed=True)
        wanted = None
    except OverflowError:
        wanted = ("number-unstorable", "payload.zh.0")
    for check, tree in ((demand_storable_tree, {"payload": {"zh": [number]}}), (demand_storable_json, None)):
        try:
            check(tree or json.dumps({"payload": {"zh": [number]}}).encode())
            found = None
        except Invalid as error:
            found = (error.rule, error.place)
        assert found == wanted


@pytest.mark.parametrize("raw", [b'{"a": -' + b"9" * 100_000 + b"}", b'{"b": 1, "a": ' + b"1" * 5_000 + b"}"])
def test_an_integer_longer_than_python_reads_is_refused_by_its_place(raw: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        demand_storable_json(raw)
    assert (refused.value.rule, refused.value.place) == ("number-unstorable", "a")


@pytest.mark.parametrize("raw", [b'{"a": "12345678901234567890"}', b'{"a": 0.12345678901234567890}'])
def test_digits_of_a_text_or_behind_a_point_are_no_integer(raw: bytes) -> None:
    assert demand_storable_json(raw) is None
