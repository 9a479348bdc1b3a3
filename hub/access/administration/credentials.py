"""Acts about how officials sign in: an invitation, a reset, an account of an identity provider."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection

from hub.access.administration.kind import Dice, Kind, Payload, PreparedRequest
from hub.access.administration.officials import Number, Whom
from hub.access.identity.enrolment import Enrolment
from hub.access.identity.single import seal_identity_link
from hub.errors import Conflict, Invalid, NotFound
from hub.rules.rule import Rule
from hub.store.access import identities, officials
from hub.store.access.identities import Account

CODE_BYTES = 32
ACTOR = "administration"  #: who asked and who agreed stand in the request's own entries of the audit log
Word = Annotated[str, Field(min_length=1, max_length=255)]


class Invitee(Whom):
    """`code` is made by the hub, told once to who asks, and opens nothing before a second administrator agreed."""

    code: Annotated[str, Field(max_length=100)] = ""


class Linked(Payload):
    """`subject` is the account's sub claim at the provider `issuer`."""

    issuer: Word
    subject: Word
    official: Number


class Unlinked(Payload):
    issuer: Word
    subject: Word


def credential_kinds(enrolment: Enrolment) -> tuple[Kind[Any], ...]:
    """All of them. To unlink takes something away and needs no second administrator (SEP-5)."""

    def invite(connection: Connection, payload: Invitee, _at: int) -> Mapping[str, Any]:
        made = enrolment.invite(connection, payload.official, ACTOR, payload.code)
        return {"official": made.official, "expires": made.expires}

    def reset(connection: Connection, payload: Invitee, _at: int) -> Mapping[str, Any]:
        made = enrolment.reset(connection, payload.official, ACTOR, payload.code)
        return {"official": made.official, "expires": made.expires}

    def link(connection: Connection, payload: Linked, at: int) -> Mapping[str, Any]:
        account = Account(payload.issuer, payload.subject)
        if officials.by_id(connection, payload.official) is None:
            raise NotFound("there is no such official", rule=Rule.OFFICIAL_UNKNOWN, place="official")
        if not identities.link(connection, account, seal_identity_link(enrolment.vault, account, payload.official), at):
            raise Conflict("this account is linked already", rule=Rule.IDENTITY_LINKED, place="subject")
        return {"official": payload.official}

    sealed = frozenset({"code"})
    return (
        Kind("invite", Invitee, _subject, invite, prepare=_with_code, sealed=sealed),
        Kind("credential-reset", Invitee, _subject, reset, prepare=_with_code, sealed=sealed),
        Kind("identity-link", Linked, lambda payload: f"official/{payload.official}", link),
        Kind("identity-unlink", Unlinked, lambda payload: f"identity/{payload.issuer}", _unlink, alone=True),
    )


def _subject(payload: Whom) -> str:
    return f"official/{payload.official}"


def _with_code(payload: Invitee, dice: Dice) -> PreparedRequest[Invitee]:
    if payload.code:
        raise Invalid("the hub makes the code itself", rule=Rule.INVITE_CODE, place="code")
    code = base64.urlsafe_b64encode(dice(CODE_BYTES)).rstrip(b"=").decode()
    return PreparedRequest(payload.model_copy(update={"code": code}), {"code": code})


def _unlink(connection: Connection, payload: Unlinked, _at: int) -> Mapping[str, Any]:
    official = identities.unlink(connection, Account(payload.issuer, payload.subject))
    if official is None:
        raise NotFound("there is no such link", rule=Rule.IDENTITY_UNKNOWN, place="subject")
    return {"official": official}
