"""The colour that is said is another than the level that is signed."""

from __future__ import annotations

from dataclasses import replace

from tests.properties.agency import Agency, Text
from tests.properties.attacks.honest import SPOTS, drafted, must, pick, signatories
from tests.properties.policy_model import LEVELS, File
from tests.stories.town import BAOTA

COLOURS = dict(zip(LEVELS, ("蓝色", "黄色", "橙色", "红色"), strict=True))
GRADES = dict(zip(LEVELS, ("Ⅳ", "III", "二", "Ⅰ"), strict=True))
#: what a headline says; `old` is a level that was, or is none at all
PHRASES = (
    "{event}{new}预警",
    "宝塔区{event}{new}预警信号",
    "{new}{event}预警",
    "{event}{grade}级预警",
    "{event}{old}预警{turned}为{new}预警",
    "{event}{old}预警变更为{new}",
    "将{event}预警由{old}更新为{new}预警",
    "启动{oldgrade}级应急响应，{event}{new}预警",
    "黄浦区红桥镇{event}{new}预警",
    "{English} rainstorm warning",
)


def headline(agency: Agency, text: Text, says: str) -> Text:
    """The text with a headline that says a level, in some way."""
    old = agency.dice.choice([level for level in LEVELS if level != says])
    words = agency.dice.choice(PHRASES).format(
        event=text.event,
        new=COLOURS[says],
        old=COLOURS[old],
        grade=GRADES[says],
        oldgrade=GRADES[old],
        turned="升级" if LEVELS.index(says) > LEVELS.index(old) else "降级",
        English=says.capitalize(),
    )
    return replace(text, words=words, says=says)


def of_the_place(agency: Agency) -> Text:
    return Text("暴雨", agency.dice.choice(LEVELS), agency.dice.choice(SPOTS[BAOTA]))


async def the_headline_says_another_level(agency: Agency) -> None:
    """Drafted with it, and edited into it; said rightly it goes to the signers."""
    text = of_the_place(agency)
    others = [level for level in LEVELS if level != text.level]
    file = await drafted(agency, headline(agency, text, agency.dice.choice(others)))
    author = pick(agency, signatories(agency, file))
    await agency.submits(author, file)
    must(await agency.edits(author, file, headline(agency, text, agency.dice.choice(others))))
    await agency.submits(author, file)
    must(await agency.edits(author, file, headline(agency, text, text.level)))
    must(await agency.submits(author, file))


async def a_place_of_a_colour_is_read_as_a_level(agency: Agency) -> None:
    """What is no level at all stands in nobody's way."""
    text = of_the_place(agency)
    for words in ("黄浦区{event}", "红桥镇{event}", "启动Ⅰ级应急响应，防范{event}", "蓝田县、黄龙县{event}"):
        file: File = await drafted(agency, replace(text, words=words.format(event=text.event)))
        answer = await agency.submits(pick(agency, signatories(agency, file)), file)
        agency.oracle.took_no_level(file, words, answer.rule)
        must(answer)
