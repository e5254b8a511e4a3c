"""Every visit left out is told what would make room for it, and the referee agrees."""

from __future__ import annotations

import datetime as dt
import json
import random
import time
import tomllib
from dataclasses import replace
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.messages import sentence
from scheduler import reasons
from scheduler.loosening import Loosened, Ride
from scheduler.plan import Plan, Unserved
from scheduler.problem import Depot, Problem, TeamDay, Visit
from scheduler.reliefs import CODES, MOST, relieved
from scheduler.schedule import Timetable
from scheduler.solve import objective
from scheduler.verify import verify

MONDAY = dt.date(2026, 11, 23)
M = 60
Routes = dict[str, list[Visit]]
SKILLS = ("chem", "gas", "mine")


def _team_day(day: int, team: int, **changes: Any) -> TeamDay:
    values: dict[str, Any] = {
        "id": f"D{day}-{team}", "team": team, "day": MONDAY + dt.timedelta(days=day),
        "depot": "N" if team % 2 else "S", "vehicle": f"C{team}", "seats": 3,
        "start": 510 * M, "end": 1050 * M, "lunch": (690 * M, 750 * M, 60 * M),
        "departments": frozenset({"lead"}),
    }  # fmt: skip
    return TeamDay(**(values | changes))


def _week(seed: int, *, visits: int, teams: int, days: int = 5) -> Problem:
    """Return a week with far too many visits, windows, skills, closed days and small limits."""
    rng, spots = random.Random(seed), np.random.default_rng(seed).uniform(0, 60, (2 + visits, 2))
    km = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1))
    team_days = [
        _team_day(
            day, team, seats=rng.choice((2, 3, 5)), max_visits=rng.choice((4, 6, 99)),
            departments=frozenset({"lead", *(["fire"] if team == 0 else [])}),
            specialities=frozenset(rng.sample(SKILLS, 2)),
        )
        for day in range(days) for team in range(teams)
    ]  # fmt: skip
    made = []
    for at in range(visits):
        opens, service = rng.choice((510, 510, 600, 780)), rng.choice((45, 60, 90, 120, 150))
        closes = max(rng.choice((1050, 1050, 720)), opens + service)
        closed = (MONDAY + dt.timedelta(days=rng.randrange(days + 1)),)
        also = rng.choices(((), ("fire",), ("road",), ("fire", "road")), (17, 2, 1, 1))[0]
        made.append(Visit(
            id=f"V{at:03}", object=f"E{at}", place=2 + at, kind="random", service=service * M,
            window=(opens * M, (closes - service) * M), days=() if rng.random() < 0.8 else closed,
            departments=frozenset({"lead", *also}),
            specialities=frozenset(rng.sample((*SKILLS, "nuclear"), int(rng.random() < 0.2))),
            mandatory=rng.random() < 0.6, prize=rng.randrange(1, 8) * 3600, order=at,
        ))  # fmt: skip
    return Problem(
        visits=tuple(made), team_days=tuple(team_days),
        depots=(Depot(id="N", name="N", place=0), Depot(id="S", name="S", place=1)),
        seconds=(km * 90).astype(np.int64), metres=(km * 1300).astype(np.int64),
    )  # fmt: skip


def _greedy(problem: Problem) -> Routes:
    """Return routes into which visits were put one by one, mandatory ones first."""
    table, routes = Timetable(problem), Routes()
    for visit in sorted(problem.visits, key=lambda one: (not one.mandatory, -one.prize, one.id)):
        best = min(
            reasons.insertions(visit, problem, sequences=routes, timetable=table), default=None
        )
        if best and not best.late and (visit.mandatory or best.extra < visit.prize):
            routes.setdefault(best.team_day, []).insert(best.position, visit)
    return routes


def _plan(problem: Problem, routes: Routes, left: dict[str, Unserved] | None = None) -> Plan:
    """Return routes as a plan with exact times; who is left out gets a reason where none is."""
    table, days = Timetable(problem), {day.id: day for day in problem.team_days}
    made = [table.route(days[id_], stops) for id_, stops in sorted(routes.items()) if stops]
    assert None not in made
    timed = tuple(route for route in made if route is not None)
    served = frozenset(stop.visit for route in timed for stop in route.stops)
    out = [visit for visit in problem.visits if visit.id not in served]
    known = left or {}
    return Plan(
        routes=timed, engine="test", objective=objective(problem, timed),
        left=tuple(
            known[one.id] if one.id in known
            else reasons.explain(one, problem, sequences=routes, timetable=table)
            for one in out
        ),
    )  # fmt: skip


def _clock(text: str) -> int:
    time, _, days = text.partition("+")
    hours, minutes = time.split(":")
    return (int(days or 0) * 24 + int(hours)) * 3600 + int(minutes) * 60


class _Relieved:
    """A problem and routes after the steps of a relief, made from nothing but its JSON."""

    def __init__(
        self, problem: Problem, routes: Routes, visit: str, relief: dict[str, Any]
    ) -> None:
        self.problem = problem
        self.routes = {id_: list(stops) for id_, stops in routes.items()}
        self.visit, self.team_day = problem.visit(visit), relief["detail"]["team_day"]
        for step in (relief, *relief["also"]):
            assert step["detail"]["team_day"] == self.team_day
            self._take(step["code"], step["detail"])
        self.problem = self.problem.replace(
            visits=tuple(self.visit if v.id == visit else v for v in problem.visits)
        )

    def _day(self, **changes: Any) -> None:
        days = self.problem.team_days
        new = tuple(replace(d, **changes) if d.id == self.team_day else d for d in days)
        self.problem = self.problem.replace(team_days=new)

    def _take(self, code: str, detail: dict[str, Any]) -> None:
        if code in ("relief_team", "relief_team_skill"):
            day = dt.date.fromisoformat(detail["day"])
            alike = self.problem.team_days
            like = next((one for one in alike if one.day == day), alike[0])
            new = replace(
                like, id=self.team_day, day=day, depot=detail["depot"], vehicle="new",
                seats=detail["seats"], departments=frozenset(detail["departments"]),
                specialities=frozenset(detail["specialities"]), max_visits=99, team=99,
            )  # fmt: skip
            self.problem = self.problem.replace(team_days=(*alike, new))
            return
        now = self.problem.team_day(self.team_day)
        if code == "relief_later":
            assert now.end + detail["minutes"] * M == _clock(detail["until"])
            self._day(end=_clock(detail["until"]))
        elif code == "relief_earlier":
            self._day(start=_clock(detail["start"]))
        elif code == "relief_lunch":
            self._day(lunch=(_clock(detail["opens"]), _clock(detail["closes"]), now.lunch[2]))
        elif code == "relief_window":
            window = (_clock(detail["opens"]), _clock(detail["closes"]))
            self.visit = replace(self.visit, window=window)
        elif code == "relief_limit":
            self._day(max_visits=detail["most"])
        elif code == "relief_day":
            assert detail["day"] == now.day.isoformat()
            self.visit = replace(self.visit, days=(*self.visit.days, now.day))
        elif code == "relief_car":
            self._day(seats=detail["seats"])
        elif code == "relief_department":
            self._day(departments=now.departments | set(detail["departments"]))
        elif code == "relief_speciality":
            self._day(specialities=now.specialities | set(detail["specialities"]))
        elif code == "relief_drop":
            route = self.routes[self.team_day]
            self.routes[self.team_day] = [one for one in route if one.id not in detail["visits"]]
        else:
            assert code in ("relief_fits", "relief_anyway")

    def fitting(self) -> Routes | None:
        """Return routes with the visit on its team-day, None where no place there will do."""
        day = self.problem.team_day(self.team_day)
        route = self.routes.get(self.team_day, [])
        by_id = {visit.id: visit for visit in self.problem.visits}
        for at in range(len(route) + 1):
            stops = [by_id[one.id] for one in (*route[:at], self.visit, *route[at:])]
            if Timetable(self.problem).route(day, stops) is not None:
                return {**self.routes, self.team_day: stops}
        return None


def _check(problem: Problem, routes: Routes, visit: str, relief: dict[str, Any]) -> None:
    """Take *relief* at its word and put all routes before the referee."""
    new = _Relieved(problem, routes, visit, relief)
    fitting = new.fitting()
    assert fitting is not None
    served = {stop.id for stops in fitting.values() for stop in stops}
    assert visit in served
    visits = tuple(one for one in new.problem.visits if one.id in served)
    made = new.problem.replace(visits=visits)
    assert verify(_plan(made, fitting), made) == []


@pytest.mark.parametrize("seed", range(5))
def test_every_visit_left_out_has_reliefs_that_work(seed: int) -> None:
    """In overloaded weeks all are explained; taken at its word every relief makes room."""
    problem = _week(seed, visits=60, teams=1 + seed % 2)
    routes = _greedy(problem)
    plan = _plan(problem, routes)
    told = relieved(plan, problem)
    assert len(told.left) > 20
    assert [one.visit for one in told.left] == [one.visit for one in plan.left]
    for before, left in zip(plan.left, told.left, strict=True):
        reliefs = left.detail["reliefs"]
        assert {**before.detail, "reliefs": reliefs} == left.detail
        assert 1 <= len(reliefs) <= MOST
        assert json.loads(json.dumps(reliefs)) == reliefs
        assert [one["cost"] for one in reliefs] == sorted(one["cost"] for one in reliefs)
        for relief in reliefs:
            _check(problem, routes, left.visit, relief)
    assert verify(told, problem) == []


def test_longer_hours_are_as_short_as_can_be() -> None:
    """Ten minutes less than a relief by hours alone asks for would not do."""
    seen = 0
    for seed in (11, 12, 13):
        problem = _week(seed, visits=50, teams=2)
        routes = _greedy(problem)
        for left, relief in _by_hours_alone(relieved(_plan(problem, routes), problem)):
            seen += 1
            less = json.loads(json.dumps(relief))
            until = _clock(relief["detail"]["until"]) - 600
            less["detail"] |= {"minutes": relief["detail"]["minutes"] - 10,
                               "until": f"{until // 3600:02}:{until % 3600 // 60:02}"}  # fmt: skip
            assert _Relieved(problem, routes, left.visit, less).fitting() is None
    assert seen > 3


def _by_hours_alone(plan: Plan) -> list[tuple[Unserved, dict[str, Any]]]:
    return [
        (left, relief)
        for left in plan.left
        for relief in left.detail["reliefs"]
        if relief["code"] == "relief_later" and not relief["also"]
    ]


def _small(*visits: Visit, **changes: Any) -> Problem:
    """Return visits half an hour apart and one team on Monday from nine to five without lunch."""
    values = {"start": 540 * M, "end": 1020 * M, "lunch": (0, 0, 0), "depot": "S", "seats": 2}
    seconds = np.full((9, 9), 30 * M, dtype=np.int64)
    return Problem(
        visits=visits, team_days=(_team_day(0, 1, **(values | changes)),),
        depots=(Depot(id="S", name="S", place=0),), seconds=seconds, metres=seconds,
    )  # fmt: skip


def _visit(at: int, **changes: Any) -> Visit:
    values: dict[str, Any] = {
        "id": f"v{at}", "object": f"E{at}", "place": at + 1, "kind": "random",
        "service": 120 * M, "departments": frozenset({"lead"}),
    }  # fmt: skip
    return Visit(**(values | changes))


_LUNCH = {"lunch": (690 * M, 690 * M, 60 * M)}


@pytest.mark.parametrize(
    ("visit", "day", "first"),
    [
        ({}, {"end": 700 * M}, ("relief_later", 2, {"minutes": 20, "until": "12:00"})),
        ({"window": (0, 555 * M)}, {}, ("relief_earlier", 2, {"minutes": 20, "start": "08:40"})),
        ({"window": (400 * M, 565 * M)}, {"start": 540 * M, "end": 720 * M},
         ("relief_earlier", 1, {"minutes": 10, "start": "08:50"})),
        ({"service": 150 * M, "window": (600 * M, 600 * M)}, _LUNCH,
         ("relief_lunch", 7, {"minutes": 60, "opens": "10:30", "closes": "12:30"})),
        ({"window": (960 * M, 1300 * M)}, {},
         ("relief_later", 9, {"minutes": 90, "until": "18:30"})),
        ({"days": (MONDAY + dt.timedelta(days=1),)}, {}, ("relief_day", 6, {"day": "2026-11-23"})),
        ({"departments": frozenset({"lead", "fire"})}, {},
         ("relief_department", 24, {"departments": ["fire"]})),
        ({"specialities": frozenset({"mine"})}, {},
         ("relief_speciality", 24, {"specialities": ["mine"]})),
        ({}, {"seats": 1}, ("relief_car", 6, {"seats": 2, "have": 1})),
        ({}, {"max_visits": 0}, ("relief_limit", 3, {"most": 1})),
        ({"mandatory": False, "prize": 59 * M}, {}, ("relief_anyway", 6, {"minutes": 60})),
    ],
)  # fmt: skip
def test_the_one_limit_that_binds(
    visit: dict[str, Any], day: dict[str, Any], first: tuple[str, int, dict[str, Any]]
) -> None:
    """Where one limit keeps a visit out, loosening just that one is the first relief."""
    problem = _small(_visit(0, **visit), **day)
    left = relieved(_plan(problem, {}), problem).left[0]
    found = left.detail["reliefs"][0]
    code, cost, detail = first
    assert found == {
        "code": code, "cost": cost, "also": [], "detail": {"team_day": "D0-1", **detail},
    }  # fmt: skip
    for relief in left.detail["reliefs"]:
        _check(problem, {}, "v0", relief)


def test_where_no_hours_help_the_firm_is_asked() -> None:
    """Behind a visit that cannot move, only a wider window of the visit itself makes room."""
    first = _visit(0, window=(570 * M, 570 * M))
    problem = _small(first, _visit(1, window=(0, 570 * M)))
    left = relieved(_plan(problem, {"D0-1": [first]}), problem).left[0]
    found = left.detail["reliefs"][0]
    assert (found["code"], found["cost"], found["also"]) == ("relief_window", 17, [])
    assert found["detail"] == {
        "team_day": "D0-1", "minutes": 150, "opens": "00:00", "closes": "12:00",
    }  # fmt: skip


def test_several_limits_are_loosened_together() -> None:
    """A department, its seat and the day may all be needed at once; they are one relief."""
    visit = _visit(
        0, departments=frozenset({"lead", "fire", "road"}), days=(MONDAY - dt.timedelta(days=1),)
    )
    problem = _small(visit)
    left = relieved(_plan(problem, {}), problem).left[0]
    codes = [[one["code"], *(step["code"] for step in one["also"])]
             for one in left.detail["reliefs"]]  # fmt: skip
    assert codes[0] == ["relief_team"]
    assert codes[1] == ["relief_department", "relief_car", "relief_day"]
    assert left.detail["reliefs"][1]["cost"] == 2 * 24 + 6 + 6
    for relief in left.detail["reliefs"]:
        _check(problem, {}, "v0", relief)


def test_an_optional_visit_makes_room_for_a_mandatory_one() -> None:
    """The least worth optional visit gives way at what it is worth; no mandatory one ever does."""
    stops = [_visit(0), _visit(1, mandatory=False, prize=7200),
             _visit(2, mandatory=False, prize=3600)]  # fmt: skip
    problem = _small(*stops, _visit(3), end=1050 * M)
    routes = {"D0-1": stops}
    left = relieved(_plan(problem, routes), problem).left[0]
    found = {one["code"]: one for one in left.detail["reliefs"]}
    assert found["relief_drop"]["cost"] == 7
    assert found["relief_drop"]["detail"]["visits"] == ["v2"]
    firm = problem.replace(visits=tuple(replace(v, mandatory=True) for v in problem.visits))
    routes = {"D0-1": list(firm.visits[:3])}
    left = relieved(_plan(firm, routes), firm).left[0]
    assert "relief_drop" not in {one["code"] for one in left.detail["reliefs"]}


def test_a_visit_longer_than_any_day_is_told_how_long() -> None:
    """Even a visit of twenty hours is given a way: one more team for as long as it takes."""
    problem = _small(_visit(0, service=1200 * M, window=(540 * M, 600 * M)))
    left = relieved(_plan(problem, {}), problem).left[0]
    found = left.detail["reliefs"][0]
    assert found["code"] == "relief_team"
    assert found["also"][0]["code"] == "relief_later"
    assert found["also"][0]["detail"]["minutes"] == 780


def test_a_week_without_teams_asks_for_one() -> None:
    """With no team at all the relief is a team on the day that the visit may be made."""
    problem = _small(_visit(0, days=(MONDAY,))).replace(team_days=())
    left = relieved(_plan(problem, {}), problem).left[0]
    assert [one["code"] for one in left.detail["reliefs"]] == ["relief_team"]
    assert left.detail["reliefs"][0]["detail"]["depot"] == "S"


def test_carried_visits_are_relieved_in_ticket_order() -> None:
    """Each relief of a carried visit holds on top of those before it; no ticket is overtaken."""
    visits = [_visit(at, place=1 + at % 8) for at in range(8)]
    problem = _small(*visits)
    tickets = [f"v{at}" for at in (5, 2, 7, 1, 3, 0, 6, 4)]
    routes = {"D0-1": [problem.visit(id_) for id_ in tickets[:3]]}
    carried = {
        id_: Unserved(visit=id_, reason="carried", detail={"ticket_rank": rank})
        for rank, id_ in enumerate(tickets, start=1)
    }
    told = relieved(_plan(problem, routes, carried), problem)
    queue = sorted(told.left, key=lambda one: one.detail["ticket_rank"])
    assert [one.reason for one in queue] == ["carried"] * len(queue)
    assert len(queue) > 3
    assert [one.detail["before"] for one in queue] == list(range(len(queue)))
    state = problem
    for left in queue:
        for relief in left.detail["reliefs"]:
            _check(state, routes, left.visit, relief)
        new = _Relieved(state, routes, left.visit, left.detail["reliefs"][0])
        state, routes = new.problem, new.fitting() or {}


def test_reliefs_of_crews_are_kept() -> None:
    """A visit without a crew has its own reliefs already; they stay as they are."""
    problem = _small(_visit(0))
    left = Unserved(visit="v0", reason="no_crew", detail={"reliefs": [{"code": "relief_officer"}]})
    plan = _plan(problem, {}, {"v0": left})
    assert relieved(plan, problem) == plan


def test_two_hundred_visits_are_explained_at_once() -> None:
    """A city's overloaded week of 200 visits takes about a second (more only where it is slow)."""
    problem = _week(1, visits=200, teams=3)
    plan = _plan(problem, _greedy(problem))
    began = time.process_time()
    told = relieved(plan, problem)
    spent = time.process_time() - began
    assert len(told.left) > 100
    assert all(one.detail["reliefs"] for one in told.left)
    assert spent < 4


@settings(deadline=None, max_examples=300)
@given(
    seed=st.integers(0, 10**6), hours=st.tuples(st.integers(400, 800), st.integers(0, 800)),
    lunch=st.sampled_from([(0, 0, 0), (690, 750, 60), (600, 600, 30), (900, 960, 90)]),
)  # fmt: skip
def test_the_quick_check_agrees_with_the_exact_timetable(
    seed: int, hours: tuple[int, int], lunch: tuple[int, int, int]
) -> None:
    """Two clocks say the same as the timetable, and what is said to be missing is missing."""
    problem = _week(seed % 50, visits=8, teams=1, days=1)
    rng = random.Random(seed)
    visit, *route = rng.sample(problem.visits, rng.randint(1, 6))
    day = replace(problem.team_days[0], start=hours[0] * M, end=sum(hours) * M,
                  lunch=(lunch[0] * M, lunch[1] * M, lunch[2] * M))  # fmt: skip
    table = Timetable(problem)
    at = rng.randint(0, len(route))
    trial = Loosened(day, Ride((1, 1), route, table), visit, at=at)
    stops = [*route[:at], visit, *route[at:]]
    late = table.lateness(replace(day, depot="S"), stops)
    assert trial.fits(trial.limits()) == (late == 0)
    longer = replace(day, depot="S", end=day.end + max(0, trial.least - 1) * 600)
    assert trial.least == 0 or table.lateness(longer, stops) > 0


WORDS = tomllib.loads(
    (Path(__file__).parents[2] / "maps" / "messages" / "reliefs.toml").read_text("utf-8")
)
_TOGETHER = {
    "no_time_left_full", "relief_where", "relief_where_more", "relief_where_same", "relief_and",
    "relief_in_turn", "relief_nothing", "conflict_one", "conflict_set", "conflict_set_found",
    "conflict_set_search",
}  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("code", CODES)
def test_every_step_is_said_with_its_data(code: str, lang: str) -> None:
    """Sentences use only data that a step has, in both languages."""
    data = {
        "where": "T", "minutes": 10, "until": "18:00", "start": "08:00", "opens": "09:00",
        "closes": "10:00", "most": 7, "visits": "V", "count": 1, "day": "2026-11-23", "seats": 5,
        "have": 4, "departments": "A", "specialities": "B", "depot": "S",
        "limit": "cap", "load": 9, "equipment": "C", "others": "V", "team_days": "T", "gate": "G",
    }  # fmt: skip
    said = sentence(code, lang=lang, **data)
    assert "—" not in said
    assert "{" not in said


def test_no_sentence_of_reliefs_without_a_code() -> None:
    """Every sentence of reliefs.toml has its use, and the same data in both languages."""
    assert set(WORDS) == {*CODES, *_TOGETHER}
    for row in WORDS.values():
        fields = [{name for _, name, _, _ in Formatter().parse(row[x]) if name} for x in row]
        assert all(one == fields[0] for one in fields)
