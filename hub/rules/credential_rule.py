"""The rules by which a caller's credential is not believed."""

from __future__ import annotations

from approvals.named_rule import NamedRule


class CredentialRule(NamedRule):
    """The rules of tokens, sessions and identity providers: who is asking is not known."""

    # official, service or partner: the token
    TOKEN_MISSING = "token-missing", "no bearer token was sent"
    TOKEN_TOO_LONG = "token-too-long", "the token is too long"
    TOKEN_MALFORMED = "token-malformed", "the token does not read"
    TOKEN_ALGORITHM = "token-algorithm", "the token is signed by an algorithm that is not allowed (RFC 8725 §3.1)"
    TOKEN_CRITICAL = "token-critical", "the token names a critical header that is not known (RFC 7515 §4.1.11)"
    TOKEN_SIGNATURE = "token-signature", "the signature of the token does not match"
    TOKEN_TYPE = "token-type", "the token is of another type (RFC 8725 §3.11)"
    TOKEN_KEY_UNKNOWN = "token-key-unknown", "no key of this name verifies tokens"
    TOKEN_CLAIM_MISSING = "token-claim-missing", "the token lacks a claim"
    TOKEN_ISSUER = "token-issuer", "the token was issued by another hub"
    TOKEN_AUDIENCE = "token-audience", "the token is meant for another hub"
    TOKEN_EXPIRED = "token-expired", "the token is over"
    TOKEN_FROM_THE_FUTURE = "token-from-the-future", "the token was made later than now"
    TOKEN_NOT_YET_VALID = "token-not-yet-valid", "the token does not hold yet"
    TOKEN_OF_SESSION = "token-of-session", "the token is a session's, which is used where it was opened"
    TOKEN_COMMAND_LINE = "token-command-line", "the token was made on the machine itself, and no person signed in"
    TOKEN_REVOKED = "token-revoked", "the token was revoked"
    SERVICE_REVOKED = "service-revoked", "the service was revoked"
    SERVICE_UNIT_CLOSED = "service-unit-closed", "the unit of the service is closed"

    # the session
    SESSION_ENDED = "session-ended", "the session was ended"
    SESSION_OVER = "session-over", "the session has lasted its time"
    REFRESH_UNKNOWN = "refresh-unknown", "no session has this refresh token"
    REFRESH_REPLAYED = "refresh-replayed", "the refresh token was used before, so the session is ended"

    # a provider of identities (OpenID Connect)
    OIDC_UNKNOWN = "oidc-unknown", "no provider of this name is configured"
    OIDC_AWAY = "oidc-away", "the provider does not answer as it should"
    OIDC_DISCOVERY = "oidc-discovery", "the provider describes itself wrongly (OpenID Connect Discovery §4)"
    OIDC_STATE = "oidc-state", "the answer belongs to another round"
    OIDC_CODE = "oidc-code", "the provider refuses the code"
    OIDC_NO_TOKEN = "oidc-no-token", "the provider gave no identity token"
    OIDC_UNLINKED = "oidc-unlinked", "the account of the provider is nobody's here"
    OIDC_ISSUER = "oidc-issuer", "the identity token is of another issuer (OpenID Connect Core §3.1.3.7)"
    OIDC_AUDIENCE = "oidc-audience", "the identity token is meant for somebody else"
    OIDC_AZP = "oidc-azp", "the identity token was given to another client"
    OIDC_NONCE = "oidc-nonce", "the identity token belongs to another round"
    OIDC_SUBJECT = "oidc-subject", "the identity token names nobody"
    OIDC_TIME = "oidc-time", "the identity token is over, or of another time"
    OIDC_TOO_LONG = "oidc-too-long", "the identity token is too long"
    OIDC_MALFORMED = "oidc-malformed", "the identity token does not read"
    OIDC_ALGORITHM = "oidc-algorithm", "the identity token is signed by an algorithm that is not allowed"
    OIDC_CRITICAL = "oidc-critical", "the identity token names a critical header that is not known"
    OIDC_SIGNATURE = "oidc-signature", "the signature of the identity token does not match"
    OIDC_TYPE = "oidc-type", "the identity token is of another type"
    OIDC_KEY_UNKNOWN = "oidc-key-unknown", "the provider has no key of this name"
    OIDC_KEY_REPEATED = "oidc-key-repeated", "two keys of the provider have one name"
    OIDC_KEYS_MALFORMED = "oidc-keys-malformed", "the keys of the provider do not read (RFC 7517 §5)"
    OIDC_KEYS_SECRET = "oidc-keys-secret", "the provider publishes a secret key"
    OIDC_KEY_MALFORMED = "oidc-key-malformed", "a key of the provider does not read"
    OIDC_KEY_CURVE = "oidc-key-curve", "a key of the provider is on another curve (RFC 7518 §3.4)"
    OIDC_KEY_SIZE = "oidc-key-size", "a key of the provider is too short"
    OIDC_KEY_ROCA = "oidc-key-roca", "a key of the provider is of a kind that can be broken"
