"""The media of the channels of config/channels.toml, by channel, and the columns of those that reach a person."""

from channels.media.broadcast import BROADCAST
from channels.media.chat import CHAT
from channels.media.email import EMAIL
from channels.media.partner_feed import PARTNER_FEED
from channels.media.sms import SMS
from channels.media.voice import VOICE

CHANNEL_MEDIA = {
    "sms": SMS,
    "voice": VOICE,
    "email": EMAIL,
    "wecom": CHAT,
    "broadcast": BROADCAST,
    "partners": PARTNER_FEED,
}
COLUMNS = {"sms": "sms", "voice": "voice", "email": "email"}
