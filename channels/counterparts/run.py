"""All counterparts together, each on a free loopback port, with one control server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.counterparts.broadcast import BroadcastOperator
from channels.counterparts.control import Control, Member
from channels.counterparts.counterpart import Knobs
from channels.counterparts.partner import MediaPartner
from channels.counterparts.smtp import MailRelay
from channels.counterparts.twilio import TwilioCounterpart
from channels.counterparts.wecom import WecomRobots


def assemble(knobs: Mapping[str, Knobs]) -> dict[str, Member]:
    """Every counterpart by its channel, with its knobs or perfect ones. None has started."""

    def turned(channel: str) -> Knobs:
        return knobs.get(channel, Knobs())

    # One line per counterpart.
    members = [
        _twilio(TwilioCounterpart(turned("sms"), "sms")),
        _twilio(TwilioCounterpart(turned("voice"), "voice")),
        _wecom(WecomRobots(turned("wecom"))),
        Member(MailRelay(turned("email"))),
        _broadcast(BroadcastOperator(turned("broadcast"))),
        _partner(MediaPartner(turned("partners"))),
    ]
    return {member.counterpart.name: member for member in members}


class Ensemble:
    """Every counterpart, running. `members` is by channel."""

    def __init__(self, knobs: Mapping[str, Knobs] | None = None) -> None:
        self.members = assemble(knobs or {})
        self.control = Control(self.members)

    async def start(self) -> None:
        for member in self.members.values():
            await member.counterpart.start()
        await self.control.start()

    async def aclose(self) -> None:
        await self.control.aclose()
        for member in self.members.values():
            await member.counterpart.aclose()

    def describe(self) -> dict[str, Any]:
        """What another process needs to reach them: the control server, its token, and each one's URL and block."""
        return {
            "control": self.control.url,
            "token": self.control.token,
            "counterparts": {name: member.counterpart.url for name, member in self.members.items()},
            "blocks": {name: member.counterpart.block for name, member in self.members.items()},
            "endpoints": {name: member.endpoint for name, member in self.members.items() if member.endpoint},
        }


def _twilio(account: TwilioCounterpart) -> Member:
    async def inbound(said: Mapping[str, Any]) -> dict[str, Any]:
        """`from`, `body`, and `url` of the hook."""
        return {"sid": await account.inbound(said)}

    return Member(account, {"inbound": inbound})


def _wecom(robots: WecomRobots) -> Member:
    async def inbound(said: Mapping[str, Any]) -> dict[str, Any]:
        """`url` of the hook, `body`, and `from`, the member who answers."""
        return {"status": await robots.answers(said["url"], said["body"], said.get("from", "zhangsan"))}

    return Member(robots, {"inbound": inbound}, lambda: robots.robot("square-dance"))


def _broadcast(operator: BroadcastOperator) -> Member:
    return Member(operator, {}, lambda: operator.target, operator.secret, operator.callback_keys)


def _partner(partner: MediaPartner) -> Member:
    async def pull(said: Mapping[str, Any]) -> dict[str, Any]:
        """`url` of the feed and the partner's `token`; answers the ids of the documents it got."""
        return {"documents": sorted((await partner.pull(said["url"], said["token"])).documents)}

    return Member(partner, {"pull": pull}, lambda: partner.target, partner.secret, partner.callback_keys)
