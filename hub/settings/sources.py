"""Where settings stand, TOML files and variables of the environment, read into one tree. Only `hub.settings` knows what
they mean.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class SettingsRefused(Exception):
    """A file or variable of the configuration says something that is not understood; the text names it and the key."""


def read_toml(file: Path, *, remedy: str = "") -> dict[str, Any]:
    """The tree of a file. Raises SettingsRefused; `remedy` is what helps where there is no such file."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsRefused(f"{file}: no such file{f': {remedy}' if remedy else ''}") from None
    except OSError as error:
        raise SettingsRefused(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsRefused(f"{file}: not UTF-8: save it in this encoding") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsRefused(f"{file}: not TOML: {error}") from None


def tree_of_variable(name: str, value: str, prefix: str) -> dict[str, Any]:
    """FENGHUO_STORE__URL=x is {"store": {"url": "x"}}; a list is JSON: FENGHUO_AUTH__SECOND_FACTOR=["sign"]."""
    tree: Any = value
    if value.startswith("["):
        try:
            tree = tuple(json.loads(value))
        except ValueError:
            raise SettingsRefused(f'environment: {name}: not a list in JSON, such as ["sign"]') from None
    for key in reversed(name.removeprefix(prefix).lower().split("__")):
        tree = {key: tree}
    found: dict[str, Any] = tree
    return found


def merge_tree(into: dict[str, Any], tree: Mapping[str, Any]) -> None:
    """Lays a tree over another: tables are merged, everything else is replaced."""
    for key, value in tree.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge_tree(into[key], value)
        else:
            into[key] = value
