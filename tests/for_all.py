"""Properties that only speak of some of their examples, and that fail where hardly any example is one of these."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

LEAST = 0.1  #: share of the examples that a property must speak of, else it says next to nothing


class HardlyReached(AssertionError):
    """Of the examples of a property less than the least share came to its assert: it cannot fail as it is drawn."""


def mostly(usual: st.SearchStrategy[Any], *others: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Four of five values of the first strategy, the rest of the others: near the share of a property, chance decides."""
    return st.integers(0, 4).flatmap(lambda drawn: usual if drawn else st.one_of(*others))


def for_all(*strategies: st.SearchStrategy[Any], least: float = LEAST) -> Callable[[Callable[..., bool]], Any]:
    """Makes a test of a property that takes one value of each strategy and returns whether it had anything to assert
    of them. The test fails as the property does, or with HardlyReached where it had less often than `least`.
    """

    def made_of(holds: Callable[..., bool]) -> Callable[[], None]:
        def test() -> None:
            reached: list[bool] = []

            @given(st.tuples(*strategies))
            def example(drawn: tuple[Any, ...]) -> None:
                reached.append(holds(*drawn))

            example()
            if sum(reached) < least * len(reached):
                raise HardlyReached(f"{sum(reached)} of {len(reached)} examples came to the assert of {holds.__name__}")

        named = update_wrapper(test, holds)
        del named.__wrapped__  # pytest would ask for the arguments of the property as fixtures
        return named

    return made_of
