"""Elevation rasters: what is read, where it lies, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyproj
import pytest

from layers.elevation import ElevationError, read_elevation

if TYPE_CHECKING:
    from pathlib import Path

PLANE = pyproj.CRS.from_epsg(4547)
HEIGHTS = np.arange(12.0).reshape(3, 4)
WEST, SOUTH, CELL = 410_000.0, 2_880_000.0, 100.0
TO_DEGREES = pyproj.Transformer.from_crs(PLANE, "EPSG:4326", always_xy=True)


def _bounds(west: float, south: float, east: float, north: float) -> tuple[float, ...]:
    return TO_DEGREES.transform_bounds(west, south, east, north)


WHOLE = _bounds(WEST, SOUTH, WEST + 400, SOUTH + 300)


def _ascii(folder: Path, *, corner: bool = True, prj: bool = True) -> Path:
    path = folder / "dem.asc"
    where = "corner" if corner else "center"
    shift = 0.0 if corner else CELL / 2
    head = (
        f"ncols 4\nnrows 3\nxll{where} {WEST + shift}\nyll{where} {SOUTH + shift}\n"
        f"cellsize {CELL}\nNODATA_value -9999\n"
    )
    rows = [" ".join(str(v) for v in row) for row in HEIGHTS]
    path.write_text(head + "\n".join(rows).replace("5.0", "-9999") + "\n", "ascii")
    if prj:
        path.with_suffix(".prj").write_text(PLANE.to_wkt("WKT1_ESRI"), "utf-8")
    return path


@pytest.mark.parametrize("corner", [True, False])
def test_an_ascii_grid_lies_where_its_header_says(tmp_path: Path, *, corner: bool) -> None:
    """The middle of a cell is a whole number; unknown heights are no heights."""
    ground = read_elevation(_ascii(tmp_path, corner=corner), bounds=WHOLE)
    assert ground.heights.shape == (3, 4)
    assert np.isnan(ground.heights[1, 1])
    lon, lat = TO_DEGREES.transform(WEST + 350, SOUTH + 250)
    col, row = ground.cells(np.array([lon]), np.array([lat]))
    assert (col[0], row[0]) == (pytest.approx(3, abs=1e-6), pytest.approx(0, abs=1e-6))
    assert ground.heights[0, 3] == 3


def test_only_the_part_around_the_area_is_kept(tmp_path: Path) -> None:
    """A window has the heights of its cells and begins where they begin."""
    ground = read_elevation(
        _ascii(tmp_path), bounds=_bounds(WEST + 210, SOUTH + 10, WEST + 290, SOUTH + 90)
    )
    assert ground.heights.tolist() == [[10.0]]
    assert (ground.west, ground.north) == (WEST + 200, SOUTH + 100)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda p: p.write_text("ncols 2\nnrows 2\n1 2 3\n"), "elevation_unreadable"),
        (lambda p: p.unlink(), "elevation_unreadable"),
        (lambda p: p.with_suffix(".prj").unlink(), "elevation_missing_crs"),
        (lambda p: p.with_suffix(".prj").write_text("somewhere"), "elevation_missing_crs"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, spoil: object, code: str) -> None:
    """Broken, absent and nameless rasters have an error each."""
    path = _ascii(tmp_path)
    spoil(path)  # type: ignore[operator]
    with pytest.raises(ElevationError) as refused:
        read_elevation(path, bounds=WHOLE)
    assert refused.value.code == code


def test_a_raster_of_another_place_is_refused(tmp_path: Path) -> None:
    """A raster that does not touch the area helps nobody."""
    with pytest.raises(ElevationError) as refused:
        read_elevation(_ascii(tmp_path), bounds=(100, 30, 100.1, 30.1))
    assert refused.value.code == "elevation_elsewhere"


def test_a_geotiff_says_the_same_as_an_ascii_grid(tmp_path: Path) -> None:
    """Windows, holes and place are those of the grid it was made of."""
    rasterio = pytest.importorskip("rasterio", reason="the extra elevation is not installed")
    path = tmp_path / "dem.tif"
    grid = rasterio.Affine(CELL, 0, WEST, 0, -CELL, SOUTH + 300)
    with rasterio.open(
        path, "w", driver="GTiff", width=4, height=3, count=1, dtype="float32", nodata=-9999,
        crs="EPSG:4547", transform=grid, compress="deflate",
    ) as file:  # fmt: skip
        file.write(np.where(HEIGHTS == 5, -9999, HEIGHTS).astype("float32"), 1)
    for bounds in (WHOLE, _bounds(WEST + 110, SOUTH + 10, WEST + 290, SOUTH + 290)):
        one = read_elevation(path, bounds=bounds)
        other = read_elevation(_ascii(tmp_path), bounds=bounds)
        np.testing.assert_array_equal(one.heights, other.heights)
        assert (one.west, one.north, one.width) == (other.west, other.north, other.width)
    path.write_bytes(b"no tiff")
    with pytest.raises(ElevationError) as refused:
        read_elevation(path, bounds=WHOLE)
    assert refused.value.code == "elevation_unreadable"


def test_a_geotiff_without_a_reader_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where rasterio is not installed, the error names it."""
    monkeypatch.setitem(__import__("sys").modules, "rasterio", None)
    path = tmp_path / "dem.tif"
    path.write_bytes(b"II*\0")
    with pytest.raises(ElevationError) as refused:
        read_elevation(path, bounds=WHOLE)
    assert refused.value.code == "elevation_no_reader"
