"""The mood model: total, deterministic, and the same after a round trip through its file."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.feedback import sentiment
from hub.feedback.labelled import read_labelled
from hub.feedback.labels import Sentiment
from hub.feedback.sentiment import MODEL_FILE, SEED_FILE, ModelRefused, SentimentModel, model_in_force

ROWS = read_labelled(SEED_FILE)
TEXTS = [row.text for row in ROWS]
LABELS = [row.label for row in ROWS]
MODEL = SentimentModel.train(TEXTS, LABELS, origin="test")


@given(st.lists(st.text(), max_size=20))
def test_every_text_whatever_it_holds_gets_exactly_one_mood(texts: list[str]) -> None:
    moods = MODEL.classify(texts)
    assert len(moods) == len(texts)
    assert set(moods) <= set(Sentiment)


@given(st.lists(st.text(), min_size=2, max_size=20))
def test_a_mood_does_not_depend_on_the_neighbours_in_the_batch(texts: list[str]) -> None:
    assert MODEL.classify(texts) == [MODEL.classify([text])[0] for text in texts]


def test_more_texts_than_a_batch_come_back_in_order() -> None:
    texts = TEXTS * 3
    assert len(texts) > sentiment.BATCH
    assert MODEL.classify(texts) == MODEL.classify(TEXTS) * 3


def test_the_same_rows_give_the_same_model() -> None:
    again = SentimentModel.train(TEXTS, LABELS, origin="test")
    assert np.array_equal(again.weights, MODEL.weights)
    assert np.array_equal(again.bias, MODEL.bias)


def test_rows_seen_in_training_are_told_apart_almost_without_error() -> None:
    right = sum(said is label for said, label in zip(MODEL.classify(TEXTS), LABELS, strict=True))
    assert right / len(LABELS) > 0.97


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("我害怕极了，水一直在涨", Sentiment.NEGATIVE),
        ("非常感谢你们，全家平安", Sentiment.POSITIVE),
        ("集合点在哪里", Sentiment.NEUTRAL),
        ("We are so scared, everything is lost", Sentiment.NEGATIVE),
        ("Thank you so much, the children are safe", Sentiment.POSITIVE),
        ("Where is the shelter", Sentiment.NEUTRAL),
    ],
)
def test_plain_moods_it_never_saw_are_read_right(text: str, mood: Sentiment) -> None:
    assert text not in TEXTS
    assert MODEL.classify([text]) == [mood]


def test_a_saved_model_says_the_same_when_loaded(tmp_path: Path) -> None:
    MODEL.save(tmp_path / "model.npz")
    loaded = SentimentModel.load(tmp_path / "model.npz")
    assert (loaded.labels, loaded.origin) == (MODEL.labels, MODEL.origin)
    for name in ("weights", "bias", "rarity"):
        assert np.array_equal(getattr(loaded, name), getattr(MODEL, name))
    assert list(tmp_path.iterdir()) == [tmp_path / "model.npz"]


def test_a_model_of_two_moods_tells_just_those_apart(tmp_path: Path) -> None:
    pairs = [(row.text, row.label) for row in ROWS if row.label is not Sentiment.NEUTRAL]
    model = SentimentModel.train([text for text, _ in pairs], [label for _, label in pairs])
    said = model.classify([text for text, _ in pairs])
    assert model.labels == (Sentiment.NEGATIVE, Sentiment.POSITIVE)
    assert sum(one is label for one, (_, label) in zip(said, pairs, strict=True)) / len(pairs) > 0.97


def test_training_on_one_mood_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        SentimentModel.train(["a", "b"], [Sentiment.NEUTRAL] * 2)
    assert refused.value.rule == "two-labels"


def test_training_with_a_label_missing_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        SentimentModel.train(TEXTS, LABELS[1:])
    assert refused.value.rule == "one-label-per-text"


def test_training_on_empty_texts_is_refused_in_plain_words() -> None:
    with pytest.raises(Invalid) as refused:
        SentimentModel.train(["", " "], [Sentiment.NEUTRAL, Sentiment.POSITIVE])
    assert refused.value.rule == "some-text"


# --- model files -------------------------------------------------------------------------------------------------


def _archive(**changes: object) -> bytes:
    file = io.BytesIO()
    parts = {"weights": MODEL.weights, "bias": MODEL.bias, "rarity": MODEL.rarity, "meta": _meta()}
    np.savez(file, **(parts | changes))  # type: ignore[arg-type]
    return file.getvalue()


def _meta(**changes: object) -> np.ndarray:
    meta = {"format": 1, "bits": 18, "grams": [1, 3], "labels": [*MODEL.labels], "origin": "x"} | changes
    return np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)


def test_the_archive_these_tests_damage_is_accepted_undamaged(tmp_path: Path) -> None:
    (tmp_path / "m.npz").write_bytes(_archive())
    assert SentimentModel.load(tmp_path / "m.npz").classify(TEXTS) == MODEL.classify(TEXTS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not an archive",
        _archive()[:1000],
        _archive(meta=np.frombuffer(b"[]", dtype=np.uint8)),
        _archive(meta=_meta(format=2)),
        _archive(meta=_meta(labels=["joy", "fear", "calm"])),
        _archive(meta=_meta(labels=["neutral", "positive"])),
        _archive(weights=MODEL.weights[:, :10]),
        _archive(bias=MODEL.bias.astype("f8")),
        _archive(rarity=np.full_like(MODEL.rarity, np.nan)),
        _archive(weights=np.array([object()], dtype=object)),
    ],
    ids=["empty", "text", "cut", "meta-list", "format", "labels", "few-labels", "shape", "type", "nan", "pickle"],
)
def test_a_file_that_is_not_a_model_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(ModelRefused, match=r"model\.npz"):
        SentimentModel.load(path)


def test_a_missing_model_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="no such file"):
        SentimentModel.load(tmp_path / "model.npz")


# --- the model in force ------------------------------------------------------------------------------------------


def test_the_first_use_trains_on_our_own_corpus_and_keeps_the_model(tmp_path: Path) -> None:
    model = model_in_force(tmp_path / "data")
    assert model.origin.startswith("seed:")
    assert SentimentModel.load(tmp_path / "data" / MODEL_FILE).origin == model.origin


def test_a_model_trained_by_the_operator_stays_in_force(tmp_path: Path) -> None:
    SentimentModel.train(TEXTS[:60] + TEXTS[-60:], LABELS[:60] + LABELS[-60:], origin="file:x").save(
        tmp_path / MODEL_FILE
    )
    assert model_in_force(tmp_path).origin == "file:x"


def test_a_seed_model_is_trained_again_when_the_corpus_changes(tmp_path: Path) -> None:
    first = model_in_force(tmp_path)
    seed = tmp_path / "seed.jsonl"
    seed.write_text("\n".join(SEED_FILE.read_text(encoding="utf-8").splitlines()[:-5]), encoding="utf-8")
    second = model_in_force(tmp_path, seed)
    assert second.origin != first.origin
    assert SentimentModel.load(tmp_path / MODEL_FILE).origin == second.origin


def test_a_damaged_model_is_reported_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / MODEL_FILE).write_bytes(b"damaged")
    with pytest.raises(ModelRefused):
        model_in_force(tmp_path)
    assert (tmp_path / MODEL_FILE).read_bytes() == b"damaged"
