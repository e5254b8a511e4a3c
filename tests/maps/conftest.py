"""A made-up county of the size of a real one, so that maps are tested without any ledger."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import random
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import shapely
from shapely.geometry import mapping, shape

from maps.week_view import HotCell, LeftOut, MapRoute, MapStop, WeekView

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapely.geometry.base import BaseGeometry

_SHARED = Path(__file__).parents[2].parent / "shared" / "data"
_MONDAY = dt.date(2026, 11, 23)
_INDUSTRIES = ("非煤矿山", "危险化学品", "烟花爆竹", "木材加工", "机械制造", "小作坊")
_REASONS = (
    "责令限期整改期满 2026-10-28 后 10 日内复查（安监总局令第 77 号 第三十五条）",
    "企业 2026-11-02 申请复查，10 日内复查",
)


def _county() -> tuple[BaseGeometry, list[tuple[str, float, float]]]:
    """Return polygon and towns of a real county where the data is at hand, else a made-up one."""
    polygons = _SHARED / "boundaries" / "example_counties_wgs84_vonng.geojson.gz"
    gazetteer = _SHARED / "gazetteer" / "yongxing_431023.csv"
    if not polygons.is_file() or not gazetteer.is_file():
        ring = shapely.Point(113.15, 26.2).buffer(0.3, quad_segs=16)
        seats = [(112.95 + 0.1 * (i % 5), 26.05 + 0.1 * (i // 5)) for i in range(16)]
        return ring, [(f"第{i}镇", lon, lat) for i, (lon, lat) in enumerate(seats)]
    features = json.loads(gzip.decompress(polygons.read_bytes()))["features"]
    county = next(f for f in features if str(f["properties"].get("adcode")) == "431023")
    rows = csv.DictReader(gazetteer.read_text("utf-8-sig").splitlines())
    towns = [r for r in rows if r["level"] == "town" and r["lon_wgs84"]]
    return shape(county["geometry"]), [
        (r["name"], float(r["lon_wgs84"]), float(r["lat_wgs84"])) for r in towns
    ]


def _town_polygons(county: BaseGeometry, seats: list[tuple[str, float, float]]) -> dict[str, Any]:
    points = shapely.MultiPoint([(lon, lat) for _, lon, lat in seats])
    parts = shapely.voronoi_polygons(points, extend_to=county, ordered=True).geoms
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": name},
                "geometry": mapping(part.intersection(county)),
            }
            for (name, _, _), part in zip(seats, parts, strict=True)
        ],
    }


def _places(
    county: BaseGeometry, seats: list[tuple[str, float, float]], n: int, sites: int
) -> pd.DataFrame:
    rng = random.Random(7)
    shapely.prepare(county)
    rows: list[dict[str, Any]] = []
    states = ["overdue"] * 3 + ["soon"] * 5 + ["later"] * 10 + ["revisit"] * 6 + ["open"] * 4
    while len(rows) < n + sites:
        i = len(rows)
        town, lon, lat = rng.choice(seats)
        lon, lat = lon + rng.gauss(0, 0.025), lat + rng.gauss(0, 0.02)
        if not county.contains(shapely.Point(lon, lat)):
            continue
        state = rng.choice(states) if i >= n else "plain"
        kind = "非法点" if i >= n else "有限公司"
        ahead = {"overdue": (-41, -1), "soon": (0, 7), "later": (8, 60), "revisit": (3, 90)}
        due = _MONDAY + dt.timedelta(rng.randint(*ahead[state])) if state in ahead else None
        rows.append(
            {
                "id": f"{'S' if i >= n else 'E'}{i:05d}",
                "name": f"永兴县{town[:2]}{_INDUSTRIES[i % 6]}{kind}{i}",
                "kind": "site" if i >= n else "enterprise",
                "industry": _INDUSTRIES[i % 6],
                "risk": ("重大风险", "较大风险", "一般风险", "低风险")[i % 4],
                "lon": lon,
                "lat": lat,
                "level": ("coordinate", "village")[i % 3 == 0],
                "radius_m": (50, 1500)[i % 3 == 0],
                "town": town,
                "state": state,
                "due": due,
                "overdue_days": (_MONDAY - due).days if due and state == "overdue" else 0,
                "reasons": [] if due is None else list(_REASONS[: 1 + i % 2]),
                "cell": "4547-500-E13N3" if i % 9 == 0 else None,
                "last_visit": _MONDAY - dt.timedelta(20 + i % 300),
            }
        )
    return pd.DataFrame(rows)


def _cells(places: pd.DataFrame, seats: list[tuple[str, float, float]]) -> tuple[HotCell, ...]:
    cells = []
    d = 0.005
    for k, (town, lon, lat) in enumerate(seats[:7]):
        for row in range(-3, 4):
            for col in range(-3, 4):
                reach = abs(row) + abs(col)
                if reach > 4 - k % 2:
                    continue
                x, y = lon + 0.02 + col * d, lat + 0.012 + row * d * 0.9
                kind = ("hot99", "hot99", "hot95", "hot90", "hot90")[min(reach, 4)]
                cells.append(
                    HotCell(
                        id=f"4547-500-E{k}{col + 3}N{row + 3}",
                        ring=((x, y), (x + d, y), (x + d, y + d * 0.9), (x, y + d * 0.9)),
                        kind=kind,
                        observed=6 - reach,
                        expected=0.84,
                        rr=3.4 - reach / 3,
                        rr_low=1.6,
                        rr_high=6.1,
                        q=0.004 * (reach + 1),
                        own=2.0,
                        chance=0.91,
                        trend="待观察：2026-10-05 起出现",
                        forecast="未来 7 天预计 0.120 起",
                        town=town,
                        contributors=tuple(places["name"].iloc[k * 3 : k * 3 + 3]),
                    )
                )
    return tuple(cells)


def _routes(places: pd.DataFrame, base: tuple[float, float], teams: int) -> tuple[MapRoute, ...]:
    rng = random.Random(3)
    due = places[places["state"].isin(["overdue", "soon", "open"])]
    routes = []
    for day in range(5):
        for team in range(teams):
            if due.empty:
                continue
            picked = due.iloc[rng.sample(range(len(due)), min(3, len(due)))].sort_values("lon")
            stops = tuple(
                MapStop(
                    n=n,
                    place=str(row.id),
                    arrive=f"{8 + 2 * n:02d}:{7 * n:02d}",
                    leave=f"{9 + 2 * n:02d}:{7 * n:02d}",
                    kind="复查",
                    why="复查已逾期，须在本周完成",
                )
                for n, row in enumerate(picked.itertuples(), 1)
            )
            corners = [base, *zip(picked["lon"], picked["lat"], strict=True), base]
            path = []
            for a, b in pairwise(corners):
                path += [
                    (a[0] + (b[0] - a[0]) * min(1, t * 2), a[1] + (b[1] - a[1]) * max(0, t * 2 - 1))
                    for t in (0, 0.25, 0.5, 0.75, 1)
                ]
            routes.append(
                MapRoute(
                    team=f"{'一二三四五六七八'[team]}组",
                    day=_MONDAY + dt.timedelta(day),
                    km=47.3 + team,
                    hours="7.5 小时",
                    colour=team,
                    path=tuple(path),
                    stops=stops,
                    crew="张三、李四",
                )
            )
    return tuple(routes)


def _roads(seats: list[tuple[str, float, float]]) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    order = sorted(seats, key=lambda seat: seat[1])
    spine = tuple((lon, lat) for _, lon, lat in order)
    north = tuple((lon, lat) for _, lon, lat in sorted(seats, key=lambda s: s[2])[::2])
    local = [("village", ((x, y), (x + 0.03, y + 0.02), (x + 0.06, y - 0.01))) for _, x, y in seats]
    return (("national", spine[::2]), ("provincial", north), ("county", spine), *local)


@pytest.fixture(scope="session")
def fake_week() -> Callable[..., WeekView]:
    """Give a function that makes a week: *enterprises*, *sites*, *teams*, and fields to replace."""

    def make(*, enterprises: int = 300, sites: int = 60, teams: int = 4, **fields: Any) -> WeekView:
        county, seats = _county()
        places = _places(county, seats, enterprises, sites)
        base = (seats[0][1], seats[0][2])
        view: dict[str, Any] = {
            "area": "永兴县",
            "week": "2026-W48",
            "as_of": _MONDAY,
            "boundary": mapping(county),
            "towns": _town_polygons(county, seats),
            "roads": _roads(seats),
            "stations": (("县应急管理局", *base), ("马田执法中队", seats[2][1], seats[2][2])),
            "places": places,
            "cells": _cells(places, seats),
            "routes": _routes(places, base, teams),
            "unserved": tuple(
                LeftOut(
                    name=str(row.name),
                    place=str(row.id),
                    reason="本周各组工时已排满，按抽签次序顺延至下周",
                )
                for row in places.iloc[:6].itertuples(index=False)
            ),
            "stats": {"计划检查": "72 家次", "执法组日": teams * 5, "行驶里程": "1 034 km"},
        }
        return WeekView(**{**view, **fields})

    return make
