"""How much of what happens next lies in the cells that a map calls the worst: PAI and hit rate.

    python -m benchmarks.hotspots --events FILE.csv --x lon --y lat --date day [--crs EPSG:4326]
        [--boundary FILE] [--cell 500] [--horizon 30d] [--from DATE] [--every 30d] [--moved 6]
        [--drop COLUMN=TEXT] [--json FILE]

Any table of events with a place and a date. For each window every method sees only what lies
before it, ranks the cells of the study area, and is judged by the window's events: hit rate is
their share in the best 5, 10 and 20 % of the cells, PAI that share divided by the share of cells.
Windows do not overlap and begin at the middle of the history unless told otherwise;
windows without an event are left out. The study area
is the boundary's cells, or, without one, all cells that ever had an event (which flatters nobody:
the empty land is left out). Standard errors are over windows.

``ours, fine`` is the same forecast on squares of a fifth of the side, each scored by the cell
around it. ``--moved N`` moves the grid's beginning N times and prints how much of the best 5 % of
the area two grids have in common (Jaccard), for the cells and for the fine squares.
"""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyproj
import shapely
from rich.table import Table
from shapely import affinity

from benchmarks import harness
from geo.backtest import (
    FINE,
    MEASURES,
    METHODS,
    OURS,
    SHARES,
    Case,
    Past,
    error,
    lead,
    measure,
    windows,
)
from geo.crs import project, unproject, working_crs
from geo.forecast import fine_scores
from geo.grid import SquareGrid
from layers.vectors import read_polygons

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from benchmarks.harness import Record

    Floats = NDArray[np.float64]

NAME = "hotspots"
_LEAST_AREA_SHARE = 0.5  # of a cell inside the boundary


def read_events(
    path: Path, *, x: str, y: str, date: str, crs: str, drop: Iterable[str] = ()
) -> pd.DataFrame:
    """Read columns lon, lat (WGS-84) and on (date); rows without one of them are left out."""
    table = pd.read_csv(path, low_memory=False)
    for pair in drop:
        column, _, text = pair.partition("=")
        table = table[~table[column].astype(str).str.contains(text, regex=False)]
    east, north = (pd.to_numeric(table[name], errors="coerce").to_numpy(float) for name in (x, y))
    if pyproj.CRS(crs) != pyproj.CRS(4326):
        change = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
        east, north = change.transform(east, north)
    days = pd.to_datetime(table[date], errors="coerce")
    found = pd.DataFrame({"lon": east, "lat": north, "on": days.dt.date})
    known = np.isfinite(found["lon"]) & np.isfinite(found["lat"]) & days.notna().to_numpy()
    return pd.DataFrame(found[known].sort_values("on", kind="stable", ignore_index=True))


def case_of(events: pd.DataFrame, *, cell: int, boundary: Path | None) -> Case:
    """Lay a grid over the events and find the cells of the study area."""
    grid = SquareGrid(
        working_crs(float(events["lon"].median()), float(events["lat"].median())), size_m=cell
    )
    placed = events.assign(cell=grid.cells(events["lon"], events["lat"]))
    area = sorted(placed["cell"].unique())
    if boundary is not None:
        shape = shapely.union_all(read_polygons(boundary).geometry.to_numpy())
        area = _cells_inside(grid, shape)
        placed = placed[placed["cell"].isin(area)]
    return Case(events=placed, area=area, grid=grid)


def _cells_inside(grid: SquareGrid, shape: shapely.Geometry) -> list[str]:
    shape = shapely.transform(
        shape, lambda xy: np.column_stack(project(xy[:, 0], xy[:, 1], grid.crs))
    )
    west, south, east, north = shapely.bounds(shape) // grid.size_m
    wide, tall = np.arange(west, east + 1), np.arange(south, north + 1)
    col, row, side = np.tile(wide, len(tall)), np.repeat(tall, len(wide)), grid.size_m
    boxes = shapely.box(col * side, row * side, (col + 1) * side, (row + 1) * side)
    inside = shapely.area(shapely.intersection(boxes, shape)) > _LEAST_AREA_SHARE * side**2
    return sorted(grid.names(col[inside].astype(int), row[inside].astype(int)).tolist())


def moved(
    case: Case, days: Sequence[dt.date], *, horizon: int, times: int, seed: int
) -> pd.DataFrame:
    """Move the grid's beginning and compare the best 5 % of the area of every two positions.

    Returns
    -------
    DataFrame
        One row for each method: the mean Jaccard index of their areas, and the mean PAI@5%.
    """
    random = np.random.default_rng(seed)
    steps = random.uniform(0, case.grid.size_m, (times, 2))
    rows = []
    for today in days:
        shapes: dict[str, list[shapely.Geometry]] = {OURS: [], FINE: []}
        for step in steps:
            past = Past(_shifted(case, step), today)
            for name, shape in _best(past, horizon).items():
                shapes[name].append(affinity.translate(shape, -step[0], -step[1]))
        rows += [
            {"method": name, "jaccard": _jaccard(first, second)}
            for name, found in shapes.items()
            for first, second in itertools.combinations(found, 2)
        ]
    return pd.DataFrame(rows).groupby("method", sort=False)["jaccard"].mean().reset_index()


def _shifted(case: Case, step: Floats) -> Case:
    """Move the events instead of the grid, which has a fixed beginning."""
    x, y = project(case.events["lon"], case.events["lat"], case.grid.crs)
    lon, lat = unproject(x + step[0], y + step[1], case.grid.crs)
    events = case.events.assign(lon=lon, lat=lat, cell=case.grid.cells(lon, lat).to_numpy())
    return Case(events=events, area=sorted(events["cell"].unique()), grid=case.grid)


def _best(past: Past, horizon: int) -> dict[str, shapely.Geometry]:
    grid, area = past.case.grid, past.case.area
    found = past.forecast(horizon)
    top = found.scores.index[: max(1, round(SHARES[0] * len(area)))]
    fine = fine_scores(past.events, found, grid=grid, area=area, today=past.today)
    best = np.argsort(-fine.score, kind="stable")[: max(1, round(SHARES[0] * len(fine.score)))]
    return {
        OURS: _boxes(*grid.indices(top), side=grid.size_m),
        FINE: _boxes(fine.col[best], fine.row[best], side=fine.side_m),
    }


def _boxes(col: NDArray[np.int64], row: NDArray[np.int64], *, side: float) -> shapely.Geometry:
    return shapely.union_all(
        shapely.box(col * side, row * side, (col + 1) * side, (row + 1) * side)
    )


def _jaccard(first: shapely.Geometry, second: shapely.Geometry) -> float:
    both = shapely.area(shapely.intersection(first, second))
    return float(both / (shapely.area(first) + shapely.area(second) - both))


def _table(found: pd.DataFrame, *, title: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("method")
    for head in [*MEASURES, "CPU s"]:
        table.add_column(head, justify="right")
    for name, own in found.groupby("method", sort=False):
        cells = [f"{own[h].mean():.3f} ± {error(own[h]):.3f}" for h in MEASURES]
        table.add_row(
            str(name), *cells, f"{own['cpu'].mean():.2f}",
            style="bold" if name in (OURS, FINE) else "",
        )  # fmt: skip
    return table


def _against(found: pd.DataFrame) -> list[str]:
    """Say how ours differs from each other method, window by window."""
    lines = []
    for name in METHODS:
        if name != OURS:
            less = lead(found, of=OURS, over=name)
            lines.append(
                f"ours − {name}: {less.mean:+.3f} ± {less.error:.3f} {MEASURES[0]}, "
                f"better in {less.won:.0%} of the windows"
            )
    return lines


def _records(found: pd.DataFrame) -> list[Record]:
    records: list[Record] = []
    for name, own in found.groupby("method", sort=False):
        record: Record = {"kind": "hotspots", "method": str(name), "windows": len(own)}
        record |= {h: round(float(own[h].mean()), 4) for h in MEASURES}
        record |= {f"{h} se": round(error(own[h]), 4) for h in MEASURES}
        records.append(record | {"cpu_s": round(float(own["cpu"].mean()), 3)})
    return records


def _days(text: str) -> int:
    return int(text.removesuffix("d"))


def _parser() -> argparse.ArgumentParser:
    asked = harness.plain_parser("Measure forecasts of where events will happen.")
    asked.add_argument("--events", type=Path, required=True, help="CSV, also .gz")
    asked.add_argument("--x", default="lon", help="column of longitude or easting (lon)")
    asked.add_argument("--y", default="lat", help="column of latitude or northing (lat)")
    asked.add_argument("--date", default="date", help="column of the day (date)")
    asked.add_argument("--crs", default="EPSG:4326", help="of x and y (EPSG:4326)")
    asked.add_argument("--drop", action="append", default=[], metavar="COLUMN=TEXT",
                       help="leave out rows whose column contains the text")  # fmt: skip
    asked.add_argument("--boundary", type=Path, help="polygons of the study area")
    asked.add_argument("--cell", type=int, default=500, help="side of a cell, metres (500)")
    asked.add_argument("--horizon", type=_days, default=30, metavar="30d", help="a window's days")
    asked.add_argument("--from", dest="first", type=dt.date.fromisoformat, metavar="DATE",
                       help="first window (the middle of the history)")  # fmt: skip
    asked.add_argument("--every", type=_days, metavar="30d",
                       help="days from one window to the next (the horizon)")  # fmt: skip
    asked.add_argument("--moved", type=int, default=0, metavar="N", help="positions of the grid")
    asked.add_argument("--seed", type=int, default=0, help="of lots among equals (0)")
    return asked


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    asked = _parser().parse_args(arguments)
    events = read_events(
        asked.events, x=asked.x, y=asked.y, date=asked.date, crs=asked.crs, drop=asked.drop
    )
    case = case_of(events, cell=asked.cell, boundary=asked.boundary)
    days = windows(
        case.events, first=asked.first, horizon=asked.horizon,
        every=asked.every or asked.horizon,
    )  # fmt: skip
    if not days:
        raise SystemExit("the history is too short for one window after its middle")
    found = measure(case, days, horizon=asked.horizon, seed=asked.seed)
    out = harness.console()
    out.print(harness.machine_line())
    title = (
        f"{len(case.events):,} events, {len(case.area):,} cells of {asked.cell} m, "
        f"{len(days)} windows of {asked.horizon} days"
    )
    out.print(_table(found, title=title))
    out.print("\n".join(_against(found)))
    records = _records(found)
    if asked.moved > 1:
        some = days[:: max(1, len(days) // 4)]
        table = moved(case, some, horizon=asked.horizon, times=asked.moved, seed=asked.seed)
        for name, value in zip(table["method"], table["jaccard"], strict=True):
            out.print(f"best 5 % of the area, grid moved {asked.moved} times: {name} {value:.3f}")
            records.append({"kind": "moved", "method": str(name), "jaccard": round(value, 4)})
    harness.write_json(asked.json, records, benchmark=NAME)


if __name__ == "__main__":
    main()
