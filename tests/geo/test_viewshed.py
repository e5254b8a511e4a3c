"""Lines of sight: against a slow second writing of the rule, and against geometry."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
import shapely

from geo.crs import unproject, working_crs
from geo.sightline import EARTH_M, bend_of, spread_sight
from geo.viewshed import area_of, observers_of, viewshed
from layers.elevation import Elevation

CRS = working_crs(113.1, 26.1)
X0, Y0 = 510_000.0, 2_888_000.0


def _ground(heights: np.ndarray, *, cell: float = 30.0) -> Elevation:
    return Elevation(
        heights=heights.astype(float), west=X0, north=Y0, width=cell, height=cell, crs=CRS
    )


def _at(col: float, row: float, *, cell: float = 30.0) -> np.ndarray:
    lon, lat = unproject([X0 + (col + 0.5) * cell], [Y0 - (row + 0.5) * cell], CRS)
    return np.column_stack([lon, lat])


def _slowly(
    heights: np.ndarray, col: float, row: float, *, eye: float, target: float,
    steps: tuple[float, float], reach: float, bend: float,
) -> np.ndarray:  # fmt: skip
    """Look at every cell by gathering all crossings first; heights by four corners everywhere."""
    dx, dy = steps
    seen = np.zeros(heights.shape, bool)

    def ground(x: float, y: float) -> float:
        left, top = min(int(x), heights.shape[1] - 2), min(int(y), heights.shape[0] - 2)
        u, v = x - left, y - top
        four = heights[top : top + 2, left : left + 2]
        weights = np.outer([1 - v, v], [1 - u, u])
        return float(np.sum(np.where(weights == 0, 0, four * weights)))

    for r, c in np.ndindex(heights.shape):
        away = math.hypot((c - col) * dx, (r - row) * dy)
        if away > reach or math.isnan(heights[r, c]):
            continue
        crossings = {
            (k - a) / (b - a)
            for a, b in ((col, c), (row, r))
            for k in range(-1, max(heights.shape) + 1)
            if a != b and 0 < (k - a) / (b - a) < 1
        }
        line = [
            (t * away, ground(col + t * (c - col), row + t * (r - row)) - bend * (t * away) ** 2)
            for t in crossings
        ]
        top = heights[r, c] + target - bend * away**2 - eye
        seen[r, c] = all(math.isnan(z) or z - eye <= top * far / away + 1e-6 for far, z in line)
    return seen


@pytest.mark.parametrize("seed", range(12))
def test_every_cell_is_as_a_slow_second_writing_says(seed: int) -> None:
    """Rough and smooth ground, observers between the cells, long and square cells, holes."""
    rng = np.random.default_rng(seed)
    heights = rng.normal(0, 12, (17, 23))
    if seed % 2:
        heights = np.cumsum(np.cumsum(heights, 0), 1) / 30
    if seed % 3 == 0:
        heights[rng.random(heights.shape) < 0.04] = np.nan
    steps = (30.0, 45.0) if seed % 4 == 0 else (30.0, 30.0)
    col, row = float(rng.uniform(2, 20)), float(rng.uniform(2, 14))
    if seed % 5 == 0:
        col, row = round(col), round(row)
    below = float(np.nan_to_num(heights[round(row), round(col)]))
    how = {
        "eye": below + float(rng.uniform(1, 9)), "target": 3.0, "steps": steps, "reach": 500.0,
        "bend": bend_of(0.13),
    }  # fmt: skip
    seen = np.zeros(heights.shape, bool)
    spread_sight(heights, seen, col=col, row=row, **how)
    expected = _slowly(heights, col, row, **how)
    assert 0 < expected.sum() < expected.size
    np.testing.assert_array_equal(seen, expected)


def test_a_ridge_hides_what_lies_behind_it() -> None:
    """Before the ridge all is seen, on it too, behind it only what rises above the line."""
    heights = np.zeros((5, 40))
    heights[:, 20] = 30.0
    heights[:, 35] = 80.0
    view = viewshed(
        _at(5, 2), _ground(heights), observer_m=2, target_m=0.5, reach_m=2_000, refraction=0.13
    )
    assert view.seen[2, :21].all()
    assert not view.seen[2, 21:35].any()
    assert view.seen[2, 35]


def test_the_sea_ends_at_the_horizon() -> None:
    """Over level ground one sees as far as eyes and target look over the bulge of the Earth."""
    cell = 500.0
    ground = _ground(np.zeros((3, 40)), cell=cell)
    view = viewshed(
        _at(1, 1, cell=cell), ground, observer_m=1.5, target_m=2.0, reach_m=30_000, refraction=0.13
    )
    radius = EARTH_M / (1 - 0.13)
    horizon = math.sqrt(2 * radius * 1.5) + math.sqrt(2 * radius * 2.0)
    assert view.seen[1, 2:].sum() == pytest.approx(horizon / cell, abs=2)
    flat = viewshed(
        _at(1, 1, cell=cell), ground, observer_m=1.5, target_m=2.0, reach_m=15_100, refraction=0.999
    )
    assert flat.seen[1].sum() == 32


def test_a_raster_in_degrees_sees_what_one_in_metres_sees() -> None:
    """A hill in a raster of degrees hides the same ground as in a projected one."""
    size = 30 / (math.pi / 180 * EARTH_M)
    wide = size / math.cos(math.radians(26.0))
    heights = np.zeros((41, 41))
    heights[18:23, 26] = 25.0
    degrees = Elevation(
        heights=heights, west=113.0, north=26.0 + 20.5 * size, width=wide, height=size,
        crs=pyproj.CRS.from_epsg(4326),
    )  # fmt: skip
    here = np.array([[113.0 + 20.5 * wide, 26.0]])
    how = {"observer_m": 2, "target_m": 1, "reach_m": 550, "refraction": 0.13}
    first = viewshed(here, degrees, **how)
    second = viewshed(_at(20, 20), _ground(heights), **how)
    np.testing.assert_array_equal(first.seen, second.seen)
    assert not first.seen[20, 30]


def test_observers_outside_the_raster_are_told() -> None:
    """Where the raster has no height nobody can look; the points are handed back."""
    both = np.concatenate([_at(2, 2), _at(200, 2)])
    view = viewshed(both, _ground(np.zeros((5, 5))), observer_m=2, target_m=1, reach_m=100,
                    refraction=0.13)  # fmt: skip
    assert view.observers == 1
    np.testing.assert_array_equal(view.blind, both[1:])


def test_the_area_is_that_of_its_cells() -> None:
    """Runs of cells become one shape with their area, holes included."""
    seen = np.ones((6, 6), bool)
    seen[2:4, 2:4] = False
    shape = area_of(seen, _ground(np.zeros((6, 6))))
    assert shape.geom_type == "Polygon"
    assert len(shape.interiors) == 1
    assert area_of(~seen & False, _ground(np.zeros((6, 6)))).is_empty


def test_observers_stand_along_lines_and_all_over_areas() -> None:
    """No two neighbours along a road are farther apart than the step; a town is covered."""
    line = shapely.LineString(np.concatenate([_at(0, 0), _at(100, 0)]))
    points = observers_of(line, step_m=100, crs=CRS)
    assert 31 <= len(points) <= 33
    box = shapely.box(*line.bounds[:2], line.bounds[0] + 0.01, line.bounds[1] + 0.01)
    inside = observers_of(box, step_m=100, crs=CRS)
    assert len(inside) > 90
