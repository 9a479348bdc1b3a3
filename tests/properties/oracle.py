"""An oracle of its own: remembers who wrote, who approved and who released, and judges each by the policy it read itself.

It shares no code with the hub: it sees what was asked, what was answered, and what arrived at the other end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.properties.lending import STANDING, Lender, Paper, at
from tests.properties.policy_model import Clerk, File, Unlawful, inside

UNASKED = "step-unasked"  #: the rule of a step that nobody waits for


@dataclass(frozen=True)
class Sent:
    """What a sensor sent. `worded`: its texts are those of the paper."""

    at: float
    level: str
    event: str
    areas: frozenset[str]
    channels: frozenset[str]
    hours: float
    worded: bool


class Oracle(Lender):
    """Build it over the policy file; tell it who is in office by filling `clerks`."""

    def __init__(self, policy: Path) -> None:
        super().__init__(policy)
        self.files: dict[int, File] = {}

    # --- reading

    def read(self, account: int, file: File, *, taken: bool) -> None:
        """A view of it was shown to the account, or was not. Raises Unlawful either way round."""
        may = not self.may_not_read(self.clerks[account], file)
        self._demand(taken == may, f"{self.clerks[account]} reads {file.number} of {file.unit}: {taken}")

    # --- writing

    def wrote(self, account: int, file: File) -> None:
        """The account had a hand in the text: created, edited, submitted or adopted it. Raises Unlawful."""
        self._entitled(account, "draft", file)
        self._demand(not file.released, f"{file.number} was released, and is written anew")
        self._demand(not file.inbox, f"{file.number} is in the inbox of {file.inbox}, and is written anew")
        file.authors.add(self.clerks[account].person)

    def submitted(self, account: int, file: File, digest: str, path: str) -> None:
        """Raises Unlawful where no rule allows this way."""
        self._demand(not file.lacks, f"{file.number} went to the signers without {file.lacks}")
        file.reset()
        file.digest, file.path = digest, path
        self.steps(file)
        self.wrote(account, file)

    def read_headline(self, file: File, *, taken: bool) -> None:
        """A headline that names a level went to the signers, or was refused for it. Raises Unlawful either way round."""
        true = file.says == file.level
        self._demand(taken == true, f"{file.number}: {file.says} is said, {file.level} is to be signed; taken: {taken}")

    def read_names(self, file: File, *, taken: bool) -> None:
        """It went to the signers, or was refused for the name it speaks in. Raises Unlawful either way round."""
        true = file.speaks in ("", file.unit)
        self._demand(taken == true, f"{file.number} of {file.unit} speaks as {file.speaks}; taken: {taken}")

    def took_no_level(self, file: File, words: str, rule: str) -> None:
        """A headline names no level. Raises Unlawful where it was refused for one."""
        self._demand(rule != "level-said", f"{file.number}: {words} is read as a level")

    def told_whom_it_asked(self, file: File, consulted: list[str], rules: list[str]) -> None:
        """It went to the signers, with whom its issuer consulted. Raises Unlawful where they are not told so."""
        self._demand(set(file.consulted) <= set(consulted), f"{file.number} asked {file.consulted}, not {consulted}")
        silent = self.unasked(file, consulted)
        told = "consulted-unstated" in rules
        self._demand(told == bool(silent), f"{file.number} asked {consulted}, and not {silent}; told: {told}")

    def told_unlisted(self, file: File, rules: list[str]) -> None:
        """A warning of a hazard that stands in no table was drafted. Raises Unlawful where its signers are not told."""
        self._demand("event-unlisted" in rules, f"{file.number}: {file.event} stands in no table, and nobody is told")

    def referred(self, account: int, file: File, unit: str) -> None:
        """It waits in the inbox of a unit. Raises Unlawful unless that is above or on the spot, and it was theirs."""
        clerk = self.clerks[account]
        self._demand(clerk.unit == file.unit, f"{clerk} referred what is not theirs")
        self._demand(not (file.digest or file.released or file.ended), f"{file.number} is no draft")
        receiver = next(each for each in self.clerks.values() if each.unit == unit)
        there = all(inside(receiver.area, key) for key in file.areas)
        self._demand(
            unit != clerk.unit and (there or inside(receiver.area, clerk.area)), f"{unit} is not above {clerk}"
        )
        file.inbox = unit

    def took_up(self, account: int, file: File, inbox: str, way: str) -> None:
        """The receiver adopted it or gave it back; `inbox` is where it lay at last. Raises Unlawful."""
        clerk = self.clerks[account]
        self._demand(
            file.inbox != "" and clerk.unit == inbox, f"{clerk} took {file.number} out of the inbox of {inbox}"
        )
        self._demand(clerk.active and bool(clerk.rights & {"draft", "review", "sign", "release"}), f"{clerk} may not")
        file.inbox = ""
        if way == "adopt":
            file.unit, file.publisher = clerk.unit, ""
            self.wrote(account, file)

    def took_over(self, account: int, file: File, reason: str) -> None:
        """A superior made it its own. Raises Unlawful for anybody else, and without a reason."""
        clerk = self.clerks[account]
        self._demand(self.stands_over(clerk, file.unit), f"{clerk} took over {file.number} of {file.unit}")
        self._demand(bool(reason.strip()), f"{clerk} took over {file.number} without a reason")
        self._demand(not file.released and not file.ended, f"{file.number} is no draft, and was taken over")
        file.reset()
        file.unit, file.publisher, file.inbox = clerk.unit, "", ""
        self.wrote(account, file)

    # --- deciding

    def decided(self, account: int, file: File, word: dict[str, str]) -> None:
        """The hub took this word. Raises Unlawful where it should not have."""
        clerk = self.clerks[account]
        self._separate(clerk, file)
        self._demand(word["digest"] == file.digest != "", f"SEP-3: {word['digest']} is not {file.digest}")
        stops = word["verdict"] != "approve"
        self._entitled(account, {"review": "review", "sign": "sign"}[word["step"]], file, stops=stops)
        asked = stops or self.is_asked(file, clerk, word["step"])
        self._demand(asked, f"{clerk} took {word['step']} of {file.number}, which lacks {self.lacking(file)}")
        file.decided.add(clerk.person)
        if word["verdict"] == "approve":
            file.approvals.append((clerk, word["step"]))
            return
        self._demand(bool(word["reason"].strip()), f"SEP-7: no reason to {word['verdict']}")
        if word["verdict"] == "return":
            file.reset()
        else:
            file.ended = True

    def refused(self, account: int, file: File, word: dict[str, str], rule: str) -> None:
        """The hub refused a word. Raises Unlawful where the reason it gives is not true."""
        clerk = self.clerks[account]
        true = {
            "SEP-1": clerk.person in file.authors,
            "SEP-2": clerk.person in file.decided,
            "SEP-3": word["digest"] != file.digest,
            "SEP-7": not word["reason"].strip() and word["verdict"] != "approve",
            UNASKED: rule == UNASKED and not self.is_asked(file, clerk, word["step"]),
        }
        self._demand(true.get(rule, True), f"{clerk} was refused for {rule}, which is not so: {file}")

    def is_asked(self, file: File, clerk: Clerk, step: str) -> bool:
        """Whether the clerk's yes in this step is one of those that are lacking."""
        after = replace(file, approvals=[*file.approvals, (clerk, step)])
        return self.lacking(after) != self.lacking(file)

    def barred(self, account: int, file: File) -> str:
        """Why the account may not decide, whatever its rights; empty where it may."""
        person = self.clerks[account].person
        return "SEP-1" if person in file.authors else "SEP-2" if person in file.decided else ""

    # --- releasing

    def unready(self, file: File, digest: str) -> str:
        """Why nobody may release it; empty where it is ready."""
        if digest != file.digest or not digest:
            return "digest"
        return "stage" if file.released or file.ended or file.inbox else "signatures" if self.lacking(file) else ""

    def released(self, account: int, file: File, digest: str, now: float) -> None:
        """The hub released. Raises Unlawful where the policy's signatures are not there, over this digest."""
        self._demand(digest == file.digest != "", f"{file.number} was released as {digest}, approved as {file.digest}")
        self._entitled(account, "release", file)
        self._demand(now < file.expires, f"{file.number} was over")
        self._demand(not (file.released or file.ended), f"{file.number} had ended or was released before")
        self._demand(not file.inbox, f"{file.number} was in the inbox of {file.inbox}")
        lacking = self.lacking(file)
        self._demand(not lacking, f"{file.number} ({file.path}, {self.rule(file)['id']}) lacked {lacking}")
        lent = not file.publisher or self.is_entrusted(file)
        self._demand(lent, f"{file.publisher} publishes {file.number} for {file.unit}, and no paper says so")
        self._gone_out(file)
        if file.path != "full":
            file.due = now + self.shortened(file)[1]

    def countersigned(self, account: int, file: File, word: dict[str, str], now: float) -> None:
        """The hub took a countersignature. Raises Unlawful where it should not have."""
        clerk = self.clerks[account]
        self._demand(file.due is not None and file.met is None, f"{file.number} owes no countersignature")
        self._separate(clerk, file)
        self._demand(word["digest"] == file.digest != "", f"SEP-3: {word['digest']} is not {file.digest}")
        self._demand(word["verdict"] == "approve" or bool(word["reason"].strip()), "SEP-7: refused without a reason")
        self._entitled(account, self.skipped(file), self.owed(file))
        self._demand(not file.notice or self.is_above(clerk, file.unit), f"{clerk} is not above {file.unit}")
        file.decided.add(clerk.person)
        file.met = now

    def owed(self, file: File) -> File:
        """As it is seen by who may countersign it: an order to leave is for whoever is above, of no unit's own."""
        return replace(file, unit="") if file.notice else file

    def ordered_beyond(self, file: File, filled: dict[str, str]) -> None:
        """An order to leave was drafted that is not for a township to give. Raises Unlawful."""
        raise Unlawful(f"{file.unit} ordered people out of {set(file.areas)} for {file.event}, {filled}")

    def is_above(self, clerk: Clerk, unit: str) -> bool:
        """Whether the clerk's area holds that of the unit, and more."""
        area = next(each.area for each in self.clerks.values() if each.unit == unit)
        return clerk.area != area and inside(clerk.area, area)

    def shown(self, file: File, owed: dict[str, Any] | None, now: float) -> None:
        """What a released warning says of its countersignature, after a sweep. Raises Unlawful where that is not so."""
        if file.due is None:
            self._demand(owed is None, f"{file.number} owes nothing, and shows {owed}")
            return
        self._demand(owed is not None, f"{file.number} went the short way, and owes nothing")
        assert owed is not None
        self._demand(abs(at(owed["due"]) - file.due) < 1, f"{file.number} owes by {file.due}, not {owed['due']}")
        late = now >= file.due and (file.met is None or file.met > file.due)
        self._demand((owed["overdue"] is not None) == late, f"{file.number} overdue: {late}, shows {owed} at {now}")
        self._demand((owed["met"] is None) == (file.met is None), f"{file.number} was met at {file.met}, shows {owed}")

    def arrived(self, text: str, region: str) -> None:
        """Somebody living in `region` was sent this. Raises Unlawful unless it was approved and released, for there."""
        meant = [file for file in self.files.values() if file.released and text in file.forms]
        self._demand(bool(meant), f"nobody released: {text}")
        sent = [each for file in meant for each in [file, *file.before] if each.released]
        there = any(inside(area, region) for each in sent for area in each.areas)
        self._demand(there, f"{region} is not where this was released for: {text}")

    # --- papers signed beforehand

    def proposed(self, account: int, paper: Paper) -> None:
        """Raises Unlawful unless an official of the grantor could draft all of it."""
        document = paper.document
        self.papers[paper.number] = paper
        self._demand(self.clerks[account].unit == document["grantor"], f"{account} is not of {document['grantor']}")
        for file in paper.most():
            self.wrote(account, file)

    def granted(self, account: int, paper: Paper, word: dict[str, str]) -> None:
        """The hub took a word on a paper. Raises Unlawful where it should not have."""
        clerk = self.clerks[account]
        self._demand(
            clerk.unit == paper.document["grantor"], f"AUTH-3: {clerk} is not of the grantor of {paper.number}"
        )
        self._demand(clerk.person not in paper.authors, f"SEP-1: {clerk} proposed {paper.number}")
        self._demand(clerk.person not in paper.decided, f"SEP-2: {clerk} decided twice on paper {paper.number}")
        self._demand(word["digest"] == paper.digest, f"SEP-3: {word['digest']} is not {paper.digest}")
        for file in paper.most():
            self._entitled(account, word["step"], file)
        asked = any(self.is_asked(file, clerk, word["step"]) for file in paper.most())
        self._demand(word["verdict"] != "approve" or asked, f"{clerk} took {word['step']} of paper {paper.number}")
        paper.decided.add(clerk.person)
        if word["verdict"] == "approve":
            paper.approvals.append((clerk, word["step"]))
        else:
            paper.revoked = True

    def may_not_revoke(self, account: int, paper: Paper) -> str:
        """Why not; empty where the account may: of the grantor, or an administrator (AUTH-7: removing needs no second)."""
        clerk = self.clerks[account]
        own = clerk.unit == paper.document["grantor"]
        return "" if clerk.active and (own or "administer" in clerk.rights) else "grantor"

    def revoked(self, account: int, paper: Paper) -> None:
        """The hub ended a paper. Raises Unlawful where it was not for the account to say."""
        self._demand(not self.may_not_revoke(account, paper), f"{self.clerks[account]} ended paper {paper.number}")
        paper.revoked = True

    def released_under(self, number: int, file: File, sent: Sent) -> None:
        """A sensor's message went out with nobody at a desk. Raises Unlawful unless the paper covers it whole."""
        paper = self.papers[number]
        document = paper.document
        for most in paper.most():
            lacking = self.lacking(most)
            self._demand(not lacking, f"paper {number} lacked {lacking} for {most.level} {most.event}")
        self._demand(paper.kind == STANDING, f"paper {number} is for no sensor")
        self._demand(not paper.revoked, f"paper {number} was at an end")
        self._demand(paper.is_of(sent.at), f"paper {number} is not of this time")
        self._demand(sent.level in document["levels"] and sent.event in document["events"], f"not of {number}: {sent}")
        self._demand(sent.channels <= set(document["channels"]), f"paper {number} names no {sent.channels}")
        inner = all(any(inside(area, key) for area in document["areas"]) for key in sent.areas)
        self._demand(inner, f"beyond the area of {number}: {sent}")
        self._demand(sent.hours <= document["longest_hours"], f"longer than {number} allows: {sent}")
        self._demand(sent.worded, f"not the words of {number}: {sent}")
        paper.used.append(sent.at)
        recent = [at for at in paper.used if sent.at - at < 3600]
        self._demand(
            len(recent) <= document["most_per_hour"], f"paper {number} was used {len(recent)} times in an hour"
        )
        self._gone_out(file)

    # --- on the law's side

    def _gone_out(self, file: File) -> None:
        file.released = True
        for each in file.before:
            each.ended = True

    def _separate(self, clerk: Clerk, file: File) -> None:
        self._demand(clerk.person not in file.authors, f"SEP-1: {clerk} wrote {file.number}")
        self._demand(clerk.person not in file.decided, f"SEP-2: {clerk} decided twice on {file.number}")

    def _entitled(self, account: int, right: str, file: File, *, stops: bool = False) -> None:
        why = self.may(self.clerks[account], right, file, stops=stops)
        self._demand(not why, f"{self.clerks[account]} may not {right} {file.number}: {why}")

    def _demand(self, holds: bool, text: str) -> None:
        if not holds:
            raise Unlawful(text)
