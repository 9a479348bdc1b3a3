"""The vault: sealed means unreadable, unchanged and findable only with the key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.crypto.vault import FINGERPRINT_BYTES, Vault, VaultRefused

SEAL, HASH, OTHER = b"s" * 32, b"h" * 32, b"o" * 32
ADDRESSES = {"sms": "+8619910000001", "email": "citizen@example.org"}


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=100), max_size=5))
def test_what_is_sealed_opens_to_the_same(fields: dict[str, str]) -> None:
    vault = Vault(SEAL, HASH)
    assert vault.open(vault.seal(fields)) == fields


def test_sealing_twice_gives_different_bytes_and_neither_shows_the_address() -> None:
    vault = Vault(SEAL, HASH)
    one, other = vault.seal(ADDRESSES), vault.seal(ADDRESSES)
    assert one != other
    for sealed in (one, other):
        assert b"19910000001" not in sealed
        assert b"example" not in sealed


@pytest.mark.parametrize("position", [0, 1, 12, 13, -1])
def test_one_changed_byte_is_found(position: int) -> None:
    vault = Vault(SEAL, HASH)
    sealed = bytearray(vault.seal(ADDRESSES))
    sealed[position] ^= 1
    with pytest.raises(VaultRefused):
        vault.open(bytes(sealed))


@pytest.mark.parametrize("length", [0, 1, 12, 13, 20])
def test_cut_off_bytes_are_refused(length: int) -> None:
    vault = Vault(SEAL, HASH)
    with pytest.raises(VaultRefused):
        vault.open(vault.seal(ADDRESSES)[:length])


def test_another_vault_opens_nothing() -> None:
    with pytest.raises(VaultRefused):
        Vault(OTHER, HASH).open(Vault(SEAL, HASH).seal(ADDRESSES))


def test_after_a_rotation_the_old_is_still_read_and_the_new_is_sealed_with_the_new_key() -> None:
    old, rotated = Vault(SEAL, HASH), Vault(OTHER, HASH, retired=(SEAL,))
    assert rotated.open(old.seal(ADDRESSES)) == ADDRESSES
    with pytest.raises(VaultRefused):
        old.open(rotated.seal(ADDRESSES))


def test_a_refusal_shows_neither_key_nor_address() -> None:
    with pytest.raises(VaultRefused) as refused:
        Vault(OTHER, HASH).open(Vault(SEAL, HASH).seal(ADDRESSES))
    assert "199" not in str(refused.value)


def test_a_fingerprint_is_equal_for_equal_addresses_only() -> None:
    vault = Vault(SEAL, HASH)
    mark = vault.fingerprint("sms", "+8619910000001")
    assert len(mark) == FINGERPRINT_BYTES
    assert mark == vault.fingerprint("sms", "+8619910000001")
    assert mark != vault.fingerprint("voice", "+8619910000001")
    assert mark != vault.fingerprint("sms", "+8619910000002")
    assert mark != Vault(SEAL, OTHER).fingerprint("sms", "+8619910000001")
    assert mark == Vault(OTHER, HASH).fingerprint("sms", "+8619910000001")


def test_a_fingerprint_is_the_hmac_of_rfc_2104() -> None:
    # python -c "import hmac; print(hmac.digest(b'h' * 32, b'sms\0+1', 'sha256').hex())"
    expected = "47f41a4b485901a675ae0f4bf81cc0651934f8b34c3a9f10099e847a8baa9ed2"
    assert Vault(SEAL, HASH).fingerprint("sms", "+1").hex() == expected


@pytest.mark.parametrize("keys", [(b"short", HASH), (SEAL, b"short"), (SEAL, b"")])
def test_a_key_of_another_length_is_refused(keys: tuple[bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(*keys)
