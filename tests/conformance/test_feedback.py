"""Mood against a public set of posts written when people were afraid; only figures leave these tests, never a post."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from hub.feedback.evaluate import Evaluation, evaluate, without
from hub.feedback.labelled import Labelled, read_labelled
from hub.feedback.labels import Sentiment
from hub.feedback.sentiment import SentimentModel

MOODS = {"happy": Sentiment.POSITIVE, "neutral": Sentiment.NEUTRAL}  # the other four emotions are negative


def _rows(folder: Path, name: str) -> list[Labelled]:
    listed = json.loads((folder / "feedback" / name).read_text(encoding="utf-8"))
    return [Labelled(row["content"], MOODS.get(row["label"], Sentiment.NEGATIVE)) for row in listed]


@pytest.fixture(scope="module")
def training(shared_data: Path) -> list[Labelled]:
    return _rows(shared_data, "virus_train.txt")


@pytest.fixture(scope="module")
def model(training: list[Labelled]) -> SentimentModel:
    return SentimentModel.train([row.text for row in training], [row.label for row in training])


@pytest.fixture(scope="module")
def result(shared_data: Path, training: list[Labelled], model: SentimentModel) -> Evaluation:
    rows = without(_rows(shared_data, "virus_eval_labeled.txt"), {row.text for row in training})
    return evaluate(rows, model, time.perf_counter)


def test_rows_seen_in_training_are_not_evaluated(result: Evaluation) -> None:
    assert 1500 < result.n < 2000


def test_three_moods_of_unseen_posts_are_told_apart(result: Evaluation) -> None:
    # Published for this method on a sister set: 0.788 and 0.755; always saying "positive" gives about 0.46 and 0.21.
    assert result.accuracy >= 0.74, result
    assert result.macro_f1 >= 0.715, result


def test_each_mood_is_mostly_recognised(result: Evaluation) -> None:
    recall = {true: said[true] / sum(said.values()) for true, said in result.confusion.items()}
    assert set(recall) == set(Sentiment)
    assert min(recall.values()) > 0.5, recall


def test_a_model_file_holds_numbers_and_no_piece_of_a_post(
    model: SentimentModel, training: list[Labelled], tmp_path: Path
) -> None:
    path = tmp_path / "model.npz"
    model.save(path)
    with np.load(path, allow_pickle=False) as archive:
        assert {name: archive[name].dtype.kind for name in archive} == {
            "meta": "u",
            "weights": "f",
            "bias": "f",
            "rarity": "f",
        }
        meta = archive["meta"].tobytes().decode()
    pieces = {row.text[start : start + 4] for row in training for start in range(0, len(row.text) - 3, 4)}
    assert not any(piece in meta for piece in pieces if not piece.isascii())
    assert path.stat().st_size < 6_000_000


def test_the_shipped_corpus_shares_no_text_with_the_public_set(shared_data: Path, training: list[Labelled]) -> None:
    own = {row.text for row in read_labelled(Path(__file__).parents[2] / "config" / "feedback" / "seed.jsonl")}
    public = {row.text for row in (*training, *_rows(shared_data, "virus_eval_labeled.txt"))}
    assert not own & {text for text in public if len(text) > 3}
