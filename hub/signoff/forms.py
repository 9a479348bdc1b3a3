"""What every channel says of a warning, part by part."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.authority import Policy
from approvals.level import Level
from channels.driver import Driver, signatures
from channels.medium import BodyFormat
from channels.message import Form
from hub.audience.partition import Division
from hub.compose.compose import Composition, compose
from hub.compose.joined_parts import join_parts
from hub.compose.relay_mark import as_relays
from hub.compose.warnings_beside import WarningsBeside
from hub.dossier.frozen import Dossier, content_of
from hub.dossier.last_messages import LastMessages, as_ended
from hub.dossier.relay import in_issuers_words, original_of
from hub.dossier.update_audience import last_warning
from hub.dossier.verified_order import VerifiedOrders
from hub.estimate.estimator import Estimator
from hub.settings.settings import Settings
from hub.store.alerts import alerts
from templates.catalog import Catalog


@dataclass(frozen=True, slots=True)
class FormRenderer:
    """Renders the forms of a draft. Reads only."""

    settings: Settings
    policy: Policy
    drivers: Mapping[str, Driver]
    catalog: Catalog
    estimator: Estimator
    orders: VerifiedOrders

    def render_parts(
        self, connection: Connection, dossier: Dossier, last_told: LastMessages, persons: BitMap, now: int
    ) -> tuple[tuple[Form, ...], Division]:
        """The forms, in the order they are read back, and these people divided as they will be told; `now` is in ms.

        Who has one number in several places is told in one part what is said of all of them, where every medium holds
        that.
        """
        personal = self.estimator.personal(dossier.plan.channels)
        placed = last_told.divide(persons)
        joined = join_parts(connection, placed, placed.everyone, personal)
        needed = placed.parts_with_forms | joined.parts_with_forms
        work, apart = self._work(dossier, needed, needed - placed.parts_with_forms)
        forms = self._render(connection, dossier, last_told, work, apart, now)
        forms = tuple(sorted(forms, key=lambda form: form.channel))
        return forms, join_parts(connection, placed, placed.everyone, personal, forms)

    def _work(
        self, dossier: Dossier, parts: Collection[str], optional: Collection[str]
    ) -> tuple[Composition, dict[str, Collection[str]]]:
        """What is to be composed, and by channel the parts that get forms of their own."""
        row, channels = dossier.row, dossier.plan.channels
        media = {name: self.drivers[name].medium for name in channels}
        work = Composition(dossier.alert, Level(row.level), row.content, self.catalog, media, first=row.root is None)
        speaking = [name for name, medium in media.items() if medium.document is BodyFormat.SPEECH]
        gather = {name: f"{self.settings.public_url}/hooks/{name}?gather=1" for name in speaking}
        signed = {name: signatures(self.drivers[name]) for name in channels}
        many = frozenset(name for name in self.estimator.broad(channels) if not media[name].one_form)
        work = replace(work, gather_urls=gather, signatures=signed, optional=optional, many=many)
        return work, dict.fromkeys(self.estimator.personal(channels), parts) if len(parts) > 1 else {}

    def _render(
        self,
        connection: Connection,
        dossier: Dossier,
        last_told: LastMessages,
        work: Composition,
        apart: Mapping[str, Collection[str]],
        now: int,
    ) -> tuple[Form, ...]:
        """A relay says what its original says, whole: in the issuer's forms where it can."""
        channels = dossier.plan.channels
        original = original_of(connection, dossier.row)
        if original is not None:
            whole = replace(work, alert=content_of(original), cap=original.content, uncut=True)
            told = in_issuers_words(alerts.find_forms(connection, original.id), compose(whole, channels, apart))
            return as_relays(told, work.media, self.catalog)
        sections = as_ended(last_told.sections, dossier.alert, self.catalog, self.policy.events)
        beside = WarningsBeside(self.policy.events, self.orders).find(connection, dossier, sections, now, work.many)
        held = [section for section in sections if section.earlier]
        last = last_warning(connection, dossier.row)
        ended = content_of(last).sent if last is not None else None
        return compose(replace(work, beside=beside, ended=ended, held=held), channels, apart)
