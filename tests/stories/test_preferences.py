"""What people choose for themselves holds at the next release, and the law stands above it by name."""

from __future__ import annotations

import orjson

from approvals.level import Level
from channels.message import Reply
from hub.audience.plan import Plan
from hub.clock import to_ms
from hub.registry.preferences.consent import reasons
from hub.store.alerts import alerts
from hub.store.records import audit
from hub.store.register import preferences, recipients
from hub.store.register.preferences import Preferences, Way
from targeting.explain import SelectionReason
from targeting.recipient import Recipient
from tests.stories.town import BRIDGE, Cast, Town

STREET = Cast(bridge=4, river=0, hills=0)


async def answers(town: Town, name: str, text: str, reference: str, channel: str = "sms") -> str:
    reply = Reply(channel, town.phones[name], text, town.clock.now(), reference)
    return (await town.hub.inbox.take([reply])).said


async def chosen(town: Town, name: str) -> Preferences:
    found = await town.hub.db.read(lambda connection: preferences.of(connection, [town.ids[name]]))
    return found.get(town.ids[name], Preferences())


async def warned(town: Town, severity: str, **plan) -> set[str]:
    flood = await town.warns(town.cap(severity=severity), **({"channels": ("sms",)} | plan))
    await town.rests()
    return set(await town.inbox("sms").got(flood))


async def test_who_answered_stop_is_left_out_of_yellow_and_told_of_red_with_the_override_named(settle) -> None:
    town = await settle(STREET)
    assert "START" in await answers(town, "bridge-1", " ＳＴＯＰ。", "m1")
    yellow = await town.warns(town.cap(severity="Moderate"), channels=("sms",))
    red = await town.warns(town.cap(severity="Extreme"), channels=("sms",))
    await town.rests()
    await town.inbox("sms").expects(yellow, town.people("bridge") - {"bridge-1"})
    await town.inbox("sms").expects(red, town.people("bridge"))

    def told(connection):
        number, rows = town.ids["bridge-1"], [alerts.get(connection, each.id) for each in (yellow, red)]
        plans = [Plan.from_json(row.plan) for row in rows]
        why = [
            reasons(
                connection, number, {name: name for name in plan.channels}, Level(row.level), override=plan.override
            )
            for row, plan in zip(rows, plans, strict=True)
        ]
        noted = audit.last_of(connection, f"alert/{red.id}", "release")
        assert noted is not None
        return why, [row.targeted for row in rows], orjson.loads(noted.detail)

    why, targeted, noted = await town.hub.db.read(told)
    assert [[(r.kind, r.key, r.holds) for r in each] for each in why] == [
        [("consent", "sms", False)],
        [("consent", "sms", False), ("override", "red", True)],
    ]
    assert targeted == [3, 4]
    assert noted["overridden"] == 1
    assert "突发事件应对法" in noted["override"]


async def test_who_answers_start_is_warned_again_and_a_replayed_stop_changes_nothing(settle) -> None:
    town = await settle(STREET)
    await answers(town, "bridge-1", "退订", "m1")
    town.clock.advance(5)
    await answers(town, "bridge-1", "订阅", "m2")
    await answers(town, "bridge-1", "退订", "m1")
    assert await warned(town, "Moderate") == town.people("bridge")
    past = await town.hub.db.read(lambda connection: preferences.history(connection, town.ids["bridge-1"]))
    assert [(line.what, line.before, line.after, line.way) for line in past] == [
        ("refused", "", "sms", "sms"),
        ("refused", "sms", "", "sms"),
    ]


async def test_a_sentence_that_contains_the_word_refuses_nothing(settle) -> None:
    town = await settle(STREET)
    for number, text in enumerate(("please stop the water", "不要退订我", "stopped", "T1")):
        assert await answers(town, "bridge-1", text, f"m{number}") == ""
    assert await chosen(town, "bridge-1") == Preferences()


async def test_a_family_shares_the_telephone_and_its_answer_and_so_does_who_joins_it_later(settle) -> None:
    town = await settle(STREET)
    phone = {"sms": town.phones["bridge-0"]}

    async def joins(*names: str) -> None:
        people = [Recipient(name, BRIDGE, "zh", addresses=phone) for name in names]
        now = to_ms(town.clock.now())
        await town.hub.db.write(lambda connection: recipients.upsert(connection, town.hub.vault, people, now))
        for name in names:
            town.ids[name] = await town.hub.db.read(lambda c, name=name: recipients.by_external_id(c, name))

    await joins("grandmother")
    await answers(town, "bridge-0", "TD", "m1")
    await joins("grandson")
    got = [(await chosen(town, name)).refused for name in ("bridge-0", "grandmother", "grandson", "bridge-1")]
    assert got == [{"sms"}, {"sms"}, {"sms"}, frozenset()]


async def test_who_refused_everything_is_not_called_in_the_place_of_the_message(settle) -> None:
    town = await settle(STREET)
    await answers(town, "bridge-1", "STOPALL", "m1")
    await answers(town, "bridge-2", "STOP", "m2")
    flood = await town.warns(town.cap(severity="Moderate"))
    await town.rests()
    await town.inbox("sms").expects(flood, {"bridge-0", "bridge-3"})
    await town.inbox("voice").expects(flood, {"bridge-2"})


async def test_who_wishes_for_orange_and_above_hears_nothing_of_yellow(settle) -> None:
    town = await settle(STREET)
    wish = {town.ids["bridge-2"]: Preferences(least=Level.ORANGE)}
    way = Way("page", to_ms(town.clock.now()))
    await town.hub.db.write(lambda connection: preferences.store_preferences(connection, wish, way))
    assert await warned(town, "Moderate") == town.people("bridge") - {"bridge-2"}
    assert await warned(town, "Severe") == town.people("bridge")


async def test_an_import_keeps_a_persons_own_language_and_opt_out(settle) -> None:
    town = await settle(STREET)
    own = {town.ids["bridge-2"]: Preferences(frozenset({"sms"}), "ug")}
    now = to_ms(town.clock.now())
    await town.hub.db.write(lambda connection: preferences.store_preferences(connection, own, Way("page", now)))
    await town.moves("bridge-2", BRIDGE)

    def stands(connection):
        people = recipients.language_bits(connection, "ug"), recipients.language_bits(connection, "zh")
        return [town.ids["bridge-2"] in bits for bits in people]

    assert await town.hub.db.read(stands) == [True, False]
    assert (await chosen(town, "bridge-2")) == own[town.ids["bridge-2"]]


async def test_an_official_is_told_of_the_choice_that_leaves_a_person_out_and_of_its_history(settle) -> None:
    town = await settle(STREET)
    await answers(town, "bridge-1", "STOP", "m1")
    yellow = await town.warns(town.cap(severity="Moderate"), channels=("sms",))
    explaining, author = town.hub.explaining, town.officials["author"]
    out = await explaining.of_alert(author, "bridge-1", yellow.id)
    assert (out.selected, out.reasons[-1]) == (False, SelectionReason("consent", "sms", holds=False, how="refused"))
    assert (await explaining.of_alert(author, "bridge-0", yellow.id)).selected
    told = await explaining.preferences(author, "bridge-1")
    assert (told.refused, [(line.after, line.way) for line in told.history]) == (("sms",), [("sms", "sms")])
