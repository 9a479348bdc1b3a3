"""Which closing of a matter is the hub's own, and which somebody wrote by hand."""

from __future__ import annotations

import pytest

from hub.callout.matter import ACTED, ALARM, DECISION, GIVE_UP_MS, GIVEN_UP, Waiting, is_closed_by_hub
from hub.store.alerts.calls import Matter, NewMatter

OPENED = 1_000_000
CLOSINGS = [
    (DECISION, ACTED, 1, True),
    (DECISION, "", 1, False),
    (DECISION, "done", 1, False),
    (DECISION, "seen to by signer: done", 1, False),
    (DECISION, GIVEN_UP, GIVE_UP_MS, False),
    (DECISION, GIVEN_UP, GIVE_UP_MS + 1, True),
    (ALARM, ACTED, 1, False),
    (ALARM, "seen to by monitor: key replaced", 1, True),
    (ALARM, GIVEN_UP, 1, False),
    (ALARM, GIVEN_UP, GIVE_UP_MS + 1, True),
]


def _closed(kind: str, reason: str, after: int) -> Matter:
    return Matter(1, kind, "alert/1", "review 1", "office", 3, OPENED, 0, OPENED, OPENED, None, OPENED + after, reason)


@pytest.mark.parametrize(("kind", "reason", "after", "own"), CLOSINGS)
def test_a_closing_that_the_hub_did_not_make_ends_nothing(kind: str, reason: str, after: int, own: bool) -> None:
    closed = _closed(kind, reason, after)
    assert is_closed_by_hub(closed) is own
    still = Waiting(NewMatter(kind, "alert/1", "review 1", "office", 3), "/console", since=OPENED)
    assert still.begins(closed) is (not own or (kind, reason) == (DECISION, ACTED))
