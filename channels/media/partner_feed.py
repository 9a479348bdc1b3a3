"""What media partners are pushed: one JSON document with the CAP of every language in it."""

from __future__ import annotations

from channels.address import AddressKind
from channels.medium import BodyFormat, Medium, Sense, Templates

PARTNER_FEED = Medium(
    name="partner_feed",
    address=AddressKind.URL,
    column="",
    templates=Templates("partners.json"),
    document=BodyFormat.DATA,
    taken_in=frozenset(Sense),  # radio, television, websites
    one_form=True,
)
