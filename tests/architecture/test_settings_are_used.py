"""A setting that nobody reads is a promise that nobody keeps."""

from __future__ import annotations

import ast
from typing import get_args

from hub.settings.settings import Settings


def test_every_setting_is_read_somewhere(modules) -> None:
    read = {
        node.attr
        for module in modules
        if module.name != "hub/settings/settings.py"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
    }
    # These two are read through a property of Settings.
    read |= {"url", "public_url"} if {"store_url", "public_url"} <= read else set()
    unread = [
        f"{block}.{field}"
        for block, info in Settings.model_fields.items()
        for field in (get_args(info.annotation)[1:] or (info.annotation,))[0].model_fields
        if field not in read
    ]
    assert not unread, "\n".join(unread)
