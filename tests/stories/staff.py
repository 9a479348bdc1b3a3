"""Officials who hold one right each and speak over HTTP, as people at their desks do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp

from approvals.official import Official, Right
from tests.stories.town import Town

DESKS = {"drafts": Right.DRAFT, "reviews": Right.REVIEW, "signs": Right.SIGN, "releases": Right.RELEASE}


@dataclass
class Staff:
    """Who sits at which desk, by a word for it."""

    town: Town
    http: aiohttp.ClientSession
    staff: dict[str, Official]

    async def asks(self, who: str, method: str, path: str, **more: Any) -> tuple[int, Any]:
        """The status and the JSON of the answer."""
        official = self.staff[who]
        token = self.town.hub.tokens.issue(official.id, official.name, official.rights)
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        url = f"{self.town.hub.settings.public_url}/api/v1{path}"
        async with self.http.request(method, url, headers=headers, **more) as answer:
            return answer.status, await answer.json(content_type=None)
