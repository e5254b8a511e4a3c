"""The example county: counts, repeatability, truth inside the county, and every planted mess."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from layers.ledgers import read_ledgers
from layers.schema import REGISTERS
from scheduler.workdays import Workdays
from xunge.demo import FILES, TODAY, make_world, write_county
from xunge.demo.names import check_character

if TYPE_CHECKING:
    from pathlib import Path

    from layers.ledgers import Ledgers
    from xunge.demo import Summary, World

SMALL = 200

pytestmark = [pytest.mark.early, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """Write the whole example county."""
    return write_county(tmp_path_factory.mktemp("full") / "永兴县")


@pytest.fixture(scope="module")
def ledgers(full: Summary) -> Ledgers:
    """Read it as the importer does."""
    return read_ledgers(full.folder)


@pytest.fixture(scope="module")
def world() -> World:
    """Return the true county behind it."""
    return make_world()


@pytest.fixture(scope="module")
def truth(full: Summary) -> pd.DataFrame:
    """Read the truth file."""
    types = {"town": str, "village": str, "corruption": str}
    return pd.read_csv(full.folder / "truth.csv", dtype=types, keep_default_na=False)


def test_all_files_are_written(full: Summary) -> None:
    """The example is exactly the files that it names."""
    assert sorted(path.name for path in full.folder.iterdir()) == sorted(FILES)


def test_counts_are_those_of_the_issue(world: World) -> None:
    """4,027 enterprises of which 214 high-risk, 120 sites, 36 officers of 9 departments, …."""
    firms, staff = world.firms, world.staff
    assert len(firms) == 4027
    assert (firms["risk_grade"] == "major").sum() == 214
    assert 214 <= (firms["enterprise_class"] == "key").sum() <= 320
    assert len(world.sites) == 120
    assert len(staff.officers) == 36
    assert staff.officers["department"].nunique() == 9
    assert len(staff.inspectors) > 36
    sizes = (len(staff.experts), len(staff.vehicles), len(staff.stations), len(world.county.towns))
    assert (*sizes, len(world.county.villages)) == (14, 10, 3, 16, 281)


def test_same_seed_writes_same_bytes(tmp_path: Path) -> None:
    """Two runs with the same seed give the same files, another seed gives others."""
    hashes = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_county(tmp_path / name, seed=seed, enterprises=SMALL)
        hashes.append(
            {
                path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted((tmp_path / name).iterdir())
            }
        )
    assert hashes[0] == hashes[1]
    changed = {name for name in FILES if hashes[0][name] != hashes[2][name]}
    assert changed == set(FILES) - {"县界.geojson", "xunge.toml", "车辆台账.csv", "驻地台账.csv"}


def test_too_small_a_county_is_refused(tmp_path: Path) -> None:
    """Fewer than fifty enterprises are refused before anything is written."""
    with pytest.raises(ValueError, match="at least 50"):
        write_county(tmp_path / "x", enterprises=8)
    assert not (tmp_path / "x").exists()


def test_import_takes_nearly_all_rows(ledgers: Ledgers) -> None:
    """The importer understands every file and takes at least 97 % of the rows."""
    taken = sum(file.rows for file in ledgers.files)
    bad = sum(file.bad for file in ledgers.files)
    assert ledgers.unread == ()
    assert 0 < bad <= 0.03 * (taken + bad)
    assert {file.register for file in ledgers.files} == set(REGISTERS)
    assert len(ledgers.registers["sites"]) == 120
    assert (ledgers.registers["enterprises"]["risk_grade"] == "major").sum() == 214


def test_references_hold(ledgers: Ledgers) -> None:
    """Visits, orders, crews and cars name only what is in the other ledgers."""
    assert not [p for p in ledgers.problems if "reference" in p.code]


def test_credit_codes_are_valid_but_for_the_planted_ones(
    ledgers: Ledgers, truth: pd.DataFrame
) -> None:
    """Every credit code has its right check digit, except those that were spoilt on purpose."""
    firms = ledgers.registers["enterprises"]
    written = firms[firms["credit_code"].notna()]
    wrong = {
        key for key, code in zip(written["id"], written["credit_code"], strict=True)
        if check_character(code[:17]) != code[17]
    }  # fmt: skip
    spoilt = set(truth.loc[truth["corruption"].str.contains("wrong_credit_code"), "id"])
    assert wrong <= spoilt
    assert len(spoilt) == 12


def test_check_character_follows_the_standard() -> None:
    """The check character of a published example of GB 32100-2015 is found."""
    assert check_character("91350100M000100Y4") == "3"


def test_true_points_lie_in_the_county_near_their_village(world: World) -> None:
    """Every true point is inside the polygon and 0.2 to 1.5 km from its village."""
    for frame in (world.firms, world.sites):
        assert shapely.contains_xy(world.county.polygon, frame["lon"], frame["lat"]).all()
    villages = world.county.villages.set_index("code")[["x", "y"]]
    alone = world.firms[world.firms["parent"].isna()]
    centre = villages.loc[alone["village_code"]].to_numpy()
    far = np.hypot(*(alone[["x", "y"]].to_numpy() - centre).T)
    assert far.min() >= 199
    assert far.max() <= 1501


def test_tenants_stand_in_the_yard_of_their_host(world: World) -> None:
    """A factory in a factory lies within 100 m of its host, in the same town."""
    firms = world.firms.set_index("id")
    tenants = firms[firms["parent"].notna()]
    hosts = firms.loc[tenants["parent"]]
    assert len(tenants) > 40
    assert (tenants["town_code"].to_numpy() == hosts["town_code"].to_numpy()).all()
    assert np.hypot(*(tenants[["x", "y"]].to_numpy() - hosts[["x", "y"]].to_numpy()).T).max() < 100


def test_roads_are_one_network_inside_the_county(full: Summary, world: World) -> None:
    """Roads share vertices at junctions, hang together and stay in the county."""
    roads = gpd.read_file(full.folder / "道路.geojson")
    ends = shapely.get_coordinates(shapely.get_point(roads.geometry.array, 0))
    tails = shapely.get_coordinates(shapely.get_point(roads.geometry.array, -1))
    nodes, place = np.unique(np.vstack([ends, tails]), axis=0, return_inverse=True)
    first, last = place.reshape(2, -1)
    links = coo_matrix((np.ones(len(roads)), (first, last)), shape=(len(nodes), len(nodes)))
    assert connected_components(links, directed=False)[0] == 1
    assert roads.geometry.within(world.county.polygon.buffer(1e-5)).all()
    assert set(zip(roads["class"], roads["speed_kmh"], strict=True)) == {("县道", 45), ("村道", 25)}


def test_roads_wind(world: World) -> None:
    """From junction to junction a road is up to 1.45 times as long as the straight line."""
    long = [road.line for road in world.roads if road.line.length > 2000]
    straight = [shapely.Point(r.coords[0]).distance(shapely.Point(r.coords[-1])) for r in long]
    ratio = np.array([r.length for r in long]) / np.array(straight)
    assert 1.2 < np.median(ratio) < 1.5


def test_history_has_seasons(world: World) -> None:
    """Visits keep to working days but for raids; June is busy, the Spring Festival quiet."""
    visits = world.history.visits
    calendar = Workdays()
    checks = visits[visits["kind"].isin(["random", "key", "reinspection"])]
    assert all(calendar.is_workday(day) for day in set(checks["date"]))
    by_month = Counter((day.year, day.month) for day in visits["date"])
    for year in (2025, 2026):
        june, february = by_month[year, 6], by_month[year, 2]
        assert june > 1.5 * february
    assert 50 < len(visits) / 104 < 70
    assert visits["date"].max() <= TODAY
    assert visits["date"].min() >= TODAY - dt.timedelta(days=730)


def test_crews_are_officers(world: World) -> None:
    """Nobody but certified officers inspects, at least two at a time, helpers never."""
    officers = set(world.staff.officers["id"])
    for crew in world.history.visits["inspectors"]:
        assert len(set(crew)) == len(crew) >= 2
        assert officers.issuperset(crew)


def test_open_work_is_what_a_county_has(world: World) -> None:
    """25 sites are open, 15 of them joint; 25 re-inspections are overdue and 20 soon due."""
    sites, orders = world.sites, world.history.orders
    opened = sites[sites["status"] == "open"]
    assert len(opened) == 25
    assert sum(len(departments) > 1 for departments in opened["departments"]) == 15
    assert sites["origin"].notna().sum() == 16
    assert (sites["behaviour"] == "死灰复燃").sum() == 16
    left = []
    for row in orders[orders["outcome"] != "met"].to_dict("records"):
        dates = [day for day in (row["requested"], row["deadline"]) if isinstance(day, dt.date)]
        base = row["reviewed"] if isinstance(row["reviewed"], dt.date) else min(dates)
        left.append((base - TODAY).days + 10)
    assert sum(days < 0 for days in left) == 25
    assert sum(0 <= days <= 14 for days in left) == 20
    assert world.history.reports["verified"].isna().sum() == 6


def test_some_reinspections_are_late(world: World) -> None:
    """An honest share of re-inspections came later than ten days after request or deadline."""
    late = []
    for row in world.history.orders.to_dict("records"):
        if isinstance(row["reviewed"], dt.date):
            dates = [day for day in (row["requested"], row["deadline"]) if isinstance(day, dt.date)]
            late.append((row["reviewed"] - min(dates)).days > 10)
    assert 0.1 < np.mean(late) < 0.4


@pytest.mark.parametrize(
    "kind",
    ["no_province", "no_county", "no_town", "no_village", "old_town", "village_form", "typo",
     "full_width", "spaces", "firm_first", "relative", "no_address", "dms", "projected",
     "zone_prefix", "pair", "full_width_number", "hemisphere", "no_datum", "swapped",
     "digit_slip", "duplicate", "wrong_credit_code", "broken_name", "broken_lon",
     "broken_industry", "broken_risk", "broken_employees"],
)  # fmt: skip
def test_every_kind_of_mess_is_planted(kind: str, truth: pd.DataFrame) -> None:
    """Each kind of corruption stands in the truth file at least three times."""
    assert truth["corruption"].str.split("|").map(lambda kinds: kind in kinds).sum() >= 3


def test_all_datums_occur(truth: pd.DataFrame) -> None:
    """Coordinates come in five datums."""
    assert set(truth["datum"]) == {"", "wgs84", "gcj02", "bd09", "cgcs2000", "cgcs2000_gk"}


def test_truth_matches_the_ledger(ledgers: Ledgers, truth: pd.DataFrame) -> None:
    """Every enterprise and site taken has exactly one true point."""
    ids = set(ledgers.registers["enterprises"]["id"]) | set(ledgers.registers["sites"]["id"])
    assert truth["id"].is_unique
    assert ids <= set(truth["id"])


def test_reporters_stand_in_the_file_and_not_in_the_register(
    full: Summary, ledgers: Ledgers
) -> None:
    """The ledger of reports names reporters; the import leaves them behind."""
    text = (full.folder / "举报台账.csv").read_bytes().decode("gb18030")
    assert "举报人" in text.splitlines()[0]
    reports = ledgers.registers["reports"]
    assert "reporter" not in reports or reports["reporter"].isna().all()


def test_dates_come_in_every_style(full: Summary) -> None:
    """Day numbers, 2026-11-23, 2026年11月23日, 2026.11.23 and 2026/11/23 all occur."""
    sheets = pd.read_excel(
        full.folder / "检查记录.xlsx", sheet_name=None, header=None, engine="calamine", dtype=object
    )
    cells = [str(cell) for sheet in sheets.values() for cell in sheet[1].dropna()]
    for pattern in (r"4\d{4}", r"\d{4}-\d\d-\d\d", r"\d{4}年\d+月\d+日", r"\d{4}\.\d\d\.\d\d",
                    r"\d{4}/\d+/\d+"):  # fmt: skip
        assert pd.Series(cells).str.fullmatch(pattern).any(), pattern


def test_expired_certificates_and_leave_exist(world: World) -> None:
    """Two officers' certificates have expired, and several people are away or must avoid firms."""
    officers = world.staff.officers
    expired = [day < TODAY for day in officers["certificate_expiry"]]
    assert sum(expired) == 2
    assert world.staff.inspectors["leave"].notna().sum() == 6
    assert world.staff.inspectors["avoid"].notna().sum() == 7
