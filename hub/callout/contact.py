"""An official's own addresses: a contact is sealed with whose it is, and moved to another official it is nobody's."""

from __future__ import annotations

from collections.abc import Mapping

from hub.crypto.vault import Vault, VaultRefused
from hub.store.register.roster import OWNER, SealedContact


def addresses_of(vault: Vault, contact: SealedContact) -> Mapping[str, str]:
    """By medium. Raises VaultRefused for what does not open, and for what was sealed for somebody else."""
    opened = dict(vault.open(contact.sealed))
    if opened.pop(OWNER, "") != str(contact.official):
        raise VaultRefused("sealed for another official")
    return opened
