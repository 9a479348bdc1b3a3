"""An answer to a call is taken for a decision, or comes from somebody who was not called."""

from __future__ import annotations

from tests.properties.agency import Agency
from tests.properties.attacks.honest import Barred, asked, must, pick
from tests.properties.policy_model import Unlawful
from tests.stories.duty import HEADER, import_roster

ACT = "a call acknowledged"


async def a_call_is_answered(agency: Agency) -> None:
    """Who is called says yes by SMS, and nothing is decided; a stranger acknowledges it; then it is decided as ever."""
    file = await asked(agency)
    step = next(iter(agency.oracle.lacking(file)))
    on_duty = pick(agency, agency.free(step, file))
    duty = agency.duty
    own = [one for one in agency.accounts.values() if one.unit == agency.accounts[on_duty].unit]
    chief = next(one for one in own if "administer" in one.rights)
    await import_roster(agency.town.hub, chief, HEADER + duty.line(agency.accounts[on_duty].name))
    await duty.rounds()
    answer = await agency.asks(on_duty, "GET", "/calls", params={"alert": str(file.number), "state": "open"})
    called = [(each["reference"], call["official"]) for each in answer.body for call in each["calls"]]
    if not called:
        raise Barred
    matter, name = called[0]
    account = next(number for number, one in agency.accounts.items() if one.name == name)
    await duty.replies(name, f"R{matter} 同意，批准，已签发")
    view = (await agency.asks(account, "GET", f"/alerts/{file.number}")).body
    if view["decisions"] or view["stage"] != "submitted":
        raise Unlawful(f"{name} answered a call about {file.number}, and it is taken for a decision: {view}")
    stranger = agency.dice.choice([n for n, one in agency.accounts.items() if one.name not in dict(called).values()])
    for who in (stranger, account):
        answer = await agency.asks(who, "POST", f"/calls/{matter}/acknowledge")
        if answer.taken != (who == account):
            raise Unlawful(f"{agency.accounts[who].name} acknowledged the call to {name}: {answer.taken}")
        agency.ledger.notes(ACT, taken=answer.taken)
    if account in agency.free(step, file):
        must(await agency.says(account, file, step))
