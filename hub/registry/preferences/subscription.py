"""What the holder of an address may do by themselves: see, choose, register, leave."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from pyroaring import BitMap
from sqlalchemy import Connection

from channels.driver import columns_of
from hub.clock import to_ms
from hub.crypto.vault import VaultRefused
from hub.errors import Forbidden, Invalid, NotFound
from hub.registry.preferences import order, places
from hub.registry.preferences.codes import Address, Codes
from hub.rules.rule import Rule
from hub.store.records import audit
from hub.store.register import erasure, preferences, recipients, refusals, regions
from hub.store.register.addresses import holders
from hub.store.register.preferences import EVERYTHING, Change, Preferences, Way
from hub.store.register.recipients import channel_bits
from hub.store.register.refusals import Source
from targeting.recipient import Recipient

LASTS = timedelta(minutes=15)
LANGUAGES = ("zh", "en", "ug", "bo", "mn", "kk", "ko", "ii", "za")
PAGE = "page"
_PURPOSE = "subscription"


@dataclass(frozen=True, slots=True)
class View:
    """Preferences of whoever is registered with an address: those of the first, which a change makes those of all.

    `channels` are those any of them can be reached by; addresses are never shown. `names` are those of the places they
    chose, now or ever, by key.
    """

    persons: int
    language: str
    choice: Preferences
    channels: tuple[str, ...]
    history: tuple[Change, ...]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Acts for whoever has shown by a code that an address is theirs."""

    codes: Codes

    def open_visit(self, address: Address) -> str:
        """What a browser keeps for a quarter of an hour: sealed, so that it says nothing and cannot be made up."""
        ends = to_ms(self.codes.clock.now() + LASTS)
        fields = {"purpose": _PURPOSE, "channel": address.column, "to": address.to, "ends": str(ends)}
        return base64.urlsafe_b64encode(self.codes.vault.seal(fields)).decode()

    def read_visit(self, cookie: str) -> Address:
        """Whose address the browser holds. Raises Forbidden."""
        try:
            fields = self.codes.vault.open(base64.urlsafe_b64decode(cookie[:2000].encode()))
        except (VaultRefused, binascii.Error, ValueError):
            fields = {}
        if fields.get("purpose") != _PURPOSE or int(fields["ends"]) <= to_ms(self.codes.clock.now()):
            raise Forbidden("enter your address again", rule=Rule.SESSION, place="cookie")
        column, to = fields["channel"], fields["to"]
        return Address(column, to, self.codes.vault.fingerprint(column, to))

    async def view(self, address: Address) -> View | None:
        """None where nobody is registered with the address."""
        return await self.codes.db.read(lambda connection: self._view(connection, address))

    async def choose(self, address: Address, wanted: Preferences) -> None:
        """All of a choice but its places. Raises NotFound, Invalid."""
        if wanted.language is not None and wanted.language not in LANGUAGES:
            raise Invalid("no such language", rule=Rule.LANGUAGE, place="language")
        order.read(wanted.order, self._columns_of(address))
        await self._change(address, lambda _connection, choice: replace(wanted, places=choice.places))

    async def add_place(self, address: Address, text: str) -> None:
        """One more place they want to be warned for: a region's key or an area's name. Raises NotFound, Invalid,
        and Conflict beyond the most there may be.
        """
        await self._change(
            address, lambda connection, choice: places.adding(choice, places.find_regions(connection, text))
        )

    async def leave_place(self, address: Address, key: str) -> None:
        """One place less. Raises NotFound."""
        await self._change(address, lambda _connection, choice: places.leaving(choice, (key,)))

    async def _change(self, address: Address, how: Callable[[Connection, Preferences], Preferences]) -> None:
        """What the first of them chose is changed, and made the choice of everybody registered with the address."""
        way = Way(PAGE, to_ms(self.codes.clock.now()))

        def work(connection: Connection) -> None:
            people = self._people(connection, address)
            if not people:
                raise NotFound("nobody is registered with this address", rule=Rule.RECIPIENT_UNKNOWN)
            known = preferences.of(connection, people).get(people[0], Preferences())
            choice = how(connection, known)
            preferences.store_preferences(connection, dict.fromkeys(people, choice), way)
            refused = bool({address.column, EVERYTHING} & choice.refused)
            refusals.answer(connection, self._source(address), way, refused=refused)

        await self.codes.db.write(work)

    async def register(self, address: Address, region: str, language: str) -> None:
        """A new person of the register, once: who is in it already is left as they are. Raises Invalid."""
        if language not in LANGUAGES:
            raise Invalid("no such language", rule=Rule.LANGUAGE, place="language")
        way = Way(PAGE, to_ms(self.codes.clock.now()))

        def work(connection: Connection) -> None:
            place = regions.by_key(connection, region)
            if place is None or regions.children(connection, place.id):
                raise Invalid("choose the place down to the last list", rule=Rule.REGION, place="region")
            if self._people(connection, address):
                return
            name = f"self-{address.hash.hex()[:24]}"
            person = Recipient(name, place.key, language, addresses={address.column: address.to})
            recipients.upsert(connection, self.codes.vault, [person], way.at)
            number = recipients.by_external_id(connection, name)
            refusals.answer(connection, self._source(address), way, refused=False)
            if number is not None:
                preferences.store_preferences(connection, {number: Preferences(language=language)}, way)

        await self.codes.db.write(work)

    async def erase(self, address: Address) -> None:
        """Everybody registered with the address, and what they chose."""

        def work(connection: Connection) -> None:
            now = to_ms(self.codes.clock.now())
            people = self._people(connection, address)
            erasure.erase(connection, self.codes.vault, people)
            for number in people:
                subject, why = f"recipient/{number}", {"reason": "the person's own wish"}
                act = {"actor": "subscription page", "action": "recipient-erased", "subject": subject}
                audit.append(connection, at_ms=now, detail=why, **act)

        await self.codes.db.write(work)

    async def places(self, key: str) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
        """The way down to a region and the regions directly below it, as (key, name). Empty for an unknown key."""
        return await self.codes.db.read(lambda connection: _places(connection, key))

    def _source(self, address: Address) -> Source:
        return Source.of(self.codes.vault.box, address.column, address.to)

    def _columns_of(self, address: Address) -> tuple[str, ...]:
        """What people can be told by, as the register has it: by the channels there are, and by theirs."""
        return tuple(sorted({*columns_of(self.codes.drivers).values(), address.column}))

    def _people(self, connection: Connection, address: Address) -> Sequence[int]:
        hashes = self.codes.vault.fingerprints(address.column, address.to)
        found = holders(connection, hashes)
        return sorted({number for people in found.values() for number in people})

    def _view(self, connection: Connection, address: Address) -> View | None:
        people = self._people(connection, address)
        if not people:
            return None
        first = people[0]
        known = preferences.of(connection, people).get(first, Preferences())
        [(_, person)] = recipients.iterate_recipients(connection, None, BitMap([first]))
        having = ((name, channel_bits(connection, name)) for name in self._columns_of(address))
        channels = tuple(name for name, bits in having if any(one in bits for one in people))
        history = tuple(preferences.history(connection, first))
        keys = (each for line in history if line.what == "places" for each in (line.before, line.after))
        names = regions.names_by_key(connection, {key for each in keys for key in each.split(",")})
        return View(len(people), person.language, known, channels, history, names)


def _places(connection: Connection, key: str) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    if not key:
        tops = [regions.by_key(connection, row[2]) for row in regions.roots(connection)]
        return (), tuple((each.key, each.name) for each in tops if each is not None)
    place = regions.by_key(connection, key)
    if place is None:
        return (), ()
    chain = regions.ancestors(connection, [place.id])[place.id]
    names = regions.names_by_key(connection, [each for _, each in chain])
    below = tuple((each.key, each.name) for each in regions.children(connection, place.id))
    return tuple((each, names[each]) for _, each in reversed(chain)), below
