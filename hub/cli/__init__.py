"""The `hub` command: one table of its commands, each loaded when it is called."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import click

from hub.masking import without_addresses
from hub.store.sql.storable import is_storable
from hub.version import project_version


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command lives (`module:name`) and its line in the listing."""

    target: str
    help: str


COMMANDS: dict[str, Command] = {
    "up": Command("hub.cli.up:up", "Run everything on this machine."),
    "demo": Command("hub.cli.demo:demo", "One real warning to a whole town and back."),
    "serve": Command("hub.cli.serve:serve", "Run the API, feeds, hooks and console."),
    "worker": Command("hub.cli.worker:worker", "Run a worker that sends."),
    "migrate": Command("hub.cli.migrate:migrate", "Bring the database to this version."),
    "configuration": Command("hub.cli.configuration:configuration", "Check the files and variables of a hub."),
    "counterparts": Command("hub.cli.counterparts:counterparts", "Run the other end of every channel."),
    "alert": Command("hub.cli.alert:alert", "Validate, draft, approve and release alerts."),
    "region": Command("hub.cli.region:region", "Import and show regions."),
    "area": Command("hub.cli.area:area", "Keep named areas for plans."),
    "recipient": Command("hub.cli.recipient:recipient", "Import, count and explain recipients."),
    "official": Command("hub.cli.official:official", "Keep the officials and their tokens."),
    "unit": Command("hub.cli.unit:unit", "Keep the units that officials belong to."),
    "admin": Command("hub.cli.admin:admin", "Agree to what another administrator asked for."),
    "key": Command("hub.cli.key:key", "List, rotate and revoke the hub's signing keys."),
    "partner": Command("hub.cli.partner:partner", "Keep the media partners."),
    "endpoint": Command("hub.cli.endpoint:endpoint", "Keep group robots and broadcast entries."),
    "service": Command("hub.cli.service:service", "Keep the upstream systems that send warnings in."),
    "trust": Command("hub.cli.service:trust_list", "Keep the list of trusted signers of incoming CAP."),
    "standing": Command("hub.cli.standing:standing", "Keep standing authorisations."),
    "delegation": Command("hub.cli.standing:delegation", "Lend a unit the release of certain warnings."),
    "entrustment": Command("hub.cli.standing:entrustment", "Have a warning centre publish for a unit."),
    "roster": Command("hub.cli.roster:roster", "Keep the duty roster: who is called when something waits."),
    "duty": Command("hub.cli.duty:duty", "Say who else was told of a release."),
    "feedback": Command("hub.cli.feedback:feedback", "Import, train and evaluate feedback."),
    "privacy": Command("hub.cli.privacy:privacy", "Forget what was kept long enough."),
    "report": Command("hub.cli.report:report", "Report the reach of an alert."),
    "audit": Command("hub.cli.audit:audit", "Verify the audit log and make evidence packs."),
    "bench": Command("hub.cli.bench:bench", "Measure the figures the documentation claims."),
}

#: What is answered with one line instead of a traceback. By name: an error can only be of a class whose module is
#: loaded, so none needs to be loaded to ask.
EXPECTED = (
    ("hub.errors", "Refusal"),
    ("hub.settings.sources", "SettingsRefused"),
    ("hub.local.redis_server", "RedisUnavailable"),
    ("hub.store.sql.database", "StoreUnavailable"),
    ("hub.store.sql.database", "EndNotNoted"),
    ("hub.local.supervisor", "ChildGaveUp"),
    ("approvals.authority", "PolicyRefused"),
    ("approvals.event_table", "EventsRefused"),
    ("channels.settings", "ChannelRefused"),
    ("targeting.group", "GroupsRefused"),
    ("templates.catalog", "TemplateRefused"),
    ("sqlalchemy.exc", "ArgumentError"),  # a store URL that cannot be read; its text does not repeat the URL
    ("builtins", "OSError"),  # a file that is not there or may not be read, a port in use, a full disk
)

#: where a command says, in the meta of its context, how it fails; as Failed where it says nothing
FAILS_AS = "hub.fails_as"


class Failed(click.ClickException):
    """One line on stderr, or one JSON object when the command was called with --json; exit 1."""

    def __init__(self, error: Exception, *, as_json: bool) -> None:
        super().__init__(without_addresses(_text(error)))  # terminals are logged, too
        self._rule = str(getattr(error, "rule", ""))
        self._place = without_addresses(str(getattr(error, "place", "")))
        self._findings = list(getattr(error, "findings", ()))
        self._remedy = without_addresses(str(getattr(error, "members", {}).get("remedy", "")))
        self._as_json = as_json

    def show(self, file: IO[Any] | None = None) -> None:
        """Where and which rule, then what."""
        if self._as_json:
            told = {"error": self.message, "rule": self._rule, "place": self._place, "findings": self._findings}
            told |= {"remedy": self._remedy} if self._remedy else {}
            line = json.dumps(told, ensure_ascii=False, default=str)
        else:
            rule = f" ({self._rule})" if self._rule else ""
            place = f"{self._place}: " if self._place and self._place not in self.message else ""
            line = f"hub: {place}{self.message}{rule}"
        click.echo(line, file=file or sys.stderr)


def _text(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called.

    With everything imported, `hub --help` and every shell completion would load the database, the web server and the
    classifier: seconds where a tenth is enough. The table is explicit; nothing is found by scanning.
    """

    def __init__(self, *, table: Mapping[str, Command], **named: Any) -> None:
        super().__init__(**named)
        self._table = table

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(self._table)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._table:
            return None
        target = self._table[cmd_name].target
        module, _, name = target.partition(":")
        command = getattr(importlib.import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{target} is not a command")
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The listing, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self._table.items()])


class Root(LazyGroup):
    """The `hub` command: what went wrong is said in one line."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta["hub.json"] = "--json" in args
        for number, each in enumerate(args, 1):
            if not is_storable(each):  # bytes of the terminal that are no UTF-8 arrive as lone surrogates (PEP 383)
                raise click.UsageError(f"argument {number} is not UTF-8 text")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(130)  # 128 + SIGINT, as shells count it
        except Exception as error:
            if isinstance(error, _expected_errors()):
                failed: type[Failed] = ctx.meta.get(FAILS_AS, Failed)
                raise failed(error, as_json=ctx.meta["hub.json"]) from None
            raise


def _expected_errors() -> tuple[type[Exception], ...]:
    loaded = ((sys.modules[module], name) for module, name in EXPECTED if module in sys.modules)
    return tuple(getattr(module, name) for module, name in loaded)


def _print_version(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"hub {project_version()}")
        ctx.exit()


@click.group(cls=Root, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show it.")
def root() -> None:
    """Fenghuo: an approved warning reaches everyone it concerns, provably."""
