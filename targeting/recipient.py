"""A person who can be warned, as targeting and dispatch know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person. One person is one recipient however many addresses they have.

    `external_id` is the register's own key and makes a second import an update. `region` is a region key (township).
    `addresses` maps a channel to a canonical address, e.g. ``{"sms": "+8613800138000"}``.
    """

    external_id: str
    region: str
    language: str = "zh"
    lat: float | None = None
    lon: float | None = None
    groups: frozenset[str] = frozenset()
    addresses: Mapping[str, str] = field(default_factory=dict)
