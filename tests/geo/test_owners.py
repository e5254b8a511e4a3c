"""Who looks after a place: polygons before cells, cells before villages, villages before towns."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.beidou import BeidouGrid
from geo.crs import working_crs
from geo.grid import SquareGrid
from geo.hexagons import H3Grid
from geo.owners import Ground, cell_kind, cell_shapes, owners

LON, LAT = np.array([113.10003, 113.20003, 113.30003]), np.full(3, 26.10003)
VILLAGES, TOWNS = ["v1", None, "v2"], ["t1", "t1", "t2"]
GRIDS = [
    SquareGrid(working_crs(113.1, 26.1), size_m=500), H3Grid(resolution=8), BeidouGrid(level=5),
    BeidouGrid(level=8),
]  # fmt: skip


def _owners(*grounds: Ground) -> list[tuple[str | None, tuple[str, ...]]]:
    found = owners(LON, LAT, villages=VILLAGES, towns=TOWNS, grounds=grounds)
    return [(one.grid, one.others) for one in found]


def test_the_closest_description_of_a_place_wins() -> None:
    """A polygon beats a village, a village beats its town; nobody is None."""
    box = shapely.box(113.05, 26.0, 113.15, 26.2)
    assert _owners(
        Ground(id="town", towns=("t1",)), Ground(id="village", villages=("v1",)),
        Ground(id="drawn", shape=box),
    ) == [("drawn", ()), ("town", ()), (None, ())]  # fmt: skip
    assert _owners(Ground(id="town", towns=("t1",)), Ground(id="village", villages=("v1",))) == [
        ("village", ()), ("town", ()), (None, ()),
    ]  # fmt: skip


def test_of_two_equal_claims_the_first_counts_and_the_other_is_told() -> None:
    """The order of the register decides; nothing is hidden."""
    both = Ground(id="A", villages=("v1",)), Ground(id="B", villages=("v1", "v2"))
    assert _owners(*both) == [("A", ("B",)), (None, ()), ("B", ())]
    assert _owners(*reversed(both))[0] == ("B", ("A",))


@pytest.mark.parametrize("grid", GRIDS, ids=["square", "h3", "beidou5", "beidou8"])
def test_cells_of_every_kind_have_owners(grid: SquareGrid | H3Grid | BeidouGrid) -> None:
    """A listed cell owns the places in it, whatever its kind and fineness."""
    cell = grid.cells(LON, LAT).iloc[1]
    assert _owners(Ground(id="mine", cells=(cell,)), Ground(id="town", towns=("t1", "t2"))) == [
        ("town", ()), ("mine", ()), ("town", ()),
    ]  # fmt: skip
    kind = cell_kind(cell)
    assert kind is not None
    assert kind.cells(LON, LAT).iloc[1] == cell
    (shape,) = cell_shapes([cell, "no cell"])
    assert shape.contains(shapely.Point(LON[1], LAT[1]))


def test_what_is_no_cell_is_known_as_none() -> None:
    """Names, codes and half ids are no cells."""
    for text in ("", "马田镇", "431023101", "N50", "4547-500", "88zz6b0d33fffff", "1-0-E1N1"):
        assert cell_kind(text) is None


def test_a_place_without_a_sure_point_belongs_by_its_village_alone() -> None:
    """NaN coordinates lie in no polygon and no cell."""
    found = owners(
        [np.nan], [np.nan], villages=["v1"], towns=["t1"],
        grounds=[Ground(id="all", shape=shapely.box(-180, -90, 180, 90)),
                 Ground(id="village", villages=("v1",))],
    )  # fmt: skip
    assert [one.grid for one in found] == ["village"]
