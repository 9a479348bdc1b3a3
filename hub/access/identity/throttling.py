"""Guessing made slow: by account, by address and by both, longer with every failure, never for good.

An attempt during the wait is refused whatever it brings, right passwords too: else the wait would tell which is right.
It is not counted, so that nobody can be kept out by being tried without pause. The wait of an account as a whole is
short and does not bind an address its official has signed in from before; passkeys, which cannot be guessed, know none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.crypto.vault import Vault
from hub.errors import TooMany
from hub.rules.rule import Rule
from hub.store.access import throttles


@dataclass(frozen=True, slots=True)
class ThrottlePolicy:
    """Failures that cost nothing, and the longest wait (seconds); in between it doubles from one second."""

    free: int
    most_s: int

    def wait_s(self, failures: int) -> int:
        over = failures - self.free
        return 0 if over <= 0 else min(2 ** min(over - 1, 30), self.most_s)


PATIENCE: Mapping[str, ThrottlePolicy] = {
    "pair": ThrottlePolicy(5, 900),  # one account from one address: a person who forgot, or a guesser
    "account": ThrottlePolicy(50, 60),  # from anywhere: slows a crowd of machines and can lock nobody out for long
    "address": ThrottlePolicy(30, 900),  # any account: one machine that tries names
    "factor": ThrottlePolicy(5, 900),  # second factors of somebody who is signed in: six digits are few
}


@dataclass(frozen=True, slots=True)
class Throttle:
    """Counts by keyed hash: the table says neither who was tried nor from where."""

    vault: Vault

    def key(self, kind: str, *parts: str) -> str:
        """The row of one kind of count."""
        return self.vault.fingerprint(f"throttle:{kind}", "\0".join(parts)).hex()

    def demand(self, connection: Connection, keys: Mapping[str, str], now_ms: int) -> None:
        """Raises TooMany while any of the keys (kind to row) must wait."""
        left = throttles.until(connection, keys.values()) - now_ms
        if left > 0:
            seconds = -(-left // 1000)
            raise TooMany("too many failed attempts: wait", rule=Rule.THROTTLED, place="Retry-After", retry_s=seconds)

    def note_failure(self, connection: Connection, keys: Mapping[str, str], now_ms: int) -> int:
        """Counts a failure under each key; the highest count there is now."""
        most = 0
        for kind, key in sorted(keys.items()):
            count = throttles.count_failure(connection, key, now_ms)
            if wait := PATIENCE[kind].wait_s(count):
                throttles.hold(connection, key, now_ms + wait * 1000)
            most = max(most, count)
        return most

    def note_success(self, connection: Connection, keys: Mapping[str, str]) -> None:
        """The right answer was given."""
        throttles.clear(connection, [key for kind, key in keys.items() if kind != "address"])


def worth_noting(failures: int) -> bool:
    """Whether the audit log hears of this failure: the 1st, 2nd, 4th, 8th …, so that a flood adds a few lines."""
    return failures & (failures - 1) == 0
