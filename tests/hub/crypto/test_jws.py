"""Keys of others: which RSA keys are too weak, or too much work, to believe what they signed."""

from __future__ import annotations

from math import prod

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from jwt.utils import to_base64url_uint

from hub.crypto.jws import JwsRefused, read_keys

#: The primes of the ROCA paper (Nemec et al., The Return of Coppersmith's Attack, CCS 2017, §2.1) for keys of 2048 bits:
#: a prime of the faulty library is k · M + (65537^a mod M), M the product of the first 126 primes.
FIRST_PRIMES = [n for n in range(2, 702) if all(n % d for d in range(2, int(n**0.5) + 1))]
M = prod(FIRST_PRIMES)


def jwk(modulus: int) -> dict[str, str]:
    return {"kty": "RSA", "n": to_base64url_uint(modulus).decode(), "e": "AQAB", "kid": "theirs"}


def read(modulus: int) -> str:
    """The rule by which a key is refused; empty where it is taken."""
    try:
        return "" if read_keys({"keys": [jwk(modulus)]}).keys else "left out"
    except JwsRefused as error:
        return error.fault


@pytest.mark.parametrize(
    ("bits", "rule"), [(1024, "key-size"), (2040, "key-size"), (2048, ""), (8192, ""), (8200, "key-size")]
)
def test_an_rsa_key_has_2048_bits_at_least_and_8192_at_most(bits: int, rule: str) -> None:
    """RFC 7518 §3.3 asks for 2048."""
    assert read((1 << bits) - 1 - 2 * 11) == rule  # no more than the number is looked at


def test_a_key_of_a_real_generator_is_taken() -> None:
    public = rsa.generate_private_key(65537, 2048).public_key()
    document = {"keys": [RSAAlgorithm.to_jwk(public, as_dict=True) | {"kid": "theirs"}]}
    assert set(read_keys(document).keys) == {"theirs"}


@pytest.mark.parametrize(("one", "other"), [(1, 2), (12_345, 678), (2**40, 3**20)])
def test_a_key_of_the_library_with_the_roca_fault_is_refused(one: int, other: int) -> None:
    """CVE-2017-15361: such a key is factored in days. The modulus is the product of two numbers of the faulty form."""
    width = 1024 - M.bit_length()
    halves = [((1 << width) - 2 - at) * M + pow(65537, power, M) for at, power in enumerate((one, other))]
    modulus = halves[0] * halves[1]
    assert 2048 <= modulus.bit_length() <= 8192
    assert read(modulus) == "key-roca"
