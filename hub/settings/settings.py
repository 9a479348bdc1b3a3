"""All settings, read once into a frozen tree; an unknown key is refused, naming file and key.

Order, later wins: `config/default.toml`, the file named by FENGHUO_CONFIG, environment (`FENGHUO_STORE__URL=…`).
Channels are not here: a driver owns its block of `config/channels.toml` (see `channels.registry`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FilePath, ValidationError, field_validator

from channels.setting_errors import first_error
from hub.settings.calls import CallSettings
from hub.settings.origins import Origins, note_origin, origin_of
from hub.settings.sources import SettingsRefused, merge_tree, read_toml, tree_of_variable
from hub.settings.urls import check_redis_url, check_store_url

CONFIG_DIR = Path(__file__).resolve().parents[2] / "config"
ENV_PREFIX = "FENGHUO_"
#: environment names under the prefix that are not settings
NOT_SETTINGS = frozenset(
    {
        "FENGHUO_CONFIG",
        "FENGHUO_CHANNELS",
        "FENGHUO_FAULTS",
        "FENGHUO_SHARED",
        "FENGHUO_TEST_POSTGRES",
        "FENGHUO_TOKEN",  # who acts on the command line: hub.cli.acting reads it
        "FENGHUO_KEY_ORDER",  # hub.crypto.keys reads these
        "FENGHUO_KEY_TOKEN",
        "FENGHUO_KEY_RECORD",
        "FENGHUO_KEY_SEAL",
        "FENGHUO_KEY_HASH",
        "FENGHUO_KEY_DELIVERY",
    }
)
#: the keys of channels; channels.settings lays them over the channels file
CHANNEL_PREFIX = "FENGHUO_CHANNEL_"


class _SettingsBlock(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HubSettings(_SettingsBlock):
    """Where the hub lives and what it calls itself."""

    data_dir: Path = Path("data")
    world: Literal["live", "exercise"] = "live"
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    #: the address providers and partners reach us at; empty means http://host:port
    public_url: str = ""
    #: CAP `sender` of alerts written by the hub itself
    sender: str = "fenghuo.example"
    #: requests a minute from one address to the public feed, in each server; 0 means no limit
    public_feed_per_minute: int = Field(120, ge=0)
    #: the policy of authority: who may release what
    authority: FilePath = CONFIG_DIR / "authority.toml"
    #: the table of events: in which words, who may warn, for how long
    events: FilePath = CONFIG_DIR / "events.toml"


class StoreSettings(_SettingsBlock):
    """The database. An empty url means SQLite in the data directory."""

    url: Annotated[str, AfterValidator(check_store_url)] = ""
    patience_s: float = Field(60.0, gt=0)


class RedisSettings(_SettingsBlock):
    """The queue's Redis. An empty url means our own server on a socket in the data directory."""

    url: Annotated[str, AfterValidator(check_redis_url)] = ""


class DispatchSettings(_SettingsBlock):
    """How sends are cut, leased and retried. Seconds unless the name says otherwise."""

    shard_size: int = Field(1000, ge=1, le=5000)
    chunk_size: int = Field(500, ge=1, le=2000)  # most intents committed before their sends: bounds duplicates
    lease_s: float = Field(30.0, gt=0)
    outcome_flush_s: float = Field(0.025, gt=0)
    outcome_batch: int = Field(500, ge=1)
    reconcile_after_s: float = Field(10.0, ge=0)  # how long an unanswered send waits for a sign of life
    resend_unknown: Literal["never", "red", "orange", "yellow", "blue"] = "blue"  # from this level up
    retry_first_s: float = Field(2.0, gt=0)
    retry_most_s: float = Field(60.0, gt=0)
    sweep_s: float = Field(1.0, gt=0)
    jobs_per_queue: int = Field(4, ge=1)


class LevelMinutes(_SettingsBlock):
    """A time for each level."""

    red: float = Field(5.0, gt=0)
    orange: float = Field(10.0, gt=0)
    yellow: float = Field(30.0, gt=0)
    blue: float = Field(60.0, gt=0)

    def of(self, level: str) -> float:
        """By the colour word."""
        found: float = getattr(self, level)
        return found


class EscalationSettings(_SettingsBlock):
    """When a person not reached on one channel is tried on the next."""

    #: from channel to channel; `medium:sms` stands for each channel of the medium (hub.dispatch.escalation_steps)
    steps: tuple[tuple[str, str], ...] = (("sms", "voice"),)
    after_s: float = Field(60.0, ge=0)  # at most; never more than `share` of the time left
    share: float = Field(0.2, gt=0, le=1)
    #: how long silence is waited out while reports of the channel are behind; then it is escalated all the same
    limit_minutes: LevelMinutes = LevelMinutes(red=10, orange=30, yellow=30, blue=30)


class AuthSettings(_SettingsBlock):
    """Tokens, sessions and second factors."""

    issuer: str = "fenghuo"
    audience: str = "fenghuo-api"
    token_hours: float = Field(8.0, gt=0)
    #: decisions that need a second factor given for their very digest, moments before; "administer" is agreeing to
    #: another administrator's request
    second_factor: tuple[Literal["review", "sign", "administer"], ...] = ("sign", "administer")
    #: incoming messages without a signature, and with one by a key that is not on the trust list
    unsigned_ingest: Literal["draft", "refuse"] = "draft"
    untrusted_ingest: Literal["draft", "refuse"] = "refuse"
    proof_s: float = Field(300.0, gt=0, le=3600)  # how long such a proof waits to be used
    access_minutes: float = Field(15.0, gt=0, le=15)  # of a token that a session stands behind
    refresh_hours: float = Field(12.0, gt=0)  # a session nobody uses so long is over
    session_hours: float = Field(12.0, gt=0)  # and so is any session after this time
    invite_hours: float = Field(72.0, gt=0)  # how long an invitation to enrol waits
    #: whether tokens made by `hub official token` open the door; they can never sign where a second factor is demanded
    command_line_tokens: bool = True
    #: the header in which a trusted proxy names the client; empty where clients connect themselves
    client_header: str = ""
    #: Argon2id, the second choice of RFC 9106 §4
    argon2_passes: int = Field(3, ge=1)
    argon2_memory_kib: int = Field(64 * 1024, ge=8)
    argon2_lanes: int = Field(4, ge=1)


def safe_address(url: str) -> bool:
    """Whether what is said there cannot be read or changed on the way: https, or this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"})


class OidcSettings(_SettingsBlock):
    """An identity provider for single sign-on (OpenID Connect); the client secret belongs into the environment."""

    issuer: str
    client_id: str
    client_secret: str = Field("", repr=False)
    scopes: tuple[str, ...] = ("openid", "profile")

    @field_validator("issuer")
    @classmethod
    def _safe(cls, issuer: str) -> str:
        if not safe_address(issuer):
            raise ValueError("an issuer is reached by https")
        return issuer


class AdministrationSettings(_SettingsBlock):
    """Four eyes on administration."""

    request_hours: float = Field(1.0, gt=0, le=24)  # how long a request waits for the second administrator


ELEMENT = Literal["event", "level", "start", "area", "matter", "measures", "issuer", "sent"]


class ContentSettings(_SettingsBlock):
    """What a warning must state before it may be submitted (突发事件应对法 2024 art. 64 and 67)."""

    #: how long a warning is in force as a rule, where the table of events does not say
    usual_hours: float = Field(24.0, gt=0, le=720)

    #: everything the law names: all eight elements, and at red and orange what to do, in a line of its own
    law: bool = True
    #: where `law` is false: the elements that are required all the same
    required: tuple[ELEMENT, ...] = ("event", "start", "area", "matter", "issuer", "sent")
    #: levels at which it must also say what to do (art. 67)
    measures_at: tuple[Literal["red", "orange", "yellow", "blue"], ...] = ()

    #: where the public may ask, where a warning does not say (突发事件应对法 2024 art. 66); by unit, then for all
    contact: str = Field("", max_length=200)
    contacts: dict[str, str] = Field(default_factory=dict)

    def contact_of(self, unit: str) -> str:
        """Where the public may ask about a warning of this unit; empty where nobody says."""
        return (self.contacts.get(unit) or self.contact).strip()


class DutySettings(_SettingsBlock):
    """Within how many minutes of a release its duties are to be met; our own numbers, the law says "at once"."""

    minutes: LevelMinutes = LevelMinutes()
    #: further regions to be told, by the region key of the unit's area: who lies downstream, or has no outline here
    neighbours: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class ReferralSettings(_SettingsBlock):
    """How long a draft that was referred may wait before it goes to the tier above."""

    minutes: LevelMinutes = LevelMinutes()


JUDGEMENT = Literal["off", "warn", "block"]


class LevelJudgement(_SettingsBlock):
    """What follows from a finding of an estimate, for each level: nothing, a word to the reviewers, or a refusal."""

    red: JUDGEMENT = "warn"
    orange: JUDGEMENT = "warn"
    yellow: JUDGEMENT = "warn"
    blue: JUDGEMENT = "warn"

    def of(self, level: str) -> JUDGEMENT:
        """By the colour word."""
        found: JUDGEMENT = getattr(self, level)
        return found


class LevelBudget(_SettingsBlock):
    """How many messages a person may be sent within a time, for each level; 0 is as many as there are."""

    red: int = Field(0, ge=0, le=10)
    orange: int = Field(0, ge=0, le=10)
    yellow: int = Field(5, ge=0, le=10)
    blue: int = Field(3, ge=0, le=10)

    def of(self, level: str) -> int:
        """By the colour word."""
        found: int = getattr(self, level)
        return found


class LevelShare(_SettingsBlock):
    """From which share on something is done without being asked for, for each level; absent: never."""

    red: float | None = Field(0.25, ge=0, le=1)
    orange: float | None = Field(0.5, ge=0, le=1)
    yellow: float | None = Field(None, ge=0, le=1)
    blue: float | None = Field(None, ge=0, le=1)

    def of(self, level: str) -> float | None:
        """By the colour word."""
        found: float | None = getattr(self, level)
        return found


class EstimateSettings(_SettingsBlock):
    """What an estimate says of a draft before it is approved. The levels are those of the draft."""

    missing_language: LevelJudgement = LevelJudgement()  # people wait for a language no info block is in
    missing_accessible_form: LevelJudgement = LevelJudgement()  # a group needs text or speech, and no channel has it
    unreachable_share: LevelJudgement = LevelJudgement()  # more than `unreachable_most` have none of the channels
    unreachable_most: float = Field(0.1, ge=0, le=1)
    fatigue: LevelJudgement = LevelJudgement()  # people were sent as much as the budgets allow
    budget_day: LevelBudget = LevelBudget()
    budget_week: LevelBudget = LevelBudget(yellow=10, blue=10)
    #: people registered without coordinates are included where the shapes cover so much of their township, unless the
    #: author of the plan says otherwise
    unlocated_share: LevelShare = LevelShare()


class RetentionSettings(_SettingsBlock):
    """Days until things are forgotten by `hub privacy retention`; absent: kept for good.

    Of what an alert left, days count from its end: lists of its recipients, deliveries and receipts always have a day
    they go, save where an assessment of this alert says that they are needed as evidence for longer (PD-3).
    """

    feedback_texts_days: float | None = Field(365.0, gt=0)
    receipt_details_days: float | None = Field(365.0, gt=0)
    delivery_references_days: float | None = Field(365.0, gt=0)
    provider_references_days: float | None = Field(90.0, gt=0)
    idempotency_answers_days: float | None = Field(1.0, gt=0)
    recipient_lists_days: float = Field(30.0, gt=0)
    deliveries_days: float = Field(1095.0, gt=0)
    receipts_days: float = Field(1095.0, gt=0)


class LogSettings(_SettingsBlock):
    level: Literal["debug", "info", "warning", "error"] = "info"
    form: Literal["text", "json"] = "text"


class Settings(_SettingsBlock):
    hub: HubSettings = HubSettings()
    store: StoreSettings = StoreSettings()
    redis: RedisSettings = RedisSettings()
    dispatch: DispatchSettings = DispatchSettings()
    escalation: EscalationSettings = EscalationSettings()
    auth: AuthSettings = AuthSettings()
    oidc: dict[str, OidcSettings] = Field(default_factory=dict)  # by the name in the address of the sign-in
    administration: AdministrationSettings = AdministrationSettings()
    content: ContentSettings = ContentSettings()
    referral: ReferralSettings = ReferralSettings()
    duties: DutySettings = DutySettings()
    calls: CallSettings = CallSettings()
    estimate: EstimateSettings = EstimateSettings()
    retention: RetentionSettings = RetentionSettings()
    log: LogSettings = LogSettings()

    @property
    def store_url(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.store.url or f"sqlite:///{(self.hub.data_dir / 'hub.db').absolute()}"

    @property
    def public_url(self) -> str:
        """Base URL without trailing slash."""
        return (self.hub.public_url or f"http://{self.hub.host}:{self.hub.port}").rstrip("/")


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Reads every source. Raises SettingsRefused."""
    tree: dict[str, Any] = {}
    for said in _sources(environ).values():
        merge_tree(tree, said)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        path, rule = first_error(error, Settings)
        place = find_source(path, environ) or environ.get("FENGHUO_CONFIG") or "settings"
        raise SettingsRefused(f"{place}: {'.'.join(path)}: {rule}") from None


def find_source(path: tuple[str, ...], environ: Mapping[str, str] = os.environ) -> str:
    """The file or variable that said a key last; empty where none did. Raises SettingsRefused."""
    origins: Origins = {}
    for source, said in _sources(environ).items():
        note_origin(origins, said, source)
    return origin_of(path, origins)


def sources_of(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The files and variables that settings are read from, later ones over earlier ones. Raises SettingsRefused."""
    return tuple(_sources(environ))


def _sources(environ: Mapping[str, str]) -> Mapping[str, Mapping[str, Any]]:
    """What each file and variable says, in their order."""
    found: dict[str, Mapping[str, Any]] = {str(CONFIG_DIR / "default.toml"): read_toml(CONFIG_DIR / "default.toml")}
    if own := environ.get("FENGHUO_CONFIG"):
        found[own] = read_toml(Path(own), remedy="name another in FENGHUO_CONFIG, or unset it")
    for name, value in environ.items():
        if name.startswith(ENV_PREFIX) and not name.startswith(CHANNEL_PREFIX) and name not in NOT_SETTINGS:
            found[f"environment: {name}"] = tree_of_variable(name, value, ENV_PREFIX)
    return found


def channels_file(environ: Mapping[str, str] = os.environ) -> str:
    """The channels file in force, as it was named."""
    return environ.get("FENGHUO_CHANNELS") or str(CONFIG_DIR / "channels.toml")


def load_channels(environ: Mapping[str, str] = os.environ) -> dict[str, dict[str, Any]]:
    """The blocks of the channels file: channel name to the driver's own settings. Raises SettingsRefused."""
    file = channels_file(environ)
    blocks = read_toml(Path(file), remedy="name another in FENGHUO_CHANNELS, or unset it")
    for name, block in blocks.items():
        if not isinstance(block, dict):
            raise SettingsRefused(f"{file}: {name}: a channel is a table, [{name}]")
    return blocks
