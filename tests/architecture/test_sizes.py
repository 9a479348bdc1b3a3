"""Small files, small functions: the numbers of the house."""

from __future__ import annotations

import statistics

from channels.registry import DRIVERS

MODULE_MOST = 400
MODULE_MEDIAN = 120
FUNCTION_MOST = 60
FUNCTION_P95 = 40
DRIVER_MOST = 150


def lengths(modules) -> dict[str, int]:
    return {
        f"{module.name}:{function.lineno} {function.name}": function.end_lineno - function.lineno + 1
        for module in modules
        for function in module.functions()
    }


def test_no_module_is_longer_than_400_lines(modules) -> None:
    assert {module.name: module.lines for module in modules if module.lines > MODULE_MOST} == {}


def test_half_of_the_modules_are_at_most_120_lines(modules) -> None:
    written = [module.lines for module in modules if module.path.name != "__init__.py"]
    assert statistics.median(written) <= MODULE_MEDIAN


def test_no_function_is_longer_than_60_lines(modules) -> None:
    assert {name: length for name, length in lengths(modules).items() if length > FUNCTION_MOST} == {}


def test_19_of_20_functions_are_at_most_40_lines(modules) -> None:
    assert statistics.quantiles(lengths(modules).values(), n=20)[-1] <= FUNCTION_P95


def test_no_driver_is_longer_than_150_lines(modules) -> None:
    files = {f"{kind.build.__module__.replace('.', '/')}.py" for kind in DRIVERS.values()}
    drivers = [module for module in modules if module.name in files]
    assert len(drivers) == len(files)
    assert {module.name: module.lines for module in drivers if module.lines > DRIVER_MOST} == {}
