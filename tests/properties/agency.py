"""An agency that works through the API and nothing else; the oracle hears of everything it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hub.alert.alert import Alert, MsgType, Reference
from hub.formats.cap.write import write
from hub.store.access import officials
from tests.properties.desks import EVENTS, NOBODY, PLACES, SEVERITY, UNITS, UNLISTED, XML, Answer, Desks, Text
from tests.properties.oracle import UNASKED
from tests.properties.policy_model import File, Unlawful
from tests.stories.warnings import alert_of

__all__ = ["EVENTS", "NOBODY", "PLACES", "UNITS", "UNLISTED", "XML", "Agency", "Answer", "Text"]


class Agency(Desks):
    """What its officials do, honestly or not: each tells the oracle what was taken."""

    def cap(self, text: Text, identifier: str = "") -> tuple[bytes, Alert]:
        """A document that says it, unlike any before."""
        self.drafted += 1
        lasts = timedelta(hours=self.dice.choice((1, 6, 12)))
        name, severity = identifier or f"random-{self.drafted}", SEVERITY[text.level]
        made: Alert = alert_of(
            self.town.clock.now(), name, *text.areas, severity=severity, lasts=lasts, issuers=("", "")
        )
        headline = f"{text.words}，第{self.drafted}号" if text.words else f"第{self.drafted}号 {text.event}"
        infos = tuple(replace(info, event=text.event, headline=headline) for info in made.infos)
        made = replace(made, infos=infos)
        made = text.mended(made) if text.mended else made
        return write(made), made

    async def drafts(
        self, author: int, text: Text, referral: str = "", joint: str = "", principal: str = "", consulted: str = ""
    ) -> File | None:
        """`joint` is a unit that issues it together with the author's, `principal` the one for which that publishes it,
        `consulted` one that was asked.
        """
        source, made = self.cap(text)
        said = {"referral": referral, "joint": joint, "for": principal, "consulted": consulted}
        params = {"channels": "sms"} | {name: value for name, value in said.items() if value}
        own = self.accounts[author].unit
        file = File(0, text.level, text.event, frozenset(text.areas), "Alert", principal or own, 0.0)
        file.publisher = own if principal else ""
        why = self.judged(author, "draft", file)
        answer = await self.asks(author, "POST", "/alerts", data=source, params=params, headers=XML)
        self.counts("refer" if referral else "draft", why, answer)
        if not referral:
            self.counts_competence(text, why, answer)
        if not answer.taken:
            return None
        file = self._opened(answer, text, made, [])
        file.unit, file.joint, file.publisher = principal or own, joint, own if principal else ""
        file.consulted = (consulted,) if consulted else ()
        if referral:
            file.authors.add(self.oracle.clerks[author].person)
            self.oracle.referred(author, file, await self.inbox(file))
        else:
            self.oracle.wrote(author, file)
        return file

    def _opened(self, answer: Answer, text: Text, made: Alert, before: list[File]) -> File:
        number, areas = answer.body["id"], frozenset(text.areas)
        file = File(number, text.level, text.event, areas, made.msg_type, "", _end(made), before, made.identifier)
        file.sent, file.says, file.lacks = answer.body["sent"], text.says, text.lacks
        file.speaks = text.speaks
        self.oracle.files[number] = file
        return file

    async def edits(self, editor: int, file: File, text: Text, version: int | None = None) -> Answer:
        seen = file.version if version is None else version
        source, made = self.cap(text, file.identifier)
        headers, params = {**XML, "If-Match": f'"{seen}"'}, {"channels": "sms"}
        # A text of one's own is no order to leave, whatever it takes the place of.
        after = replace(file, level=text.level, event=text.event, areas=frozenset(text.areas), notice=False)
        why = self.judged(editor, "draft", after) or ("" if seen == file.version else "version")
        answer = await self.asks(editor, "PUT", f"/alerts/{file.number}", data=source, params=params, headers=headers)
        self.counts("edit", why, answer)
        if answer.taken:
            if seen != file.version:  # an edit of what another has changed
                raise Unlawful(f"an edit of {file.number} at version {seen} was taken: {file.version}")
            file.version = answer.body["version"]
            file.level, file.event, file.areas, file.expires = text.level, text.event, frozenset(text.areas), _end(made)
            file.msg_type, file.says, file.lacks = made.msg_type, text.says, text.lacks
            file.speaks, file.notice = text.speaks, False
            file.reset()
            self.oracle.wrote(editor, file)
        return answer

    async def submits(self, submitter: int, file: File, path: str = "full", version: int | None = None) -> Answer:
        body = {"version": file.version if version is None else version, "path": path}
        why = self.judged(submitter, "draft", file)
        answer = await self.asks(submitter, "POST", f"/alerts/{file.number}/submit", json=body)
        self.counts("submit", why, answer)
        if file.says and (answer.taken or answer.rule == "level-said"):
            self.ledger.notes("a headline that says a level", taken=answer.taken)
            self.oracle.read_headline(file, taken=answer.taken)
        if answer.taken or answer.rule == "issuer-stranger":
            self.ledger.notes("a name of an issuer", taken=answer.taken)
            self.oracle.read_names(file, taken=answer.taken)
        if answer.taken:
            self.oracle.submitted(submitter, file, answer.body["digest"], path)
            rules = [each["rule"] for each in answer.body["findings"]]
            self.oracle.told_whom_it_asked(file, answer.body["issuers"]["consulted"], rules)
            await self.reads_forms(submitter, file)
        return answer

    async def settles(self, editor: int, file: File, question: str, choice: str) -> Answer:
        """What the draft leaves open is settled: an edit by whoever says it."""
        body = {"version": file.version, "answers": {question: {"choice": choice}}}
        answer = await self.asks(editor, "POST", f"/alerts/{file.number}/answers", json=body)
        if answer.taken:
            file.version, file.level, file.lacks = answer.body["version"], answer.body["level"], ""
            self.oracle.wrote(editor, file)
        return answer

    async def reads_forms(self, reader: int, file: File) -> None:
        forms = (await self.asks(reader, "GET", f"/alerts/{file.number}/forms")).body
        file.forms = frozenset(form["body"] for form in forms)

    async def says(self, account: int, file: File, step: str, **word: str) -> Answer:
        said = {"step": step, "verdict": "approve", "digest": file.digest or NOBODY, "reason": ""} | word
        stops = said["verdict"] != "approve"
        why = self.judged(account, step, file, stops=stops) or self.oracle.barred(account, file)
        answer = await self.asks(account, "POST", f"/alerts/{file.number}/decisions", json=said)
        self.counts(step if said["verdict"] == "approve" else said["verdict"], why, answer)
        if not stops and (answer.taken or answer.rule == UNASKED):
            self.ledger.notes("a step that is asked for", taken=answer.taken)
        if answer.taken:
            self.oracle.decided(account, file, said)
            file.version = answer.body["version"]
        elif answer.status in (403, 409):
            self.oracle.refused(account, file, said, answer.rule)
        return answer

    async def releases(self, account: int, file: File, digest: str = "", *, honest: bool = True) -> Answer:
        """Counted among the releases where the record is `honest`, as the hub left it."""
        given = digest or file.digest or NOBODY
        why = self.judged(account, "release", file) or self.oracle.unready(file, given)
        answer = await self.asks(account, "POST", f"/alerts/{file.number}/release", json={"digest": given})
        if honest:
            self.counts("release", why, answer)
        if answer.taken:
            self.oracle.released(account, file, given, self.now)
        return answer

    async def updates(self, author: int, file: File, text: Text) -> File | None:
        source, made = self.cap(text)
        made = replace(made, msg_type=MsgType.UPDATE)
        path = f"/alerts/{file.number}/update"
        before = self.chain(file)
        why = self.judged(
            author,
            "draft",
            replace(
                file,
                unit="",
                level=text.level,
                event=text.event,
                areas=frozenset(text.areas),
                before=before,
                notice=False,
            ),
        )
        answer = await self.asks(author, "POST", path, data=source, params={"reason": "险情变化"}, headers=XML)
        self.counts("update", why, answer)
        return self._continued(author, answer, file, (text, made)) if answer.taken else None

    async def cancels(self, author: int, file: File) -> File | None:
        why = self.judged(author, "draft", replace(file, unit="", before=self.chain(file)))
        answer = await self.asks(author, "POST", f"/alerts/{file.number}/cancel", json={"note": "险情解除"})
        self.counts("cancel", why, answer)
        if not answer.taken or answer.body["id"] in self.oracle.files:
            return None  # the same Cancel asked for twice is the same draft (case 60); who asked again wrote nothing
        made = self.opens_cancel(answer.body, file)
        self.oracle.wrote(author, made)
        return made

    async def refers(self, author: int, msg_type: MsgType, to: Sequence[File], draft: File | None = None) -> None:
        """A CAP document of the author's own that names these warnings, as a new draft or in the place of one."""
        text = Text(to[-1].event, to[-1].level, tuple(sorted(to[-1].areas)))
        _, made = self.cap(text, draft.identifier if draft else "")
        references = tuple(Reference(made.sender, each.identifier, each.sent) for each in to)
        source = write(replace(made, msg_type=msg_type, references=references, note="情况变化"))
        if draft is None:
            answer = await self.asks(author, "POST", "/alerts", data=source, params={"channels": "sms"}, headers=XML)
        else:
            headers = {**XML, "If-Match": f'"{draft.version}"'}
            answer = await self.asks(author, "PUT", f"/alerts/{draft.number}", data=source, headers=headers)
        if answer.taken:
            raise Unlawful(f"{author} speaks for {[each.number for each in to]}")

    def _continued(self, author: int, answer: Answer, file: File, said: tuple[Text, Alert]) -> File:
        follower = self._opened(answer, *said, self.chain(file))
        follower.unit = answer.body["unit"]
        follower.joint = self.jointly(file, follower.unit)
        follower.publisher = answer.body["issuers"]["publisher"]
        self.oracle.wrote(author, follower)
        return follower

    def opens_cancel(self, body: dict[str, Any], file: File) -> File:
        """A Cancel of the chain has been drafted, by whomever."""
        last = next(each for each in reversed(self.chain(file)) if each.released)
        end = datetime.fromisoformat(body["expires_at"]).timestamp()
        number, unit = body["id"], body["unit"]
        made = File(number, last.level, last.event, last.areas, "Cancel", unit, end, self.chain(file))
        made.notice, made.joint = last.notice, self.jointly(file, unit)
        made.publisher = body["issuers"]["publisher"]
        self.oracle.files[number] = made
        return made

    def jointly(self, file: File, unit: str) -> str:
        """Who issues the next message of a chain with that unit: a joint warning stays as joint as it was."""
        root = file.before[0] if file.before else file
        return root.joint if unit == root.unit else ""

    def chain(self, file: File) -> list[File]:
        """Every message of the chain that a file belongs to, sent or not, oldest first."""
        root = file.before[0] if file.before else file
        return [each for _, each in sorted(self.oracle.files.items()) if each is root or root in each.before[:1]]

    async def withdraws(self, account: int, file: File) -> Answer:
        why = self.judged(account, "draft", file, stops=True) or ("released" if file.released else "")
        answer = await self.asks(account, "POST", f"/alerts/{file.number}/withdraw", json={"reason": "重复"})
        self.counts("withdraw", why, answer)
        if answer.taken:
            if file.released:
                raise Unlawful(f"{file.number} was released, and is withdrawn")
            file.reset()
            file.ended, file.inbox = True, ""
        return answer

    async def inbox(self, file: File) -> str:
        """The unit in whose inbox it lies."""
        answer = await self.asks(self.reader(), "GET", "/referrals", params={"state": "open"})
        return next((each["to_unit"] for each in answer.body["items"] if each["alert"] == file.number), "")

    async def retires(self, account: int, *, active: bool = False) -> None:
        """Somebody leaves office, or comes back."""
        await self.town.hub.db.write(lambda connection: officials.set_active(connection, account, active=active))
        self.oracle.clerks[account] = replace(self.oracle.clerks[account], active=active)
        self.steps.append(f"#{account} active={active}")


def _end(alert: Alert) -> float:
    ends = [info.expires for info in alert.infos if info.expires is not None]
    return max(ends).timestamp()
