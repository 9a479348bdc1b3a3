"""Everything about who is asking, wired from what it needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from sqlalchemy import Connection

from hub.access.identity.enrolment import Enrolment
from hub.access.identity.factors import Factors
from hub.access.identity.login import Logins
from hub.access.identity.passkeys import Party, Passkeys
from hub.access.identity.passwords import Passwords
from hub.access.identity.proofs import Proofs
from hub.access.identity.provider import Provider
from hub.access.identity.sessions import Client, Sessions
from hub.access.identity.single import SingleSignOn
from hub.access.identity.throttling import Throttle
from hub.access.identity.tokens import Tokens
from hub.clock import Clock
from hub.crypto.vault import Vault
from hub.settings.settings import Settings
from hub.store.access import challenges, proofs, sessions, throttles
from hub.store.sql.database import Database

AGENT_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Identity:
    """The parts that the doors use."""

    vault: Vault
    sessions: Sessions
    logins: Logins
    factors: Factors
    enrolment: Enrolment
    proofs: Proofs
    passwords: Passwords
    passkeys: Passkeys
    console: Tokens
    single: SingleSignOn

    @classmethod
    def of(cls, db: Database, clock: Clock, settings: Settings, vault: Vault, tokens: Tokens) -> Self:
        """Built around one database."""
        auth = settings.auth
        given, passwords, throttle = Proofs(auth, vault), Passwords(auth), Throttle(vault)
        passkeys = Passkeys(Party.at(settings.public_url), vault)
        opened = Sessions(db, clock, auth, tokens, vault)
        factors = Factors(db, clock, vault, passkeys, throttle, given)
        logins = Logins(db, clock, vault, passwords, passkeys, factors, throttle, opened)
        enrolment = Enrolment(db, clock, auth, vault, passwords, passkeys, given, opened)
        providers = {name: Provider(each, clock) for name, each in settings.oidc.items()}
        single = SingleSignOn(db, clock, vault, opened, settings.public_url, providers)
        # What a browser keeps in its cookie opens no API, and a token of the API is no cookie.
        console = replace(tokens, audience=f"{tokens.audience}/console")
        return cls(vault, opened, logins, factors, enrolment, given, passwords, passkeys, console, single)

    def client(self, address: str, agent: str) -> Client:
        """A client as it is kept: the address hashed, the program's own name cut and without control characters."""
        plain = "".join(character for character in agent if character.isprintable())[:AGENT_LONGEST]
        return Client(self.vault.fingerprint("client", address).hex(), plain)

    def forget(self, connection: Connection, now_ms: int) -> None:
        """Drops what nobody can use or ask about any more."""
        for kept in (challenges, proofs, sessions, throttles):
            kept.forget(connection, now_ms)
