"""A sensor system at the hub's door: its token, its signing key, its paper (授权书), and what it sends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.signer import XMLSigner
from sqlalchemy import Connection

from hub.access.services import Caller
from hub.alert.alert import Alert, Area, Info, MsgType, NamedValue, Reference
from hub.clock import to_ms
from hub.formats.cap.write import write
from hub.intake.service import IngestResult
from hub.signoff.standing import StandingDecisionRequest, StandingView
from hub.store.access import services, trust, units
from hub.store.access.services import NewService, ServiceScope
from hub.store.access.trust import NewTrust
from tests.stories.town import BAOTA, Town
from tests.stories.warnings import BEIJING, SCHEME, alert_of

SENDER = "quake@sensor.example"
TOKEN = "fhs_" + "q" * 43


@dataclass
class Pen:
    """A key and its certificate."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def signs(self, document: bytes, **changes: Any) -> bytes:
        """The CAP with an enveloped signature at its end."""
        options = {"signature_algorithm": "ecdsa-sha256", "c14n_algorithm": "http://www.w3.org/2001/10/xml-exc-c14n#"}
        signer = XMLSigner(**(options | changes))
        signed = signer.sign(etree.fromstring(document), key=self.key, cert=[self.certificate])
        return etree.tostring(signed, xml_declaration=True, encoding="UTF-8")


def pen(now: datetime, days: int = 300) -> Pen:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sensor")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(now - timedelta(days=1))
    return Pen(builder.not_valid_after(now + timedelta(days=days)).sign(key, SHA256()), key)


def quake(now: datetime, identifier: str = "quake-1", **changes: Any) -> Alert:
    """An earthquake as the sensor tells it, red, in force for an hour, word for word as the paper allows."""
    base = alert_of(now, identifier, BAOTA, lasts=timedelta(hours=1), severity="Extreme")
    areas = (Area("宝塔区", geocodes=(NamedValue(SCHEME, changes.pop("area", BAOTA)),)),)
    chinese = Info(
        event="地震",
        urgency="Immediate",
        severity=changes.pop("severity", "Extreme"),
        certainty="Observed",
        categories=("Geo",),
        language="zh-CN",
        expires=changes.pop("expires", base.infos[0].expires),
        sender_name="地震预警中心",
        headline="宝塔区发生5.6级地震",
        description="08时00分，宝塔区发生5.6级地震。",
        instruction="请立即避险。",
        areas=areas,
    )
    english = replace(
        chinese,
        event="Earthquake",
        language="en-US",
        sender_name="Earthquake centre",
        headline="Earthquake of magnitude 5.6",
        description="An earthquake of magnitude 5.6 was felt.",
        instruction="Take cover now.",
        areas=(replace(areas[0], description="Baota"),),
    )
    chinese = replace(chinese, **changes.pop("chinese", {}))
    english = replace(english, **changes.pop("english", {}))
    return replace(replace(base, sender=SENDER, infos=(chinese, english)), **changes)


def cancel_of(alert: Alert, now: datetime, identifier: str, note: str = "误报，请勿惊慌") -> Alert:
    """The sensor takes its own warning back."""
    chinese = replace(alert.infos[0], urgency="Past", headline="地震预警解除", description="", instruction="")
    return replace(
        alert,
        identifier=identifier,
        sent=now.replace(microsecond=0).astimezone(BEIJING),
        msg_type=MsgType.CANCEL,
        note=note,
        references=(Reference(alert.sender, alert.identifier, alert.reference.sent),),
        infos=(chinese,),
    )


def paper(now: datetime, **changes: Any) -> dict[str, Any]:
    """The document under which the sensor releases."""
    return {
        "name": "earthquake early warning",
        "document_no": "〔2026〕12号",
        "grantor": "office",
        "grantee": "seismometers",
        "sender": SENDER,
        "events": ["地震"],
        "levels": ["red", "orange"],
        "areas": [BAOTA],
        "channels": ["sms"],
        "texts": [
            {
                "language": "zh-CN",
                "event": "地震",
                "sender_name": "地震预警中心",
                "headline": "{place:text<=10}发生{magnitude:number 3..9}级地震",
                "description": "{at:time}，{place:text<=10}发生{magnitude:number 3..9}级地震。",
                "instruction": "请立即避险。",
                "area": "{place:text<=10}",
            },
            {
                "language": "en-US",
                "event": "Earthquake",
                "sender_name": "Earthquake centre",
                "headline": "Earthquake of magnitude {magnitude:number 3..9}",
                "description": "An earthquake of magnitude {magnitude:number 3..9} was felt.",
                "instruction": "Take cover now.",
            },
            {
                "msg_type": "Cancel",
                "language": "zh-CN",
                "event": "地震",
                "sender_name": "地震预警中心",
                "headline": "地震预警解除",
                "area": "{place:text<=10}",
            },
        ],
        "longest_hours": 2,
        "most_per_hour": 3,
        "valid_from": now.isoformat(),
        "valid_until": (now + timedelta(days=200)).isoformat(),
        "review_by": (now + timedelta(days=90)).isoformat(),
        "signed": False,
        "may_cancel": True,
        "cancel_note": "误报，请勿惊慌",
    } | changes


@dataclass
class Sensor:
    """A system that is known to the town's hub."""

    town: Town
    caller: Caller
    pen: Pen

    @classmethod
    async def known(cls, town: Town, *scopes: ServiceScope, name: str = "seismometers", trusted: bool = True) -> Sensor:
        """Entered by administration: a service of the office, and its certificate on the trust list."""
        now = to_ms(town.clock.now())
        held = pen(town.clock.now())

        def work(connection: Connection) -> Caller:
            unit = units.by_name(connection, "office")
            assert unit is not None
            until = now + 300 * 24 * 3600 * 1000
            granted = frozenset(scopes or (ServiceScope.INGEST, ServiceScope.STANDING))
            made = services.add(connection, NewService(name, "office", granted, name.ljust(64, "0"), until), now)
            if trusted:
                line = NewTrust(
                    SENDER, held.pem, held.certificate.fingerprint(SHA256()).hex(), (BAOTA,), ("地震",), now, until
                )
                trust.add(connection, line, now)
            return Caller(made, unit)

        return cls(town, await town.hub.db.write(work), held)

    async def sends(self, alert: Alert | bytes, *, signed: bool = False) -> IngestResult:
        document = alert if isinstance(alert, bytes) else write(alert)
        return await self.town.hub.ingest.take(self.caller, self.pen.signs(document) if signed else document)

    async def licensed(self, **changes: Any) -> StandingView:
        """The paper proposed and signed by everyone the policy wants."""
        made = await self.town.hub.transactions.write(
            self.town.officials["author"].name,
            lambda tx: self.town.hub.standings.propose(
                tx, self.town.officials["author"], paper(self.town.clock.now(), **changes)
            ),
        )
        for name, step in (("reviewer", "review"), ("signer", "sign"), ("second", "sign")):
            if made.state == "proposed":
                made = await self.decides(made, name, step)
        return made

    async def decides(self, paper: StandingView, name: str, step: str, verdict: str = "approve") -> StandingView:
        """An official's word on the paper, with a second factor just given for it."""
        official, standings = self.town.officials[name], self.town.hub.standings
        now = to_ms(self.town.clock.now())
        of = {"official": official.id, "session": "", "digest": paper.digest, "method": "totp", "now_ms": now}
        grant = await self.town.hub.db.write(lambda connection: standings.proofs.grant(connection, **of))
        word = StandingDecisionRequest(step, verdict, paper.digest, "because", grant.proof)
        return await self.town.hub.transactions.write(
            official.name, lambda tx: standings.decide(tx, official, paper.id, word)
        )
