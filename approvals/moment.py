"""A moment that somebody outside states: with its offset, and far enough from the ends of the calendar.

A moment in the last hours of the year 9999 (RFC 3339 §1 knows no later) has no spelling in a zone further east, so that
everything that tells it elsewhere would fail. A CAP time has the same bounds.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator

YEARS = range(1970, 9999)
LONGEST_OFFSET = timedelta(hours=14)  #: no zone is further from UTC (IANA tzdata: Pacific/Kiritimati)


def must_be_in_reach(moment: datetime) -> datetime:
    """The moment itself. Raises ValueError for one without an offset, and for one that not every zone can tell."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a time without a zone: state its offset, such as +08:00")
    if abs(offset) > LONGEST_OFFSET or moment.year not in YEARS:
        raise ValueError(f"a time of the years {YEARS[0]} to {YEARS[-1]}, with an offset of at most 14 hours")
    return moment


def read_moment(text: str) -> datetime | None:
    """The moment of a text (RFC 3339); None where it is none that is in reach."""
    try:
        return must_be_in_reach(datetime.fromisoformat(text))
    except ValueError:
        return None


#: a field of a body or a paper
Moment = Annotated[datetime, AfterValidator(must_be_in_reach)]
