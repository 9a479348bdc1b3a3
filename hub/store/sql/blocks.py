"""Sets of ids cut into blocks of neighbouring ids, so that an import rewrites only where its own ids lie."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

SHIFT = 20  #: a block is 2²⁰ ids: 10 million people are ten blocks, and a full one is 128 KiB at the very most

Ids = NDArray[np.uint32]


def bits_of(ids: Ids) -> BitMap:
    """The set of these ids, in any order."""
    # An array of the machine's 32-bit type is copied whole; a numpy array would be walked number by number.
    return BitMap(array("I", ids.astype(np.uint32, copy=False).tobytes()))


def split_blocks(bits: BitMap) -> Iterator[tuple[int, BitMap]]:
    """The set by blocks, those that hold anyone, in order."""
    if not bits:
        return
    low, high = bits.min() >> SHIFT, bits.max() >> SHIFT
    if low == high:
        yield low, bits
        return
    for block in range(low, high + 1):
        part = bits & BitMap(range(block << SHIFT, (block + 1) << SHIFT))
        if part:
            yield block, part
