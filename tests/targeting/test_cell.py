"""Cells: whoever is filed under a cell is inside its envelope, at every resolution and everywhere on earth."""

from __future__ import annotations

import h3.api.basic_int as h3
from hypothesis import given
from hypothesis import strategies as st

from targeting.cell import FINEST, RESOLUTIONS, cell_of, envelopes, ladder_of, range_of, resolution_of, text_of

lats = st.floats(-90, 90)
lons = st.floats(-180, 180)


@given(lats, lons)
def test_a_point_is_inside_the_envelope_of_each_of_its_cells(lat: float, lon: float) -> None:
    for west, south, east, north in envelopes(ladder_of(cell_of(lat, lon))):
        assert west <= lon <= east
        assert south <= lat <= north


@given(lats, lons)
def test_descendants_are_exactly_the_numbers_in_the_range_of_their_cell(lat: float, lon: float) -> None:
    ladder = ladder_of(cell_of(lat, lon))
    for parent, resolution in zip(ladder[:-1], RESOLUTIONS[1:], strict=True):
        low, high = range_of(parent, resolution)
        children = h3.cell_to_children(parent, resolution)
        assert low <= min(children)
        assert max(children) <= high
        for neighbour in h3.grid_disk(parent, 1):
            if neighbour != parent:
                assert not any(low <= child <= high for child in h3.cell_to_children(neighbour, resolution))


@given(lats, lons)
def test_the_range_of_the_world_holds_every_cell_of_its_resolution_and_no_other(lat: float, lon: float) -> None:
    for resolution in RESOLUTIONS:
        low, high = range_of(None, resolution)
        for number in ladder_of(cell_of(lat, lon)):
            assert (low <= number <= high) == (resolution_of(number) == resolution)


@given(st.lists(st.tuples(lats, lons), min_size=2, max_size=20))
def test_cells_sort_alike_as_numbers_and_as_texts(points: list[tuple[float, float]]) -> None:
    cells = [cell_of(lat, lon) for lat, lon in points]
    assert sorted(cells, key=text_of) == sorted(cells)
    assert {len(text_of(number)) for number in cells} == {15}
    assert {resolution_of(number) for number in cells} == {FINEST}
