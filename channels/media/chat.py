"""Messages in a chat, to a person or through the robot of a group, as Markdown."""

from __future__ import annotations

from dataclasses import dataclass

from channels.address import AddressKind
from channels.medium import BodyFormat, Medium, Templates
from channels.message import Form


@dataclass(frozen=True, slots=True)
class Chat(Medium):
    """`most` counts bytes of UTF-8."""

    def excess(self, form: Form) -> str:
        size = len(form.body.encode())
        return f"{size} bytes, {self.most} allowed" if size > self.most else ""


CHAT = Chat(
    name="chat",
    address=AddressKind.USER_ID,
    column="wecom",
    templates=Templates("chat.md"),
    document=BodyFormat.MARKDOWN,
    signs=True,
    most=4096,  # markdown.content of a WeCom robot (developer.work.weixin.qq.com/document/path/91770)
)
