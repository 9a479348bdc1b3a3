"""The honest way to a wrong: a warning is brought to where one thing stands between it and the people.

Each step is done by whoever is best placed to do the wrong: whoever has every right for it but the one in question.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from tests.properties.office import Answer, Office, Text
from tests.properties.statute import LEVELS, File
from tests.stories.town import BAOTA, BRIDGE, CITY, HILLS, RIVER, ZHIDAN

Wrong = Callable[[Office], Awaitable[None]]

SPOTS = {BAOTA: ((BAOTA,), (BRIDGE,), (RIVER,)), ZHIDAN: ((ZHIDAN,), (HILLS,)), CITY: ((CITY,), (BAOTA, ZHIDAN))}
SHORT = ("山洪", "龙卷")  #: events for which the way may be shortened, by the policy of the suite
PUBLIC = ("停电", "山洪", "暴雨", "龙卷")


class Barred(Exception):
    """The honest way to the wrong was not open this time: nothing was shown."""


def texts(office: Office, *events: str, level: str = "", area: str = "") -> Text:
    spots = SPOTS[area or office.dice.choice((BAOTA, BAOTA, ZHIDAN, CITY))]
    return Text(office.dice.choice(events or PUBLIC), level or office.dice.choice(LEVELS), office.dice.choice(spots))


def same(file: File, level: str = "") -> Text:
    return Text(file.event, level or file.level, tuple(sorted(file.areas)))


def as_file(text: Text, *before: File) -> File:
    return File(0, text.level, text.event, frozenset(text.areas), "Alert", "", 0.0, list(before))


def pick(office: Office, accounts: Sequence[int]) -> int:
    """One of them. Raises Barred where there is none."""
    if not accounts:
        raise Barred
    return office.dice.choice(accounts)


def must(answer: Answer) -> None:
    if not answer.taken:
        raise Barred


def barred_by(office: Office, why: str, right: str, file: File) -> list[int]:
    """Who has the right, and may not use it here for this reason."""
    clerks = office.arbiter.clerks
    return [number for number in office.unable(right, file) if office.arbiter.may(clerks[number], right, file) == why]


def signatories(office: Office, file: File) -> list[int]:
    """Drafters who, by this or another account, could also decide: the best placed to sign for themselves."""
    clerks = office.arbiter.clerks
    could = {clerks[number].person for step in ("review", "sign") for number in office.able(step, file)}
    return [number for number in office.able("draft", file) if clerks[number].person in could]


async def drafted(office: Office, text: Text) -> File:
    file = await office.drafts(pick(office, signatories(office, as_file(text))), text)
    if file is None:
        raise Barred
    return file


async def asked(office: Office, text: Text | None = None, path: str = "full") -> File:
    """Drafted and submitted by people who could sign it, too."""
    file = await drafted(office, text or texts(office))
    must(await office.submits(pick(office, signatories(office, file)), file, path))
    return file


async def signs(office: Office, file: File, but: int = 0) -> None:
    """Everybody the policy wants, but so many, says yes."""
    while sum((missing := office.arbiter.lacking(file)).values()) > but:
        step = "review" if "review" in missing else "sign"
        must(await office.says(pick(office, office.free(step, file)), file, step))


async def releases(office: Office, file: File, digest: str = "") -> Answer:
    """By somebody who may."""
    return await office.releases(pick(office, office.able("release", file)), file, digest)


async def signed(office: Office, text: Text | None = None, path: str = "full", but: int = 0) -> File:
    file = await asked(office, text, path)
    await signs(office, file, but)
    return file


async def released(office: Office, text: Text | None = None, path: str = "full") -> File:
    file = await signed(office, text, path)
    must(await releases(office, file))
    return file
