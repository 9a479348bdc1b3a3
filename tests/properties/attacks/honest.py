"""The honest way to an attack: a warning is brought to where one thing stands between it and the people.

Each step is done by whoever is best placed to do the wrong: whoever has every right for it but the one in question.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from tests.properties.agency import Agency, Answer, Text
from tests.properties.policy_model import LEVELS, File
from tests.stories.town import BAOTA, BRIDGE, CITY, HILLS, RIVER, ZHIDAN

Attack = Callable[[Agency], Awaitable[None]]

SPOTS = {BAOTA: ((BAOTA,), (BRIDGE,), (RIVER,)), ZHIDAN: ((ZHIDAN,), (HILLS,)), CITY: ((CITY,), (BAOTA, ZHIDAN))}
SHORT = ("山洪", "龙卷")  #: events for which the way may be shortened, by the policy of the suite
PUBLIC = ("停电", "山洪", "暴雨", "龙卷")


class Barred(Exception):
    """The honest way to the wrong was not open this time: nothing was shown."""


def texts(agency: Agency, *events: str, level: str = "", area: str = "") -> Text:
    spots = SPOTS[area or agency.dice.choice((BAOTA, BAOTA, ZHIDAN, CITY))]
    return Text(agency.dice.choice(events or PUBLIC), level or agency.dice.choice(LEVELS), agency.dice.choice(spots))


def same(file: File, level: str = "") -> Text:
    return Text(file.event, level or file.level, tuple(sorted(file.areas)))


def as_file(text: Text, *before: File) -> File:
    return File(0, text.level, text.event, frozenset(text.areas), "Alert", "", 0.0, list(before))


def pick(agency: Agency, accounts: Sequence[int]) -> int:
    """One of them. Raises Barred where there is none."""
    if not accounts:
        raise Barred
    return agency.dice.choice(accounts)


def must(answer: Answer) -> None:
    if not answer.taken:
        raise Barred


def barred_by(agency: Agency, why: str, right: str, file: File) -> list[int]:
    """Who has the right, and may not use it here for this reason."""
    clerks = agency.oracle.clerks
    return [number for number in agency.unable(right, file) if agency.oracle.may(clerks[number], right, file) == why]


def signatories(agency: Agency, file: File) -> list[int]:
    """Drafters who, by this or another account, could also decide: the best placed to sign for themselves."""
    clerks = agency.oracle.clerks
    could = {clerks[number].person for step in ("review", "sign") for number in agency.able(step, file)}
    return [number for number in agency.able("draft", file) if clerks[number].person in could]


async def drafted(agency: Agency, text: Text) -> File:
    file = await agency.drafts(pick(agency, signatories(agency, as_file(text))), text)
    if file is None:
        raise Barred
    return file


async def asked(agency: Agency, text: Text | None = None, path: str = "full") -> File:
    """Drafted and submitted by people who could sign it, too."""
    file = await drafted(agency, text or texts(agency))
    must(await agency.submits(pick(agency, signatories(agency, file)), file, path))
    return file


async def signs(agency: Agency, file: File, but: int = 0) -> None:
    """Everybody the policy wants, but so many, says yes."""
    while sum((missing := agency.oracle.lacking(file)).values()) > but:
        step = "review" if "review" in missing else "sign"
        must(await agency.says(pick(agency, agency.free(step, file)), file, step))


async def releases(agency: Agency, file: File, digest: str = "") -> Answer:
    """By somebody who may."""
    return await agency.releases(pick(agency, agency.able("release", file)), file, digest)


async def signed(agency: Agency, text: Text | None = None, path: str = "full", but: int = 0) -> File:
    file = await asked(agency, text, path)
    await signs(agency, file, but)
    return file


async def released(agency: Agency, text: Text | None = None, path: str = "full") -> File:
    file = await signed(agency, text, path)
    must(await releases(agency, file))
    return file
