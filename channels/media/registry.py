"""Which media there are."""

from __future__ import annotations

from collections.abc import Mapping

from channels.media.broadcast import BROADCAST
from channels.media.chat import CHAT
from channels.media.email import EMAIL
from channels.media.partner_feed import PARTNER_FEED
from channels.media.sms import SMS
from channels.media.voice import VOICE
from channels.media.webhook import WEBHOOK
from channels.medium import Medium

#: by name; one line per medium
MEDIA: Mapping[str, Medium] = {
    medium.name: medium for medium in (SMS, VOICE, EMAIL, CHAT, BROADCAST, PARTNER_FEED, WEBHOOK)
}
