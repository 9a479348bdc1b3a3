"""Header fields of an answer, decoded only when somebody asks: of a message taken nobody does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


class Fields(Mapping[str, str]):
    """Names are found in any case (RFC 9110 §5.1); of a repeated field the first counts."""

    __slots__ = ("_decoded", "_pairs")

    def __init__(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        self._pairs = pairs
        self._decoded: dict[str, str] | None = None

    def _by_name(self) -> dict[str, str]:
        decoded = self._decoded
        if decoded is None:
            decoded = self._decoded = {}
            for name, value in self._pairs:
                decoded.setdefault(name.decode("latin-1").lower(), value.decode("latin-1").strip())
        return decoded

    def __getitem__(self, name: str) -> str:
        return self._by_name()[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name())

    def __len__(self) -> int:
        return len(self._by_name())
