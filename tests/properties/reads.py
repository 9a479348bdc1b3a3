"""Officials read warnings, one or all that they are shown; the arbiter says of each whether it is theirs to read."""

from __future__ import annotations

from tests.properties.office import Answer, Office
from tests.properties.statute import File, Unlawful

ACT = "an alert read"
VIEWS = ("", "/cap", "/forms", "/progress", "/authority")  #: of one warning, below its path


async def reads(office: Office, account: int, file: File, view: str = "") -> Answer:
    """One view of one warning."""
    answer = await office.asks(account, "GET", f"/alerts/{file.number}{view}")
    office.arbiter.read(account, file, taken=answer.taken)
    office.ledger.notes(ACT, taken=answer.taken)
    return answer


async def lists(office: Office, account: int) -> None:
    """The newest warnings, as they are listed for the account: none that it may not read."""
    answer = await office.asks(account, "GET", "/alerts", params={"limit": "50"})
    if not answer.taken:
        return
    clerk = office.arbiter.clerks[account]
    for number in (each["id"] for each in answer.body["items"]):
        file = office.arbiter.files.get(number)
        if file is not None and (why := office.arbiter.may_not_read(clerk, file)):
            raise Unlawful(f"{clerk} is shown {number} of {file.unit} in a list: {why}")


def outsiders(office: Office, file: File) -> list[int]:
    """Officials at work whom the warning does not concern."""
    clerks = sorted(office.arbiter.clerks.items())
    return [number for number, clerk in clerks if office.arbiter.may_not_read(clerk, file) == "reading"]
