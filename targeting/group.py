"""Population groups: data, not code. The file names them in each language of the console."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

NEEDS = ("text", "speech")
DUTY = "responsible"  #: what the keys of groups of responsible persons (责任人) begin with
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")


class GroupsRefused(ValueError):
    """The groups file breaks a rule; the text names file and key."""


@dataclass(frozen=True, slots=True)
class Group:
    """One population group; `names` by language.

    `needs` are the forms of a message its people can take in, one of them being enough: text, speech. Empty is any.
    """

    key: str
    names: Mapping[str, str]
    needs: frozenset[str] = frozenset()

    def name(self, language: str) -> str:
        """The name in a language, or in English, or the key."""
        return self.names.get(language) or self.names.get("en") or self.key


def load(file: Path) -> dict[str, Group]:
    """Reads a groups file by key. Raises GroupsRefused."""
    try:
        blocks = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise GroupsRefused(f"{file}: no such file") from None
    except UnicodeDecodeError:
        raise GroupsRefused(f"{file}: not UTF-8: save it in this encoding") from None
    except tomllib.TOMLDecodeError as error:
        raise GroupsRefused(f"{file}: not TOML: {error}") from None
    if not blocks:
        raise GroupsRefused(f"{file}: no group is named: nobody could be registered in one; write a table, [elderly]")
    return {key: _group(file, key, block) for key, block in blocks.items()}


def unknown(groups: Mapping[str, Group], keys: Iterable[str]) -> list[str]:
    """The keys that name no group, sorted."""
    return sorted(set(keys) - groups.keys())


def _group(file: Path, key: str, block: object) -> Group:
    if not _KEY.fullmatch(key):
        raise GroupsRefused(f"{file}: {key}: a group key is lower-case letters, digits and underscores, at most 64")
    if not isinstance(block, dict):
        raise GroupsRefused(f"{file}: {key}: a group is a table of names by language")
    needs = block.get("needs", [])
    if not isinstance(needs, list) or any(need not in NEEDS for need in needs):
        raise GroupsRefused(f"{file}: {key}: needs is a list of {', '.join(NEEDS)}")
    names = {language: name for language, name in block.items() if language != "needs"}
    if not all(isinstance(name, str) and name for name in names.values()):
        raise GroupsRefused(f"{file}: {key}: a group is a table of names by language")
    return Group(key, names, frozenset(needs))
