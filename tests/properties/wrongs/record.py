"""A hand in the database."""

from __future__ import annotations

from tests.properties.office import Office
from tests.properties.tampering import undone
from tests.properties.wrongs.honest import (
    must,
    pick,
    releases,
    signed,
)


async def a_no_is_undone_in_sql(office: Office) -> None:
    """Signed by all, then returned, rejected or withdrawn; the record is turned back, and it is released at once."""
    file = await signed(office)
    digest = file.digest
    if (no := office.dice.choice(("return", "reject", "withdraw"))) == "withdraw":
        must(await office.withdraws(pick(office, office.able("draft", file)), file))
    else:
        back = pick(office, office.free("review", file) + office.free("sign", file))
        step = "review" if back in office.free("review", file) else "sign"
        must(await office.says(back, file, step, verdict=no, reason="地名有误"))
    async with undone(office, file, digest):
        for _ in range(2):
            await releases(office, file, digest)
