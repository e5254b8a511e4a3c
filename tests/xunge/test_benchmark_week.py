"""The benchmark of weeks: every planner sees the same week, and a stranger to all judges them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from benchmarks import week, week_reach
from benchmarks.week_cases import Generator, NoGenerator, Verdict, as_problem
from benchmarks.week_engines import engine, plan_by_station, plan_with_ortools
from benchmarks.week_peers import worth
from benchmarks.week_repair import complete, drivable
from scheduler import solve
from scheduler.problem import LEFT_OUT_SECONDS
from scheduler.schedule import Timetable

if TYPE_CHECKING:
    from pathlib import Path

H = 3600

GENERATOR = '''
"""A week of four visits: one mandatory, one at night, one for a mine, one that nobody can do."""
import numpy as np

H = 3600
SIZES = {"tiny": {}}


def gen(name, seed=0):
    spots = [(0.0, 0.0), (3.0, 4.0), (6.0, 8.0), (0.0, 5.0), (5.0, 0.0), (1.0, 1.0)]
    xy = np.array(spots)
    seconds = (np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) * 100).astype(int) + seed
    np.fill_diagonal(seconds, 0)
    base = {"service": H, "tw": (9 * H, 16 * H), "skill": None, "mand": False, "prize": 2 * H,
            "days": [0, 1, 2, 3, 4]}
    visits = [
        base | {"id": 0, "loc": 2, "mand": True, "prize": 1000 * H, "days": [1, 2]},
        base | {"id": 1, "loc": 3, "tw": (19 * H, 22 * H)},
        base | {"id": 2, "loc": 4, "skill": "mine"},
        base | {"id": 3, "loc": 5, "skill": "chem", "prize": 5 * H},
    ]
    day = {"team": 0, "station": 0, "start": 8 * H, "end": 17 * H, "brk": (11 * H, 12 * H, H),
           "skills": []}
    night = {"start": 14 * H, "end": 23 * H, "brk": (17 * H, 18 * H, H)}
    vehicles = [day | {"id": 0, "day": 0}, day | {"id": 1, "day": 1, "skills": ["mine"]},
                day | night | {"id": 2, "day": 0, "team": 1, "station": 1}]
    return {"nd": 2, "locs": spots, "T": seconds, "visits": visits, "vehicles": vehicles}


def evaluate(week, routes):
    seen = [visit for stops in routes.values() for visit in stops]
    left = [visit for visit in week["visits"] if visit["id"] not in seen]
    driven = 0
    for vehicle, stops in routes.items():
        home = week["vehicles"][vehicle]["station"]
        places = [home, *(week["visits"][one]["loc"] for one in stops), home]
        driven += sum(int(week["T"][a, b]) for a, b in zip(places, places[1:]))
    return {"obj": driven + sum(visit["prize"] for visit in left), "dropped": len(left),
            "mand_dropped": sum(visit["mand"] for visit in left),
            "feasible": len(seen) == len(set(seen))}
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write a generator of tiny weeks."""
    found = tmp_path / "tiny_weeks.py"
    found.write_text(GENERATOR, "utf-8")
    return found


def test_a_week_becomes_a_problem(file: Path) -> None:
    """Team-days, night shifts, skills, closed days, prizes and duties survive the translation."""
    problem = Generator(file).case("tiny", seed=0).problem
    due, late, mine, chem = problem.visits
    monday, tuesday, night = problem.team_days
    assert due.mandatory
    assert due.days == (tuesday.day, tuesday.day + (tuesday.day - monday.day))
    assert (late.days, late.window, late.prize) == ((), (19 * H, 22 * H), 2 * H)
    assert mine.specialities == {"mine"} == tuesday.specialities
    assert chem.specialities == {"chem"}
    assert (night.start, night.end, night.lunch) == (14 * H, 23 * H, (17 * H, 18 * H, H))
    assert (night.day, night.team, night.depot) == (monday.day, 1, "S1")
    assert problem.depot("S1").place == 1
    assert problem.metres[0, 2] == 10_000
    assert worth(due) == LEFT_OUT_SECONDS == 1000 * H


def test_a_week_by_day_has_no_late_shift(file: Path) -> None:
    """Late shifts get the hours of the others, and what was open at night is open by day."""
    generator = Generator(file)
    case = generator.case_by_day("tiny", seed=0)
    problem = case.problem
    assert {(day.start, day.end, day.lunch) for day in problem.team_days} == {
        (8 * H, 17 * H, (11 * H, 12 * H, H))
    }
    assert [visit.window for visit in problem.visits] == [
        (9 * H, 16 * H), (8 * H, 16 * H), (9 * H, 16 * H), (9 * H, 16 * H)
    ]  # fmt: skip
    plan = solve.plan(problem, effort=1)
    routes = {route.team_day: [stop.visit for stop in route.stops] for route in plan.routes}
    assert generator.judge(case, routes).objective == plan.objective


def test_both_objectives_are_the_same(file: Path) -> None:
    """The judge's objective of a plan is the one that the plan states."""
    generator = Generator(file)
    case = generator.case("tiny", seed=3)
    plan = solve.plan(case.problem, effort=1)
    routes = {route.team_day: [stop.visit for stop in route.stops] for route in plan.routes}
    verdict = generator.judge(case, routes)
    assert verdict == Verdict(
        objective=plan.objective, dropped=1, mandatory_lost=0, feasible=True
    )  # fmt: skip
    twice = routes | {"K0000": ["V0000", "V0000"]}
    assert not generator.judge(case, twice).feasible


@pytest.mark.parametrize("name", ["ours", "ortools", "ortools-split"])
def test_engines_plan_what_can_be_planned(file: Path, name: str) -> None:
    """Every engine makes the three visits that can be made, on days that may make them."""
    case = Generator(file).case("tiny", seed=0)
    made = engine(name)
    assert made is not None
    routes = made(case.problem, seconds=0.2, seed=0)
    assert routes["K0001"] == ["V0000"] or set(routes["K0001"]) == {"V0000", "V0002"}
    assert routes["K0002"] == ["V0001"]
    assert "V0003" not in {visit for stops in routes.values() for visit in stops}


def test_a_week_without_visits_has_no_routes(file: Path) -> None:
    """Nothing to do is no reason to fail."""
    problem = Generator(file).case("tiny", seed=0).problem.replace(visits=())
    assert plan_with_ortools(problem, seconds=0.1, seed=0) == {}
    assert plan_by_station(problem, seconds=0.1, seed=0) == {}


def test_routes_without_lunch_are_repaired(file: Path) -> None:
    """What does not fit is taken off, the cheapest first, and put where it still fits."""
    problem = Generator(file).case("tiny", seed=0).problem
    first = problem.visits[0]
    narrow = problem.replace(
        visits=(first, *(
            v.__class__(**{n: getattr(v, n) for n in v.__slots__} | {"window": (9 * H, 9 * H + 1)})
            for v in problem.visits[1:]
        ))
    )  # fmt: skip
    routes = drivable({"K0001": ["V0002", "V0001", "V0000"]}, narrow)
    assert routes["K0001"] in (["V0002", "V0000"], ["V0001", "V0000"])
    days = {day.id: day for day in narrow.team_days}
    by_id = {visit.id: visit for visit in narrow.visits}
    whole = complete(routes, narrow)
    assert {"V0000"} <= {visit for stops in whole.values() for visit in stops}
    for id_, stops in whole.items():
        assert not Timetable(narrow).lateness(days[id_], [by_id[one] for one in stops])


def test_rows_are_compared_and_printed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Flat records of every engine with ratios to OR-Tools; tables of rows and of medians."""
    out = file.with_name("rows.json")
    week.main(
        ["--instances", "tiny", "--seeds", "0", "1", "--time", "0.1", "--tries", "1",
         "--engines", "ours", "ortools", "--generator", str(file), "--json", str(out)]
    )  # fmt: skip
    rows: list[dict[str, Any]] = json.loads(out.read_text("utf-8"))
    assert [(row["engine"], row["seed"]) for row in rows] == [
        ("ours", 0), ("ortools", 0), ("ours", 1), ("ortools", 1),
    ]  # fmt: skip
    for row in rows:
        assert row["benchmark"] == "week"
        assert row["feasible"]
        assert row["mandatory_lost"] == 0
        assert row["ratio_to_ortools"] == 1.0
        assert row["tries"] == 1
    assert "medians" in capsys.readouterr().out


def test_contended_rows_are_run_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row on a busy machine is refused and run again, at most so often, and then marked."""
    generator = Generator(file)
    case = generator.case("tiny", seed=0)
    runs: list[float] = []

    def idle(problem: object, *, seconds: float, seed: int) -> dict[str, list[str]]:
        del problem, seed
        runs.append(seconds)
        return {}

    monkeypatch.setattr(week, "cpu_seconds", lambda: 0.0)
    race = week.Race(generator=generator, engines={"idle": idle}, warm={"idle"})
    (row,) = race.rows(case, seconds=0.1)
    assert len(runs) == week.TRIES == row.tries
    assert row.note == "contended"
    assert row.verdict.mandatory_lost == 1


def test_missing_generator_and_engines_are_told(tmp_path: Path) -> None:
    """Who lacks the generator is told where it was looked for; unknown engines are refused."""
    with pytest.raises(NoGenerator, match="nowhere"):
        Generator(tmp_path / "nowhere.py")
    with pytest.raises(SystemExit, match="no generator of weeks"):
        week.main(["--generator", str(tmp_path / "nowhere.py")])
    with pytest.raises(ValueError, match="unknown engine"):
        engine("oracle")


def test_a_generator_named_by_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the generator where no argument does."""
    monkeypatch.setenv("XUNGE_WEEK_GENERATOR", str(file))
    made = Generator()
    assert made.names == ["tiny"]
    assert np.array_equal(
        as_problem(made.case("tiny", seed=0).week).seconds,
        made.case("tiny", seed=0).problem.seconds,
    )


def test_how_soon_a_week_is_planned(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A week as small as this is planned as well as by OR-Tools within the first limit."""
    out = file.with_name("reach.json")
    week_reach.main(
        ["--instances", "tiny", "--minute", "0.1", "--limits", "5", "0.2", "--tries", "1",
         "--generator", str(file), "--json", str(out)]
    )  # fmt: skip
    (row,) = json.loads(out.read_text("utf-8"))
    assert row["objective"] == row["goal"]
    assert row["mandatory_lost"] == 0
    assert 0 < row["first_s"] <= row["reached_s"] < 5
    assert "median" in capsys.readouterr().out


def test_what_is_not_reached_is_not_said_to_be(file: Path) -> None:
    """A goal that nobody reaches has no time at which it was reached."""
    generator = Generator(file)
    case = generator.case("tiny", seed=0)
    row = week_reach.reach(generator, case, goal=0, limits=(0.1, 0.2), tries=1)
    assert row.reached_s == 0
    assert row.objective > 0
