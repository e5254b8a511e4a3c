"""BeiDou grid codes, GB/T 39409-2020: known codes, lines, hemispheres, and there and back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.beidou import LENGTHS, LEVELS, BeidouGrid
from geo.cells import CellIdError

EXAMPLE = "N50J47539B8255346152"  # the standard's example, 116°18′45.37″ E, 39°59′35.38″ N
LON, LAT = 116 + 18 / 60 + 45.37 / 3600, 39 + 59 / 60 + 35.38 / 3600
SIDES = [(6, 4), (1 / 2, 1 / 2), (1 / 4, 1 / 6), (1 / 60, 1 / 60)] + [
    (seconds / 3600,) * 2 for seconds in (4, 2, 1 / 4, 1 / 32, 1 / 256, 1 / 2048)
]
LONS, LATS = st.floats(-180, 180), st.floats(-87.9999, 87.9999)
LEVEL = st.sampled_from(LEVELS)


def _code(lon: float, lat: float, *, level: int = 10) -> str | None:
    return BeidouGrid(level=level).cells([lon], [lat])[0]


def _slow(lon: float, lat: float, level: int) -> str:
    """Write a code digit by digit, as the rules of the standard read (quarters mirrored)."""
    east, north = abs(lon), abs(lat)
    col, row = int(east // 6), int(north // 4)
    code = ("N" if lat >= 0 else "S") + f"{31 + col if lon >= 0 else 30 - col:02}"
    code += "ABCDEFGHIJKLMNOPQRSTUV"[row]
    east, north = (east - 6 * col) * 3600, (north - 4 * row) * 3600
    for k, (wide, high) in enumerate(SIDES[1:level], start=2):
        col, row = int(east // (wide * 3600)), int(north // (high * 3600))
        code += str(row * 2 + col) if k in (3, 6) else f"{col:X}{row:X}"
        east, north = east - col * wide * 3600, north - row * high * 3600
    return code


@pytest.mark.parametrize("level", LEVELS)
def test_the_example_of_the_standard(level: int) -> None:
    """The example is written at every level; mirrored in the other three quarters of the Earth."""
    code = EXAMPLE[: LENGTHS[level]]
    assert _code(LON, LAT, level=level) == code
    assert _code(LON, -LAT, level=level) == "S" + code[1:]
    assert _code(-LON, LAT, level=level) == "N11" + code[3:]
    assert _code(-LON, -LAT, level=level) == "S11" + code[3:]


@given(lon=LONS, lat=LATS, level=st.sampled_from(range(1, 8)))
@settings(deadline=None, max_examples=400)
def test_the_code_is_what_the_rules_give(lon: float, lat: float, level: int) -> None:
    """A second writing of the rules, one digit after the other, agrees away from the lines."""
    wide, high = SIDES[level - 1]
    for value, side in ((lon, wide), (lat, high)):
        if abs(value / side - round(value / side)) < 1e-6:
            return
    assert _code(lon, lat, level=level) == _slow(lon, lat, level)


@given(lon=LONS, lat=LATS, level=LEVEL)
@settings(deadline=None, max_examples=300)
def test_a_point_lies_in_its_cell(lon: float, lat: float, level: int) -> None:
    """The cell has the sides of its level and holds the point; its centre has the same code."""
    grid = BeidouGrid(level=level)
    code = grid.cells([lon], [lat])[0]
    west, south, east, north = (float(v[0]) for v in grid.bounds([code]))
    assert (east - west, north - south) == pytest.approx(SIDES[level - 1], rel=1e-6)
    at = -180.0 if lon == 180 else lon
    assert west - 1e-9 <= at <= east + 1e-9
    assert south - 1e-9 <= lat <= north + 1e-9
    assert grid.cells(*grid.centre([code])).tolist() == [code]
    assert grid.polygon_lonlat([code])[0].equals(shapely.box(west, south, east, north))


@given(lon=LONS, lat=LATS, level=st.sampled_from(LEVELS[1:]))
@settings(deadline=None, max_examples=200)
def test_parents_hold_their_children(lon: float, lat: float, level: int) -> None:
    """A parent is the code of the point one level up, and the cell is one of its children."""
    grid = BeidouGrid(level=level)
    coarser = grid.coarser()
    assert coarser is not None
    code = grid.cells([lon], [lat])[0]
    (parent,) = grid.parent([code])
    assert parent == coarser.cells([lon], [lat])[0]
    children = coarser.children(parent)
    assert code in children
    whole = coarser.polygon_lonlat([parent])[0]
    assert shapely.union_all(grid.polygon_lonlat(children)).area == pytest.approx(whole.area)
    assert set(grid.parent(children)) == {parent}


@pytest.mark.parametrize(
    ("level", "count"), list(zip(LEVELS, [96, 6, 150, 225, 4, 64, 64, 64, 64, 0], strict=True))
)
def test_the_division_of_every_level(level: int, count: int) -> None:
    """12 × 8, 2 × 3, 15 × 10, 15 × 15, 2 × 2, then 8 × 8: the standard's uneven steps."""
    children = BeidouGrid(level=level).children(EXAMPLE[: LENGTHS[level]])
    assert len(set(children)) == len(children) == count


def test_a_quarter_degree_has_two_columns_and_three_rows() -> None:
    """Level 3 counts 0 1, 2 3, 4 5 from the corner nearest to the equator and Greenwich."""
    lon, lat = np.array([0.1, 0.4] * 3), np.repeat([0.1, 0.2, 0.4], 2)
    grid = BeidouGrid(level=3)
    for east, north, head in ((1, 1, "N31A00"), (-1, 1, "N30A00"), (1, -1, "S31A00")):
        assert grid.cells(east * lon, north * lat).tolist() == [f"{head}{k}" for k in range(6)]


@given(col=st.integers(0, 359 * 2), row=st.integers(-175, 175), level=LEVEL, away=st.booleans())
@settings(deadline=None, max_examples=300)
def test_a_line_belongs_to_the_cell_farther_out(col: int, row: int, level: int, away: bool) -> None:
    """Half degrees lie on lines of level 2 and finer; the cell away from the origin has them."""
    lon, lat = col / 2 - 180, row / 2
    grid = BeidouGrid(level=level)
    code = grid.cells([lon], [lat])[0]
    inside = (1e-8 if away else 2e-8, 1e-8)
    out = (lon + np.copysign(inside[0], lon), lat + np.copysign(inside[1], lat))
    if abs(out[0]) <= 180:
        assert grid.cells([out[0]], [out[1]])[0] == code


@given(minutes=st.integers(-180 * 60 + 1, 180 * 60 - 1), level=st.sampled_from(LEVELS[3:]))
@settings(deadline=None, max_examples=300)
def test_decimal_minutes_do_not_fall_short_of_a_line(minutes: int, level: int) -> None:
    """n/60 as a float may lie a hair below the line; its cell is the one that starts there."""
    west, _, east, _ = BeidouGrid(level=level).bounds([_code(minutes / 60, 1.0, level=level)])
    start = west if minutes >= 0 else east
    assert float(start[0]) == pytest.approx(minutes / 60, abs=1e-9)


def test_equator_greenwich_and_the_date_line() -> None:
    """The equator is north, Greenwich east, and 180° is one meridian, in the west."""
    assert _code(0.0, 0.0, level=2) == _code(-0.0, -0.0, level=2) == "N31A00"
    assert _code(-1e-6, -1e-6, level=2) == "S30A00"
    assert _code(180.0, 10.0) == _code(-180.0, 10.0)
    assert _code(180.0, 10.0, level=1) == "N01C"
    assert _code(179.999, 10.0, level=1) == "N60C"


def test_polewards_of_88_degrees_there_is_no_code() -> None:
    """The caps around the poles have no code, nor has what is no place at all."""
    lat = [87.99, 88.0, 90.0, -88.0, -90.0, 91.0, np.nan]
    lat_index = pd.Series(lat, index=list("abcdefg"))
    found = BeidouGrid(level=1).cells(pd.Series(113.0, index=lat_index.index), lat_index)
    assert found.tolist() == ["N49V", None, None, None, None, None, None]
    assert found.index.tolist() == list("abcdefg")
    assert BeidouGrid().cells([200.0, np.inf], [10.0, 10.0]).tolist() == [None, None]
    assert BeidouGrid().cells([], []).empty


def test_neighbours_cross_every_line() -> None:
    """Eight around, also over the equator, Greenwich and 180°; at 88° there are five."""
    grid = BeidouGrid(level=1)
    assert grid.neighbours("N31A") == (
        "S30A", "S31A", "S32A", "N30A", "N32A", "N30B", "N31B", "N32B",
    )  # fmt: skip
    assert {"N60C", "N02C"} <= set(grid.neighbours("N01C"))
    assert len(grid.neighbours("N31V")) == 5
    assert len(grid.neighbours("N31J", reach=2)) == 24
    assert grid.neighbours("N31J", reach=0) == ()
    assert len(grid.neighbours("N31J", reach=40)) == 60 * 44 - 1


@given(lon=LONS, lat=LATS, level=LEVEL)
@settings(deadline=None, max_examples=100)
def test_neighbours_are_mutual(lon: float, lat: float, level: int) -> None:
    """Who is my neighbour has me as a neighbour."""
    grid = BeidouGrid(level=level)
    code = grid.cells([lon], [lat])[0]
    assert all(code in grid.neighbours(other) for other in grid.neighbours(code))


def test_what_is_no_code_is_refused() -> None:
    """Wrong level, digits out of range, lower case, another alphabet: the culprits are named."""
    bad = ["N50J475", "N00J47", "N61J47", "X50J47", "N50W47", "N50JC7", "N50J48", "n50j47",
           "N5OJ47", "N５0J4", "N50J4", "", None, 7]  # fmt: skip
    grid = BeidouGrid(level=2)
    for value in bad:
        with pytest.raises(CellIdError) as refused:
            grid.centre(["N50J47", value])  # type: ignore[list-item]
        assert refused.value.values == (value,)
    with pytest.raises(CellIdError):
        grid.parent(["N50J4"])
    with pytest.raises(ValueError, match="levels 1 to 10"):
        BeidouGrid(level=11)


def test_the_top_and_the_bottom() -> None:
    """Level 1 has no parent, level 10 no children."""
    assert BeidouGrid(level=1).parent(["N50J"]).tolist() == [None]
    assert BeidouGrid(level=1).coarser() is None
    assert BeidouGrid(level=10).finer() is None
    assert BeidouGrid(level=10).children(EXAMPLE) == ()
