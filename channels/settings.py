"""A driver's block of `config/channels.toml`: read once, frozen, and refused with file and key when it is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from channels.driver import Limits
from channels.setting_errors import first_error

CONNECT_S = 3.0  #: a dead host may hold a slot no longer than this (Postfix TUNING_README)
ENVIRONMENT_PREFIX = "FENGHUO_CHANNEL_"


#: what a variable of the environment can carry; letters are small, as the name in a variable is read
_NAME = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
#: what stands before the name of a medium in a plan; a channel of this name would read as the beginning of one
_TAKEN = "medium"


class ChannelRefused(Exception):
    """A channel's settings say something no driver understands; the text names file, channel and key."""


class DriverSettings(BaseModel):
    """What every driver's block may say. A driver adds its own keys; an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    driver: str  #: key of `channels.registry.DRIVERS`
    enabled: bool = True
    timeout_s: float = Field(10.0, gt=0, le=60)  #: from the first byte out to the whole answer in
    #: until a connection stands, over HTTP; an SMTP relay gets the time of an answer
    connect_s: float = Field(CONNECT_S, gt=0, le=60)
    concurrency: int = Field(64, ge=1, le=2000)  #: most unanswered requests per destination
    per_second: float = Field(0.0, ge=0)  #: contract rate per destination; 0 is no limit
    burst: int = Field(1, ge=1)
    #: share of the people among the enabled channels of its medium, where a plan leaves the choice to the hub
    weight: float = Field(1.0, ge=0, le=1000)

    @property
    def limits(self) -> Limits:
        """What dispatch keeps to."""
        return Limits(self.concurrency, self.per_second, self.burst, self.weight)


class SignedSettings(DriverSettings):
    """What a block may say whose texts carriers admit under registered signatures only (短信签名), the usual one first.

    None: a text is signed with the name of its issuer.
    """

    signatures: tuple[Annotated[str, Field(pattern=r"^[^【】\s]{2,40}$")], ...] = ()


@dataclass(frozen=True, slots=True)
class BlockSource:
    """Where the blocks of the channels were read, for errors: the file, and the variables laid over it."""

    file: str = "config/channels.toml"
    variables: frozenset[str] = frozenset()

    def of(self, channel: str, key: str) -> str:
        """The file or variable that said a key."""
        variable = f"{ENVIRONMENT_PREFIX}{channel}__{key}".upper()
        return f"environment: {variable}" if variable in self.variables else self.file


@dataclass(frozen=True, slots=True)
class DriverContext:
    """What the house gives a driver besides its own block."""

    public_url: str  #: base URL at which providers reach us, without trailing slash
    now: Callable[[], datetime]  #: the clock, in UTC
    source: BlockSource = BlockSource()  #: named in errors

    def hook(self, channel: str) -> str:
        """The URL at which this channel's provider calls back."""
        return f"{self.public_url.rstrip('/')}/hooks/{channel}"


S = TypeVar("S", bound=DriverSettings)


def read_block(channel: str, block: Mapping[str, object], model: type[S], source: BlockSource) -> S:
    """The block as its driver's settings. Raises ChannelRefused for the first thing that is wrong."""
    try:
        return model.model_validate(dict(block))
    except ValidationError as error:
        path, rule = first_error(error, model)
        place = source.of(channel, path[0]) if path else source.file
        raise ChannelRefused(f"{place}: {'.'.join([channel, *path])}: {rule}") from None


def with_environment(
    blocks: Mapping[str, Mapping[str, object]], environ: Mapping[str, str]
) -> dict[str, dict[str, object]]:
    """The blocks with `FENGHUO_CHANNEL_<CHANNEL>__<KEY>` laid over them: where secrets come from in production.

    Raises ChannelRefused for a variable whose channel has no block.
    """
    merged = {channel: dict(block) for channel, block in blocks.items()}
    for name in variables_of(environ):
        channel, _, key = name.removeprefix(ENVIRONMENT_PREFIX).lower().partition("__")
        if not key:
            raise ChannelRefused(f"environment: {name}: names no key: {ENVIRONMENT_PREFIX}<CHANNEL>__<KEY> is wanted")
        if channel not in merged:
            raise ChannelRefused(f"environment: {name}: no such channel; there are {', '.join(sorted(merged))}")
        merged[channel][key] = environ[name]
    return merged


def check_name(channel: str, file: str) -> None:
    """Raises ChannelRefused for a name whose settings no variable could give, or which means something else."""
    if not _NAME.fullmatch(channel):
        rule = "small letters and digits are wanted, _ or - between"
        raise ChannelRefused(f"{file}: [{channel!r}]: {ENVIRONMENT_PREFIX}<CHANNEL>__<KEY> could not name it: {rule}")
    if channel == _TAKEN:
        raise ChannelRefused(
            f"{file}: {channel}: stands before the name of a medium in plans: name the channel otherwise"
        )


def variables_of(environ: Mapping[str, str]) -> frozenset[str]:
    """The names of the variables that are laid over the blocks."""
    return frozenset(name for name in environ if name.startswith(ENVIRONMENT_PREFIX))
