"""An answer to a call is taken for a decision, or comes from somebody who was not called."""

from __future__ import annotations

from tests.properties.office import Office
from tests.properties.statute import Unlawful
from tests.properties.wrongs.honest import Barred, asked, must, pick
from tests.stories.duty import HEADER

ACT = "a call acknowledged"


async def a_call_is_answered(office: Office) -> None:
    """Who is called says yes by SMS, and nothing is decided; a stranger acknowledges it; then it is decided as ever."""
    file = await asked(office)
    step = next(iter(office.arbiter.lacking(file)))
    on_duty = pick(office, office.free(step, file))
    duty = office.duty
    own = [one for one in office.accounts.values() if one.unit == office.accounts[on_duty].unit]
    chief = next(one for one in own if "administer" in one.rights)
    await office.town.hub.roster.import_csv(chief, HEADER + duty.line(office.accounts[on_duty].name))
    await duty.rounds()
    answer = await office.asks(on_duty, "GET", "/calls", params={"alert": str(file.number), "state": "open"})
    called = [(each["reference"], call["official"]) for each in answer.body for call in each["calls"]]
    if not called:
        raise Barred
    matter, name = called[0]
    account = next(number for number, one in office.accounts.items() if one.name == name)
    await duty.replies(name, f"R{matter} 同意，批准，已签发")
    view = (await office.asks(account, "GET", f"/alerts/{file.number}")).body
    if view["decisions"] or view["stage"] != "submitted":
        raise Unlawful(f"{name} answered a call about {file.number}, and it is taken for a decision: {view}")
    stranger = office.dice.choice([n for n, one in office.accounts.items() if one.name not in dict(called).values()])
    for who in (stranger, account):
        answer = await office.asks(who, "POST", f"/calls/{matter}/acknowledge")
        if answer.taken != (who == account):
            raise Unlawful(f"{office.accounts[who].name} acknowledged the call to {name}: {answer.taken}")
        office.ledger.notes(ACT, taken=answer.taken)
    if account in office.free(step, file):
        must(await office.says(account, file, step))
