"""Accuracy and macro-F1, and the rows they are taken over."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from hub.errors import Invalid
from hub.feedback.evaluate import evaluate, without
from hub.feedback.labelled import Labelled, read_labelled, read_texts
from hub.feedback.labels import Sentiment

MOOD = st.sampled_from(Sentiment)


class Said:
    """Says what it was told to say."""

    def __init__(self, moods: Sequence[Sentiment]) -> None:
        self._moods = list(moods)

    def classify(self, texts: Sequence[str]) -> list[Sentiment]:
        assert len(texts) == len(self._moods)
        return self._moods


def ticks(*values: float) -> Callable[[], float]:
    return iter(values).__next__


@given(st.lists(st.tuples(MOOD, MOOD), min_size=1))
def test_the_figures_are_those_of_the_reference_implementation(pairs: list[tuple[Sentiment, Sentiment]]) -> None:
    true, said = zip(*pairs, strict=True)
    result = evaluate([Labelled("t", mood) for mood in true], Said(said), ticks(0.0, 0.5))
    assert result.n == len(pairs)
    assert result.accuracy == pytest.approx(accuracy_score(true, said), abs=1e-4)
    assert result.macro_f1 == pytest.approx(f1_score(true, said, average="macro"), abs=1e-4)
    assert result.rows_per_s == pytest.approx(len(pairs) / 0.5, abs=0.1)
    assert sum(sum(row.values()) for row in result.confusion.values()) == len(pairs)


def test_confusion_is_true_mood_first() -> None:
    rows = [Labelled("a", Sentiment.NEGATIVE), Labelled("b", Sentiment.NEGATIVE), Labelled("c", Sentiment.POSITIVE)]
    said = [Sentiment.NEGATIVE, Sentiment.POSITIVE, Sentiment.POSITIVE]
    assert evaluate(rows, Said(said), ticks(0, 1)).confusion == {
        "negative": {"negative": 1, "positive": 1},
        "positive": {"negative": 0, "positive": 1},
    }


def test_no_rows_are_refused() -> None:
    with pytest.raises(Invalid):
        evaluate([], Said([]), ticks(0, 1))


@given(st.lists(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef")))
def test_no_row_is_left_twice_or_among_the_excluded(texts: list[str], excluded: set[str]) -> None:
    left = [row.text for row in without([Labelled(text, Sentiment.NEUTRAL) for text in texts], excluded)]
    assert len(left) == len(set(left))
    assert set(left) == set(texts) - excluded


# --- files -------------------------------------------------------------------------------------------------------


def test_labels_are_read_under_their_usual_names(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    names = ["neg", "NEGATIVE", "angry", " neutral", "中性", "pos", "happy"]
    path.write_text(
        "\ufeff" + "\n\n".join(json.dumps({"text": "t", "label": name}) for name in names), encoding="utf-8"
    )
    read = "".join(row.label.value[2] for row in read_labelled(path))
    assert read == "ggguuss"


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("{", "json-lines"),
        ("[1]", "json-lines"),
        ("[" * 100_000, "json-lines"),
        ('{"label": "neg"}', "text"),
        ('{"text": 1, "label": "neg"}', "text"),
        ('{"text": "不许出现"}', "label"),
        ('{"text": "不许出现", "label": 1}', "label"),
        ('{"text": "不许出现", "label": "bored"}', "label"),
    ],
)
def test_a_bad_line_is_refused_by_file_line_and_rule_without_its_text(tmp_path: Path, line: str, rule: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "t", "label": "neg"}\n' + line, encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        read_labelled(path)
    assert refused.value.rule == rule
    assert refused.value.place == f"{path}:2"
    assert "不许出现" not in str(refused.value)


def test_a_file_that_is_missing_or_no_text_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"rows\.jsonl"):
        read_texts(tmp_path / "rows.jsonl")
    (tmp_path / "rows.jsonl").write_bytes(b"\xff\xfe{}")
    with pytest.raises(Invalid, match="not UTF-8"):
        read_texts(tmp_path / "rows.jsonl")
