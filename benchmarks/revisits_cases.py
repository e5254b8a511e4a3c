"""Closings of the benchmark of revisits, each with what was known of it on its own day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geo.crs import project, working_crs
from scheduler.relapse_record import Record, recency

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

FEATURES = ("open_days", "near", "reports", "lately", "clean_days")
NEVER = np.iinfo(np.int64).max // 4
_NEAR_M, _MEMORY_DAYS, _YEAR = 50.0, 365.0, 365


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Closings:
    """Closings in the order of the file; days are ordinals, ``again`` the next event or never."""

    site: Ints
    opened: Ints
    closed: Ints
    again: Ints
    kind: Ints
    kinds: tuple[str, ...]
    features: Floats
    relapses: Ints


def read_closings(path: Path) -> Closings:
    """Read the closings with their features, each as of the day of the closing."""
    table = pd.read_csv(path, parse_dates=["Creation_Date", "Completion_Date"])
    opened, closed = (
        table[name].to_numpy("datetime64[D]").astype(np.int64)
        for name in ("Creation_Date", "Completion_Date")
    )
    again = np.where(table["relapsed"], closed + table["relapse_days"], NEVER)
    site = table["site_id"].to_numpy(np.int64)
    natures = table["Nature"].fillna("")
    kinds = tuple(sorted(set(natures)))
    relapses, reports, lately = _own_past(site, opened, closed, again)
    near = _near(table, opened=opened, closed=closed, site=site)
    features = np.log1p(
        np.column_stack([
            np.minimum(closed - opened, 365), near, reports, lately, _clean(site, opened)
        ])
    )  # fmt: skip
    return Closings(
        site=site, opened=opened, closed=closed, again=again, kinds=kinds, features=features,
        kind=np.array([kinds.index(one) for one in natures], dtype=np.int64), relapses=relapses,
    )  # fmt: skip


def _own_past(site: Ints, opened: Ints, closed: Ints, again: Ints) -> tuple[Ints, Ints, Floats]:
    """Return what was told of each closing's site until then, its own event left out.

    Earlier relapses; other reports since a year before it was opened; and all that was told of the
    site, what is old less (:func:`scheduler.relapse_record.recency`).
    """
    relapses, reports = np.zeros(len(site), np.int64), np.zeros(len(site), np.int64)
    lately = np.zeros(len(site))
    for rows in pd.Series(np.arange(len(site))).groupby(site).groups.values():
        own = np.asarray(rows, dtype=np.int64)
        if len(own) == 1:
            continue
        ends, told = np.unique(again[own]), np.unique(opened[own])
        for i in own:
            before = ends[ends <= closed[i]]
            others = told[(told <= closed[i]) & (told != opened[i])]
            relapses[i] = len(before)
            reports[i] = len(np.setdiff1d(others[others > opened[i] - _YEAR], before))
            lately[i] = recency(closed[i] - others)
    return relapses, reports, lately


def _clean(site: Ints, opened: Ints) -> Ints:
    """Return for how long the record had been clean of each closing's site at first."""
    record = Record()
    for i in np.argsort(opened, kind="stable"):
        record.found(str(site[i]), int(opened[i]))
    return np.array([record.clean_days(str(one)) for one in site], dtype=np.int64)


def _near(table: pd.DataFrame, *, opened: Ints, closed: Ints, site: Ints) -> Floats:
    """Return what happened at other sites within 50 m before each closing, what is old less."""
    lon, lat = table["Longitude"].to_numpy(float), table["Latitude"].to_numpy(float)
    points = np.column_stack(project(lon, lat, working_crs(float(lon.mean()), float(lat.mean()))))
    found = np.zeros(len(table))
    for i, rows in enumerate(cKDTree(points).query_ball_point(points, _NEAR_M)):
        around = np.asarray(rows)
        age = closed[i] - opened[around]
        counted = (age >= 0) & (site[around] != site[i])
        found[i] = float(np.exp(-age[counted] / _MEMORY_DAYS).sum())
    return found
