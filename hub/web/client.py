"""Which machine is asking, and how much it may ask of what is open to strangers."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

from aiohttp import web

from hub.errors import TooMany
from hub.rules.rule import Rule
from hub.web.key import HUB

MOST_CLIENTS = 10_000  #: remembered at a time; whoever has not asked for the longest is forgotten first
SITE = 64  #: bits of an IPv6 address that one subscriber has for himself (RFC 6177)


def client_address(request: web.Request) -> str:
    """Where the request comes from. Behind a proxy that is trusted with it, the proxy's own last word."""
    header = request.app[HUB].settings.auth.client_header
    named = request.headers.get(header, "").rpartition(",")[2].strip() if header else ""
    return named or request.remote or ""


@dataclass(slots=True)
class ClientBudgets:
    """A bucket of requests for each client, filled again over a minute; 0 a minute means no limit.

    Held in memory, since a look into the database would cost more than what it saves: each server counts for itself.
    """

    per_minute: int
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def spend(self, address: str, now_s: float) -> None:
        """Takes one request from the client's bucket. Raises TooMany where it is empty, which takes nothing."""
        if not self.per_minute:
            return
        client = _site(address)
        left, at = self._left.pop(client, (float(self.per_minute), now_s))
        left = min(self.per_minute, left + max(0.0, now_s - at) * self.per_minute / 60)
        spent = left >= 1
        self._left[client] = (left - spent, now_s)
        while len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        if not spent:
            wait = -int(-(1 - left) * 60 // self.per_minute)
            text = f"{self.per_minute} requests a minute from one address: wait"
            raise TooMany(text, rule=Rule.FEED_THROTTLED, place="Retry-After", retry_s=max(1, wait))


def _site(address: str) -> str:
    """An IPv4 address, or the network of an IPv6 one: a machine has as many of those as it likes."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or int(found) >> (128 - SITE))
