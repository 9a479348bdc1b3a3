"""The classifier, loaded when the first text comes: most processes never hear one, and scikit-learn takes a second."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from hub.feedback.labels import Sentiment


class _Model(Protocol):
    """A model that was loaded: its module takes seconds to import, so its type is not named here."""

    def classify(self, texts: Sequence[str]) -> Sequence[Sentiment]:
        """One mood per text, in order."""
        ...


class LateClassifier:
    """The shipped sentiment model, by name, like the commands of the terminal."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._lock = threading.Lock()
        self._model: _Model | None = None

    def classify(self, texts: Sequence[str]) -> Sequence[Sentiment]:
        """One mood per text. The first call may take seconds; call it in a thread."""
        with self._lock:
            if self._model is None:
                module = importlib.import_module("hub.feedback.sentiment")
                self._model = cast("_Model", module.model_in_force(self._data_dir))
        return self._model.classify(texts)
