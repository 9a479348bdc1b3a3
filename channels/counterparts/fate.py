"""What an address itself decides: the same wrong number is wrong in every run and at every attempt."""

from __future__ import annotations

import hashlib


def is_bad(address: str, probability: float, seed: int) -> bool:
    """True for the share `probability` (0..1) of all addresses, decided by the address and the seed alone."""
    if probability <= 0:
        return False
    drawn = hashlib.blake2b(address.encode(), digest_size=8, salt=seed.to_bytes(16, "big")).digest()
    return int.from_bytes(drawn, "big") < probability * 2**64
