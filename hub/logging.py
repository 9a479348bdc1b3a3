"""Logs for people or machines, with phone numbers, e-mail addresses and secrets masked as the last line of defence.

The first line is not to log them. This one is for what libraries, tracebacks and mistakes write.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import IO, Any

import structlog
from structlog.typing import Processor

from hub.masking import ADDRESSES
from hub.settings.settings import LogSettings

#: pattern and what stands in its place; the order matters: a secret may hold what looks like a number or an address
MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), "[secret]"),
    (re.compile(r"://[^\s/@]*@"), "://[secret]@"),  # user and password of a URL
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]+", re.IGNORECASE), r"\1 [secret]"),  # RFC 6750 §2.1, RFC 7617 §2
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "[secret]"),  # a JWS in compact form, RFC 7515 §3.1
    (re.compile(r"\bwhsec_[\w+/=-]+"), "[secret]"),  # Standard Webhooks, a signing secret
    (
        re.compile(r"([?&;](?:key|token|access_token|secret|password|sig|signature)=)[^\s&;\"']+", re.IGNORECASE),
        r"\1[secret]",
    ),
    *ADDRESSES,
)
SECRET_NAMES = frozenset({"authorization", "password", "secret", "token", "jws", "key", "signature", "cookie"})
NUMBER_RANGE = range(13_000_000_000, 20_000_000_000)  # a Chinese mobile number written as an integer


def mask(text: str) -> str:
    """`text` with everything that looks like a phone number, an e-mail address or a secret replaced."""
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return text


def mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: masks names and values to any depth. It must stand right before the renderer."""
    return {_mask_value(name): _value(name, value) for name, value in event.items()}


def configure(settings: LogSettings, stream: IO[str] | None = None) -> None:
    """Routes structlog and the standard library to `stream` (stderr by default), one line per event."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    output = stream or sys.stderr
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(_level(settings)),
        # Not cached: a logger that has spoken once would go on to the stream and level of that moment for ever.
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.StackInfoRenderer(),
                structlog.processors.format_exc_info,
                mask_event,
                _renderer(settings, output),
            ],
        )
    )
    logging.basicConfig(level=_level(settings), handlers=[handler], force=True)
    # At every start of every command it would say which database it looks at.
    logging.getLogger("alembic").setLevel(max(_level(settings), logging.WARNING))
    logging.captureWarnings(capture=True)


def _level(settings: LogSettings) -> int:
    return logging.getLevelNamesMapping()[settings.level.upper()]


def _renderer(settings: LogSettings, output: IO[str]) -> Processor:
    if settings.form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=output.isatty())


def _mask_value(value: Any) -> str:
    return mask(value if isinstance(value, str) else repr(value))


def _value(name: Any, value: Any) -> Any:
    if isinstance(name, str) and name.lower() in SECRET_NAMES:
        return "[secret]"
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return "[number]" if value in NUMBER_RANGE else value
    if isinstance(value, Mapping):
        return {_mask_value(key): _value(key, item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_value("", item) for item in value]
    return _mask_value(value)
