"""The whole example county: true world first, then its ledgers with everything that goes wrong."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xunge.demo import ledgers, mess, record_files
from xunge.demo.aftermath import make_aftermath
from xunge.demo.county import county_geojson, load_county, rng_of
from xunge.demo.enterprises import FULL_COUNT, list_firms, make_enterprises
from xunge.demo.grids import make_grids
from xunge.demo.history import make_history
from xunge.demo.measures import make_measures
from xunge.demo.people import make_staff
from xunge.demo.roads import make_roads, roads_geojson
from xunge.demo.sites import cluster_centres, heat, make_sites
from xunge.demo.zones import zones_geojson

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from xunge.demo.county import County
    from xunge.demo.history import History
    from xunge.demo.people import Staff
    from xunge.demo.roads import Road

SEED = 431023
TODAY = dt.date(2026, 11, 20)
FEWEST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was written.

    Attributes
    ----------
    folder, files
        Where, and the names of the files in order.
    rows
        Rows of each register.
    """

    folder: Path
    files: tuple[str, ...]
    rows: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The example county as it truly is."""

    county: County
    roads: list[Road]
    firms: pd.DataFrame
    sites: pd.DataFrame
    staff: Staff
    history: History
    measures: dict[str, pd.DataFrame]


def make_world(*, seed: int = SEED, today: dt.date = TODAY, enterprises: int = FULL_COUNT) -> World:
    """Make up the true county, without writing anything."""
    county = load_county(seed=seed)
    roads = make_roads(county, seed=seed)
    firms = make_enterprises(county, roads, seed=seed, count=enterprises)
    near = heat(firms["x"].to_numpy(), firms["y"].to_numpy(), cluster_centres(county, seed=seed))
    firms["propensity"] = (firms["propensity"] * near).round(4)
    firms = list_firms(firms, seed=seed, today=today)
    sites = make_sites(county, roads, seed=seed, today=today, firms=firms)
    staff = make_staff(county, seed=seed, today=today, firms=firms)
    history = make_history(firms, sites, staff, seed=seed, today=today)
    measures = make_measures(firms, sites, history, seed=seed, today=today)
    measures |= make_aftermath(firms, sites, history, measures["cases"], seed=seed, today=today)
    return World(
        county=county, roads=roads, firms=firms, sites=sites, staff=staff, history=history,
        measures=measures,
    )  # fmt: skip


def write_county(
    folder: Path, *, seed: int = SEED, today: dt.date = TODAY, enterprises: int = FULL_COUNT
) -> Summary:
    """Write the ledgers of the example county 永兴县 into *folder*, which is made if need be.

    Parameters
    ----------
    folder
        Files of the same names are overwritten, others left alone.
    seed
        The same seed, day and count give the same bytes.
    today
        The last day of the history; deadlines, leave and certificates lie around it.
    enterprises
        Number of enterprises, at least 50; the history shrinks with it.

    Raises
    ------
    ValueError
        If *enterprises* is too small for a county.
    """
    if enterprises < FEWEST:
        raise ValueError(f"{enterprises} enterprises, at least {FEWEST} make a county")
    folder.mkdir(parents=True, exist_ok=True)
    world = make_world(seed=seed, today=today, enterprises=enterprises)
    _write_maps(folder, world, seed=seed)
    ledgers.write_people(folder, world.staff, world.county, rng=rng_of(seed, "people files"))
    grids = make_grids(world.county, seed=seed)
    ledgers.write_grids(folder / "网格台账.csv", grids)
    _write_objects(folder, world, seed=seed, today=today)
    _write_history(folder, world, seed=seed, today=today)
    (folder / "xunge.toml").write_bytes(ledgers.settings_text().encode("utf-8"))
    rows = {
        "enterprises": len(world.firms), "sites": len(world.sites),
        "inspectors": len(world.staff.inspectors), "departments": len(world.staff.departments),
        "experts": len(world.staff.experts), "vehicles": len(world.staff.vehicles),
        "stations": len(world.staff.stations), "visits": len(world.history.visits),
        "orders": len(world.history.orders), "reports": len(world.history.reports),
        "areas": len(world.county.towns) + len(world.county.villages), "grids": len(grids),
        **{name: len(rows) for name, rows in world.measures.items()},
    }  # fmt: skip
    return Summary(folder=folder, files=FILES, rows=rows)


FILES = (
    "企业台账.xlsx", "非法点台账.xlsx", "执法人员名录.xlsx", "部门名录.csv", "专家名录.xlsx",
    "车辆台账.csv", "驻地台账.csv", "区域名录.csv", "网格台账.csv", "检查记录.xlsx",
    "责令整改台账.xlsx", "举报台账.csv", *record_files.FILES.values(),
    "县界.geojson", "道路.geojson", "重点区域.geojson", "xunge.toml", "truth.csv",
)  # fmt: skip
"""Every file of the example county."""


def _write_maps(folder: Path, world: World, *, seed: int) -> None:
    texts = {
        "县界.geojson": county_geojson(),
        "道路.geojson": roads_geojson(world.roads),
        "重点区域.geojson": zones_geojson(world.county, world.roads, seed=seed),
    }
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode("utf-8"))


def _write_objects(folder: Path, world: World, *, seed: int, today: dt.date) -> None:
    visited = set(world.history.visits["object"]) | set(world.history.reports["object"].dropna())
    for helpers in (world.staff.inspectors["avoid"], world.staff.experts["avoid"]):
        visited |= {word for text in helpers.dropna() for word in _ids(text)}
    rng = rng_of(seed, "enterprise ledger")
    firms = mess.messy_enterprises(_remember(world.firms), visited, rng=rng)
    ledgers.write_enterprises(folder / "企业台账.xlsx", firms, today, rng=rng)
    rng = rng_of(seed, "site ledger")
    sites = mess.messy_sites(_remember(world.sites), rng=rng)
    ledgers.write_sites(folder / "非法点台账.xlsx", sites, rng=rng)
    ledgers.write_truth(folder / "truth.csv", firms, sites)


def _remember(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep the true point beside the one that the ledger will get."""
    return frame.assign(true_lon=frame["lon"], true_lat=frame["lat"])


def _ids(text: str) -> list[str]:
    for mark in "、；,":
        text = text.replace(mark, " ")
    return text.split()


def _write_history(folder: Path, world: World, *, seed: int, today: dt.date) -> None:
    history = world.history
    scale = len(world.firms) / FULL_COUNT
    called = {
        **dict(zip(world.firms["id"], world.firms["name"], strict=True)),
        **dict(zip(world.sites["id"], world.sites["name"], strict=True)),
    }
    rng = rng_of(seed, "visit ledger")
    named = history.visits.assign(object_name=history.visits["object"].map(called))
    visits = mess.messy_visits(named, set(history.orders["visit"]), today, scale, rng=rng)
    ledgers.write_visits(folder / "检查记录.xlsx", visits, rng=rng)
    rng = rng_of(seed, "order ledger")
    named = history.orders.assign(object_name=history.orders["object"].map(called))
    orders = mess.messy_orders(named, today, scale, rng=rng)
    ledgers.write_orders(folder / "责令整改台账.xlsx", orders, rng=rng)
    reports = mess.messy_reports(history.reports, rng=rng_of(seed, "report ledger"))
    ledgers.write_reports(folder / "举报台账.csv", reports)
    lost = mess.unreadable(visits, orders, reports)
    record_files.write_records(folder, world.measures, called, lost, today, seed=seed)
