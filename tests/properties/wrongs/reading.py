"""Whom a warning does not concern reads it all the same."""

from __future__ import annotations

from tests.properties.office import UNITS, Office
from tests.properties.reads import VIEWS, lists, outsiders, reads
from tests.properties.wrongs.honest import Barred, must, pick, texts
from tests.properties.wrongs.lent import of_unit


async def an_outsider_reads(office: Office) -> None:
    """A warning of a county is looked at from the next one, by every view there is; then by somebody whom it concerns."""
    unit, area, _ = office.dice.choice(UNITS[1:3])
    drafters = of_unit(office, unit, "draft")
    file = await office.drafts(pick(office, drafters), texts(office, "停电", area=area))
    if file is None:
        raise Barred
    if office.chance(0.5):
        must(await office.submits(pick(office, drafters), file))
    near = [n for n, clerk in office.arbiter.clerks.items() if not office.arbiter.may_not_read(clerk, file)]
    for account in (pick(office, outsiders(office, file)), pick(office, near)):
        for view in VIEWS:
            await reads(office, account, file, view)
        await lists(office, account)
