"""The trust list: who may sign incoming CAP, for which area and event; a certificate in a message proves nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from cryptography import x509

from approvals.policy_input import PolicyInput
from hub.clock import Clock, to_ms
from hub.errors import Invalid
from hub.formats.cap.signature import Signature, Verdict, verify
from hub.rules.rule import Rule
from hub.store.access import trust as store
from hub.store.access.trust import NewTrust
from hub.store.sql.database import Database
from targeting.region import NATION, covers


@dataclass(frozen=True, slots=True)
class TrustList:
    """Judges signatures of incoming messages."""

    db: Database
    clock: Clock

    async def judge(self, source: bytes, sender: str, stakes: PolicyInput) -> Signature:
        """The verdict on the bytes as received. Only certificates entered for this CAP sender are tried (X23)."""
        now = self.clock.now()
        lines = await self.db.read(lambda connection: store.of_sender(connection, sender, to_ms(now)))
        by_print = {line.line.fingerprint: line for line in lines}
        certificates = [certificate_of(line.line.certificate) for line in lines]
        found = await asyncio.to_thread(verify, source, certificates, now)
        return (
            bound_signature(found, by_print[found.fingerprint].line, stakes)
            if found.verdict is Verdict.VALID
            else found
        )


def bound_signature(found: Signature, line: NewTrust, stakes: PolicyInput) -> Signature:
    """A valid signature, or the same as outside: its key may not speak for this area or this event (case 40)."""
    outside = [key for key in stakes.areas if not any(area == NATION or covers(area, key) for area in line.areas)]
    if outside or not stakes.areas:
        text = "the signer may not speak for the target area"
        return replace(found, verdict=Verdict.OUTSIDE, rule=Rule.SIGNATURE_OUTSIDE_AREA, text=text)
    if not any(map(stakes.is_about, line.events)):
        text = "the signer may not speak of this event"
        return replace(found, verdict=Verdict.OUTSIDE, rule=Rule.SIGNATURE_OUTSIDE_EVENT, text=text)
    return found


def certificate_of(pem: str) -> x509.Certificate:
    """Raises Invalid."""
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise Invalid(
            "the certificate is no PEM certificate", rule=Rule.TRUST_CERTIFICATE, place="certificate"
        ) from None
