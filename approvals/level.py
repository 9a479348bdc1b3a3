"""The four warning levels of Chinese law, and their mapping to CAP severity."""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    """Ordered by urgency: a higher level is a greater number. Compare by order, never by text.

    突发事件应对法 (2024) art. 63: four levels, red the highest.
    """

    BLUE = 1  #: IV, 一般, 蓝色
    YELLOW = 2  #: III, 较大, 黄色
    ORANGE = 3  #: II, 重大, 橙色
    RED = 4  #: I, 特别重大, 红色

    @property
    def word(self) -> str:
        """The lower-case English colour, as used in configuration and the API."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Level:
        """Reads a colour word. Raises ValueError naming the ones allowed."""
        try:
            return cls[word.strip().upper()]
        except KeyError:
            raise ValueError(f"level {word!r} is not one of red, orange, yellow, blue") from None

    @classmethod
    def of_severity(cls, severity: str) -> Level:
        """CAP 1.2 §3.2.2 severity to level. Unknown counts as yellow until its author has said which."""
        return {"Extreme": cls.RED, "Severe": cls.ORANGE, "Moderate": cls.YELLOW, "Minor": cls.BLUE}.get(
            severity, cls.YELLOW
        )

    @property
    def severity(self) -> str:
        """The CAP 1.2 severity word of this level."""
        return {
            Level.RED: "Extreme",
            Level.ORANGE: "Severe",
            Level.YELLOW: "Moderate",
            Level.BLUE: "Minor",
        }[self]
