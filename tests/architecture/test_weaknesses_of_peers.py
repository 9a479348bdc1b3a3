"""Every numbered weakness of real systems that concerns approval, authority or the record has a test, and it is named."""

from __future__ import annotations

import re

CASE = re.compile(r"test_case_(\d+)_")
#: approval and authority, release, the record, what comes in; by the number of the weakness
WANTED = {*range(1, 20), 22, 23, 24, 26, 27, 28, 33, 34, 35, 36, 37, 39, 40, 54, 56, 57, 58, 59, 60}
#: those whose test bears a name of its own
ELSEWHERE = {
    13: "test_a_revoked_paper_releases_nothing_more_and_takes_nothing_back",
    14: "test_an_order_of_the_exercise_world_sends_nothing_in_the_live_one",
    16: "test_a_release_whose_job_was_never_queued_is_sent_by_the_sweep_once",
    19: "test_a_channel_that_never_took_the_alert_has_its_queue_revoked_and_the_others_are_told",
    22: "test_every_setting_is_read_somewhere",
    23: "test_only_what_is_public_may_reach_public_channels",
    26: "test_a_cancel_in_the_middle_stops_what_is_queued_and_tells_just_those_sent_to",
    27: "test_a_batch_handed_out_twice_reaches_everyone_once",
    33: "test_a_red_warning_overtakes_the_blue_one_that_was_queued_before_it",
    37: "test_a_draft_with_an_exchanged_shape_is_refused_and_keeps_what_it_was",
    39: "test_a_certificate_inside_the_message_alone_is_untrusted",
    40: "test_a_trusted_certificate_beyond_its_area_is_refused_by_another_rule",
    57: "test_a_person_named_by_two_areas_and_a_group_gets_one_message_per_channel",
    58: "test_who_answered_stop_is_left_out_of_yellow_and_told_of_red_with_the_override_named",
}


def test_every_weakness_of_approval_and_record_has_a_test(written_tests) -> None:
    names = {function.name for module in written_tests for function in module.functions()}
    named = {int(found[1]) for name in names if (found := CASE.match(name))}
    assert named | {case for case, test in ELSEWHERE.items() if test in names} >= WANTED


def test_every_test_the_table_names_exists(written_tests) -> None:
    names = {function.name for module in written_tests for function in module.functions()}
    assert set(ELSEWHERE.values()) - names == set()
