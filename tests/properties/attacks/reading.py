"""Whom a warning does not concern reads it all the same."""

from __future__ import annotations

from tests.properties.agency import UNITS, Agency
from tests.properties.attacks.honest import Barred, must, pick, texts
from tests.properties.attacks.lent import of_unit
from tests.properties.reads import VIEWS, lists, outsiders, reads


async def an_outsider_reads(agency: Agency) -> None:
    """A warning of a county is looked at from the next one, by every view there is; then by somebody whom it concerns."""
    unit, area, _ = agency.dice.choice(UNITS[1:3])
    drafters = of_unit(agency, unit, "draft")
    file = await agency.drafts(pick(agency, drafters), texts(agency, "停电", area=area))
    if file is None:
        raise Barred
    if agency.chance(0.5):
        must(await agency.submits(pick(agency, drafters), file))
    near = [n for n, clerk in agency.oracle.clerks.items() if not agency.oracle.may_not_read(clerk, file)]
    for account in (pick(agency, outsiders(agency, file)), pick(agency, near)):
        for view in VIEWS:
            await reads(agency, account, file, view)
        await lists(agency, account)
