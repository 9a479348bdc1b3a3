"""The digests an official can be asked to sign: one scheme for each kind of thing, known wherever a digest comes in."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from approvals.delegation import Delegation
from approvals.digest import SCHEME as WARNING
from approvals.entrustment import Entrustment
from approvals.standing_terms import StandingTerms
from hub.access.administration.kind import SCHEME as REQUEST

#: standing authorisations, delegations and entrustments
PAPERS = (StandingTerms.scheme, Delegation.scheme, Entrustment.scheme)
#: everything a second factor can be shown for
SIGNABLE = (WARNING, *PAPERS, REQUEST)


def digest_field(*schemes: str, word: str = "", description: str | None = None) -> Any:
    """A field that takes a digest of one of these schemes, or the `word` alone."""
    digest = rf"({'|'.join(schemes)}):[0-9a-f]{{64}}"
    return Field(pattern=rf"^({digest}|{word})$" if word else rf"^{digest}$", description=description)
