"""Statements about what people's addresses were given for: a list is used for its own purpose and no other (PD-1)."""

from __future__ import annotations

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection

from hub.store.register import bitmaps
from hub.store.sql.blocks import Ids, bits_of

ALERT = "alert"  #: warnings of the public
RESPONSIBLE = "responsible-person"  #: warnings of those who must act, and nothing that is for everybody
DRILL = "drill"  #: exercises
BOUND = "bound"  #: kind of the bitmap index: who is known from lists of one narrower purpose only; the key is it


def persons_of_purpose(connection: Connection, purpose: str) -> BitMap:
    """Who may be used for this purpose alone."""
    return bitmaps.one(connection, BOUND, purpose)


def bind(connection: Connection, purpose: str, fresh: Ids, met: Ids) -> None:
    """Files people of a list: `fresh` are known by it alone, `met` were known before and keep what they came for.

    Who is in a list for warnings of the public is bound to nothing narrower any more.
    """
    changes = bitmaps.Changes()
    if purpose == RESPONSIBLE:
        if len(fresh):
            changes.added[BOUND, purpose].append(fresh)
    elif len(met) and (freed := persons_of_purpose(connection, RESPONSIBLE) & bits_of(met)):
        changes.taken[BOUND, RESPONSIBLE].append(np.array(freed, dtype=np.uint32))
    bitmaps.apply(connection, changes)
