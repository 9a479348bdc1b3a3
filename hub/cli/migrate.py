"""`hub migrate`: the database to this version's schema."""

from __future__ import annotations

import json
import os

import click

from hub.configuration import read_configuration
from hub.store.upgrade.comparison import SchemaDiffers
from hub.store.upgrade.migrate import migrate_and_compare


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def migrate(*, as_json: bool) -> None:
    """Bring the database to this version. Safe to run again and to run from several processes at once.

    What it then holds is compared with what this version is written against: every difference is named, and the
    command ends with 1. Every file of the configuration is read first: beside a broken one nothing is changed.
    """
    current = read_configuration(os.environ).settings
    if harmless := migrate_and_compare(current.store_url, patience_s=current.store.patience_s):
        raise SchemaDiffers(harmless)
    click.echo(json.dumps({"migrated": True}) if as_json else "The database is at this version.")
