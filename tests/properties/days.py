"""The days of an agency: acts at random, and among them every attack in its turn."""

from __future__ import annotations

from tests.properties.acts import ACTS, deliver
from tests.properties.agency import Agency
from tests.properties.attacks import ATTACKS, SELDOM, Attack, Barred

OFTEN, AMONG = 3, 5  #: so many attacks among so many steps
PATIENCE = 5  #: how often an attack is begun anew


async def works(agency: Agency, steps: int) -> None:
    """So many steps, each an act or a whole attack; what is left of the people's messages is judged at the end."""
    deck: list[Attack] = []
    for number in range(steps):
        if number * OFTEN % AMONG < OFTEN:
            deck = deck or agency.dice.sample(whole := ATTACKS + SELDOM, len(whole))
            await _tries(agency, deck.pop())
        else:
            [act] = agency.dice.choices(list(ACTS), list(ACTS.values()))
            await act(agency)
        # The clock moves with every act: no two messages of a chain are sent in the same second.
        agency.town.clock.advance(1)
    await deliver(agency)


async def _tries(agency: Agency, attack: Attack) -> None:
    """Until it was really tried: what went before may have barred the way to it."""
    for _ in range(PATIENCE):
        agency.steps.append(f"-- {attack.__name__}")
        try:
            await attack(agency)
        except Barred:
            agency.steps.append("-- barred")
        else:
            agency.tried[attack.__name__] += 1
            return
