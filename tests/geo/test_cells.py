"""Cells of every kind keep one protocol; what is particular to hexagons and areas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.area_cells import AreaCells
from geo.beidou import BeidouGrid
from geo.cells import CellIdError
from geo.crs import working_crs
from geo.grid import SquareGrid
from geo.hexagon_lattice import worthwhile
from geo.hexagons import H3Grid

if TYPE_CHECKING:
    from geo.cells import Cells

BOX = (113.0, 26.0, 113.4, 26.3)


def _areas(size: float, ids: list[str]) -> gpd.GeoDataFrame:
    """Cut the box into columns of *size* degrees."""
    west = [BOX[0] + k * size for k in range(len(ids))]
    boxes = [shapely.box(x, BOX[1], x + size, BOX[3]) for x in west]
    return gpd.GeoDataFrame({"id": ids}, geometry=boxes, crs="EPSG:4326")


COUNTY = _areas(0.4, ["431023"])
TOWNS = _areas(0.1, [f"43102310{k}" for k in range(1, 5)])
VILLAGES = _areas(0.05, [f"43102310{k // 2 + 1}20{k % 2 + 1}" for k in range(8)])
KINDS: dict[str, Cells] = {
    "square": SquareGrid(working_crs(113.2, 26.15)),
    "h3": H3Grid(),
    "beidou": BeidouGrid(),
    "areas": AreaCells((COUNTY, TOWNS, VILLAGES), level=1),
}
LONS = st.floats(BOX[0] + 1e-6, BOX[2] - 1e-6)
LATS = st.floats(BOX[1] + 1e-6, BOX[3] - 1e-6)
EVERY = pytest.mark.parametrize("kind", KINDS)


@EVERY
@given(lon=LONS, lat=LATS)
@settings(deadline=None, max_examples=100)
def test_a_point_lies_in_its_cell(kind: str, lon: float, lat: float) -> None:
    """A point lies in its cell, and the centre of the cell has the cell's id."""
    cells = KINDS[kind]
    (id_,) = cells.cells([lon], [lat])
    (shape,) = cells.polygon_lonlat([id_])
    # Sides are straight in the cell's own geometry and slightly bent in degrees.
    assert shape.buffer(1e-6).contains(shapely.Point(lon, lat))
    x, y = cells.centre([id_])
    assert shape.contains(shapely.Point(x[0], y[0]))
    assert cells.cells(x, y).tolist() == [id_]


@EVERY
@given(lon=LONS, lat=LATS)
@settings(deadline=None, max_examples=60)
def test_families_hold_together(kind: str, lon: float, lat: float) -> None:
    """A cell is among the children of its parent, and a parent of its children."""
    cells = KINDS[kind]
    (id_,) = cells.cells([lon], [lat])
    coarser, finer = cells.coarser(), cells.finer()
    assert coarser is not None
    assert finer is not None
    (parent,) = cells.parent([id_])
    assert id_ in coarser.children(parent)
    children = cells.children(id_)
    assert len(children) > 1
    assert set(finer.parent(children)) == {id_}
    if kind != "h3":  # children of a hexagon stick out of it
        assert shapely.union_all(finer.polygon_lonlat(children)).area == pytest.approx(
            cells.polygon_lonlat([id_])[0].area, rel=1e-6
        )


@EVERY
@given(lon=LONS, lat=LATS)
@settings(deadline=None, max_examples=60)
def test_neighbours_touch_and_are_mutual(kind: str, lon: float, lat: float) -> None:
    """Neighbours touch the cell, never are the cell, and have it as a neighbour."""
    cells = KINDS[kind]
    (id_,) = cells.cells([lon], [lat])
    near = cells.neighbours(id_)
    assert id_ not in near
    assert len(set(near)) == len(near) > 0
    (shape,) = cells.polygon_lonlat([id_])
    assert (shapely.distance(cells.polygon_lonlat(near), shape) < 1e-6).all()
    assert all(id_ in cells.neighbours(other) for other in near)
    assert set(near) < set(cells.neighbours(id_, reach=2)) or kind == "areas"
    assert cells.neighbours(id_, reach=0) == ()


@EVERY
def test_missing_coordinates_have_no_cell_and_the_index_stays(kind: str) -> None:
    """The answer is aligned with the argument and None where nothing is known."""
    lon = pd.Series([113.11, np.nan, 113.11], index=["a", "b", "c"])
    lat = pd.Series([26.13, 26.13, np.nan], index=["a", "b", "c"])
    found = KINDS[kind].cells(lon, lat)
    assert found.index.tolist() == ["a", "b", "c"]
    assert found.name == "cell"
    assert isinstance(found["a"], str)
    assert found["b"] is None
    assert found["c"] is None
    assert KINDS[kind].cells([], []).empty


@EVERY
def test_ids_are_stable(kind: str) -> None:
    """An id depends on the place alone, not on what else is asked for, nor in which order."""
    random = np.random.default_rng(1)
    lon, lat = random.uniform(113, 113.4, 500), random.uniform(26, 26.3, 500)
    together = KINDS[kind].cells(lon, lat).tolist()
    assert KINDS[kind].cells(lon[::-1], lat[::-1]).tolist() == together[::-1]
    alone = [KINDS[kind].cells([x], [y])[0] for x, y in zip(lon[:50], lat[:50], strict=True)]
    assert alone == together[:50]


@EVERY
def test_foreign_ids_are_refused(kind: str) -> None:
    """Every question about cells of another kind names the culprits."""
    others = [k.cells([113.11], [26.13])[0] for name, k in KINDS.items() if name != kind]
    cells = KINDS[kind]
    for foreign in [*others, "", None]:
        for ask in (cells.centre, cells.polygon_lonlat, cells.parent):
            with pytest.raises(CellIdError) as refused:
                ask([foreign])
            assert refused.value.values == (foreign,)
        for ask_one in (cells.children, cells.neighbours):
            with pytest.raises(CellIdError):
                ask_one(foreign)


def test_known_codes() -> None:
    """One place in Yongxing by all four kinds: ids never change."""
    assert {name: kind.cells([113.11], [26.13])[0] for name, kind in KINDS.items()} == {
        "square": "4547-500-E821N5783",
        "h3": "884036a085fffff",
        "beidou": "N49GA40679C",
        "areas": "431023102",
    }


def test_squares_without_half_have_no_children() -> None:
    """125 m cannot be halved in whole metres; 500 m, 250 m and 125 m are one family."""
    small = SquareGrid(working_crs(113.2, 26.15), size_m=125)
    (id_,) = small.cells([113.11], [26.13])
    assert small.finer() is None
    assert small.children(id_) == ()
    middle = small.coarser()
    assert middle.coarser().prefix == "4547-500"
    (large,) = middle.parent(small.parent([id_]))
    assert large == KINDS["square"].cells([113.11], [26.13])[0]


@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90), resolution=st.integers(0, 15))
@settings(deadline=None, max_examples=300)
def test_hexagons_are_those_of_the_library(lon: float, lat: float, resolution: int) -> None:
    """Every id is the one that h3 gives, all over the Earth; 180° is one meridian."""
    found = H3Grid(resolution=resolution).cells([lon], [lat])[0]
    assert found == h3.latlng_to_cell(lat, -180.0 if lon == 180 else lon, resolution)


@pytest.mark.parametrize("resolution", [0, 3, 4, 7, 8, 11, 15])
def test_crowds_get_the_ids_of_the_library(resolution: int) -> None:
    """Thousands of points close together, across faces, at poles, with gaps: the library's ids."""
    random = np.random.default_rng(resolution)
    width = min(60 * 7 ** (-resolution / 2), 8)
    middles = [(113.1, 26.1), (116.3, 39.9), (36.0, 0.0), (179.9, 10.0), (20.0, 89.9), (-70, -60)]
    middles += [(random.uniform(-180, 180), random.uniform(-80, 80)) for _ in range(6)]
    for lon, lat in middles:
        x = np.clip(lon + random.uniform(-width, width, 2_500), -180, 179.999)
        y = np.clip(lat + random.uniform(-width, width, 2_500), -90, 90)
        x[7] = np.nan
        found = H3Grid(resolution=resolution).cells(x, y).tolist()
        assert found.pop(7) is None
        x, y = np.delete(x, 7), np.delete(y, 7)
        pairs = zip(y.tolist(), x.tolist(), strict=True)
        assert found == [h3.latlng_to_cell(b, a, resolution) for b, a in pairs]


def test_sides_and_corners_of_hexagons_are_left_to_the_library() -> None:
    """Points on the very boundary of hexagons, repeated, get the ids that h3 gives them."""
    disk = h3.grid_disk("884036a085fffff", 12)
    corners = np.array([corner for id_ in disk for corner in h3.cell_to_boundary(id_)])
    middle = (corners + np.roll(corners, 1, axis=0)) / 2
    lat, lon = np.tile(np.vstack([corners, middle]), (3, 1)).T
    assert worthwhile(lon, lat, 8)
    found = H3Grid().cells(lon, lat).tolist()
    pairs = zip(lat.tolist(), lon.tolist(), strict=True)
    assert found == [h3.latlng_to_cell(b, a, 8) for b, a in pairs]


def test_hexagons_at_the_poles_and_the_date_line() -> None:
    """A cell around a pole reaches up to it, one across 180° is in one piece."""
    grid = H3Grid(resolution=3)
    for pole in (90.0, -90.0):
        (id_,) = grid.cells([30.0], [pole])
        (shape,) = grid.polygon_lonlat([id_])
        assert shape.is_valid
        assert shape.bounds[2] - shape.bounds[0] == pytest.approx(360)
        assert pole in shape.bounds
    assert grid.cells([180.0], [10.0])[0] == grid.cells([-180.0], [10.0])[0]
    (shape,) = grid.polygon_lonlat(grid.cells([180.0], [10.0]))
    assert shape.bounds[2] - shape.bounds[0] < 5
    assert grid.cells([181.0, 0.0, np.inf], [0.0, 90.1, 0.0]).tolist() == [None] * 3


def test_the_ends_of_the_hexagons() -> None:
    """Resolution 0 has no parent, 15 no children; a pentagon has five neighbours."""
    top, bottom = H3Grid(resolution=0), H3Grid(resolution=15)
    (id_,) = top.cells([113.0], [26.0])
    assert top.parent([id_]).tolist() == [None]
    assert top.coarser() is None
    assert bottom.finer() is None
    assert bottom.children(bottom.cells([113.0], [26.0])[0]) == ()
    pentagon = sorted(h3.get_pentagons(5))[0]
    assert len(H3Grid(resolution=5).neighbours(pentagon)) == 5
    with pytest.raises(ValueError, match="resolutions 0 to 15"):
        H3Grid(resolution=16)
    with pytest.raises(CellIdError):
        H3Grid().centre(["884036A085FFFFF"])


def test_areas_have_parents_by_code_or_by_column() -> None:
    """A statistical code begins with its parent's; a column of parents takes precedence."""
    towns = AreaCells((COUNTY, TOWNS, VILLAGES), level=1)
    assert towns.parent(["431023101"]).tolist() == ["431023"]
    assert towns.children("431023102") == ("431023102201", "431023102202")
    assert AreaCells((COUNTY,)).parent(["431023"]).tolist() == [None]
    own = AreaCells((COUNTY, _areas(0.2, ["东片", "西片"]).assign(parent=["431023", "没有"])))
    assert own.parent(["东片", "西片"]).tolist() == ["431023", None]
    assert own.children("东片") == ()
    coarser = own.coarser()
    assert coarser is not None
    assert coarser.children("431023") == ("东片",)


def test_areas_that_nearly_meet_are_neighbours() -> None:
    """A slit of a few metres between borders drawn twice does not part neighbours."""
    gap = TOWNS.copy()
    gap.geometry = [shapely.box(*(shape.bounds[:2]), shape.bounds[2] - 5e-5, shape.bounds[3])
                    for shape in TOWNS.geometry]  # fmt: skip
    assert AreaCells((gap,)).neighbours("431023102") == ("431023101", "431023103")
    assert AreaCells((gap,)).neighbours("431023101", reach=2) == ("431023102", "431023103")
    assert AreaCells((gap,)).cells([113.19997], [26.1])[0] is None


def test_the_centre_of_a_bent_area_is_inside() -> None:
    """A horseshoe's centre of gravity lies outside; the centre returned does not."""
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 3))
    bent = gpd.GeoDataFrame({"id": ["a"]}, geometry=[ring], crs="EPSG:4326")
    cells = AreaCells((bent,))
    assert cells.cells(*cells.centre(["a"])).tolist() == ["a"]


def test_areas_need_unique_ids() -> None:
    """Two areas of one id, or a level that is not there, are refused."""
    with pytest.raises(ValueError, match="repeat"):
        AreaCells((_areas(0.2, ["a", "a"]),))
    with pytest.raises(ValueError, match=re.escape("1 levels")):
        AreaCells((COUNTY,), level=1)
