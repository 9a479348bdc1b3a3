"""How well the moods are told apart, and how fast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from hub.errors import Invalid
from hub.feedback.inbox import Classifier
from hub.feedback.labelled import Labelled
from hub.feedback.labels import Sentiment
from hub.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`confusion[true][said]` counts rows; macro-F1 is the mean over the labels that are true or said anywhere."""

    n: int
    accuracy: float
    macro_f1: float
    rows_per_s: float
    confusion: dict[str, dict[str, int]]


def without(rows: Sequence[Labelled], texts: Collection[str]) -> list[Labelled]:
    """The rows whose text is not among `texts`, each text once: rows seen in training would flatter the result."""
    seen = set(texts)
    kept = []
    for row in rows:
        if row.text not in seen:
            seen.add(row.text)
            kept.append(row)
    return kept


def evaluate(rows: Sequence[Labelled], classifier: Classifier, seconds: Callable[[], float]) -> Evaluation:
    """`seconds` is a running timer. Raises Invalid for no rows."""
    if not rows:
        raise Invalid("nothing to evaluate: no rows", rule=Rule.SOME_ROWS, place="rows")
    start = seconds()
    said = classifier.classify([row.text for row in rows])
    took = seconds() - start
    pairs = Counter(zip((row.label for row in rows), said, strict=True))
    labels = [mood for mood in Sentiment if any(mood in pair for pair in pairs)]
    return Evaluation(
        n=len(rows),
        accuracy=round(sum(pairs[mood, mood] for mood in labels) / len(rows), 4),
        macro_f1=round(sum(_f1(mood, pairs) for mood in labels) / len(labels), 4),
        rows_per_s=round(len(rows) / took, 1) if took > 0 else 0.0,
        confusion={true.value: {other.value: pairs[true, other] for other in labels} for true in labels},
    )


def _f1(mood: Sentiment, pairs: Counter[tuple[Sentiment, Sentiment]]) -> float:
    """2 TP / (2 TP + FP + FN). The label occurs somewhere, so the divisor is not 0."""
    true = sum(n for (label, _), n in pairs.items() if label is mood)
    said = sum(n for (_, label), n in pairs.items() if label is mood)
    return 2 * pairs[mood, mood] / (true + said)
