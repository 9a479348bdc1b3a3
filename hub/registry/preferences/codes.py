"""One-time codes by which somebody shows that a telephone or mailbox is theirs: a narrow path beside the releases.

A code is no warning: its text is fixed here and carries six digits, it goes to one address that its own holder typed,
and nothing an official, a file or another system says can reach it. Docs: decision record 0030.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from channels.address import READERS
from channels.driver import Driver
from channels.media.email import EMAIL
from channels.media.sms import SMS
from channels.medium import Medium
from channels.message import Form, ServiceMessage
from hub.clock import Clock, to_ms
from hub.crypto.delivery_ids import DeliveryIds
from hub.crypto.vault import Vault
from hub.errors import Forbidden, Invalid, TooMany
from hub.rules.rule import Rule
from hub.store.access import service_codes
from hub.store.sql.database import Database

VALID = timedelta(minutes=10)
TRIES = 5
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
#: most in a window of so many ms: codes for one address, by one machine, in all; and attempts by one machine
LIMITS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "address": ((1, MINUTE), (5, DAY)),
    "client": ((20, HOUR),),
    "all": ((1000, HOUR),),
    "attempt": ((60, HOUR),),
}
TEXTS = {
    "zh": "【烽火】验证码 {code}，10 分钟内有效，用于管理您的预警订阅。请勿告诉他人。",
    "en": "Fenghuo: your code is {code}, good for 10 minutes, to manage your warnings. Tell it to nobody.",
}
SUBJECTS = {"zh": "验证码", "en": "Your code"}
MEDIA: tuple[Medium, ...] = (SMS, EMAIL)  #: codes go by these
HOME = "+86"  #: codes go to numbers of this country only: elsewhere each may cost a hundred times as much


@dataclass(frozen=True, slots=True)
class Address:
    """A canonical address in a column of the register; never logged. `hash` is its keyed hash."""

    column: str
    to: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Codes:
    """`digits` makes a fresh code of six digits."""

    db: Database
    clock: Clock
    vault: Vault
    drivers: Mapping[str, Driver]
    ids: DeliveryIds
    digits: Callable[[], str]

    @property
    def channels(self) -> Mapping[str, str]:
        """The channels a code can go by, by column of the register: of each medium the first that is configured."""
        found = {driver.medium.name: name for name, driver in reversed(list(self.drivers.items()))}
        return {medium.column: found[medium.name] for medium in MEDIA if medium.name in found}

    def read(self, text: str) -> Address:
        """The address somebody typed. Raises Invalid, which never quotes it."""
        text = text.strip()[:254]
        medium = EMAIL if "@" in text else SMS
        try:
            to = READERS[medium.address](text)
        except ValueError:
            raise Invalid("not a telephone number or mailbox", rule=Rule.ADDRESS, place="address") from None
        if medium.column not in self.channels or (medium is SMS and not to.startswith(HOME)):
            raise Invalid("codes do not go to such addresses", rule=Rule.ADDRESS, place="address")
        return Address(medium.column, to, self.vault.fingerprint(medium.column, to))

    async def send(self, address: Address, client: str, language: str) -> None:
        """Sends one code. Whether anybody is registered with the address changes nothing. Raises TooMany."""
        code, now = self.digits(), to_ms(self.clock.now())
        expires = self.clock.now() + VALID
        await self.db.write(lambda connection: self._keep(connection, address, client, code, now))
        text = TEXTS[language].format(code=code)
        channel = self.channels[address.column]
        form = Form(channel, language, text, subject=SUBJECTS[language], text=text)
        seed = self.vault.fingerprint("service-id", f"{address.to}{now}")
        message = ServiceMessage(self.ids.service(channel, seed), 1, address.to, form, expires)
        # What the provider says is not told either: a refused number must look like any other.
        await self.drivers[channel].send(message)

    def _keep(self, connection: Connection, address: Address, client: str, code: str, now: int) -> None:
        # Nearly every mail system takes A@ and a@ for one mailbox: another spelling is not another allowance.
        one = self.vault.fingerprint(address.column, address.to.casefold()).hex()
        for kind, what in (("all", ""), ("client", client), ("address", one)):
            self._limit(connection, kind, what, now)
        service_codes.forget(connection, now)
        expires = now + int(VALID.total_seconds() * 1000)
        service_codes.store_code(connection, address.hash, self._hash(address, code), now, expires)

    async def check(self, address: Address, code: str, client: str) -> None:
        """Spends the code. Raises Forbidden, the same for wrong, used, old and never sent; TooMany."""
        now = to_ms(self.clock.now())
        given = "".join(code.split())[:16]

        def work(connection: Connection) -> bool:
            self._limit(connection, "attempt", client, now)
            kept = service_codes.attempt(connection, address.hash)
            if kept is None or kept.tries > TRIES or kept.expires_at <= now:
                return False
            if not hmac.compare_digest(kept.code, self._hash(address, given)):
                return False
            service_codes.drop(connection, address.hash)
            return True

        if not await self.db.write(work):
            raise Forbidden("the code is wrong or no longer good", rule=Rule.CODE, place="code")

    def _limit(self, connection: Connection, kind: str, what: str, now: int) -> None:
        for most, window in LIMITS[kind]:
            key = self.vault.fingerprint(f"service:{kind}:{window}", what)
            if service_codes.count(connection, key, window, now) > most:
                raise TooMany(
                    "too many: wait", rule=Rule.THROTTLED, place=kind, retry_s=(window - now % window) // 1000 + 1
                )

    def _hash(self, address: Address, code: str) -> bytes:
        return self.vault.fingerprint("service-code", f"{address.hash.hex()}:{code}")
