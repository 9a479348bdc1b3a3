"""The days of an office: acts at random, and among them every wrong in its turn."""

from __future__ import annotations

from tests.properties.acts import ACTS, deliver
from tests.properties.office import Office
from tests.properties.wrongs import SELDOM, WRONGS, Barred, Wrong

OFTEN, AMONG = 3, 5  #: so many wrongs among so many steps
PATIENCE = 5  #: how often a wrong is begun anew


async def works(office: Office, steps: int) -> None:
    """So many steps, each an act or a whole wrong; what is left of the people's messages is judged at the end."""
    deck: list[Wrong] = []
    for number in range(steps):
        if number * OFTEN % AMONG < OFTEN:
            deck = deck or office.dice.sample(whole := WRONGS + SELDOM, len(whole))
            await _tries(office, deck.pop())
        else:
            [act] = office.dice.choices(list(ACTS), list(ACTS.values()))
            await act(office)
        # The clock moves with every act: no two messages of a chain are sent in the same second.
        office.town.clock.advance(1)
    await deliver(office)


async def _tries(office: Office, wrong: Wrong) -> None:
    """Until it was really tried: what went before may have barred the way to it."""
    for _ in range(PATIENCE):
        office.steps.append(f"-- {wrong.__name__}")
        try:
            await wrong(office)
        except Barred:
            office.steps.append("-- barred")
        else:
            office.tried[wrong.__name__] += 1
            return
