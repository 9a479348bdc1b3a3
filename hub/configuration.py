"""What the files of the configuration say: all of them are read and checked before anything is written to a disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from approvals.authority import Policy
from approvals.event_table import load_events
from approvals.load import load_policy
from channels.driver import Driver
from channels.settings import variables_of
from hub.callout.leader_offices import must_know_offices
from hub.clock import Clock, SystemClock
from hub.dispatch.drivers import configured_drivers
from hub.dispatch.escalation_steps import with_named_channels
from hub.feedback import opt_out_words
from hub.feedback.intent import load_rules
from hub.settings.settings import CONFIG_DIR, Settings, channels_file, load, load_channels, sources_of
from targeting import group
from targeting.group import Group
from templates.catalog import Catalog

GROUPS_FILE = CONFIG_DIR / "groups.toml"
TEMPLATES_DIR = CONFIG_DIR.parent / "templates"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything a hub is wired from that people write: whoever holds it knows that none of it is refused."""

    settings: Settings
    policy: Policy
    groups: Mapping[str, Group]
    catalog: Catalog
    drivers: Mapping[str, Driver]


def read_configuration(environ: Mapping[str, str]) -> Configuration:
    """The configuration in force. Writes nothing, opens no socket. Raises what the first wrong file is refused for."""
    return check_configuration(load(environ), load_channels(environ), SystemClock(), environ)


def check_configuration(
    settings: Settings, channels: Mapping[str, Mapping[str, Any]], clock: Clock, environ: Mapping[str, str]
) -> Configuration:
    """The configuration of settings and channels that are read already. Raises as `read_configuration` does."""
    policy = load_policy(settings.hub.authority, load_events(settings.hub.events))
    must_know_offices(settings, policy, environ)
    groups, catalog = group.load(GROUPS_FILE), Catalog(TEMPLATES_DIR)
    opt_out_words.load()
    load_rules()
    drivers = configured_drivers(settings, clock, channels, catalog, environ)
    return Configuration(with_named_channels(settings, channels, environ), policy, groups, catalog, drivers)


def named_sources(settings: Settings, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The files and variables a configuration is read from, as they were named."""
    files: tuple[Path | str, ...] = (
        channels_file(environ),
        settings.hub.authority,
        settings.hub.events,
        GROUPS_FILE,
        TEMPLATES_DIR / "words.toml",
        opt_out_words.FILE,
    )
    variables = (f"environment: {name}" for name in sorted(variables_of(environ)))
    return (*sources_of(environ), *map(str, files), *variables)
