"""What the lean client says: no header and no path can make it another request."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from yarl import URL

from channels.lean_http import LeanClient, head
from tests.for_all import for_all


@pytest.mark.parametrize(
    "headers",
    [
        {"X": "a\r\nY: b"},
        {"X": "a\nb"},
        {"X": "a\x00"},
        {"X": "文"},
        {"X\r\nY": "a"},
        {"X Y": "a"},
        {"": "a"},
        {"Content-Length": "5"},
        {"transfer-encoding": "chunked"},
        {"HOST": "other"},
        {"Connection": "close"},
    ],
)
def test_no_header_can_become_another_request(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="RFC 911"):
        head(URL("http://a.example/"), headers)


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: y", "/文", "/a\x00"])
def test_no_path_can_become_another_request(path: str) -> None:
    with pytest.raises(ValueError, match="RFC 9112"):
        head(URL.build(scheme="http", host="a.example", path=path, encoded=True), {})


#: a field name and its value, RFC 9110 §5.1 and §5.5
FIELDS = st.dictionaries(
    st.text("abcXYZ-019", min_size=1, max_size=8), st.text(st.characters(codec="ascii", categories=["L", "N", "P"]))
)


@for_all(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=3) | FIELDS)
def test_whatever_the_headers_a_head_has_one_line_for_each_or_is_refused(headers: dict[str, str]) -> bool:
    try:
        built = head(URL("http://a.example/x"), headers)
    except ValueError:
        return False
    names = {"Host", "Accept", "Accept-Encoding", "User-Agent", *headers}
    assert len(built.split(b"\r\n")) == 1 + len(names) + 1
    assert b"\n" not in built.replace(b"\r\n", b"")
    return True


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://a.example", "a.example"),
        ("http://a.example:80/", "a.example"),
        ("https://a.example:443/", "a.example"),
        ("https://a.example:8443/", "a.example:8443"),
        ("http://[::1]:81/", "[::1]:81"),
        ("http://例え.example/", "xn--r8jz45g.example"),
    ],
)
def test_the_host_is_named_as_the_standard_wants_it(url: str, host: str) -> None:
    assert f"\r\nHost: {host}\r\n".encode() in head(URL(url), {})


@pytest.mark.parametrize("url", ["ftp://a.example/", "http://name:secret@a.example/", "/relative"])
async def test_a_url_that_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="URL") as refused:
        await LeanClient(1, 1).post(URL(url), b"", {})
    assert "secret" not in str(refused.value)
