"""Addresses as the channels write them: checked once at import, stored canonical."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

import phonenumbers

from channels.egress import TargetRefused, check_target

_MAILBOX = re.compile(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$")
_USER_ID = re.compile(r"[A-Za-z0-9_.@-]{1,64}")


class AddressKind(StrEnum):
    """What a medium sends to. Media of one kind may be sent to at the same address: a number takes SMS and calls."""

    PHONE = "phone"
    MAILBOX = "mailbox"
    USER_ID = "user_id"
    URL = "url"


def phone(text: str, region: str = "CN") -> str:
    """A telephone number in E.164 (ITU-T E.164), e.g. ``+8613800138000``.

    `region` is the ISO 3166 country assumed where the number has no country code. Raises ValueError.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"not a telephone number: {error.error_type}") from None
    if number.extension:
        raise ValueError("a number with an extension cannot be sent to")
    # A number that is possible only within its own town is none that a provider can reach.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise ValueError("not a possible telephone number: wrong length for its country (ITU-T E.164)")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mailbox(text: str) -> str:
    """An e-mail address (RFC 5321 mailbox without quoting), its domain in lower case (§2.4). Raises ValueError."""
    text = text.strip()
    if not _MAILBOX.match(text):
        raise ValueError("not a mailbox: a name and a domain with @ between them are wanted (RFC 5321)")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def user_id(text: str) -> str:
    """The id of a user in a chat system. Raises ValueError."""
    if not _USER_ID.fullmatch(text):
        raise ValueError("not a user id: 1 to 64 letters, digits, _ . @ -")
    return text


def url(text: str) -> str:
    """A person's own endpoint. Whether this machine may be contacted its driver's settings say. Raises ValueError."""
    try:
        check_target(text, allow_loopback=True)
    except TargetRefused as error:
        raise ValueError(f"not an endpoint: {error.rule}") from None
    return text


#: how an address of each kind is read
READERS: Mapping[AddressKind, Callable[[str], str]] = {
    AddressKind.PHONE: phone,
    AddressKind.MAILBOX: mailbox,
    AddressKind.USER_ID: user_id,
    AddressKind.URL: url,
}
