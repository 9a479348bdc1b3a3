"""A warning speaks in the name of a unit that does not issue it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from hub.alert.alert import Alert
from tests.properties.desks import in_english
from tests.properties.office import UNITS, Office, Text
from tests.properties.statute import LEVELS
from tests.properties.wrongs.honest import SPOTS, drafted, must, pick, signatories
from tests.stories.town import BAOTA

#: a headline in which a unit speaks, and one that only mentions it
SPEAKS = ("{unit}发布{event}预警", "【{unit}】{event}预警", "由{unit}发布的{event}预警", "{unit}：{event}预警")
MENTIONS = ("据{unit}消息，{event}预警", "{event}预警（转发{unit}）")


def signed_by(unit: str, alert: Alert) -> Alert:
    """Its senderName is the unit's, in both languages."""
    names = (unit, in_english(unit))
    infos = (replace(info, sender_name=name) for info, name in zip(alert.infos, names, strict=True))
    return replace(alert, infos=tuple(infos))


async def it_speaks_in_anothers_name(office: Office) -> None:
    """As its sender, and in its headline; in its own name, and with another mentioned, it goes to the signers."""
    plain = Text("暴雨", office.dice.choice(LEVELS), office.dice.choice(SPOTS[BAOTA]))
    file = await drafted(office, plain)
    author = pick(office, signatories(office, file))
    other = office.dice.choice([unit for unit, _, _ in UNITS if unit != file.unit])
    for phrase, unit in ((SPEAKS, other), (MENTIONS, other), (SPEAKS, file.unit)):
        speaks = unit if phrase is SPEAKS else ""
        words = office.dice.choice(phrase).format(unit=unit, event=plain.event)
        signed = replace(plain, mended=partial(signed_by, speaks), speaks=speaks) if speaks else plain
        for text in (signed, replace(plain, words=words, speaks=speaks)):
            must(await office.edits(author, file, text))
            if (await office.submits(author, file)).taken:
                back = pick(office, office.free("review", file))
                must(await office.says(back, file, "review", verdict="return", reason="再改"))
