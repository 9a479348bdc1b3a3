"""What somebody with SQL writes into the record of a warning or of a paper."""

from __future__ import annotations

from collections.abc import Mapping

ALONE = "the row alone"  #: the columns of the warning itself, and no other table
#: of the acts; `last` is the number of the newest; another subject's act is one that the hub sealed, too
OF_ACTS: Mapping[str, str] = {
    "the newest act deleted": "DELETE FROM acts WHERE subject = '{subject}' AND number = {last}",
    "all acts but the first deleted": "DELETE FROM acts WHERE subject = '{subject}' AND number > 1",
    "every act deleted": "DELETE FROM acts WHERE subject = '{subject}'",
    "an act spoilt": "UPDATE acts SET jws = 'a.b.c' WHERE subject = '{subject}' AND number = {last}",
    "an act replaced by the one before": (
        "UPDATE acts SET jws = (SELECT jws FROM acts WHERE subject = '{subject}' AND number = {last} - 1)"
        " WHERE subject = '{subject}' AND number = {last}"
    ),
    "an act replaced by another warning's": (
        "UPDATE acts SET jws = (SELECT coalesce(max(jws), 'none') FROM acts WHERE subject <> '{subject}')"
        " WHERE subject = '{subject}' AND number = {last}"
    ),
    "an act renumbered": "UPDATE acts SET number = number + 50 WHERE subject = '{subject}' AND number = {last}",
}
#: of what was decided on a signed warning, and of what was signed
OF_DECISIONS: Mapping[str, str] = {
    "a signature given to another": "UPDATE decisions SET official = {other} WHERE alert = {id} AND step = 'sign'",
    "a signature under another digest": (
        "UPDATE decisions SET digest = 'fh3:" + "7" * 64 + "' WHERE alert = {id} AND step = 'sign'"
    ),
    "a signature deleted": "DELETE FROM decisions WHERE alert = {id} AND step = 'sign'",
    "a seal taken off": "UPDATE decisions SET seal = '' WHERE alert = {id}",
}
OF_CONTENT: Mapping[str, str] = {
    "the text replaced": "UPDATE alerts SET content = (SELECT content FROM alerts WHERE id = {else}) WHERE id = {id}",
    "a form replaced": "UPDATE forms SET body = '另一句话' WHERE alert = {id}",
    "the audience replaced": "UPDATE alerts SET plan = (SELECT plan FROM alerts WHERE id = {else}) WHERE id = {id}",
    "the digest replaced": (
        "UPDATE alerts SET digest = (SELECT coalesce(digest, 'fh3:0') FROM alerts WHERE id = {else}) WHERE id = {id}"
    ),
    "the stage set back": "UPDATE alerts SET stage = 'submitted' WHERE id = {id}",
}
#: of a warning that lacks a signature
OF_LACK: Mapping[str, str] = {
    "the stage set to approved": "UPDATE alerts SET stage = 'approved' WHERE id = {id}",
    "a signature written": (
        "INSERT INTO decisions (alert, official, step, verdict, digest, reason, proof, at, void, seal)"
        " SELECT alert, {other}, '{step}', verdict, digest, reason, proof, at, void, seal FROM decisions"
        " WHERE id = (SELECT min(id) FROM decisions WHERE alert = {id})"
    ),
    "a signature of another warning": (
        "INSERT INTO decisions (alert, official, step, verdict, digest, reason, proof, at, void, seal)"
        " SELECT {id}, {other}, '{step}', verdict, '{digest}', reason, proof, at, void, seal FROM decisions"
        " WHERE id = (SELECT max(id) FROM decisions WHERE alert <> {id} AND verdict = 'approve')"
    ),
}
#: of a warning that is released and of which nothing is sent yet
OF_ORDERS: Mapping[str, str] = {
    "an order spoilt": "UPDATE orders SET jws = 'a.b.c' WHERE alert = {id}",
    "an order replaced by another's": (
        "UPDATE orders SET jws = (SELECT coalesce(max(jws), 'none') FROM orders WHERE alert <> {id}) WHERE alert = {id}"
    ),
    "an order deleted": "DELETE FROM orders WHERE alert = {id}",
}
OF_PAPERS: Mapping[str, str] = {
    "a revoked paper put in force": "SELECT 1",
    "the revocation deleted": OF_ACTS["the newest act deleted"],
    "every act of a paper deleted": OF_ACTS["every act deleted"],
    "a revocation spoilt": OF_ACTS["an act spoilt"],
}
TAMPERINGS = (
    ALONE, *OF_ACTS, *OF_DECISIONS, *OF_CONTENT, *OF_LACK, "an author struck out", *OF_ORDERS, *OF_PAPERS,
)  # fmt: skip
