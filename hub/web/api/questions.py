"""What a draft leaves open, over the API: its questions answered, and the hour it is held back until."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from approvals.moment import Moment
from hub.access.permissions import Permission
from hub.alert.views import AlertView
from hub.audience.plan import QuestionAnswer
from hub.web.api.drafts import answer_with_alert
from hub.web.api.endpoint import ALERT, Call, Route
from hub.web.body import Body

Key = Annotated[str, Field(min_length=1, max_length=200)]


class AnswerBody(Body):
    """`choice` is the key of one of the question's choices; `value` what the choice takes, such as a time."""

    choice: Key
    value: Annotated[str, Field(max_length=500)] = ""


class AnswersBody(Body):
    """`version` is the one the author has seen; `answers` are by the keys of the questions."""

    version: Annotated[int, Field(ge=0)]
    answers: Annotated[dict[Key, AnswerBody], Field(min_length=1, max_length=100)]


class HoldBody(Body):
    """`until` is the hour, with its offset; null lets the warning leave as soon as it is released."""

    version: Annotated[int, Field(ge=0)]
    until: Annotated[Moment | None, Field(strict=False)]


async def answer(call: Call) -> web.Response:
    body = await call.json(AnswersBody)
    answers = [QuestionAnswer(key, each.choice, each.value) for key, each in body.answers.items()]
    return answer_with_alert(await call.hub.drafting.answer(call.official, call.number, body.version, answers))


async def hold(call: Call) -> web.Response:
    body = await call.json(HoldBody)
    return answer_with_alert(await call.hub.drafting.hold(call.official, call.number, body.version, body.until))


QUESTION_ENDPOINTS = (
    Route(
        "POST",
        f"{ALERT}/answers",
        "answerQuestions",
        "Answer what a draft leaves open",
        answer,
        AlertView,
        200,
        body=AnswersBody,
        permission=Permission.UNIT_ALERT_DRAFT,
    ),
    Route(
        "PUT",
        f"{ALERT}/hold",
        "holdAlert",
        "Hold a draft back until an hour, or no longer",
        hold,
        AlertView,
        200,
        body=HoldBody,
        permission=Permission.UNIT_ALERT_DRAFT,
    ),
)
