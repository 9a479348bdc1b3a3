"""What the law wants stated is left out: an element of the eight, or the level itself."""

from __future__ import annotations

from dataclasses import replace

from hub.alert.alert import Alert
from tests.properties.agency import Agency, Text
from tests.properties.attacks.honest import SPOTS, drafted, must, pick, signatories
from tests.properties.policy_model import LEVELS
from tests.stories.town import BAOTA

BLANK = {"headline": "", "instruction": "", "sender_name": ""}


def blank(alert: Alert) -> Alert:
    """In Chinese and English, for which words are prepared."""
    return replace(alert, infos=tuple(replace(info, **BLANK) for info in alert.infos))


def unprepared(alert: Alert) -> Alert:
    """One block more, in a language nobody prepared words for."""
    return replace(alert, infos=(*alert.infos, replace(alert.infos[0], language="bo", instruction="")))


def levelless(alert: Alert) -> Alert:
    return replace(alert, infos=tuple(replace(info, severity="Unknown") for info in alert.infos))


async def an_element_is_blank(agency: Agency) -> None:
    """Where words are prepared it is filled in, and goes to the signers; where none are it does not."""
    text = Text("暴雨", agency.dice.choice(LEVELS), agency.dice.choice(SPOTS[BAOTA]))
    act = "a warning with a blank element"
    for mended, lacks in ((blank, ""), (unprepared, "what to do, in Tibetan")):
        file = await drafted(agency, replace(text, mended=mended, lacks=lacks))
        answer = await agency.submits(pick(agency, signatories(agency, file)), file)
        if answer.taken or answer.rule == "LAW-64":
            agency.ledger.notes(act, taken=answer.taken)
        if not lacks:
            must(answer)


async def the_level_is_not_stated(agency: Agency) -> None:
    """Nobody is asked to sign what has no level; when its author has said which, its rule is that of the level."""
    text = Text("暴雨", "yellow", agency.dice.choice(SPOTS[BAOTA]), mended=levelless, lacks="its level")
    file = await drafted(agency, text)
    author, act = pick(agency, signatories(agency, file)), "a level that nobody stated"
    if (await agency.submits(author, file)).rule == "open-question":
        agency.ledger.notes(act, taken=False)
    view = (await agency.asks(author, "GET", f"/alerts/{file.number}")).body
    [question] = [each["key"] for each in view["questions"]]
    must(await agency.settles(author, file, question, agency.dice.choice(LEVELS)))
    must(await agency.submits(author, file))
    agency.ledger.notes(act, taken=True)
