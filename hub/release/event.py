"""One warning is about one event: authority is judged by its code, so there may be one code and no look-alike of it."""

from __future__ import annotations

import re

from hub.alert import Alert
from hub.errors import Invalid
from hub.release.frozen import EVENT_CODE_NAMES

#: 12379 eventType: the digit 1, four major classes, a letter group, two digits (GB/T 35561 as the 12379 tables use it)
CODE = re.compile(r"1[1-4][A-Z][0-9]{2}")


def must_be_one_event(alert: Alert) -> None:
    """Raises Invalid where a 12379 event code is malformed, or where two of them differ in one language or in two.

    A second code would be judged by the rule of the first; a blank or a full-width digit by the rule for any event.
    """
    codes = {code.value for info in alert.infos for code in info.event_codes if code.name in EVENT_CODE_NAMES}
    place = "alert/info/eventCode"
    for code in sorted(codes):
        if not CODE.fullmatch(code):
            raise Invalid(f"{code[:32]!r} is not a 12379 event code such as 11B03", rule="N7", place=place)
    if len(codes) > 1:
        raise Invalid(f"one warning is about one event, not {' and '.join(sorted(codes))}", rule="X13", place=place)
