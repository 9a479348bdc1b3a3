"""Guards the addresses that outsiders give us: no endpoint may point the hub at its own network."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from aiohttp.connector import AddrInfoType

_LABEL = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", re.IGNORECASE)
#: names that resolve only inside some network (RFC 6761, RFC 6762, RFC 8375, and cloud metadata servers)
_INNER_NAMES = ("internal", "local", "localhost", "localdomain", "lan", "intranet", "home.arpa", "test", "invalid")
#: what `ipaddress` of Python 3.11 calls global and is not ours to contact
_INNER_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # RFC 6890, IETF protocol assignments; metadata of one cloud
        "192.88.99.0/24",  # RFC 7526, 6to4 relays
        "168.63.129.16/32",  # metadata server of one cloud, on a public address
        "64:ff9b::/96",  # RFC 6052, NAT64: an IPv4 address in disguise
        "64:ff9b:1::/48",  # RFC 8215
        "2001::/32",  # RFC 4380, Teredo
        "2002::/16",  # RFC 3056, 6to4
        "fec0::/10",  # RFC 3879, site-local
    )
)


class TargetRefused(ValueError):
    """The URL may not be an endpoint; `rule` says why and never repeats the URL."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class AddressRefused(OSError):
    """A name led to an address that may not be contacted."""


def check_target(url: str, *, allow_loopback: bool) -> None:
    """Whether `url` may be registered as an endpoint. Names are checked again when they are resolved.

    Stricter than RFC 3986 on purpose: whatever two parsers could read differently is refused. Loopback is for
    drills and tests, and the only place plain http is taken. Raises TargetRefused.
    """
    if not url.isascii() or not url.isprintable() or any(sign in url for sign in ' \\"<>^`{|}'):
        raise TargetRefused("a URL is printable ASCII without spaces and backslashes (RFC 3986 §2)")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetRefused("not a URL (RFC 3986 §3)") from None
    host = parts.hostname or ""
    _check_shape(parts, host)
    loopback = _is_loopback(host)
    if loopback and not allow_loopback:
        raise TargetRefused("the host is this machine")
    if parts.scheme != "https" and not loopback:
        raise TargetRefused("the scheme must be https (Standard Webhooks 1.0.0, operational considerations)")
    if not loopback:
        _check_host(host)
        if port is not None and port not in {80, 443} and port < 1024:
            raise TargetRefused("the port must be 80, 443 or 1024 and above: others serve no web")


def label(url: str) -> str:
    """A name for a checked endpoint that tells it from others and keeps what its URL holds secret to itself."""
    return f"{urlsplit(url).hostname or 'endpoint'}#{hashlib.sha256(url.encode()).hexdigest()[:12]}"


def _check_shape(parts: SplitResult, host: str) -> None:
    if parts.scheme not in {"http", "https"}:
        raise TargetRefused("the scheme must be https")
    if not host:
        raise TargetRefused("there is no host")
    if "@" in parts.netloc:
        raise TargetRefused("no user name or password may stand in the URL")
    if parts.fragment:
        raise TargetRefused("no fragment may stand in the URL")
    if parts.netloc.endswith(":"):
        raise TargetRefused("the port is empty")


def _is_loopback(host: str) -> bool:
    if host.rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_host(host: str) -> None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        _check_name(host)
        return
    if not is_permitted(str(address), allow_loopback=False):
        raise TargetRefused("the address is private, reserved or not unicast")


def _check_name(host: str) -> None:
    name = host.removesuffix(".").lower()
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.match(label) for label in labels):
        raise TargetRefused("the host is not a DNS name of letters, digits and hyphens (RFC 1123 §2.1)")
    if len(labels) < 2:
        raise TargetRefused("the host is a single label, which only an inner network resolves")
    if labels[-1][0].isdigit():
        # `127.1`, `0x7f.1`: not an address by RFC 6943 §3.1.1, yet resolvers take them for one.
        raise TargetRefused("the host is an address in a form other than four decimal numbers")
    if any(name == inner or name.endswith("." + inner) for inner in _INNER_NAMES):
        raise TargetRefused("the host is a name of an inner network")


def is_permitted(address: str, *, allow_loopback: bool) -> bool:
    """Whether a resolved address (IPv4 or IPv6 text) may be contacted."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if parsed.is_loopback:
        return allow_loopback
    if any(parsed in network for network in _INNER_NETWORKS if network.version == parsed.version):
        return False
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


@dataclass(frozen=True, slots=True)
class Guard:
    """Checks the very address a socket is about to be opened for, so that no later answer of a resolver counts."""

    allow_loopback: bool = False

    def socket(self, info: AddrInfoType) -> socket.socket:
        """The socket factory of a connector. Raises AddressRefused before anything is sent."""
        family, kind, protocol, _, address = info
        if not is_permitted(str(address[0]), allow_loopback=self.allow_loopback):
            raise AddressRefused("the host leads to an address that is private, reserved or not unicast")
        return socket.socket(family, kind, protocol)
