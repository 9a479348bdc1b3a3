"""No endpoint may point the hub at its own network: neither when it is registered nor when its name is resolved."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from aiohttp.abc import AbstractResolver
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from channels.egress import AddressRefused, Guard, TargetRefused, check_target, is_permitted, label
from channels.http import HttpClient
from channels.message import Deferred, FailureReason
from tests.for_all import for_all

OWN_NETWORKS = [
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "0.0.0.0/8",
    "192.0.0.0/24",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "168.63.129.16/32",
]
OWN_NETWORKS_6 = [
    "::1/128",
    "::/128",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
    "64:ff9b::/96",
    "2002::/16",
    "2001::/32",
]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com:8443/hook?key=a%20b",
        "https://xn--fiq228c.example.cn/hook",
        "https://1.1.1.1/",
        "https://[2606:4700::1111]:443/",
        "https://a.b-c.example.com./x",
    ],
)
def test_an_ordinary_https_url_may_be_an_endpoint(url):
    check_target(url, allow_loopback=False)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://example.com/", "https"),
        ("ftp://example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("//example.com/", "scheme"),
        ("example.com", "scheme"),
        ("", "scheme"),
        ("https://", "no host"),
        ("https:///path", "no host"),
        ("https://user:pass@example.com/", "user name"),
        ("https://example.com@evil.example/", "user name"),
        ("https://example.com/#x", "fragment"),
        ("https://example.com:/", "port"),
        ("https://example.com:22/", "port"),
        ("https://example.com:99999/", "not a URL"),
        ("https://example.com\\@127.0.0.1/", "ASCII"),
        ("https://exa mple.com/", "ASCII"),
        ("https://example.com/\r\nHost: x", "ASCII"),
        ("https://例え.jp/", "ASCII"),
        ("https://[::1", "not a URL"),
        ("https://127.0.0.1/", "this machine"),
        ("https://127.9.9.9/", "this machine"),
        ("https://localhost/", "this machine"),
        ("https://[::1]/", "this machine"),
        ("https://10.0.0.1/", "private"),
        ("https://169.254.169.254/latest/", "private"),
        ("https://[::ffff:10.0.0.1]/", "private"),
        ("https://[64:ff9b::a00:1]/", "private"),
        ("https://2130706433/", "single label"),
        ("https://127.1/", "four decimal"),
        ("https://0x7f.0.0.1/", "four decimal"),
        ("https://0177.0.0.1/", "four decimal"),
        ("https://metadata/", "single label"),
        ("https://metadata.google.internal/", "inner network"),
        ("https://printer.local/", "inner network"),
        ("https://a..b.com/", "DNS name"),
        ("https://-a.com/", "DNS name"),
        ("https://a_b.com/", "DNS name"),
        ("https://%31%32%37.example.com/", "DNS name"),
    ],
)
def test_a_target_that_is_none_is_refused_by_its_rule(url, rule):
    with pytest.raises(TargetRefused, match=rule) as refused:
        check_target(url, allow_loopback=False)
    assert refused.value.rule == str(refused.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/x", "http://localhost:1/", "http://[::1]:9/", "https://127.0.0.1/"]
)
def test_loopback_is_allowed_where_the_settings_say_so(url):
    check_target(url, allow_loopback=True)
    with pytest.raises(TargetRefused, match="this machine"):
        check_target(url, allow_loopback=False)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "https://10.0.0.1/", "http://example.com/", "https://user@127.0.0.1/"]
)
def test_allowing_loopback_allows_nothing_else(url):
    with pytest.raises(TargetRefused):
        check_target(url, allow_loopback=True)


@given(data=st.data(), network=st.sampled_from(OWN_NETWORKS))
def test_no_ipv4_address_of_an_inner_network_is_permitted_in_any_disguise(data, network):
    address = data.draw(st.ip_addresses(v=4, network=network))
    assert not is_permitted(str(address), allow_loopback=False)
    assert not is_permitted(f"::ffff:{address}", allow_loopback=False)
    nat64 = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + int(address))
    sixtofour = ipaddress.IPv6Address((0x2002 << 112) | (int(address) << 80))
    assert not is_permitted(str(nat64), allow_loopback=True)
    assert not is_permitted(str(sixtofour), allow_loopback=True)


@given(data=st.data(), network=st.sampled_from(OWN_NETWORKS_6))
def test_no_ipv6_address_of_an_inner_network_is_permitted(data, network):
    assert not is_permitted(str(data.draw(st.ip_addresses(v=6, network=network))), allow_loopback=False)


@given(data=st.data(), network=st.sampled_from(["1.0.0.0/8", "8.0.0.0/8", "2606:4700::/32", "2400:3200::/32"]))
def test_public_addresses_are_permitted(data, network):
    version = ipaddress.ip_network(network).version
    assert is_permitted(str(data.draw(st.ip_addresses(v=version, network=network))), allow_loopback=False)


HOSTS = st.from_regex(r"https://[a-z]{1,9}\.[a-z]{2,4}(:[0-9]{1,4})?(/[ -~]{0,9})?", fullmatch=True)


@for_all(st.text(max_size=60) | st.text(max_size=40).map("https://".__add__) | HOSTS)
def test_any_text_is_either_a_target_or_refused(url):
    try:
        check_target(url, allow_loopback=False)
    except TargetRefused:
        return False
    assert url.lower().startswith("https://")
    return True


def test_a_guard_hands_out_no_socket_for_a_refused_address():
    info = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("169.254.169.254", 80))
    with pytest.raises(AddressRefused):
        Guard().socket(info)


class Liar(AbstractResolver):
    """Resolves every name to one address, as a hostile DNS server would."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def resolve(self, host, port=0, family=socket.AF_INET):
        return [
            {"hostname": host, "host": self.address, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
        ]

    async def close(self):
        pass


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.100.100.200"])
async def test_a_public_name_that_resolves_to_an_inner_address_is_never_connected(monkeypatch, address):
    monkeypatch.setattr("aiohttp.connector.DefaultResolver", lambda *args, **kw: Liar(address))
    client = HttpClient(5, 10, Guard())
    answer = await client.post(URL("https://rebind.example.com/"), b"x", {})
    await client.aclose()
    assert answer == Deferred(FailureReason.MISCONFIGURED)


def test_a_label_tells_endpoints_apart_and_keeps_their_keys():
    one, two = label("https://qyapi.example.com/send?key=one"), label("https://qyapi.example.com/send?key=two")
    assert one != two
    assert one.startswith("qyapi.example.com#")
    assert "one" not in one.removeprefix("qyapi.example.com")
