"""The square grid: cells never move and their names say where they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import project, working_crs
from geo.grid import CellIdError, SquareGrid, pack, unpack

YONGXING = working_crs(113.11, 26.13)
GRID = SquareGrid(YONGXING)
LONS = st.floats(112.0, 114.9)
LATS = st.floats(18.0, 53.0)
SIZES = st.sampled_from([100, 250, 500, 1000])


def test_ids_name_projection_size_and_place() -> None:
    """The id of a cell follows from the projected metres alone, whatever else is on the map."""
    x, y = project([113.11], [26.13], YONGXING)
    expected = f"4547-500-E{int(x[0] // 500)}N{int(y[0] // 500)}"
    assert GRID.cells([113.11], [26.13]).tolist() == [expected]
    assert GRID.cells([113.11, 113.2], [26.13, 26.2])[0] == expected


@given(lon=LONS, lat=LATS, size=SIZES)
@settings(deadline=None, max_examples=150)
def test_a_point_lies_in_its_cell(lon: float, lat: float, size: int) -> None:
    """In projected metres a point lies inside the polygon of its cell."""
    grid = SquareGrid(YONGXING, size_m=size)
    cell = grid.cells([lon], [lat])[0]
    ring = shapely.get_coordinates(grid.polygon_lonlat([cell])[0])
    square = shapely.Polygon(np.column_stack(project(ring[:, 0], ring[:, 1], YONGXING)))
    (x,), (y,) = project([lon], [lat], YONGXING)
    assert square.area == pytest.approx(size**2, abs=1)
    assert square.buffer(1e-3).contains(shapely.Point(x, y))


@given(col=st.integers(-(10**6), 10**6), row=st.integers(-(10**6), 10**6), size=SIZES)
@settings(deadline=None, max_examples=150)
def test_ids_round_trip(col: int, row: int, size: int) -> None:
    """Column and row come back from the id, negative ones too."""
    grid = SquareGrid(YONGXING, size_m=size)
    (name,) = grid.names([col], [row])
    assert [int(v[0]) for v in grid.indices([name])] == [col, row]
    assert [int(v[0]) for v in unpack(pack(np.array([col]), np.array([row])))] == [col, row]


@given(lon=LONS, lat=LATS)
@settings(deadline=None, max_examples=50)
def test_the_centre_of_a_cell_is_in_it(lon: float, lat: float) -> None:
    """Naming the cell of a cell's centre gives the cell back."""
    cells = GRID.cells([lon], [lat])
    assert GRID.cells(*GRID.centre(cells)).tolist() == cells.tolist()


def test_missing_coordinates_have_no_cell_and_the_index_stays() -> None:
    """The answer is aligned with the argument and None where nothing is known."""
    lon = pd.Series([113.11, np.nan, 113.11], index=["a", "b", "c"])
    lat = pd.Series([26.13, 26.13, np.nan], index=["a", "b", "c"])
    cells = GRID.cells(lon, lat)
    assert cells.index.tolist() == ["a", "b", "c"]
    assert cells["b"] is None
    assert cells["c"] is None
    assert GRID.cells([], []).empty


def test_neighbours_go_row_by_row() -> None:
    """A cell has eight neighbours, 24 at reach 2, itself not among them."""
    near = GRID.neighbours("4547-500-E10N20")
    assert near[0] == "4547-500-E9N19"
    assert near[-1] == "4547-500-E11N21"
    assert len(near) == len(set(near) - {"4547-500-E10N20"}) == 8
    assert len(GRID.neighbours("4547-500-E10N20", reach=2)) == 24
    assert GRID.neighbours("4547-500-E10N20", reach=0) == ()


def test_cells_of_another_grid_are_refused() -> None:
    """Ids of another projection or size, and what is no id at all, name the culprits."""
    foreign = ["4547-250-E1N1", "4546-500-E1N1", "E1N1", None]
    with pytest.raises(CellIdError) as refused:
        GRID.indices(["4547-500-E1N1", *foreign])  # type: ignore[list-item]
    assert refused.value.values == tuple(foreign)


@pytest.mark.parametrize("code", ["EPSG:4326", "EPSG:2913", "+proj=tmerc +lon_0=113 +units=m"])
def test_only_metric_projections_with_a_code_make_a_grid(code: str) -> None:
    """Degrees, feet and nameless projections are refused, and so is a cell of no size."""
    with pytest.raises(ValueError, match="grid needs"):
        SquareGrid(pyproj.CRS(code))
    with pytest.raises(ValueError, match="cells of 0 m"):
        SquareGrid(YONGXING, size_m=0)
