"""What the telephone company received, number by number and text by text, is what a naive oracle reads from the CAP and
the register: several blocks, areas, languages, shared numbers, and Updates that leave places out.

FENGHUO_FAULTS=long tells many more warnings.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from hub.alert.alert import Area, NamedValue
from hub.alert.views import AlertView, QuestionView
from hub.audience.plan import QuestionAnswer
from hub.errors import Invalid
from hub.formats.cap.write import write
from tests.stories import oracle_of_texts as oracle
from tests.stories.families import NOBODY, One, live, number
from tests.stories.oracle_of_texts import LEVELS, OVER, Block, Change, Person
from tests.stories.town import BAOTA, BRIDGE, HILLS, RIVER, ZHIDAN, Town
from tests.stories.warnings import SCHEME
from tests.stories.warnings_of_parts import alert_of_blocks, block

CHAINS = 120 if os.environ.get("FENGHUO_FAULTS") == "long" else 8
PLACES = (BAOTA, BRIDGE, RIVER, ZHIDAN, HILLS)
COLOURS = {"红": "red", "橙": "orange", "黄": "yellow", "蓝": "blue"}
NAMES = {code: f"@{code[4:9]}" for code in PLACES}
REST = {(code, code): name for code, name in NAMES.items()} | {
    (BAOTA, BRIDGE): "桥镇",
    (BAOTA, RIVER): "河镇",
    (ZHIDAN, HILLS): "山镇",
}
TOWNSHIPS = (BRIDGE, RIVER, HILLS)
LIFTED = re.compile(
    r"(?:(@\d{5}|桥镇|河镇|山镇)[：:] ?)?[^@：:]*?(?:解除暴雨([红橙黄蓝])色|lifted the (red|orange|yellow|blue))"
)
MARK = re.compile(r"M\d+M")
#: where an end is told of one place alone, in a sentence of its own
WHERE = re.compile(r"(?:涉及区域：|Area: )(@\d{5}|桥镇|河镇|山镇)[。.]")


class Chance:
    """Random warnings and people of one seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.marks = 0

    def people(self) -> list[Person]:
        return [
            Person(
                f"p{at}",
                self.dice.choice(PLACES),
                self.dice.choice(("zh", "zh", "en", "fr")),
                number(self.dice.randrange(14)),
                duty=self.dice.random() < 0.2,
            )
            for at in range(24)
        ]

    def blocks(self) -> list[Block]:
        """Blocks of one or two areas, most of the time in two languages."""
        found = []
        for _ in range(self.dice.randint(1, 2)):
            places = frozenset(self.dice.sample(PLACES, self.dice.randint(1, 2)))
            level = self.dice.choice(LEVELS)
            for language in self.dice.choice((("zh-CN",), ("zh-CN", "en-US"), ("en-US", "zh-CN"))):
                self.marks += 1
                odd = self.dice.random() < 0.05
                found.append(Block(f"M{self.marks}M", self.dice.choice(LEVELS) if odd else level, language, places))
        return found


def written(town: Town, identifier: str, blocks: Sequence[Block]) -> bytes:
    now = town.clock.now()
    infos = []
    for each in blocks:
        info = block(now, each.level, BAOTA, language=each.language)
        areas = tuple(Area(NAMES[code], geocodes=(NamedValue(SCHEME, code),)) for code in sorted(each.places))
        said = {
            "headline": each.mark + info.headline,
            "description": "",
            "instruction": "",
            "areas": areas,
            "sender_name": "",
        }
        infos.append(replace(info, **said))
    return write(alert_of_blocks(now, identifier, *infos))


def read_text(text: str) -> tuple[str, ...]:
    """The marks in the order they are read; of an all-clear where it is over, its language and the level it lifts."""
    alone = WHERE.search(text)
    where = alone[1] if alone else ""
    found = [
        f"{OVER} {place or where} {'zh-CN' if colour else 'en-US'} {COLOURS.get(colour, level)}"
        for place, colour, level in LIFTED.findall(text)
    ]
    return tuple(dict.fromkeys([*MARK.findall(text), *found]))


def must_name_its_places(text: str, written: Sequence[Block]) -> None:
    """The text names wherever the blocks it tells speak of: whoever reads it knows whom it is for."""
    for each in written:
        if each.mark in MARK.findall(text):
            places = {NAMES[code] for code in each.places} if not each.name else {each.name}
            assert all(name in text for name in places), (each, text)


async def received(town: Town, alert: AlertView, written: Sequence[Block]) -> Counter[tuple[str, tuple[str, ...]]]:
    campaign = (await town.campaigns(alert)).get("sms")
    found: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for delivery, text in town.sms.texts.items():
        of = town.hub.delivery_ids.open("sms", delivery)
        if campaign is not None and of is not None and of.campaign == campaign.id:
            must_name_its_places(text, written)
            found[town.sms.stories[delivery].to, read_text(text)] += town.sms.counts.ids[delivery]
    return found


async def goes_out(town: Town, draft: AlertView) -> AlertView:
    alert = await town.releases(await town.approves(await town.submits(draft)))
    await town.rests()
    return alert


async def expects(
    town: Town, alert: AlertView, people: Sequence[Person], texts: dict[str, oracle.Told], written: Sequence[Block]
) -> None:
    assert await received(town, alert, written) == oracle.messages(people, texts)


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_number_receives_what_the_oracle_says_and_nothing_else(
    settle, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr("channels.media.sms.Sms.excess", lambda *_: "")  # no text is shortened: every mark is read
    town, chance, reached, updated, ended = await settle(NOBODY), Chance(seed), 0, 0, 0
    people = chance.people()
    await live(town, *(one(person) for person in people))
    for chain in range(CHAINS):
        town.clock.advance(7 * 3600)  # what came before is over, and holds for nobody beside the next
        await town.sweeps()
        first = chance.blocks()
        draft = await town.drafts(written(town, f"chain-{seed}-{chain}", first), channels=("sms",))
        if is_refused(first):
            with pytest.raises(Invalid) as said:
                await town.submits(draft)
            assert said.value.rule == "level-languages"
            continue
        held = first_message(people, first)
        if not held:
            continue
        flood = await goes_out(town, draft)
        await expects(town, flood, people, held, first)
        reached += len(held)
        second = chance.blocks()
        if is_refused(second) or not first_message(people, second):
            continue
        change = Change(first, second, TOWNSHIPS, REST, {})
        answers = {place: chance.dice.choice(("ended", "continues")) for place in change.left_out()}
        change = replace(change, said=answers)
        update = await town.hub.drafting.update(
            town.officials["author"], flood.id, written(town, f"chain-{seed}-{chain}-2", second)
        )
        assert {question.key.partition(":")[2] for question in questions(update)} == asked(answers, second, people)
        if said := [
            QuestionAnswer(question.key, answers[question.key.partition(":")[2]]) for question in questions(update)
        ]:
            update = await town.hub.drafting.answer(town.officials["author"], update.id, update.version, said)
        if is_refused(change.carried()):
            continue
        texts = oracle.update(people, held, change)
        await expects(town, await goes_out(town, update), people, texts, change.carried())
        updated += len(texts)
        ended += sum(text[0].startswith(OVER) for text in texts.values())
    assert min(reached, updated) > 10 * CHAINS / 2, "the examples hardly reach anybody"
    assert ended > 0


def first_message(people: Sequence[Person], blocks: Sequence[Block]) -> dict[str, oracle.Told]:
    """By name, what everyone is told of a new warning."""
    here = [person for person in people if oracle.about(person, blocks)]
    return oracle.by_number(here, Change((), blocks, (), {}, {}))


def is_refused(blocks: Sequence[Block]) -> bool:
    """Languages of one area that state different highest levels."""
    gravest: dict[tuple[frozenset[str], str], int] = {}
    for each in blocks:
        key = (each.places, each.language)
        gravest[key] = min(gravest.get(key, 9), LEVELS.index(each.level))
    return len({(places, level) for (places, _), level in gravest.items()}) > len({places for places, _ in gravest})


def asked(answers: dict[str, str], second: Sequence[Block], people: Sequence[Person]) -> set[str]:
    """The places asked about: not where people are known and the Update leaves out none of them."""
    named = {place for each in second for place in each.places}
    found = set()
    for place in answers:
        there = [person.home for person in people if oracle.is_in(person.home, place)]
        if not there or not all(any(oracle.is_in(home, other) for other in named) for home in there):
            found.add(place)
    return found


def questions(view: AlertView) -> list[QuestionView]:
    return [question for question in view.questions if question.kind == "left-out"]


def one(person: Person) -> One:
    groups = frozenset({"responsible"}) if person.duty else frozenset[str]()
    phone = int(person.phone[-6:])
    return One(person.name, phone, language=person.language, groups=groups, region=person.home)
