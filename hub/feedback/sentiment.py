"""The mood of short texts, by character n-grams and logistic regression; the only module that loads scikit-learn.

Character 1-3-grams need no word segmentation, so Chinese and English go through the same model. Features are hashed:
the model keeps no vocabulary, hence no word of the texts it was trained on, and has a fixed size. A model file is a
NumPy archive without pickled objects: reading one runs no code.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it comes with scikit-learn

from hub.errors import Invalid, Refusal
from hub.feedback.labelled import read_labelled
from hub.feedback.labels import Sentiment
from hub.feedback.text import fold_text
from hub.rules.rule import Rule
from hub.settings.settings import CONFIG_DIR

SEED_FILE = CONFIG_DIR / "feedback" / "seed.jsonl"
MODEL_FILE = "sentiment.npz"  #: in the data directory

FORMAT = 1  #: grows when features or file layout change; files of other formats are refused
BITS = 18  #: 2**18 features: three float32 rows of weights are 3 MB
GRAMS = (1, 3)
STRENGTH = 10.0  #: inverse regularisation
ROUNDS = 500  #: most steps of the solver; it converges in under 100
BATCH = 1024  #: texts in one sparse matrix: bounds memory, not results

_LINK = re.compile(r"https?://\S+")
_HANDLE = re.compile(r"@[^\s@:]+")  # who is addressed says nothing about mood, and people are not features
_DIGIT = re.compile(r"\d")

Floats = NDArray[np.float32]


class ModelRefused(Refusal):
    """A model file is missing, damaged, or of another format."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(f"{path}: {text}", rule=Rule.SENTIMENT_MODEL, place=str(path))


@dataclass(frozen=True, slots=True)
class SentimentModel:
    """`weights` has shape (labels, 2**BITS), `bias` (labels,), `rarity` (2**BITS,): the inverse document frequency."""

    labels: tuple[Sentiment, ...]
    weights: Floats
    bias: Floats
    rarity: Floats
    origin: str  #: what it was trained on: "seed:<sha256>" for the shipped corpus, else "file:<sha256>"

    @classmethod
    def train(cls, texts: Sequence[str], labels: Sequence[Sentiment], *, origin: str = "") -> SentimentModel:
        """Fits a model; the same rows in the same order give the same model.

        Raises Invalid where texts and labels differ in number, fewer than two moods occur, or all texts are
        empty.
        """
        if len(texts) != len(labels):
            raise Invalid(f"{len(texts)} texts, {len(labels)} labels", rule=Rule.ONE_LABEL_PER_TEXT, place="labels")
        known = tuple(mood for mood in Sentiment if mood in set(labels))
        if len(known) < 2:
            raise Invalid("training needs at least two different labels", rule=Rule.TWO_LABELS, place="labels")
        counts = _vectorizer().transform([_reduce_text(text) for text in texts])
        if not counts.nnz:
            raise Invalid("training needs texts that are not empty", rule=Rule.SOME_TEXT, place="texts")
        tfidf = TfidfTransformer(sublinear_tf=True)
        features = tfidf.fit_transform(counts)
        # A feature that no text has keeps the weight 0: leaving it out changes nothing but the time.
        used = np.unique(features.indices)
        solver = LogisticRegression(C=STRENGTH, max_iter=ROUNDS)
        with threadpool_limits(1):  # sums in one order on any machine; and threads only wait on a busy one
            solver.fit(features[:, used], [known.index(mood) for mood in labels])
        fitted, bias = solver.coef_, solver.intercept_
        if len(known) == 2:  # scikit-learn keeps one row for two classes: the second against the first
            fitted, bias = np.vstack([-fitted, fitted]) / 2, np.concatenate([-bias, bias]) / 2
        weights = np.zeros((len(known), 2**BITS), dtype=np.float32)
        weights[:, used] = fitted
        return cls(known, weights, bias.astype("f4"), tfidf.idf_.astype("f4"), origin)

    def classify(self, texts: Sequence[str]) -> list[Sentiment]:
        """One mood per text, in order. Any string is answered; about 0.1 ms each."""
        moods: list[Sentiment] = []
        for start in range(0, len(texts), BATCH):
            moods += [self.labels[best] for best in self._scores(texts[start : start + BATCH]).argmax(axis=1)]
        return moods

    def save(self, path: Path) -> None:
        """Writes the model beside `path` and moves it there: a reader sees the old or the new one, never half."""
        meta = {"format": FORMAT, "bits": BITS, "grams": GRAMS, "labels": self.labels, "origin": self.origin}
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with draft.open("wb") as file:
            np.savez_compressed(
                file,
                meta=np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8),
                weights=self.weights,
                bias=self.bias,
                rarity=self.rarity,
            )
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> SentimentModel:
        """Raises ModelRefused, naming the file and what is wrong with it."""
        try:
            # No pickle: a model file is data, never code.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                meta = json.loads(archive["meta"].tobytes())
                model = _check_model(meta, archive)
        except FileNotFoundError:
            raise ModelRefused(path, "no such file") from None
        except (OSError, ValueError, KeyError, TypeError, EOFError, AttributeError, zipfile.BadZipFile) as error:
            raise ModelRefused(path, f"not a sentiment model: {error}") from None
        return model

    def _scores(self, texts: Sequence[str]) -> Floats:
        counts = _vectorizer().transform([_reduce_text(text) for text in texts]).tocsr()
        np.log(counts.data, out=counts.data)
        counts.data += 1  # sublinear term frequency, as TfidfTransformer does it
        counts.data *= self.rarity[counts.indices]
        # Rows are of unit length in training; scaling a row would only shift the weight of the bias.
        length = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1))).ravel()
        length[length == 0] = 1
        scores: Floats = np.asarray(counts @ self.weights.T) / length[:, None] + self.bias
        return scores


def model_in_force(data_dir: Path, seed: Path = SEED_FILE) -> SentimentModel:
    """The model in force: the one in the data directory, else one trained now on our own seed corpus and kept there.

    A seed model whose corpus has changed since is trained again; a model trained by `hub feedback train` stays.
    Raises ModelRefused where the file is not a model, Invalid where the corpus breaks a rule.
    """
    path = data_dir / MODEL_FILE
    origin = f"seed:{hashlib.sha256(seed.read_bytes()).hexdigest()}"
    if path.exists():
        kept = SentimentModel.load(path)
        if not kept.origin.startswith("seed:") or kept.origin == origin:
            return kept
    rows = read_labelled(seed)
    model = SentimentModel.train([row.text for row in rows], [row.label for row in rows], origin=origin)
    model.save(path)
    return model


def _vectorizer() -> HashingVectorizer:
    return HashingVectorizer(
        analyzer="char", ngram_range=GRAMS, n_features=2**BITS, alternate_sign=False, norm=None, dtype=np.float32
    )


def _reduce_text(text: str) -> str:
    """The text without what would tie the model to persons, pages or dates."""
    return _DIGIT.sub("0", _HANDLE.sub("@", _LINK.sub("\u2192", fold_text(text))))


def _check_model(meta: Any, archive: Any) -> SentimentModel:
    """Raises ValueError, KeyError or TypeError where the parts do not make a model."""
    if (meta["format"], meta["bits"], tuple(meta["grams"])) != (FORMAT, BITS, GRAMS):
        raise ValueError(f"format {meta['format']}, expected {FORMAT}")
    labels = tuple(Sentiment(label) for label in meta["labels"])
    shapes = {"weights": (len(labels), 2**BITS), "bias": (len(labels),), "rarity": (2**BITS,)}
    for name, shape in shapes.items():
        part = archive[name]
        if part.shape != shape or part.dtype != np.float32 or not np.isfinite(part).all():
            raise ValueError(f"{name} must be finite float32 of shape {shape}")
    return SentimentModel(labels, archive["weights"], archive["bias"], archive["rarity"], str(meta["origin"]))
