"""Broadcast entries (cell broadcast, 应急广播), which take the alert itself and show or speak it themselves."""

from __future__ import annotations

from channels.address import AddressKind
from channels.medium import BodyFormat, Medium, Sense, Templates

BROADCAST = Medium(
    name="broadcast",
    address=AddressKind.URL,
    column="",
    templates=Templates(""),
    document=BodyFormat.DATA,
    taken_in=frozenset(Sense),  # loudspeakers and screens
    one_form=True,
)
