"""Time-based one-time passwords (RFC 6238): six digits, thirty seconds, each accepted once."""

from __future__ import annotations

import pyotp
from pyotp.utils import strings_equal

STEP_S = 30
#: steps before and after now that count: clocks differ, and people type slowly (RFC 6238 §5.2 recommends one)
DRIFT = 1
ISSUER = "Fenghuo"


def new_seed() -> str:
    """160 random bits in base32 (RFC 4226 §4 R6)."""
    return pyotp.random_base32()


def uri(seed: str, name: str) -> str:
    """What an authenticator's camera reads (otpauth:)."""
    return pyotp.TOTP(seed).provisioning_uri(name=name, issuer_name=ISSUER)


def step_of(seed: str, code: str, now_ms: int, after: int) -> int | None:
    """The time step whose code this is, if it is later than `after`, the last one used (RFC 6238 §5.2: once only)."""
    digits = code.strip().replace(" ", "")
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    now = now_ms // 1000 // STEP_S
    one = pyotp.HOTP(seed)
    matching = [step for step in range(now - DRIFT, now + DRIFT + 1) if strings_equal(one.at(step), digits)]
    return next((step for step in matching if step > after), None)
