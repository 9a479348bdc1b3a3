"""A moment from outside can be told in every zone, or is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.moment import YEARS, read_moment
from tests.far_moments import FAR_MOMENTS

ZONES = [timezone(timedelta(hours=hours)) for hours in range(-14, 15)]
MOMENTS = st.datetimes(timezones=st.sampled_from([UTC, *ZONES]))


@given(MOMENTS)
def test_what_is_read_can_be_told_in_every_zone_and_what_is_not_lies_beyond_the_years(moment: datetime) -> None:
    found = read_moment(moment.isoformat())
    assert (found is None) == (moment.year not in YEARS)
    if found is not None:
        assert {found.astimezone(zone) for zone in ZONES} == {moment}
        assert found + timedelta(days=365) > found


@pytest.mark.parametrize("text", [*FAR_MOMENTS, "2026-07-12T08:00:00", "soon", ""])
def test_what_cannot_be_told_everywhere_is_no_moment(text: str) -> None:
    assert read_moment(text) is None
