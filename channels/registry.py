"""Which drivers there are, and the drivers that the channels file asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from channels import cap_broadcast, email_smtp, partner_push, twilio_sms, twilio_voice, webhook, wecom
from channels.driver import Driver
from channels.media.broadcast import BROADCAST
from channels.media.chat import CHAT
from channels.media.email import EMAIL
from channels.media.partner_feed import PARTNER_FEED
from channels.media.sms import SMS
from channels.media.voice import VOICE
from channels.media.webhook import WEBHOOK
from channels.medium import Medium
from channels.settings import ChannelRefused, DriverContext, DriverSettings, read_block


@dataclass(frozen=True, slots=True)
class DriverKind:
    """What a block's `driver` key chooses: whose settings the block holds, who builds from them, what it carries."""

    settings: type[DriverSettings]
    build: Callable[[str, Any, DriverContext], Driver]  #: (channel, its settings, context)
    medium: Medium  #: known of a block that is not enabled, too


#: one line per driver; nothing registers itself by being imported
DRIVERS: Mapping[str, DriverKind] = {
    "twilio_sms": DriverKind(twilio_sms.TwilioSmsSettings, twilio_sms.build, SMS),
    "twilio_voice": DriverKind(twilio_voice.TwilioVoiceSettings, twilio_voice.build, VOICE),
    "wecom_robot": DriverKind(wecom.WecomRobotSettings, wecom.build, CHAT),
    "smtp": DriverKind(email_smtp.SmtpSettings, email_smtp.build, EMAIL),
    "cap_http": DriverKind(cap_broadcast.CapHttpSettings, cap_broadcast.build, BROADCAST),
    "partner_push": DriverKind(partner_push.PartnerPushSettings, partner_push.build, PARTNER_FEED),
    "webhook": DriverKind(webhook.WebhookSettings, webhook.build, WEBHOOK),
}

_BOOL: TypeAdapter[bool] = TypeAdapter(bool)


def open_drivers(blocks: Mapping[str, Mapping[str, object]], context: DriverContext) -> dict[str, Driver]:
    """Channel name to its driver, for every enabled block. Opens no connection. Raises ChannelRefused."""
    return {
        channel: _build(channel, block, context)
        for channel, block in blocks.items()
        if _is_enabled(channel, block, context)
    }


def _is_enabled(channel: str, block: Mapping[str, object], context: DriverContext) -> bool:
    try:
        return _BOOL.validate_python(block.get("enabled", True))
    except ValidationError:
        place = context.source.of(channel, "enabled")
        raise ChannelRefused(f"{place}: {channel}.enabled: true or false is wanted") from None


def _build(channel: str, block: Mapping[str, object], context: DriverContext) -> Driver:
    name = block.get("driver")
    kind = DRIVERS.get(name) if isinstance(name, str) else None
    if kind is None:
        wrong = f"no driver is called {name!r}" if "driver" in block else "is missing"
        known = ", ".join(sorted(DRIVERS))
        raise ChannelRefused(f"{context.source.of(channel, 'driver')}: {channel}.driver: {wrong}: name one of {known}")
    return kind.build(channel, read_block(channel, block, kind.settings, context.source), context)
