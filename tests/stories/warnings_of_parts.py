"""Warnings whose info blocks speak of different areas."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hub.alert.alert import Alert, Info
from tests.stories.warnings import alert_of, areas_of

LEVELS = {
    "red": ("Extreme", "红色"),
    "orange": ("Severe", "橙色"),
    "yellow": ("Moderate", "黄色"),
    "blue": ("Minor", "蓝色"),
}


def block(now: datetime, level: str, *codes: str, language: str = "zh-CN", text: str = "") -> Info:
    """One info block: a rainstorm of this level in these places; `text` marks what it says."""
    severity, colour = LEVELS[level]
    chinese, english = alert_of(now, "model", *codes, severity=severity).infos
    if language.startswith("zh"):
        return replace(
            chinese, language=language, headline=f"暴雨{colour}预警", description=f"{text or codes[0]}有暴雨。"
        )
    return replace(
        english, language=language, headline=f"Rainstorm {level} warning", description=f"Rain at {text or codes[0]}."
    )


def alert_of_blocks(now: datetime, identifier: str, *blocks: Info) -> Alert:
    """A warning of these blocks, in this order."""
    return replace(alert_of(now, identifier, areas=areas_of("000000000000")), infos=blocks)
