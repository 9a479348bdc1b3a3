"""The life of a warning as a picture made from the table: `python -m hub.alert.lifecycle_diagram`."""

from __future__ import annotations

import sys

from hub.alert.lifecycle import TRANSITIONS, Stage

HEAD = """# The life of a warning

Drawn from `TRANSITIONS` in `hub/alert/lifecycle.py`; a test compares the two. What is not drawn here cannot happen.
Redraw it with `python -m hub.alert.lifecycle_diagram > docs/lifecycle.md`.

What an upstream system sends begins as a draft, too. Where a standing authorisation (授权书) covers it to the letter,
it goes from draft to released in one transaction, through the same stages; else officials take it from there. A draft
that exceeds its unit is referred; who adopts it is its issuer. The shortened flow has the same stages and fewer
signatures, and owes a countersignature after its release.
"""


def page() -> str:
    """The text of docs/lifecycle.md, with the picture as Mermaid text."""
    ends = [stage for stage in Stage if stage not in {before for before, _ in TRANSITIONS}]
    arrows = [f"    {before} --> {after}: {event}" for (before, event), after in TRANSITIONS.items()]
    lines = [f"    [*] --> {Stage.DRAFT}", *arrows, *(f"    {stage} --> [*]" for stage in ends)]
    return "\n".join([HEAD, "```mermaid", "stateDiagram-v2", *lines, "```", ""])


if __name__ == "__main__":
    sys.stdout.write(page())
