"""Roaring bitmaps as bytes: one place that knows how sets of people are written down."""

from __future__ import annotations

from collections.abc import Iterable

from pyroaring import BitMap


def pack(bits: BitMap) -> bytes:
    """The portable roaring format (RoaringFormatSpec), runs compressed."""
    bits.run_optimize()
    packed: bytes = bits.serialize()
    return packed


def unpack(data: bytes) -> BitMap:
    """Reads `pack`'s bytes. Raises ValueError for anything else."""
    return BitMap.deserialize(data)


def unite_bitmaps(parts: Iterable[bytes]) -> BitMap:
    """The union of packed bitmaps."""
    bitmaps = [unpack(part) for part in parts]
    return BitMap.union(*bitmaps) if bitmaps else BitMap()
