"""Degrees from several tables: what is stated holds, what is not is inferred table by table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from geo.column_datums import Degrees, settle_degrees
from geo.crs import bd09_from_wgs84, distance_m, gcj02_from_wgs84, to_wgs84

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Pair = tuple[Floats, Floats]

SHIFT: dict[str, Callable[[Floats, Floats], Pair]] = {
    "wgs84": lambda lon, lat: (lon.copy(), lat.copy()),
    "gcj02": gcj02_from_wgs84,
    "bd09": bd09_from_wgs84,
}  # fmt: skip


def _true(rows: int, seed: int = 5) -> Pair:
    rng = np.random.default_rng(seed)
    return rng.uniform(113.0, 113.3, rows), rng.uniform(26.0, 26.3, rows)


def _known(lon: Floats, lat: Floats, seed: int = 6) -> pd.DataFrame:
    """Return the points of villages some hundred metres from the truth."""
    noise = np.random.default_rng(seed).normal(0, 0.002, (2, len(lon)))
    return pd.DataFrame({"lon": lon + noise[0], "lat": lat + noise[1], "level": "village"})


def _settled(
    lon: Floats, lat: Floats, known: pd.DataFrame, *, stated: list[str], tables: list[str]
) -> Degrees:
    return settle_degrees(lon, lat, stated=stated, tables=tables, known=known, default="wgs84")


def test_every_table_is_read_in_its_own_datum() -> None:
    """Two ledgers of one register may come from two map services."""
    lon, lat = _true(120)
    x, y = lon.copy(), lat.copy()
    x[:60], y[:60] = SHIFT["gcj02"](lon[:60], lat[:60])
    x[60:], y[60:] = SHIFT["bd09"](lon[60:], lat[60:])
    found = _settled(x, y, _known(lon, lat), stated=[""] * 120, tables=["a"] * 60 + ["b"] * 60)
    assert found.datum.tolist() == ["gcj02"] * 60 + ["bd09"] * 60
    assert found.guessed.all()
    assert not found.mixed.any()


@pytest.mark.parametrize("datum", SHIFT)
def test_what_a_row_states_wins(datum: str) -> None:
    """Stated rows keep their datum, the others tell their own; that the table mixes is said."""
    lon, lat = _true(100)
    x, y = SHIFT[datum](lon, lat)
    x[:20], y[:20] = SHIFT["bd09"](lon[:20], lat[:20])
    stated = ["bd09"] * 20 + [""] * 80
    found = _settled(x, y, _known(lon, lat), stated=stated, tables=["a"] * 100)
    assert found.datum.tolist() == ["bd09"] * 20 + [datum] * 80
    assert found.mixed.tolist() == [False] * 20 + [datum != "bd09"] * 80
    back = to_wgs84(found.lon, found.lat, datum=found.datum)
    assert float(distance_m(*back, lon, lat).max()) < 0.01


def test_cgcs2000_and_wgs84_do_not_mix() -> None:
    """Their degrees are centimetres apart."""
    lon, lat = _true(100)
    stated = ["cgcs2000"] * 20 + [""] * 80
    found = _settled(lon, lat, _known(lon, lat), stated=stated, tables=["a"] * 100)
    assert found.datum.tolist() == ["cgcs2000"] * 20 + ["wgs84"] * 80
    assert not found.mixed.any()


def test_a_small_table_is_judged_with_the_others_of_its_register() -> None:
    """Five rows tell nothing by themselves."""
    lon, lat = _true(85)
    x, y = SHIFT["gcj02"](lon, lat)
    tables = ["a"] * 80 + ["b"] * 5
    found = _settled(x, y, _known(lon, lat), stated=[""] * 85, tables=tables)
    assert found.datum.tolist() == ["gcj02"] * 85


def test_what_is_open_is_said_and_not_guessed() -> None:
    """Few rows, or no addresses beside them: the default, marked as such."""
    lon, lat = _true(10)
    x, y = SHIFT["gcj02"](lon, lat)
    few = _settled(x, y, _known(lon, lat), stated=[""] * 10, tables=["a"] * 10)
    lon, lat = _true(100)
    nowhere = pd.DataFrame({"lon": np.nan, "lat": np.nan, "level": "none"}, index=range(100))
    bare = _settled(lon, lat, nowhere, stated=[""] * 100, tables=["a"] * 100)
    for found in (few, bare):
        assert set(found.datum) == {"wgs84"}
        assert found.assumed.all()
        assert not found.guessed.any()


def test_degrees_minutes_and_seconds_run_together_are_read() -> None:
    """113.0401 is 113°04′01″ where a whole table can be read so, whatever its datum."""
    lon, lat = _true(60)

    def run_together(degrees: Floats) -> Floats:
        seconds = np.round(degrees * 3600)
        whole, rest = np.divmod(seconds, 3600)
        minutes, left = np.divmod(rest, 60)
        return np.round(whole + minutes / 100 + left / 10_000, 4)

    x, y = (run_together(axis) for axis in SHIFT["gcj02"](lon, lat))
    found = _settled(x, y, _known(lon, lat), stated=["gcj02"] * 60, tables=["a"] * 60)
    assert found.packed.all()
    back = to_wgs84(found.lon, found.lat, datum=found.datum)
    assert float(distance_m(*back, lon, lat).max()) < 25  # half a second each way
    plain = _settled(lon, lat, _known(lon, lat), stated=["wgs84"] * 60, tables=["a"] * 60)
    assert not plain.packed.any()


def test_rows_without_a_coordinate_are_left_alone() -> None:
    """Nothing is said of what is not there."""
    nothing = np.full(3, np.nan)
    known = pd.DataFrame({"lon": nothing, "lat": nothing, "level": "none"})
    found = _settled(nothing, nothing, known, stated=["", "gcj02", ""], tables=["", "", ""])
    assert not (found.guessed | found.assumed | found.mixed | found.packed).any()
