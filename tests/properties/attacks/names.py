"""A warning speaks in the name of a unit that does not issue it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from hub.alert.alert import Alert
from tests.properties.agency import UNITS, Agency, Text
from tests.properties.attacks.honest import SPOTS, drafted, must, pick, signatories
from tests.properties.desks import in_english
from tests.properties.policy_model import LEVELS
from tests.stories.town import BAOTA

#: a headline in which a unit speaks, and one that only mentions it
SPEAKS = ("{unit}发布{event}预警", "【{unit}】{event}预警", "由{unit}发布的{event}预警", "{unit}：{event}预警")
MENTIONS = ("据{unit}消息，{event}预警", "{event}预警（转发{unit}）")


def signed_by(unit: str, alert: Alert) -> Alert:
    """Its senderName is the unit's, in both languages."""
    names = (unit, in_english(unit))
    infos = (replace(info, sender_name=name) for info, name in zip(alert.infos, names, strict=True))
    return replace(alert, infos=tuple(infos))


async def it_speaks_in_anothers_name(agency: Agency) -> None:
    """As its sender, and in its headline; in its own name, and with another mentioned, it goes to the signers."""
    plain = Text("暴雨", agency.dice.choice(LEVELS), agency.dice.choice(SPOTS[BAOTA]))
    file = await drafted(agency, plain)
    author = pick(agency, signatories(agency, file))
    other = agency.dice.choice([unit for unit, _, _ in UNITS if unit != file.unit])
    for phrase, unit in ((SPEAKS, other), (MENTIONS, other), (SPEAKS, file.unit)):
        speaks = unit if phrase is SPEAKS else ""
        words = agency.dice.choice(phrase).format(unit=unit, event=plain.event)
        signed = replace(plain, mended=partial(signed_by, speaks), speaks=speaks) if speaks else plain
        for text in (signed, replace(plain, words=words, speaks=speaks)):
            must(await agency.edits(author, file, text))
            if (await agency.submits(author, file)).taken:
                back = pick(agency, agency.free("review", file))
                must(await agency.says(back, file, "review", verdict="return", reason="再改"))
