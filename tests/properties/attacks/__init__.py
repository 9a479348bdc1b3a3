"""Wrongs, one at a time: a warning is brought to where one thing stands between it and the people, and that is tried.

Each is done by whoever is best placed to do it: whoever has every right for it but the one that is in question.
"""

from __future__ import annotations

from tests.properties.attacks import (
    authority,
    chains,
    competence,
    content,
    evacuation,
    issuing,
    lent,
    names,
    on_duty,
    reading,
    record,
    said,
    separation,
    short_way,
    standing,
)
from tests.properties.attacks.honest import Attack, Barred

ATTACKS: tuple[Attack, ...] = (
    separation.authors_decide,
    separation.one_person_decides_twice,
    separation.old_content_is_approved,
    separation.old_signatures_are_used,
    separation.nobody_asks_for_it,
    separation.no_reason_is_given,
    authority.strangers_decide,
    authority.strangers_take_it_back,
    authority.administrators_act,
    authority.one_signature_is_missing,
    authority.a_signer_is_gone,
    authority.the_warning_is_over,
    authority.something_else_is_released,
    chains.strangers_continue,
    chains.strangers_speak_for_it,
    chains.a_red_warning_is_softened,
    chains.what_was_referred_goes_on,
    short_way.the_way_is_shortened_for_all,
    short_way.the_short_way_owes_nothing,
    standing.a_paper_lacks_a_signature,
    standing.a_paper_is_stretched,
    issuing.one_of_two_issuers_signs,
    issuing.a_draft_is_taken_over,
    issuing.somebody_is_consulted,
    lent.a_centre_publishes_for_another_unit,
    lent.a_delegation_is_stretched,
    reading.an_outsider_reads,
    names.it_speaks_in_anothers_name,
    said.the_headline_says_another_level,
    said.a_place_of_a_colour_is_read_as_a_level,
    competence.a_unit_warns_of_what_is_not_its_own,
    competence.an_edit_makes_it_a_hazard_of_another_unit,
    competence.a_township_warns,
    competence.an_event_of_a_higher_tier_is_warned_of,
    content.an_element_is_blank,
    content.the_level_is_not_stated,
    evacuation.people_are_ordered_out,
    on_duty.a_call_is_answered,
    record.a_no_is_undone_in_sql,
    record.a_yes_is_written_over,
    record.a_yes_is_written_in,
    record.an_author_is_struck_out,
    record.an_order_is_written_over,
    record.a_revoked_paper_is_put_in_force,
)
#: attacks that show an act once only, and are often barred: they come twice where each of the others comes once
SELDOM: tuple[Attack, ...] = (
    issuing.one_of_two_issuers_signs,
    issuing.a_draft_is_taken_over,
    on_duty.a_call_is_answered,
)

__all__ = ["ATTACKS", "SELDOM", "Attack", "Barred"]
