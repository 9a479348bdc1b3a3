"""Which channels of a message reached persons, by the record: a channel may be disabled, or be another's by now."""

from __future__ import annotations

from collections.abc import Mapping

from pyroaring import BitMap
from sqlalchemy import Connection

from hub.store.register import endpoints


def personal_channels(connection: Connection, covered: Mapping[str, BitMap]) -> frozenset[str]:
    """Those of the channels that cover persons. The others cover endpoints, each of which is registered for its channel
    and stays on record when it is taken out of service.
    """
    registered = endpoints.by_channel(connection)
    return frozenset(name for name, bits in covered.items() if not bits <= registered.get(name, BitMap()))
