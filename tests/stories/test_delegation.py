"""A government lends a department its power (授权书): the department releases by it, and by nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from pyotp import TOTP

from approvals.official import Official
from approvals.order import read_order
from approvals.pack import open_pack
from hub.access.identity import onetime
from hub.alert.alert import Info
from hub.alert.views import AlertView
from hub.clock import to_ms
from hub.dossier.delegation import Lending
from hub.errors import Forbidden
from hub.evidence.verify_pack import judge
from hub.formats.cap.write import write
from hub.settings.settings import CONFIG_DIR, AuthSettings
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from hub.store.alerts import alerts
from hub.store.records import audit
from tests.hub.signoff.test_submit_races import interrupted
from tests.stories.staff import DESKS, Staff
from tests.stories.town import BAOTA, CITY, ZHIDAN, Cast, Town
from tests.stories.warnings import alert_of

GOVERNMENT, BUREAU, STATION = "宝塔区人民政府", "宝塔区应急局", "宝塔区预警中心"


def _about(info: Info, event: str) -> Info:
    """The block as a warning of another event, which its headline names, too."""
    return replace(info, event=event, headline=info.headline.replace("暴雨", event).replace("Rainstorm", "Power cut"))


@dataclass
class Offices(Staff):
    """Officials of the government, of its bureau and of a third unit, each with one right; all speak over HTTP."""

    def paper(self, **changes: Any) -> dict[str, Any]:
        now = self.town.clock.now()
        return {
            "name": "power cuts",
            "document_no": "〔2026〕7号",
            "grantor": GOVERNMENT,
            "unit": BUREAU,
            "acts": ["draft", "review", "sign", "release"],
            "events": ["停电*"],
            "levels": ["blue"],
            "areas": [BAOTA],
            "channels": ["sms"],
            "valid_from": now.isoformat(),
            "valid_until": (now + timedelta(hours=2)).isoformat(),
            "review_by": (now + timedelta(hours=1)).isoformat(),
        } | changes

    async def proposes(self, who: str = "government drafts", **changes: Any) -> tuple[int, Any]:
        return await self.asks(who, "POST", "/delegations", json={"document": self.paper(**changes)})

    async def lends(self, **changes: Any) -> Any:
        """The paper proposed and signed by the government."""
        status, paper = await self.proposes(**changes)
        assert status == 201, paper
        for step, who in (("review", "government reviews"), ("sign", "government signs")):
            word = {"step": step, "verdict": "approve", "digest": paper["digest"]}
            status, paper = await self.asks(who, "POST", f"/delegations/{paper['id']}/decisions", json=word)
            assert status == 200, paper
        return paper

    async def drafts(self, event: str = "停电", severity: str = "Minor", *codes: str, channel: str = "sms") -> Any:
        self.town._drafts += 1
        alert = alert_of(
            self.town.clock.now(), f"cut-{self.town._drafts}", *(codes or (BAOTA,)), severity=severity, issuers=("", "")
        )
        told = replace(alert, infos=tuple(_about(info, event) for info in alert.infos))
        more = {"data": write(told), "headers": {"Content-Type": "application/xml"}}
        return await self.asks("bureau drafts", "POST", f"/alerts?channels={channel}", **more)

    async def submits(self) -> Any:
        """A warning of the bureau, drafted and submitted by the bureau."""
        status, alert = await self.drafts()
        assert status == 201, alert
        body = {"version": alert["version"]}
        status, alert = await self.asks("bureau drafts", "POST", f"/alerts/{alert['id']}/submit", json=body)
        assert status == 200, alert
        return alert

    async def decides(self, alert: Any, step: str, who: str) -> tuple[int, Any]:
        word = {"step": step, "verdict": "approve", "digest": alert["digest"]}
        return await self.asks(who, "POST", f"/alerts/{alert['id']}/decisions", json=word)

    async def approves(self) -> Any:
        """A warning of the bureau, submitted and approved by the bureau."""
        alert = await self.submits()
        for step, who in (("review", "bureau reviews"), ("sign", "bureau signs")):
            status, alert = await self.decides(alert, step, who)
            assert status == 200, alert
        assert alert["stage"] == "approved"
        return alert

    async def releases(self, alert: Any) -> tuple[int, Any]:
        body = {"digest": alert["digest"]}
        return await self.asks("bureau releases", "POST", f"/alerts/{alert['id']}/release", json=body)


@pytest.fixture
async def offices(settle: Callable[[Cast], Awaitable[Town]]) -> AsyncIterator[Offices]:
    town = await settle(Cast(bridge=2, river=1, hills=1, hub={"authority": CONFIG_DIR / "authority/three-tier.toml"}))
    async with aiohttp.ClientSession() as http:
        yield Offices(town, http, await _staffed(town))


async def _staffed(town: Town) -> dict[str, Official]:
    """Officials at every desk of the three units, by unit and desk."""
    units = {"government": (GOVERNMENT, "government"), "bureau": (BUREAU, "bureau"), "centre": (STATION, "centre")}

    def enter(connection: Any) -> dict[str, Official]:
        now, found = to_ms(town.clock.now()), {}
        for word, (unit, kind) in units.items():
            for desk, right in DESKS.items():
                new = NewOfficial(f"{word} {desk}", unit, BAOTA, frozenset({right}), kind, "leader")
                found[new.name] = officials.add(connection, new, now)
        return found

    return await town.hub.db.write(enter)


async def test_a_department_releases_what_it_was_lent_and_every_record_names_the_paper(offices: Offices) -> None:
    town = offices.town
    assert (await offices.drafts())[1]["rule"] == "art-46-IV"
    paper = await offices.lends()
    assert (paper["kind"], paper["state"]) == ("delegation", "in-force")
    alert = await offices.approves()
    status, alert = await offices.releases(alert)
    assert (status, alert["stage"], alert["unit"]) == (200, "released", BUREAU)
    named = f"delegation:{paper['id']}+art-46-IV"
    kept = await town.hub.db.read(lambda connection: alerts.find_order(connection, alert["id"]))
    assert kept is not None
    assert read_order(kept.jws, town.hub.keys.order_public).rule == named
    rows = await town.hub.db.read(lambda connection: alerts.decision_rows(connection, alert["id"]))
    assert [row.delegation for row in rows] == [paper["id"], paper["id"]]
    assert [each["delegation"] for each in alert["decisions"]] == [paper["id"], paper["id"]]
    entries = await town.hub.db.read(lambda connection: audit.of_subject(connection, f"delegation/{paper['id']}"))
    assert [each.action for each in entries][-1] == "delegation-use"
    told = await offices.asks("government signs", "GET", "/delegations")
    assert [(each["uses"], each["document"]["unit"]) for each in told[1]] == [(1, BUREAU)]
    raw = await town.hub.transactions.read(lambda tx: town.hub.packer.pack(tx, alert["id"]))
    assert judge(raw).flaws == ()
    assert open_pack(raw).parts["frozen"]["document"]["rule"] == named
    await town.rests()
    assert town.sms.counts.received == 3


async def test_a_paper_that_does_not_hold_at_the_release_counts_for_nothing(offices: Offices) -> None:
    town, paper = offices.town, await offices.lends()
    alert = await offices.approves()
    widened = """'["sms"]'""", """'["sms","voice"]'"""
    for table, column, changed, back in (
        ("standing_decisions", "seal", "'x' || seal", "substr(seal, 2)"),
        (
            "standing_authorisations",
            "document",
            f"replace(document, {widened[0]}, {widened[1]})",
            f"replace(document, {widened[1]}, {widened[0]})",
        ),
    ):
        await town.sql(f"UPDATE {table} SET {column} = {changed}")
        status, refused = await offices.releases(alert)
        assert (status, refused["rule"]) == (403, "art-46-IV"), column
        await town.sql(f"UPDATE {table} SET {column} = {back}")
    assert {kind for kind, _ in await town.alarms()} == {"forged-decision"}
    revoked = await offices.asks(
        "government drafts", "POST", f"/delegations/{paper['id']}/revoke", json={"reason": "the flood is over"}
    )
    assert revoked[1]["state"] == "revoked"
    assert (await offices.releases(alert))[1]["rule"] == "art-46-IV"
    await town.sql("UPDATE standing_authorisations SET state = 'in-force'")  # the row itself still says when it ended
    assert (await offices.releases(alert))[0] == 403
    await town.rests()
    assert town.sms.counts.received == 0


async def test_a_paper_that_ran_out_between_signature_and_release_counts_for_nothing(offices: Offices) -> None:
    await offices.lends()
    alert = await offices.approves()
    offices.town.clock.advance(2 * 3600)
    status, refused = await offices.releases(alert)
    assert (status, refused["rule"]) == (403, "art-46-IV")


async def test_a_paper_a_warning_was_submitted_under_must_hold_for_every_signature_and_for_the_release(
    offices: Offices,
) -> None:
    """Who signs and who releases does so by another paper, which holds all the time."""
    await offices.lends(name="signing", acts=["review", "sign", "release"])
    over = {"reason": "the outage is over"}
    for steps in ((), (("review", "bureau reviews"), ("sign", "bureau signs"))):
        drafting = await offices.lends(name=f"drafting {len(steps)}", acts=["draft"])
        alert = await offices.submits()
        for step, who in steps:
            status, told = await offices.decides(alert, step, who)
            assert status == 200, told
        await offices.asks("government drafts", "POST", f"/delegations/{drafting['id']}/revoke", json=over)
        refused = await (offices.releases(alert) if steps else offices.decides(alert, "review", "bureau reviews"))
        assert (refused[0], refused[1]["rule"], refused[1]["place"]) == (409, "AUTH-1", "delegation"), steps
    await offices.town.rests()
    assert offices.town.sms.counts.received == 0


async def _submits_while_the_paper_is_revoked(offices: Offices) -> AlertView:
    """The bureau submits by a lent power, and the government revokes the paper between the judgement and the write."""
    paper = await offices.lends(acts=["draft"])
    _, alert = await offices.drafts()

    async def revokes() -> None:
        path = f"/delegations/{paper['id']}/revoke"
        status, told = await offices.asks("government drafts", "POST", path, json={"reason": "the outage is over"})
        assert status == 200, told

    submission = interrupted(offices.town, revokes)
    return await submission.submit(offices.staff["bureau drafts"], alert["id"], alert["version"])


async def test_a_paper_that_is_revoked_while_a_submission_is_judged_lends_it_nothing(offices: Offices) -> None:
    with pytest.raises(Forbidden):
        await _submits_while_the_paper_is_revoked(offices)


async def test_it_is_the_second_look_at_the_papers_that_sees_the_revocation(
    offices: Offices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out: the powers of the write are believed to be those of the judgement."""
    seen: list[Official] = []
    genuine = Lending.with_lent_powers

    def remembered(*given: Any, **named: Any) -> Official:
        seen.append(seen[0] if named.get("lock") and seen else genuine(*given, **named))
        return seen[-1]

    monkeypatch.setattr(Lending, "with_lent_powers", remembered)
    assert (await _submits_while_the_paper_is_revoked(offices)).stage == "submitted"


async def test_signatures_given_under_a_paper_do_not_count_under_the_next_one(offices: Offices) -> None:
    first = await offices.lends()
    alert = await offices.approves()
    await offices.asks("government drafts", "POST", f"/delegations/{first['id']}/revoke", json={"reason": "renewed"})
    await offices.lends(name="power cuts, renewed")
    status, refused = await offices.releases(alert)
    assert (status, refused["rule"]) == (409, "art-46-IV")


async def test_a_paper_nobody_signed_lends_nothing_and_beyond_its_bounds_neither(offices: Offices) -> None:
    _, paper = await offices.proposes()
    assert (await offices.drafts())[1]["rule"] == "art-46-IV"
    await offices.town.sql("UPDATE standing_authorisations SET state = 'in-force' WHERE id = ?", paper["id"])
    assert (await offices.drafts())[1]["rule"] == "art-46-IV"
    await offices.lends(name="another")
    assert (await offices.drafts())[0] == 201
    for refused in (
        await offices.drafts("断水"),
        await offices.drafts("停电", "Moderate"),
        await offices.drafts("停电", "Minor", ZHIDAN),
        await offices.drafts(channel="voice"),
    ):
        assert refused[0] == 403, refused


async def test_nobody_lends_more_than_it_has_nor_lends_a_loan_on_nor_what_the_law_binds_to_it(
    offices: Offices,
) -> None:
    await offices.lends()
    for who, changes, rule in (
        ("government drafts", {"levels": ["red"]}, "art-46-I-II"),
        ("government drafts", {"areas": [CITY]}, "LAW-18"),
        ("government drafts", {"events": ["11B*"]}, "MET-30"),
        ("government drafts", {"unit": "office"}, "AUTH-3"),  # it answers for the whole country
        ("government drafts", {"unit": GOVERNMENT}, "AUTH-3"),
        ("government drafts", {"unit": "nobody"}, "unit-unknown"),
        ("bureau drafts", {"grantor": BUREAU, "unit": STATION}, "art-46-IV"),
        ("bureau drafts", {}, "AUTH-3"),
    ):
        status, refused = await offices.proposes(who, name=f"{rule} {changes}", **changes)
        assert (status in (403, 422), refused["rule"]) == (True, rule), changes


async def test_only_the_grantors_own_officials_sign_its_paper(offices: Offices) -> None:
    _, paper = await offices.proposes()
    word = {"step": "review", "verdict": "approve", "digest": paper["digest"]}
    status, refused = await offices.asks("bureau reviews", "POST", f"/delegations/{paper['id']}/decisions", json=word)
    assert (status, refused["rule"]) == (403, "AUTH-3")


async def test_whoever_lent_the_power_may_end_what_was_released_by_it(offices: Offices) -> None:
    paper = await offices.lends()
    _, alert = await offices.releases(await offices.approves())
    await offices.asks("government drafts", "POST", f"/delegations/{paper['id']}/revoke", json={"reason": "over"})
    lifting, body = f"/alerts/{alert['id']}/cancel", {"note": "恢复供电"}
    status, refused = await offices.asks("bureau drafts", "POST", lifting, json=body)
    assert (status, refused["rule"]) == (403, "art-46-IV")
    status, made = await offices.asks("government drafts", "POST", lifting, json=body)
    assert (status, made["msg_type"]) == (201, "Cancel")


PASSWORD = "seven quiet mountain rivers"


@dataclass
class Enrolled(Offices):
    """The same officials where signing takes a second factor, as the hub ships: each has an authenticator."""

    async def enrol(self, who: str) -> TOTP:
        seed, identity = onetime.new_seed(), self.town.hub.identity
        hashed = await identity.passwords.hash(PASSWORD)
        number = self.staff[who].id
        await self.town.hub.db.write(lambda connection: identity.enrolment.keep(connection, number, hashed, seed))
        return TOTP(seed)

    async def posts(self, path: str, body: dict[str, Any], token: str = "") -> tuple[int, Any]:
        url = f"{self.town.hub.settings.public_url}/api/v1{path}"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.post(url, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def code(self, app: TOTP) -> str:
        """A new one: thirty seconds after the last."""
        self.town.clock.advance(onetime.STEP_S)
        return app.at(self.town.clock.now())

    async def signs_in(self, who: str, app: TOTP) -> str:
        said = {"name": who, "password": PASSWORD, "totp": await self.code(app)}
        status, session = await self.posts("/session", said)
        assert status == 201, session
        return session["access"]


@pytest.fixture
async def enrolled(settle: Callable[[Cast], Awaitable[Town]]) -> AsyncIterator[Enrolled]:
    cheap = AuthSettings(argon2_passes=1, argon2_memory_kib=8, argon2_lanes=1)
    assert cheap.second_factor == AuthSettings().second_factor
    hub, settings = {"authority": CONFIG_DIR / "authority/three-tier.toml"}, {"auth": cheap}
    town = await settle(Cast(bridge=1, river=0, hills=0, hub=hub, settings=settings))
    async with aiohttp.ClientSession() as http:
        yield Enrolled(town, http, await _staffed(town))


async def test_a_delegation_is_signed_with_a_second_factor_under_the_settings_that_ship(enrolled: Enrolled) -> None:
    status, paper = await enrolled.proposes()
    assert status == 201, paper
    path, word = f"/delegations/{paper['id']}/decisions", {"verdict": "approve", "digest": paper["digest"]}
    status, paper = await enrolled.asks("government reviews", "POST", path, json={**word, "step": "review"})
    assert (status, paper["state"]) == (200, "proposed"), paper
    app = await enrolled.enrol("government signs")
    token = await enrolled.signs_in("government signs", app)
    status, refused = await enrolled.posts(path, {**word, "step": "sign"}, token)
    assert (status, refused["rule"]) == (403, "second-factor")
    shown = {"digest": paper["digest"], "totp": await enrolled.code(app)}
    status, granted = await enrolled.posts("/session/proofs", shown, token)
    assert status == 201, granted
    status, paper = await enrolled.posts(path, {**word, "step": "sign", "proof": granted["proof"]}, token)
    assert (status, paper["state"]) == (200, "in-force"), paper
    assert (await enrolled.drafts())[0] == 201


@pytest.mark.parametrize("cut", [False, True])
async def test_a_revoked_delegation_turned_back_in_sql_lends_nothing_and_is_an_alarm(
    offices: Offices, cut: bool
) -> None:
    paper = await offices.lends()
    alert = await offices.approves()
    revoked = await offices.asks(
        "government signs", "POST", f"/delegations/{paper['id']}/revoke", json={"reason": "收回"}
    )
    assert revoked[0] == 200, revoked
    await offices.town.sql("UPDATE standing_authorisations SET state = 'in-force', revoked_at = NULL")
    if cut:
        newest = "(SELECT max(number) FROM acts WHERE subject = ?)"
        subject = f"delegation/{paper['id']}"
        await offices.town.sql(f"DELETE FROM acts WHERE subject = ? AND number = {newest}", subject, subject)
    status, refused = await offices.releases(alert)
    assert (status, refused["rule"]) == (403, "art-46-IV")
    await offices.town.rests()
    assert offices.town.sms.counts.received == 0
    assert "forged-decision" in {kind for kind, _ in await offices.town.alarms()}
