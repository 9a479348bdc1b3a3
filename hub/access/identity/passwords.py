"""Passwords: Argon2id (RFC 9106) beside the event loop, few at a time, and the rules for new ones."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from hub.errors import Invalid, TooMany
from hub.rules.rule import Rule
from hub.settings.settings import AuthSettings

T = TypeVar("T")

SHORTEST = 12  #: characters; NIST SP 800-63B-4 §3.1.1.2 asks for 15 where a password stands alone, ours never does
LONGEST = 256  #: characters; at least 64 must be allowed (the same section)
AT_ONCE = 2  #: each takes 64 MiB: without a bound, strangers could take all memory by asking to sign in
WAITING_MOST = 16
#: what guessers try first among what is long enough; compared without case, digits and signs at the end
COMMON = frozenset(
    (
        *("password", "passwordpassword", "administrator", "changemechangeme", "qwertyuiopasdfgh", "qwertyuiop"),
        *("asdfghjkl", "iloveyou", "letmein", "welcome", "woaini", "woainiwoaini", "woaizhongguo", "zhongguo"),
        *("beijing", "mima", "fenghuo", "yingji", "emergency", "warning", "official"),
    )
)


@dataclass(slots=True)
class Passwords:
    """Hashes and verifies. Every call costs the same work, also for a name nobody has."""

    settings: AuthSettings
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _waiting: int = 0

    async def hash(self, password: str) -> str:
        """A fresh hash with the parameters in force. Raises TooMany."""
        return await self._run(lambda hasher: hasher.hash(normal(password)))

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one of the hash; without one, the same work for nothing. Raises TooMany."""
        return await self._run(lambda hasher: _matches(hasher, kept, normal(password)))

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than those in force."""
        return self._hasher().check_needs_rehash(kept)

    def _hasher(self) -> PasswordHasher:
        chosen = self.settings
        return PasswordHasher(chosen.argon2_passes, chosen.argon2_memory_kib, chosen.argon2_lanes)

    async def _run(self, work: Callable[[PasswordHasher], T]) -> T:
        if self._waiting >= WAITING_MOST:
            raise TooMany("too many people sign in at this moment", rule=Rule.SIGN_IN_BUSY, retry_s=1)
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work, self._hasher())
        finally:
            self._waiting -= 1


def _matches(hasher: PasswordHasher, kept: str | None, password: str) -> bool:
    if kept is None:
        hasher.hash(password)  # a stranger cannot tell by the time taken which names exist
        return False
    try:
        return hasher.verify(kept, password)
    except (Argon2Error, InvalidHashError):
        return False


def normal(password: str) -> str:
    """One spelling of what a person typed, whatever the keyboard (NIST SP 800-63B-4 §3.1.1.2: NFKC or NFKD)."""
    return unicodedata.normalize("NFKC", password)


def demand_good(password: str, name: str) -> None:
    """Raises Invalid for a password that is too short, too long, common, or the name itself. Never quotes it."""
    text = normal(password)
    bare = text.casefold().rstrip("0123456789!@#$%^&*._- ")
    plain = name.casefold().strip()
    if not SHORTEST <= len(text) <= LONGEST:
        raise Invalid(f"{SHORTEST} to {LONGEST} characters", rule=Rule.PASSWORD_LENGTH, place="password")
    if len(set(text)) < 5 or bare in COMMON:
        raise Invalid("a password that others try first", rule=Rule.PASSWORD_COMMON, place="password")
    if len(plain) > 1 and plain in text.casefold():
        raise Invalid("a password must not hold the name", rule=Rule.PASSWORD_NAME, place="password")
