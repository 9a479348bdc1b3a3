"""The steps of the escalation, held against the channels there are: once, at start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product
from typing import Any

from channels.driver import MEDIUM
from channels.registry import DRIVERS
from channels.settings import with_environment
from hub.registry.preferences.pool import Steps, order_of
from hub.settings.settings import Settings, find_source
from hub.settings.sources import SettingsRefused

KEY = ("escalation", "steps")
Media = Mapping[str, str]  #: the medium of every channel that has a block, also of one that is not enabled


def with_named_channels(
    settings: Settings, channels: Mapping[str, Mapping[str, Any]], environ: Mapping[str, str]
) -> Settings:
    """The settings with steps from channel to channel only: a medium stands for each of its channels.

    What nobody configured is taken as it is: it names channels a hub need not have. Raises SettingsRefused.
    """
    if KEY[1] not in settings.escalation.model_fields_set:
        return settings
    media = {name: _medium_of(block) for name, block in with_environment(channels, environ).items()}
    try:
        steps = _expand(settings.escalation.steps, media)
        _must_not_lead_back(steps, media)
    except ValueError as error:
        raise SettingsRefused(f"{find_source(KEY, environ) or 'settings'}: {'.'.join(KEY)}: {error}") from None
    escalation = settings.escalation.model_copy(update={"steps": steps})
    return settings.model_copy(update={"escalation": escalation})


def _medium_of(block: Mapping[str, object]) -> str:
    """Empty where a block that is not enabled names no driver there is."""
    kind = DRIVERS.get(str(block.get("driver")))
    return kind.medium.name if kind is not None else ""


def _expand(said: Steps, media: Media) -> Steps:
    """Each step from every channel its first side names to every one of its second. Raises ValueError."""
    steps: dict[tuple[str, str], None] = {}
    for before, then in said:
        first, second = _channels_of(before, media), _channels_of(then, media)
        if both := sorted({*first} & {*second}):
            rule = f"[{before!r}, {then!r}] leads from {both[0]} to itself"
            raise ValueError(f"{rule}: name another channel on one side, or take the step away")
        steps |= dict.fromkeys(product(first, second))
    return tuple(steps)


def _channels_of(name: str, media: Media) -> tuple[str, ...]:
    if not name.startswith(MEDIUM):
        if name in media:
            return (name,)
        raise ValueError(f"no channel is called {name!r}: name one of {', '.join(sorted(media))}, or give it a block")
    found = tuple(channel for channel, medium in media.items() if MEDIUM + medium == name)
    if not found:
        known = ", ".join(sorted({MEDIUM + medium for medium in media.values() if medium}))
        raise ValueError(f"no channel is of {name!r}: name one of {known}, or give such a channel a block")
    return found


def _must_not_lead_back(steps: Steps, media: Media) -> None:
    """Raises ValueError where steps lead back to where they began, also through channels that stand for each other."""
    order = order_of(steps)
    if looped := next((name for name in media if (name, name) in order), None):
        raise ValueError(f"the steps lead from {looped} back to {looped}: take one of them away")
    equals = tuple(_equals(media, order))
    whole = order_of((*steps, *equals))
    if round_about := next((step for step in steps if step[::-1] in whole), None):
        before, then = round_about
        rule = f"{then} leads back to {before} through channels of one medium that stand for each other"
        raise ValueError(f"{rule}: put all channels of that medium in order by steps between them, or none")


def _equals(media: Media, order: frozenset[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Channels of one medium that no step puts in an order, both ways."""
    for pair in combinations(media, 2):
        one, other = pair
        if media[one] and media[one] == media[other] and pair not in order and pair[::-1] not in order:
            yield from (pair, (other, one))
