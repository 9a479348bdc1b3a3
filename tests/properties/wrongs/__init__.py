"""Wrongs, one at a time: a warning is brought to where one thing stands between it and the people, and that is tried.

Each is done by whoever is best placed to do it: whoever has every right for it but the one that is in question.
"""

from __future__ import annotations

from tests.properties.wrongs import authority, chains, record, separation, short_way, standing
from tests.properties.wrongs.honest import Barred, Wrong

WRONGS: tuple[Wrong, ...] = (
    separation.authors_decide,
    separation.one_person_decides_twice,
    separation.old_content_is_approved,
    separation.old_signatures_are_used,
    separation.no_reason_is_given,
    authority.strangers_decide,
    authority.administrators_act,
    authority.one_signature_is_missing,
    authority.a_signer_is_gone,
    authority.the_warning_is_over,
    authority.something_else_is_released,
    chains.strangers_continue,
    chains.strangers_speak_for_it,
    chains.a_red_warning_is_softened,
    chains.what_was_handed_up_goes_on,
    short_way.the_way_is_shortened_for_all,
    short_way.the_short_way_owes_nothing,
    standing.a_paper_lacks_a_signature,
    standing.a_paper_is_stretched,
    record.a_no_is_undone_in_sql,
)

__all__ = ["WRONGS", "Barred", "Wrong"]
