"""Settings that are URLs, held against what can be opened, so that a wrong one is refused by its key at a start.

No URL is repeated in a refusal: it may hold a password.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

STORE = "not the URL of a database, such as postgresql+psycopg://user@host/hub or sqlite:////var/lib/hub.db"
REDIS = "not the URL of a Redis, such as redis://host:6379/0, rediss://host:6379/0 or unix:///run/redis.sock"


def check_store_url(text: str) -> str:
    """The URL of a database this hub can use, or nothing. Raises ValueError."""
    try:
        if text and make_url(text).get_dialect().name not in {"sqlite", "postgresql"}:
            raise ValueError(STORE)
    except (ArgumentError, ValueError):  # ArgumentError: no URL, or of no dialect there is
        raise ValueError(STORE) from None
    return text


def check_redis_url(text: str) -> str:
    """The URL of a Redis, or nothing. Raises ValueError."""
    if text and _scheme(text) not in {"redis", "rediss", "unix"}:
        raise ValueError(REDIS)
    return text


def _scheme(text: str) -> str:
    """The scheme; empty where the rest is not a URL."""
    try:
        parts = urlsplit(text)
        return parts.scheme if parts.port != 0 else ""
    except ValueError:  # a port that is no number, or brackets that hold no IPv6 address
        return ""
