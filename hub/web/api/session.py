"""Signing in and out, and the second factor: who is asking, shown by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from hub.access.identity.factors import OWN_CREDENTIALS, SecondFactorAnswer
from hub.access.identity.login import LoginAttempt
from hub.access.identity.sessions import Client, OpenedSession
from hub.clock import from_ms, to_ms
from hub.errors import Invalid
from hub.rules.rule import Rule
from hub.store.access import sessions as store
from hub.web.api.digests import SIGNABLE, digest_field
from hub.web.api.endpoint import Call, Visit, answer
from hub.web.body import Body
from hub.web.client import client_address

Text = Annotated[str, Field(min_length=1, max_length=200)]
Secret = Annotated[str, Field(min_length=1, max_length=512)]
Code = Annotated[str, Field(max_length=16)]
#: of whatever can be signed, or the word for one's own credentials
Digest = Annotated[str, digest_field(*SIGNABLE, word=OWN_CREDENTIALS)]
PasskeyAnswer = dict[str, Any]


class LoginBody(Body):
    """`totp` is the one-time code of now."""

    name: Text
    password: Secret
    totp: Code = ""


class PasskeyBody(Body):
    """What `navigator.credentials.get` gave, as JSON (WebAuthn level 3 §5.1.7)."""

    credential: PasskeyAnswer


class NewPasskeyBody(Body):
    """What `navigator.credentials.create` gave; `proof` is one for the digest `credentials`."""

    credential: PasskeyAnswer
    proof: Secret
    label: Annotated[str, Field(max_length=80)] = ""


class RefreshBody(Body):
    """`refresh` is used up; the answer has the next."""

    refresh: Secret


class EndBody(Body):
    """`session` empty: the one of the token."""

    session: Annotated[str, Field(max_length=32)] = ""


class ProofBody(Body):
    """One of `totp` and `credential`."""

    digest: Digest
    totp: Code = ""
    credential: PasskeyAnswer | None = None


class DigestBody(Body):
    """`digest` is what the proof will be for."""

    digest: Digest


class CodeBody(Body):
    """`code` is the one of the invitation."""

    code: Secret


class EnrolBody(Body):
    """`code` is that of the invitation, `totp` the first one-time code of the authenticator."""

    code: Secret
    password: Secret
    totp: Code


class PasswordBody(Body):
    """`proof` is one for the digest `credentials`."""

    password: Secret
    proof: Secret


class RemoveBody(Body):
    """`credential` is a number of the list; `proof` is one for the digest `credentials`."""

    credential: Annotated[int, Field(ge=1)]
    proof: Secret


@dataclass(frozen=True, slots=True)
class SessionView:
    """`access` goes into the Authorization header; `refresh` works once. Both are shown here only."""

    session: str
    name: str
    access: str
    access_expires: datetime
    refresh: str
    refresh_expires: datetime


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session; `client` is what the program called itself."""

    session: str
    methods: tuple[str, ...]
    client: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class EndedView:
    """How many sessions ended."""

    ended: int


@dataclass(frozen=True, slots=True)
class ProofView:
    """Goes into `proof` of exactly one decision on the digest."""

    proof: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class AuthenticatorView:
    """`uri` is what a QR code for the authenticator holds."""

    name: str
    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """One thing to sign in with; nothing of its secret."""

    credential: int
    kind: str
    label: str
    created_at: datetime
    used_at: datetime | None


def client_of(visit: Visit) -> Client:
    """Where the request comes from, and with which program."""
    address, program = client_address(visit.request), visit.request.headers.get("User-Agent", "")
    return visit.hub.identity.client(address, program)


def answer_with_session(session: OpenedSession) -> web.Response:
    view = SessionView(
        session.session,
        session.name,
        session.access,
        from_ms(session.access_expires * 1000),
        session.refresh,
        from_ms(session.refresh_expires * 1000),
    )
    return answer(view, 201)


async def sign_in(visit: Visit) -> web.Response:
    body = await visit.json(LoginBody)
    attempt = LoginAttempt(body.name, body.password, body.totp, client_of(visit))
    return answer_with_session(await visit.hub.identity.logins.by_password(attempt))


async def ask_passkey(visit: Visit) -> web.Response:
    return answer(await visit.hub.identity.logins.ask_passkey())


async def sign_in_by_passkey(visit: Visit) -> web.Response:
    body = await visit.json(PasskeyBody)
    return answer_with_session(await visit.hub.identity.logins.by_passkey(body.credential, client_of(visit)))


async def refresh(visit: Visit) -> web.Response:
    body = await visit.json(RefreshBody)
    return answer_with_session(await visit.hub.identity.sessions.refresh(body.refresh))


async def authenticator(visit: Visit) -> web.Response:
    body = await visit.json(CodeBody)
    found = await visit.hub.identity.enrolment.authenticator(body.code)
    return answer(AuthenticatorView(found.name, found.secret, found.uri))


async def enrol(visit: Visit) -> web.Response:
    body = await visit.json(EnrolBody)
    await visit.hub.identity.enrolment.enrol(body.code, body.password, body.totp)
    return answer({})


async def listing(call: Call) -> web.Response:
    found = await call.hub.identity.sessions.living(call.official.id)
    return answer([row(each, call.claims.login.session) for each in found])


def row(session: store.Session, current: str) -> SessionRow:
    """A session as its official sees it: without the hash of the address."""
    return SessionRow(
        session.id,
        tuple(session.methods.split(",")),
        session.client.partition(" ")[2],
        from_ms(session.created_at),
        from_ms(session.seen_at),
        from_ms(session.expires_at),
        current=session.id == current,
    )


async def end(call: Call) -> web.Response:
    """A token without a session ends itself."""
    body = await call.json(EndBody)
    session = body.session or call.claims.login.session
    if session:
        return answer(EndedView(int(await call.hub.identity.sessions.end(call.official, session))))
    await call.hub.identity.sessions.revoke(call.official, call.claims.token, call.claims.expires)
    return answer(EndedView(1))


async def end_everywhere(call: Call) -> web.Response:
    await call.json(Body)
    return answer(EndedView(await call.hub.identity.sessions.end_everywhere(call.official)))


async def ask_proof(call: Call) -> web.Response:
    body = await call.json(DigestBody)
    return answer(await call.hub.identity.factors.ask(call.official, body.digest))


async def prove(call: Call) -> web.Response:
    body = await call.json(ProofBody)
    if bool(body.totp) == (body.credential is not None):
        raise Invalid("either a one-time code or a passkey's answer", rule=Rule.FACTOR_MISSING, place="totp")
    shown = SecondFactorAnswer(body.totp, body.credential)
    grant = await call.hub.identity.factors.prove(call.official, call.claims.login, body.digest, shown)
    return answer(ProofView(grant.proof, from_ms(grant.expires)), 201)


async def credentials(call: Call) -> web.Response:
    found = await call.hub.identity.enrolment.mine(call.official.id)
    rows = [
        CredentialRow(
            one.id, one.kind, one.label, from_ms(one.created_at), from_ms(one.used_at) if one.used_at else None
        )
        for one in found
    ]
    return answer(rows)


async def ask_new_passkey(call: Call) -> web.Response:
    return answer(await call.hub.identity.enrolment.ask_passkey(call.official))


async def add_passkey(call: Call) -> web.Response:
    body = await call.json(NewPasskeyBody)
    made = await call.hub.identity.enrolment.add_passkey(call.official, body.credential, body.label, body.proof)
    return answer(CredentialRow(made, "passkey", body.label, from_ms(to_ms(call.hub.clock.now())), None), 201)


async def remove(call: Call) -> web.Response:
    body = await call.json(RemoveBody)
    await call.hub.identity.enrolment.remove(call.official, body.credential, body.proof)
    return answer({})


async def change_password(call: Call) -> web.Response:
    body = await call.json(PasswordBody)
    session = call.claims.login.session
    await call.hub.identity.enrolment.change_password(call.official, session, body.password, body.proof)
    return answer({})
