"""A week of 2013 on the food inspections of Chicago: a ledger that nobody here wrote."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest

from scheduler.draw import replay
from xunge.config import load
from xunge.results import take_results
from xunge.web import database
from xunge.week import WeekResult, open_folder, run_week

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
INSPECTIONS = (
    ROOT.parent / "shared" / "data" / "outcomes" / "chicago_food_inspections.csv.gz"
)  # fmt: skip
MAPPING = ROOT / "tests" / "data" / "chicago.toml"
MANUAL = ROOT / "docs" / "odd-ledgers.md"
MONDAY, NEXT = dt.date(2013, 6, 3), dt.date(2013, 6, 10)
# Little search: the test asks for a plan that holds, not for the shortest.
QUICK = "\n[plan]\neffort = 10\nloss = 0.0\n"
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")

pytestmark = [
    pytest.mark.skipif(
        not INSPECTIONS.exists(),
        reason="the Chicago inspections (../shared/data/outcomes) are not on this machine",
    ),
    pytest.mark.xdist_group("chicago"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chicago:
    """The folder after two weeks, with what both runs of the first and the second said."""

    path: Path
    first: WeekResult
    again: WeekResult
    second: WeekResult
    seen: tuple[pd.DataFrame, pd.DataFrame]

    @property
    def out(self) -> Path:
        """The files of the first week."""
        return self.path / "out" / "2013-W23"

    @property
    def plan(self) -> dict[str, Any]:
        """The plan of the first week as it was published."""
        content: dict[str, Any] = json.loads((self.out / "plan.json").read_text("utf-8"))
        return content


def write_folder(path: Path) -> None:
    """Write the ledgers that the manual page prints, beside the inspections."""
    path.mkdir()
    shutil.copy(INSPECTIONS, path)
    page = MANUAL.read_text("utf-8")
    for name, content in re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)```", page, re.M | re.S):
        (path / name).write_text(content, "utf-8")
    settings = path / "xunge.toml"
    settings.write_text(settings.read_text("utf-8") + QUICK, "utf-8")


def week(path: Path, monday: dt.date) -> WeekResult:
    """Run a week of the folder."""
    return run_week(open_folder(path), day=monday, mapping=MAPPING, seed="chicago")


def visits_known(path: Path, day: dt.date) -> pd.DataFrame:
    """Return the visits that the database knows on the evening of *day*."""
    from xunge.knowledge import know

    return know(day, tables=open_folder(path).tables).visits


@pytest.fixture(scope="module")
def chicago(tmp_path_factory: pytest.TempPathFactory) -> Chicago:
    """Plan two weeks in a row, the first of them twice."""
    path = tmp_path_factory.mktemp("city") / "chicago"
    write_folder(path)
    first, again, second = week(path, MONDAY), week(path, MONDAY), week(path, NEXT)
    sundays = (MONDAY - dt.timedelta(days=1), NEXT - dt.timedelta(days=1))
    seen = (visits_known(path, sundays[0]), visits_known(path, sundays[1]))
    database.close()
    return Chicago(path=path, first=first, again=again, second=second, seen=seen)


def test_the_ledger_comes_in_whole(chicago: Chicago) -> None:
    """Every licence is an enterprise, every inspection a visit, every ward a town."""
    assert chicago.first.intake is not None
    ledgers = chicago.first.intake.ledgers
    counts = {name: len(rows) for name, rows in ledgers.registers.items() if len(rows)}
    assert counts == {
        "departments": 1, "areas": 50, "stations": 2, "vehicles": 4, "inspectors": 10,
        "enterprises": 12_367, "visits": 27_600,
    }  # fmt: skip
    assert ledgers.problems == []


def test_what_comes_later_is_not_seen(chicago: Chicago) -> None:
    """A week knows the visits until the Sunday before; the next one those of the week between."""
    before, then = chicago.seen
    assert (len(before), len(then)) == (13_026, 13_026 + 174)
    assert max(before["date"]) < MONDAY
    between = then[~then["id"].isin(before["id"])]
    assert between["date"].between(MONDAY, NEXT - dt.timedelta(days=1)).all()
    assert chicago.first.record["later_events"] > chicago.second.record["later_events"]
    assert chicago.first.record["as_of"] == "2013-06-02"


def test_places_are_those_of_the_ledger(chicago: Chicago) -> None:
    """Coordinates place an enterprise; without any it is listed, and no place is made up."""
    assert chicago.plan["levels"] == {"coordinate": 12_327, "none": 40}
    quality = json.loads((chicago.out / "quality.json").read_text("utf-8"))
    assert len(quality["unplaced"]) == 40
    table = pd.read_csv(chicago.path / INSPECTIONS.name, dtype={"License": str})
    real: dict[str, set[tuple[float, float]]] = {}
    for row in table[["License", "Longitude", "Latitude"]].dropna().itertuples(index=False):
        real.setdefault(row[0], set()).add((row[1], row[2]))
    drawn = [visit for visit in chicago.plan["visits"] if visit["kind"] != "patrol"]
    assert len(drawn) > 40
    assert all((visit["lon"], visit["lat"]) in real[visit["object"]] for visit in drawn)


def test_cells_are_metric_squares_of_the_city(chicago: Chicago) -> None:
    """Outside China the grid lies in the UTM zone; evidence is findings against inspections."""
    hot = chicago.plan["hot"]
    assert hot["basis"] == "findings"
    assert hot["cells"]
    for cell in hot["cells"]:
        assert cell["cell"].startswith("32616-500-E")
        assert cell["observed_3x3"] > cell["expected_3x3"] > 0
        assert all(-88 < lon < -87 and 41 < lat < 43 for lon, lat in cell["ring"])
    kept = {visit["kind"] for visit in chicago.plan["visits"]}
    assert kept == {"random", "patrol"}


def test_the_plan_holds(chicago: Chicago) -> None:
    """The plan was published, so it passed its recheck; crews are two certified inspectors."""
    assert chicago.first.status == "published"
    plan = chicago.plan
    assert plan["plan"]["routes"]
    for route in plan["plan"]["routes"]:
        crew = plan["crews"][route["team_day"]]["inspectors"]
        assert len(set(crew)) >= 2
        assert set(crew) <= set(plan["people"])
        assert route["team_day"] in {day["id"] for day in plan["team_days"]}


def test_the_draw_replays(chicago: Chicago) -> None:
    """The record of the draw, read back from its file, gives the same selection."""
    link = json.loads((chicago.out / "draw.json").read_text("utf-8"))
    assert replay(link["record"]) == []


def test_running_again_changes_nothing(chicago: Chicago) -> None:
    """The second run says that the week is planned and leaves its record as it was."""
    assert chicago.again.status == "unchanged"
    first, again = (json.dumps(run.record) for run in (chicago.first, chicago.again))
    assert first == again


def test_the_next_week_goes_on(chicago: Chicago) -> None:
    """The following week is drawn anew; who was inspected between has an equal chance at most."""
    assert chicago.second.status == "published"
    before, then = chicago.seen
    inspected = set(then[~then["id"].isin(before["id"])]["object"])
    drawn = {
        visit["object"]: reason["stratum"]
        for visit in chicago.second.record["visits"]
        for reason in visit["why"]
        if reason["code"] == "drawn"
    }
    assert set(drawn.values()) == {"weighted", "uniform"}
    assert {drawn[object_] for object_ in drawn.keys() & inspected} <= {"uniform"}


def test_results_come_back_in_english(chicago: Chicago, tmp_path: Path) -> None:
    """The English workbook, filled in with the words of its lists, is taken in as events."""
    database.close()
    folder = tmp_path / "chicago"
    shutil.copytree(chicago.path, folder)
    file = folder / "out" / "2013-W23" / "results.xlsx"
    book = openpyxl.load_workbook(file)
    sheet, sites = book["Results"], book["New illegal sites"]
    column = {str(cell.value): place for place, cell in enumerate(sheet[1], 1)}
    for row, result in ((2, "Rectification ordered"), (3, "No violation found"), (4, "")):
        sheet.cell(row, column["Done"]).value = "yes" if result else "no"
        sheet.cell(row, column["Result"]).value = result or None
    sheet.cell(2, column["Deadline"]).value = dt.date(2013, 6, 20)
    sheet.cell(2, column["What is wrong"]).value = "no hot water"
    sheet.cell(4, column["Why not done"]).value = "Nobody there"
    place = {str(cell.value): at for at, cell in enumerate(sites[1], 1)}
    found: dict[str, Any] = {
        "name": "Cart", "behaviour": "Without licence, or licences incomplete",
        "discovered": MONDAY, "lon": -87.63, "lat": 41.88, "last_seen": MONDAY,
    }  # fmt: skip
    for name, value in found.items():
        sites.cell(2, place[name]).value = value
    book.save(file)
    taken = take_results(open_folder(folder), file, today=NEXT)
    assert taken.facts()["new_events"] == {"visited": 2, "ordered": 1, "not_visited": 1}
    assert len(taken.sites) == 1
    assert not CHINESE.findall(" ".join(taken.sentences("en")))


def test_everything_is_in_english(chicago: Chicago) -> None:
    """Pages, workbooks and file names hold no Chinese where the bureau reads English."""
    for name in ("index.html", "quality.html", "quality.json", "plan.json"):
        text = (chicago.out / name).read_text("utf-8")
        assert not CHINESE.findall(text), name
    for name in ("plan.xlsx", "due.xlsx", "risk.xlsx", "results.xlsx"):
        for page in openpyxl.load_workbook(chicago.out / name).worksheets:
            cells = [str(cell.value or "") for row in page.iter_rows() for cell in row]
            assert not CHINESE.findall("".join([page.title, *cells])), (name, page.title)
    names = [path.relative_to(chicago.out).as_posix() for path in chicago.out.rglob("*")]
    assert all(name.isascii() for name in names)
    assert "task-sheets/2013-06-03-Team-1.pdf" in names


def test_the_map_shows_the_week(chicago: Chicago) -> None:
    """The page names the bureau and the week, and carries its data with it."""
    page = (chicago.out / "index.html").read_text("utf-8")
    assert '<html lang="en">' in page
    assert "Chicago Department of Public Health" in page
    assert "2013-W23" in page
    assert not re.search(r"<(script|link|img|iframe)[^>]+https?://", page)


def test_the_manual_prints_what_is_tested(tmp_path: Path) -> None:
    """The mapping and the settings of the manual page are those that this test uses."""
    page = MANUAL.read_text("utf-8")
    excerpt = re.search(r"```toml\n(\[\[table\]\].*?)```", page, re.S)
    assert excerpt is not None
    assert excerpt[1] in MAPPING.read_text("utf-8")
    write_folder(tmp_path / "chicago")
    settings = load(tmp_path / "chicago")
    assert (settings.bureau.language, settings.bureau.calendar) == ("en", "weekdays")


@pytest.mark.browser
def test_the_map_opens_offline(chicago: Chicago, offline_page: Callable[..., Any]) -> None:
    """The browser opens the city's map without a request or an error and finds an enterprise."""
    opened = offline_page(chicago.out / "index.html")
    opened.page.wait_for_selector("#panel")
    assert "Chicago Department of Public Health" in opened.page.inner_text("#panel h1")
    assert opened.page.locator("#days label").count() == 6
    assert opened.beyond_the_file == []
    assert opened.errors == []
