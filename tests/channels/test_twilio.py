"""Twilio's error codes: each has the outcome that its own page in Twilio's error dictionary asks for."""

from __future__ import annotations

import pytest

from channels.http import HttpResponse
from channels.message import Deferred, FailureReason, Refused
from channels.twilio import REACTIONS, outcome

LATER, NEVER = "try again", "not again"

#: what the code means by https://www.twilio.com/docs/api/errors/<code>, in our words, and what follows from it
DICTIONARY: dict[int, tuple[str, str, FailureReason]] = {
    20003: ("Permission denied: the credentials are wrong", NEVER, FailureReason.MISCONFIGURED),
    20404: ("Not found: no such account or resource", NEVER, FailureReason.MISCONFIGURED),
    20429: ("Too many requests: processed was nothing", LATER, FailureReason.THROTTLED),
    21210: ("'From' phone number not verified", NEVER, FailureReason.MISCONFIGURED),
    21211: ("Invalid 'To' phone number", NEVER, FailureReason.BAD_ADDRESS),
    21212: ("Invalid 'From' number", NEVER, FailureReason.MISCONFIGURED),
    21408: (
        "The account has no permission to send to the region of the 'To' number",
        NEVER,
        FailureReason.MISCONFIGURED,
    ),
    21606: ("The 'From' number is no number of ours that can send messages", NEVER, FailureReason.MISCONFIGURED),
    21610: ("Attempt to send to unsubscribed recipient", NEVER, FailureReason.OPTED_OUT),
    21611: ("This 'From' number has exceeded the maximum number of queued messages", LATER, FailureReason.THROTTLED),
    21614: ("'To' number is not a valid mobile number", NEVER, FailureReason.BAD_ADDRESS),
    22005: ("Call queue full: accepted again when it is shorter", LATER, FailureReason.THROTTLED),
    30001: ("Queue overflow: too many messages too quickly", LATER, FailureReason.THROTTLED),
    30003: ("Unreachable destination handset: switched off or without a signal", LATER, FailureReason.UNREACHABLE),
    30006: ("Landline or unreachable carrier", NEVER, FailureReason.UNREACHABLE),
    30007: ("Message filtered", NEVER, FailureReason.REJECTED),
    30022: ("US A2P 10DLC: rate limits exceeded; slow down", LATER, FailureReason.THROTTLED),
    30036: ("Validity period expired", NEVER, FailureReason.EXPIRED),
    63017: ("Rate limit exceeded: above 2000 messages a second of the account", LATER, FailureReason.THROTTLED),
}


@pytest.mark.parametrize("code", DICTIONARY)
@pytest.mark.parametrize("status", [400, 403, 404, 429, 500])
def test_a_code_of_the_dictionary_has_the_outcome_its_page_asks_for_at_any_status(code: int, status: int) -> None:
    _, again, reason = DICTIONARY[code]
    expected = Deferred(reason) if again == LATER else Refused(reason, str(code))
    assert outcome(HttpResponse(status, b'{"code": %d}' % code, {})) == expected


def test_no_code_is_treated_of_its_own_that_the_dictionary_here_does_not_explain() -> None:
    assert REACTIONS.keys() == DICTIONARY.keys()
