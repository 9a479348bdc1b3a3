"""The pack: one changed byte anywhere is found, and the part that holds it is named."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from approvals.pack import Pack, PackBroken, PackPart, open_pack, write_pack
from approvals.signed import jwk_set, keys_of

KEY = Ed25519PrivateKey.generate()
KEYS = {"k": KEY.public_key()}
PARTS = [
    PackPart("content", {"text": "暴雨红色预警\n<alert/>", "n": 1}),
    PackPart("form/sms/zh", {"body": "请立即转移"}),
    PackPart("audit/000001", [1, "赵", None, 1.5, True]),
    PackPart("keys", jwk_set(KEYS)),
]
FILE = write_pack(PARTS, KEY, "k")


def part_at(offset: int) -> set[str]:
    """The parts whose line a byte belongs to; a line end belongs to both its neighbours."""
    names = [*(part.name for part in PARTS), "manifest"]
    line = FILE[:offset].count(b"\n")
    return {names[line], names[min(line + 1, len(names) - 1)]} if FILE[offset] == 10 else {names[line]}


def broken(raw: bytes, **trust: object) -> PackBroken:
    with pytest.raises(PackBroken) as found:
        open_pack(raw, **trust)
    return found.value


def test_a_pack_as_it_was_made_opens_with_its_own_keys_and_with_trusted_ones() -> None:
    assert open_pack(FILE) == Pack({part.name: part.value for part in PARTS}, KEYS, own_keys=True)
    assert open_pack(FILE, KEYS).own_keys is False


def test_a_flipped_bit_of_every_byte_is_found_and_located() -> None:
    for offset in range(len(FILE)):
        for bit in (5, offset % 8):  # 5 is the case of a letter
            raw = bytearray(FILE)
            raw[offset] ^= 1 << bit
            assert broken(bytes(raw)).part in part_at(offset), (offset, bit)


@given(st.integers(0, len(FILE) - 1), st.binary(min_size=1, max_size=1))
def test_a_byte_put_in_or_taken_out_is_found_and_located(offset: int, byte: bytes) -> None:
    for raw in (FILE[:offset] + byte + FILE[offset:], FILE[:offset] + FILE[offset + 1 :]):
        if raw != FILE:
            found = broken(raw)
            assert found.part in part_at(offset) | part_at(max(offset - 1, 0)) or "nobody signed" in found.part


@given(st.permutations(range(5)))
def test_parts_in_another_order_are_found(order: list[int]) -> None:
    lines = FILE.splitlines(keepends=True)
    raw = b"".join(lines[number] for number in order)
    if raw != FILE:
        assert broken(raw).line <= 5


@pytest.mark.parametrize("at", range(4))
def test_a_part_removed_or_repeated_is_named(at: int) -> None:
    lines = FILE.splitlines(keepends=True)
    assert broken(b"".join(lines[:at] + lines[at + 1 :])).part == PARTS[at].name
    found = broken(b"".join([*lines[: at + 1], *lines[at:]]))
    assert found.line == at + 2


def test_a_part_nobody_signed_is_named_by_its_line() -> None:
    lines = FILE.splitlines(keepends=True)
    assert broken(b"".join([*lines[:4], lines[0], lines[4]])).part == "line 5, which nobody signed"


def test_a_pack_made_anew_with_another_key_is_whole_and_refused_by_whoever_knows_the_key() -> None:
    other = Ed25519PrivateKey.generate()
    forged = write_pack([*PARTS[:3], PackPart("keys", jwk_set({"k": other.public_key()}))], other, "k")
    assert open_pack(forged).own_keys is True
    assert broken(forged, trusted=KEYS).part == "manifest"
    assert broken(FILE, trusted={}).part == "manifest"


@pytest.mark.parametrize("raw", [b"", b"\n", b"{}\n", b'{"part":"manifest","value":{}}\n', b"[" * 100_000 + b"\n"])
def test_what_is_no_pack_is_refused(raw: bytes) -> None:
    assert broken(raw).part == "manifest"


@pytest.mark.parametrize(
    "tree", [None, {}, {"keys": [{}]}, {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "A"}]}]
)
def test_what_is_no_key_set_is_refused(tree: object) -> None:
    with pytest.raises(ValueError, match="JSON Web Key Set"):
        keys_of(tree)
