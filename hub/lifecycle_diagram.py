"""The life of a warning as a picture, drawn from the table: `python -m hub.lifecycle_diagram > docs/lifecycle.md`."""

from __future__ import annotations

import sys

from hub.lifecycle import TRANSITIONS, Stage

HEAD = """# The life of a warning

Drawn from `TRANSITIONS` in `hub/lifecycle.py`; a test compares the two. What is not drawn here cannot happen.
Redraw it with `python -m hub.lifecycle_diagram > docs/lifecycle.md`.
"""


def page() -> str:
    """The text of docs/lifecycle.md, with the picture as Mermaid text."""
    ends = [stage for stage in Stage if stage not in {before for before, _ in TRANSITIONS}]
    arrows = [f"    {before} --> {after}: {event}" for (before, event), after in TRANSITIONS.items()]
    lines = [f"    [*] --> {Stage.DRAFT}", *arrows, *(f"    {stage} --> [*]" for stage in ends)]
    return "\n".join([HEAD, "```mermaid", "stateDiagram-v2", *lines, "```", ""])


if __name__ == "__main__":
    sys.stdout.write(page())
