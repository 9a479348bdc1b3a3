"""Single sign-on: an identity provider says which of its accounts is here; an administrator said whose that is."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from hub.access.identity.provider import AuthorizationRequest, Provider
from hub.access.identity.sessions import Client, OpenedSession, Sessions
from hub.clock import Clock, to_ms
from hub.crypto.keyed_hash import mark, marks, opaque, open_for, seal_for
from hub.crypto.vault import Vault
from hub.errors import NotFound, NotSignedIn, Refusal
from hub.rules.credential_rule import CredentialRule
from hub.store.access import challenges, identities, officials
from hub.store.access.challenges import Challenge
from hub.store.access.identities import Account, IdentityLink
from hub.store.records import audit
from hub.store.sql.database import Database

PURPOSE = "oidc"
PATIENCE_MS = 10 * 60 * 1000
METHOD = "sso"
WORD = re.compile(r"[a-z0-9_-]{1,16}")
MOST_METHODS = 6


@dataclass(frozen=True, slots=True)
class Back:
    """What came back from the provider: the query, and the secret this browser was given on its way out."""

    code: str
    state: str
    kept: str


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """The configured providers by name. Nobody is ever entered into office by one."""

    db: Database
    clock: Clock
    vault: Vault
    sessions: Sessions
    public_url: str
    providers: Mapping[str, Provider]

    async def out(self, name: str) -> tuple[str, str]:
        """Where to send the browser, and the secret it keeps meanwhile. Raises NotFound, ProviderAway."""
        turn = AuthorizationRequest(opaque(), opaque(), opaque(), f"{self.public_url}/console/oidc/{name}/callback")
        way = await self._provider(name).way(turn)
        state = mark(self.vault, PURPOSE, name, turn.state)
        sealed = seal_for(self.vault, state, {"nonce": turn.nonce, "verifier": turn.verifier})
        expires = to_ms(self.clock.now()) + PATIENCE_MS
        challenge = Challenge(state, PURPOSE, 0, sealed, name, expires)
        await self.db.write(lambda connection: challenges.add(connection, challenge))
        return way, turn.state

    async def back(self, name: str, back: Back, client: Client) -> OpenedSession:
        """A session for the official the account is linked to. Raises NotSignedIn, NotFound, ProviderAway."""
        provider = self._provider(name)
        # RFC 9700 §4.7: the answer belongs to the browser that asked, or somebody is being signed in as another.
        mixed = NotSignedIn("this answer belongs to another round", rule=CredentialRule.OIDC_STATE)
        if not back.state or not hmac.compare_digest(back.state.encode(), back.kept.encode()):
            raise mixed
        now = to_ms(self.clock.now())
        state = mark(self.vault, PURPOSE, name, back.state)
        asked = await self.db.write(lambda c: challenges.take(c, state, PURPOSE, now))
        known = open_for(self.vault, asked.id, asked.value) if asked is not None else None
        if known is None:
            raise mixed
        redirect = f"{self.public_url}/console/oidc/{name}/callback"
        claims = await provider.claims(
            back.code, AuthorizationRequest(back.state, known["nonce"], known["verifier"], redirect)
        )
        found = await self.db.write(lambda c: self._open(c, provider.settings.issuer, claims, client))
        if isinstance(found, Refusal):
            raise found
        return found

    def _open(
        self, connection: Connection, issuer: str, claims: Mapping[str, Any], client: Client
    ) -> OpenedSession | NotSignedIn:
        account = Account(issuer, str(claims["sub"]))
        found = identities.link_of(connection, account)
        number = found.official if found is not None and self._is_sealed(account, found) else None
        record = officials.by_id(connection, number) if number is not None else None
        if record is None or not record.active:
            subject = f"official/{number}" if number is not None else "official/unknown"
            at, detail = to_ms(self.clock.now()), {"issuer": issuer, "client": client.address[:16]}
            audit.append(connection, at_ms=at, actor="nobody", action="sign-in-refused", subject=subject, detail=detail)
            return NotSignedIn("this account is nobody's here", rule=CredentialRule.OIDC_UNLINKED)
        return self.sessions.open(connection, record.official, _methods(claims), client)

    def _is_sealed(self, account: Account, found: IdentityLink) -> bool:
        return found.seal in marks(self.vault, "link", account.issuer, account.subject, found.official)

    def _provider(self, name: str) -> Provider:
        found = self.providers.get(name)
        if found is None:
            raise NotFound("there is no such provider", rule=CredentialRule.OIDC_UNKNOWN, place="provider")
        return found


def seal_identity_link(vault: Vault, account: Account, official: int) -> IdentityLink:
    """An account as an official's, under the hub's seal: no row in SQL makes a stranger's account an official's."""
    return IdentityLink(official, mark(vault, "link", account.issuer, account.subject, official))


def _methods(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """What the provider says of how it knows (RFC 8176): told, and trusted for nothing of ours."""
    told = claims.get("amr")
    words = [word for word in told if isinstance(word, str) and WORD.fullmatch(word)] if isinstance(told, list) else []
    return (METHOD, *dict.fromkeys(words[:MOST_METHODS]))
