"""`hub migrate`: the database to this version's schema."""

from __future__ import annotations

import json

import click

from hub import settings
from hub.store.migrate import migrate as migrate_store


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def migrate(*, as_json: bool) -> None:
    """Bring the database to this version. Safe to run again and to run from several processes at once."""
    current = settings.load()
    migrate_store(current.store_url, patience_s=current.store.patience_s)
    click.echo(json.dumps({"migrated": True}) if as_json else "The database is at this version.")
