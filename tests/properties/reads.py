"""Officials read warnings, one or all that they are shown; the oracle says of each whether it is theirs to read."""

from __future__ import annotations

from tests.properties.agency import Agency, Answer
from tests.properties.policy_model import File, Unlawful

ACT = "an alert read"
VIEWS = ("", "/cap", "/forms", "/progress", "/authority")  #: of one warning, below its path


async def reads(agency: Agency, account: int, file: File, view: str = "") -> Answer:
    """One view of one warning."""
    answer = await agency.asks(account, "GET", f"/alerts/{file.number}{view}")
    agency.oracle.read(account, file, taken=answer.taken)
    agency.ledger.notes(ACT, taken=answer.taken)
    return answer


async def lists(agency: Agency, account: int) -> None:
    """The newest warnings, as they are listed for the account: none that it may not read."""
    answer = await agency.asks(account, "GET", "/alerts", params={"limit": "50"})
    if not answer.taken:
        return
    clerk = agency.oracle.clerks[account]
    for number in (each["id"] for each in answer.body["items"]):
        file = agency.oracle.files.get(number)
        if file is not None and (why := agency.oracle.may_not_read(clerk, file)):
            raise Unlawful(f"{clerk} is shown {number} of {file.unit} in a list: {why}")


def outsiders(agency: Agency, file: File) -> list[int]:
    """Officials at work whom the warning does not concern."""
    clerks = sorted(agency.oracle.clerks.items())
    return [number for number, clerk in clerks if agency.oracle.may_not_read(clerk, file) == "reading"]
