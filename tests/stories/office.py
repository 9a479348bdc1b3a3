"""What the officials of a town do, said as sentences: they draft, decide, release, update and cancel."""

from __future__ import annotations

from typing import Any

from approvals.official import Official
from hub.alert.views import AlertView, PlanRequest
from hub.app import Hub
from hub.audience.plan import QuestionAnswer
from tests.stories.cast import BAOTA
from tests.stories.warnings import because, document


class Office:
    hub: Hub
    clock: Any
    officials: dict[str, Official]
    _drafts = 0

    def cap(self, *codes: str, **changes: Any) -> bytes:
        """A warning nobody has seen yet, for Baota unless other codes are given."""
        self._drafts += 1
        identifier = changes.pop("identifier", f"rain-{self._drafts}")
        return document(self.clock.now(), identifier, *(codes or (BAOTA,)), **changes)

    async def drafts(self, cap: bytes = b"", by: str = "author", **plan: Any) -> AlertView:
        return await self.hub.drafting.create(self.officials[by], cap or self.cap(), PlanRequest(**plan))

    async def submits(self, draft: AlertView, by: str = "author") -> AlertView:
        return await self.hub.submission.submit(self.officials[by], draft.id, draft.version)

    async def decides(self, view: AlertView, by: str, step: str, **changes: str) -> AlertView:
        word = {"step": step, "verdict": "approve", "digest": view.digest or "", "reason": ""} | changes
        return await self.hub.decisions.decide(self.officials[by], view.id, **word)

    async def approves(self, view: AlertView) -> AlertView:
        """Everyone the policy wants, one after the other."""
        free = {"review": ["reviewer"], "sign": ["signer", "second"]}
        while view.missing:
            step = view.missing[0]
            view = await self.decides(view, free[step].pop(0), step)
        return view

    async def releases(self, view: AlertView, by: str = "releaser") -> AlertView:
        return await self.hub.releases.release(self.officials[by], view.id, view.digest or "")

    async def prepares(self, cap: bytes = b"", **plan: Any) -> AlertView:
        """Drafted, submitted and approved."""
        return await self.approves(await self.submits(await self.drafts(cap, **plan)))

    async def warns(self, cap: bytes = b"", **plan: Any) -> AlertView:
        """The whole way to the order; nothing has been sent yet."""
        return await self.releases(await self.prepares(cap, **plan))

    async def updates(self, alert: AlertView, cap: bytes, left_out: str = "ended") -> AlertView:
        """Of each place that the Update leaves out its author says `left_out`."""
        draft = await self.hub.drafting.update(self.officials["author"], alert.id, cap)
        answers = [
            QuestionAnswer(question.key, left_out) for question in draft.questions if question.kind == "left-out"
        ]
        if answers:
            draft = await self.hub.drafting.answer(self.officials["author"], draft.id, draft.version, answers)
        return await self.releases(await self.approves(await self.submits(draft)))

    async def cancels(self, alert: AlertView, note: str = "险情解除") -> AlertView:
        draft = await self.hub.drafting.cancel(self.officials["author"], alert.id, because(note))
        return await self.releases(await self.approves(await self.submits(draft)))
