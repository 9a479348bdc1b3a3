"""Which file or variable said a setting, so that a refusal names the one to mend and not every one that was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Origins: TypeAlias = dict[tuple[str, ...], str]  #: by the path of a key


def note_origin(origins: Origins, tree: Mapping[str, Any], source: str, at: tuple[str, ...] = ()) -> None:
    """Notes of every key of a tree that this source said it last."""
    for key, value in tree.items():
        origins[*at, key] = source
        if isinstance(value, dict):
            note_origin(origins, value, source, (*at, key))


def origin_of(place: tuple[str, ...], origins: Mapping[tuple[str, ...], str]) -> str:
    """The source of the key at this path, or of the table it is missing from; empty where none said anything of it."""
    return next((origins[place[:end]] for end in range(len(place), 0, -1) if place[:end] in origins), "")
