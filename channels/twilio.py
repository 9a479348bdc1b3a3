"""What Twilio's SMS and voice share: credentials, error codes, and the signature on its callbacks."""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote

import orjson
from pydantic import Field, SecretStr
from twilio.request_validator import RequestValidator
from yarl import URL

from channels.driver import Callback, CallbackSignatureRefused, MalformedCallback
from channels.http import HttpResponse, outcome_from_status, retry_after
from channels.message import Accepted, Ambiguous, Outcome, Refused
from channels.reactions import load_reactions
from channels.settings import DriverSettings

#: the sid of a created resource, found without reading the whole answer: parsing it would cost a tenth of the send.
#: In an echoed text the quotes are escaped, so it cannot be mistaken for the key.
_SID = re.compile(rb'"sid"\s*:\s*"([A-Z]{2}[0-9a-f]{32})"')

_ID = re.compile(r"[A-Za-z0-9_-]+").fullmatch  # RFC 3986 §2.3: unreserved
_NUMBER = re.compile(r"\+[0-9]+").fullmatch

MOST_FIELDS = 100  # Twilio sends some thirty

REACTIONS = load_reactions("twilio")


class TwilioSettings(DriverSettings):
    """What both drivers need to know of an account."""

    base_url: str = Field("https://api.twilio.com", pattern=r"^https?://[^/?#]+$")
    account: str = Field(pattern=r"^AC[0-9a-fA-F]{32}$")
    auth_token: SecretStr = Field(min_length=8)

    def endpoint(self, resource: str) -> URL:
        """The address requests for `resource` go to."""
        return URL(f"{self.base_url}/2010-04-01/Accounts/{self.account}/{resource}.json")

    def headers(self) -> dict[str, str]:
        """The request headers, the same for every message."""
        pair = f"{self.account}:{self.auth_token.get_secret_value()}"
        return {
            "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }


def outcome(answer: HttpResponse) -> Outcome:
    """What Twilio answered. A 2xx or 5xx that is not Twilio's own JSON leaves open whether the message was taken."""
    if 200 <= answer.status < 300:
        found = _SID.search(answer.body)
        return Accepted(found[1].decode()) if found else Ambiguous(f"HTTP {answer.status} without sid")
    code = _code(answer.body)
    if code is None and answer.status >= 500:
        return Ambiguous(f"HTTP {answer.status}")
    wait = retry_after(answer.headers)
    if code is not None and (reaction := REACTIONS.get(code)) is not None:
        return reaction.outcome(code, wait)
    mapped = outcome_from_status(answer.status, wait)
    return Refused(mapped.reason, str(code)) if code is not None and isinstance(mapped, Refused) else mapped


def _code(body: bytes) -> int | None:
    """The error code in Twilio's JSON; None where the body is not Twilio's."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    code = told.get("code") if isinstance(told, dict) else None
    return code if isinstance(code, int) else None


def escape_value(value: str) -> str:
    """`value` for a form field. Numbers and our own ids, nearly all there is, need no search for what to escape."""
    if _ID(value):
        return value
    return f"%2B{value[1:]}" if _NUMBER(value) else quote(value, safe="")


class _Fields(dict[str, list[str]]):
    """Form fields as the validator reads them: duplicates are part of what is signed."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def signed_fields(validator: RequestValidator, callback: Callback) -> dict[str, str]:
    """The form Twilio posted, once its signature is checked; of a repeated field the first.

    The URL is signed too, with or without its default port, and with it our own delivery id. There is no timestamp
    under the signature, so an old callback cannot be told from a new one: a replay can only say again what was said
    (states only rise, replies are known by their sid). Raises SignatureRefused.
    """
    signature = _header(callback.headers, "X-Twilio-Signature")
    if not signature:
        raise CallbackSignatureRefused("X-Twilio-Signature is missing")
    try:
        text = callback.body.decode()
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise CallbackSignatureRefused("the body is not a form Twilio would sign") from None
    fields = _Fields()
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    # A JSON body is signed through its hash in the URL instead (bodySHA256).
    signed = text if "bodySHA256" in callback.query else fields
    plain = signed is fields and len(fields) == len(pairs)
    exact = plain and _is_exact(validator, callback.url, pairs, signature)
    # Repeated fields, a JSON body, a URL that was signed with or without its port: the official judge.
    if not exact and not validator.validate(callback.url, signed, signature):
        raise CallbackSignatureRefused("X-Twilio-Signature does not match")
    return {name: values[0] for name, values in fields.items()}


def _is_exact(validator: RequestValidator, url: str, pairs: list[tuple[str, str]], signature: str) -> bool:
    """Whether the signature is that of just this URL and these fields: what the validator computes, at a fifth of its
    cost, and what nearly every callback is (twilio.com/docs/usage/security: HMAC-SHA1 over URL and sorted fields).
    """
    signed = url + "".join([name + value for name, value in sorted(pairs)])
    computed = b64encode(hmac.digest(validator.token, signed.encode(), "sha1"))
    return hmac.compare_digest(computed, signature.encode())


def required_field(fields: Mapping[str, str], name: str) -> str:
    """A field that must be there. Raises MalformedCallback."""
    value = fields.get(name, "")
    if not value:
        raise MalformedCallback(f"{name} is missing")
    return value


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name)
    if value is None:
        wanted = name.lower()
        value = next((text for key, text in headers.items() if key.lower() == wanted), "")
    return value
