"""Joint visits, followers and rounds that are left out are told what would make room for them."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.openings import Openings
from scheduler.plan import Plan
from scheduler.problem import Depot, Follows, Limit, Problem, TeamDay, Visit
from scheduler.reasons import explained
from scheduler.reliefs import MOST, relieved
from scheduler.schedule import Timetable
from scheduler.solve import objective
from scheduler.verify import verify

MONDAY = dt.date(2026, 11, 23)
M = 60


def _team_day(day: int, team: int, **changes: Any) -> TeamDay:
    values: dict[str, Any] = {
        "id": f"D{day}-{team}", "team": team, "day": MONDAY + dt.timedelta(days=day),
        "depot": "N" if team % 2 else "S", "vehicle": f"C{team}", "seats": 4,
        "start": 510 * M, "end": 1050 * M, "lunch": (690 * M, 750 * M, 60 * M),
        "departments": frozenset("abc"[team % 3]),
    }  # fmt: skip
    return TeamDay(**(values | changes))


def _problem(visits: list[Visit], days: list[TeamDay], *, seed: int = 0, **more: Any) -> Problem:
    spots = np.random.default_rng(seed).uniform(0, 30, (40, 2))
    km = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1))
    return Problem(
        visits=tuple(visits), team_days=tuple(days),
        depots=(Depot(id="N", name="N", place=0), Depot(id="S", name="S", place=1)),
        seconds=(km * 90).astype(np.int64), metres=(km * 1300).astype(np.int64), **more,
    )  # fmt: skip


def _week(seed: int) -> Problem:
    """Return a small week with far too much to do and every tie that visits can have."""
    rng = random.Random(seed)
    days = [
        _team_day(
            day, team, max_visits=rng.choice((3, 5, 99)), capacity=rng.choice((4, 9)),
            overtime=rng.choice((0, 0, 1800)), open_end=rng.random() < 0.1,
            lunch=rng.choice(((0, 0, 0), (690 * M, 750 * M, 60 * M))),
            equipment=frozenset(rng.sample(("gas",), rng.randrange(2))),
        )
        for day in range(2) for team in range(rng.choice((3, 4)))
    ]  # fmt: skip
    if rng.random() < 0.5:
        days.append(_team_day(0, 9, vehicle="C0", start=1140 * M, end=1380 * M, lunch=(0, 0, 0)))
    if rng.random() < 0.5:
        days.append(_team_day(1, 8, vehicle="", expert="X", departments=frozenset()))
    visits: list[Visit] = []
    for at in range(rng.randint(14, 24)):
        opens, service = rng.choice((510, 510, 600, 780)), rng.choice((45, 60, 90, 150))
        values: dict[str, Any] = {
            "id": f"V{at}", "object": f"E{at}", "place": 2 + at, "kind": "random",
            "service": service * M, "order": at, "mandatory": rng.random() < 0.6,
            "window": (opens * M, max(opens, rng.choice((1050, 720)) - service) * M),
            "days": rng.choice(((), (), (MONDAY,), (MONDAY + dt.timedelta(days=1),))),
            "prize": rng.randrange(1, 6) * 3600, "departments": frozenset(rng.choice("abc")),
            "load": rng.choice((0, 0, 2)), "round": rng.choice(("", "", "", "", "R")),
            "gate": rng.choice(("", "", "", "", "G")),
            "equipment": frozenset({"gas"} if rng.random() < 0.1 else ()),
        }  # fmt: skip
        if visits and rng.random() < 0.3:
            least = rng.choice((1, 3600, 86_400 - 7200))
            most = rng.choice((None, None, least + rng.choice((0, 1800, 90_000))))
            values["follows"] = Follows(visit=rng.choice(visits).id, least=least, most=most)
        kind = rng.random()
        if kind < 0.35:
            names = rng.sample("abc", rng.choice((2, 2, 3)))
            same = {"meets": f"J{at}", "gate": "", "round": ""}
            for name in names:
                part = {"id": f"V{at}{name}", "departments": frozenset(name)}
                visits.append(Visit(**(values | same | part)))
                values["follows"] = None
            if kind < 0.05:
                part = {"id": f"V{at}x", "departments": frozenset(), "assists": True,
                        "equipment": frozenset(), "load": 0}  # fmt: skip
                visits.append(Visit(**(values | same | part)))
        else:
            visits.append(Visit(**values))
    ids = [visit.id for visit in visits]
    limits = tuple(
        Limit(code=f"L{within}", visits=frozenset(rng.sample(ids, 6)), most=rng.choice((1, 2)),
              within=within)  # type: ignore[arg-type]
        for within in ("week", "day", "team_day")
    )  # fmt: skip
    locked = {id_: rng.choice(days).id for id_ in rng.sample(ids, 1)}
    return _problem(visits, days, seed=seed, limits=limits, locked=locked)


def _greedy(problem: Problem, *, seed: int) -> Openings:
    """Return a week into which visits were put one by one where they cost least."""
    openings = Openings(problem, {})
    names = list(dict.fromkeys(visit.meets or visit.id for visit in problem.visits))
    random.Random(seed).shuffle(names)
    for name in (*names, *names):  # what was followed may have come later
        parts = [one for one in problem.visits if name in (one.meets, one.id)]
        if any(one.id in {s.id for stops in openings.sequences().values() for s in stops}
               for one in parts):  # fmt: skip
            continue
        _put(openings, parts, worth=True)
    return openings


def _put(openings: Openings, parts: list[Visit], *, worth: bool = False) -> bool:
    """Put a visit, all parts of it, where it costs least; tell whether it had a place."""
    if parts[0].meets:
        places = openings.meeting(parts)
    else:
        place = openings.cheapest(parts[0])
        places = [place] if place else None
    if not places:
        return False
    dear = sum(one.cost for one in places) >= sum(part.prize for part in parts)
    if worth and dear and not parts[0].mandatory:
        return False
    for part, one in zip(parts, places, strict=True):
        openings.put(part, one)
    return True


def _plan(problem: Problem, openings: Openings) -> Plan:
    """Return the routes as they are, with exact times and the reason for all that is left out."""
    table, days = Timetable(problem), {day.id: day for day in problem.team_days}
    routes = openings.sequences()
    told = tuple(table.route(days[id_], stops) for id_, stops in routes.items())
    made = tuple(route for route in told if route is not None)
    assert len(made) == len(told)
    served = {stop.visit for route in made for stop in route.stops}
    out = [visit for visit in problem.visits if visit.id not in served]
    why = explained(out, problem, sequences=routes, timetable=table)
    return Plan(
        routes=made, engine="test", objective=objective(problem, made), left=tuple(why.values())
    )


def _clock(text: str) -> int:
    time, _, days = text.partition("+")
    hours, minutes = time.split(":")
    return (int(days or 0) * 24 + int(hours)) * 3600 + int(minutes) * M


class _Taken:
    """A week after the steps of a relief, made from nothing but its JSON."""

    def __init__(self, plan: Plan, problem: Problem, visit: str) -> None:
        self.plan, self.problem = plan, problem
        self._name = visit
        self._at: list[str] = []
        self._start: int | None = None

    def take(self, relief: dict[str, Any]) -> bool:
        """Take all steps; tell whether everything then has its place."""
        for step in (relief, *relief["also"]):
            if step["code"] == "relief_before":
                self._name = step["detail"]["visits"][0]
            elif step["code"] == "relief_then":
                if not self._make():
                    return False
                self._name = step["detail"]["visits"][0]
            else:
                self._step(step["code"], step["detail"])
        return self._make()

    def _parts(self) -> list[Visit]:
        name = self.problem.visit(self._name).meets
        return [one for one in self.problem.visits if one.id == self._name or (
            name and one.meets == name)]  # fmt: skip

    def _change(self, **changes: Any) -> None:
        ids = {one.id for one in self._parts()}
        self.problem = self.problem.replace(visits=tuple(
            replace(one, **changes) if one.id in ids else one for one in self.problem.visits
        ))  # fmt: skip

    def _day(self, id_: str, **changes: Any) -> None:
        self.problem = self.problem.replace(team_days=tuple(
            replace(d, **changes) if d.id == id_ else d for d in self.problem.team_days
        ))  # fmt: skip

    def _step(self, code: str, detail: dict[str, Any]) -> None:
        id_ = detail.get("team_day", "")
        if id_ and code != "relief_unlock":
            self._at.append(id_)
        day = next((one for one in self.problem.team_days if one.id == id_), None)
        if code in ("relief_team", "relief_team_skill", "relief_expert"):
            date = dt.date.fromisoformat(detail["day"])
            alike = [one for one in self.problem.team_days if one.day == date]
            like = next((one for one in alike if one.depot == detail["depot"]), alike[0])
            new = replace(
                like, id=id_, depot=detail["depot"], vehicle=id_, seats=detail["seats"], team=99
                + len(self.problem.team_days), departments=frozenset(detail["departments"]),
                specialities=frozenset(detail["specialities"]), max_visits=99, capacity=99,
                equipment=frozenset({"gas"}), expert=id_ if code == "relief_expert" else "",
            )  # fmt: skip
            self.problem = self.problem.replace(team_days=(*self.problem.team_days, new))
        elif code == "relief_later":
            assert day is not None
            self._day(id_, end=_clock(detail["until"]) - day.overtime)
        elif code == "relief_earlier":
            self._day(id_, start=_clock(detail["start"]))
        elif code == "relief_lunch":
            assert day is not None
            lunch = _clock(detail["opens"]), _clock(detail["closes"]), day.lunch[2]
            self._day(id_, lunch=lunch)
        elif code == "relief_window":
            self._change(window=(_clock(detail["opens"]), _clock(detail["closes"])))
        elif code == "relief_limit":
            self._day(id_, max_visits=detail["most"])
        elif code == "relief_load":
            self._day(id_, capacity=detail["load"])
        elif code == "relief_car":
            self._day(id_, seats=detail["seats"])
        elif code == "relief_equipment":
            assert day is not None
            self._day(id_, equipment=day.equipment | set(detail["equipment"]))
        elif code == "relief_department":
            assert day is not None
            self._day(id_, departments=day.departments | set(detail["departments"]))
        elif code == "relief_day":
            date = dt.date.fromisoformat(detail["day"])
            self._change(days=(*self.problem.visit(self._name).days, date))
        elif code == "relief_unlock":
            ids = {one.id for one in self._parts()}
            kept = {k: v for k, v in self.problem.locked.items() if k not in ids}
            self.problem = self.problem.replace(locked=kept)
        elif code == "relief_round":
            self._change(round="")
        elif code == "relief_gap":
            part = next(one for one in self._parts() if one.follows
                        and one.follows.visit == detail["others"][0])  # fmt: skip
            wider = Follows(
                visit=detail["others"][0], least=detail["least"], most=detail["most"]
            )
            self.problem = self.problem.replace(visits=tuple(
                replace(one, follows=wider) if one.id == part.id else one
                for one in self.problem.visits
            ))  # fmt: skip
        elif code == "relief_raise":
            self.problem = self.problem.replace(limits=tuple(
                replace(one, most=max(one.most, detail["most"]))
                if one.code == detail["limit"] else one for one in self.problem.limits
            ))  # fmt: skip
        elif code == "relief_drop":
            self._drop(id_, detail["visits"])
        elif code == "relief_meet":
            self._at, start = list(detail["team_days"]), _clock(detail["start"])
            assert all(part.window[0] <= start + 59 and start <= part.window[1]
                       for part in self._parts())  # fmt: skip
            self._start = start
        else:
            assert code in ("relief_fits", "relief_anyway")

    def _drop(self, id_: str, gone: list[str]) -> None:
        openings = Openings.of_plan(self.plan, self.problem)
        assert all(not self.problem.visit(one).mandatory for one in gone)
        openings.restore(id_, [one for one in openings.routes(id_) if one.id not in gone])
        self.plan = _timed(openings, self.plan)

    def _make(self) -> bool:
        """Put the visit on the team-days that were named; where none were, on any."""
        others = {day.id for day in self.problem.team_days} - set(self._at) if self._at else set()
        openings = Openings.of_plan(self.plan, self.problem, closed=others)
        parts = self._parts()
        if self._start is not None:  # told by the minute
            window = self._start, self._start + 59
            parts = [replace(one, window=window) for one in parts]
        self._at, self._start = [], None
        done = _put(openings, parts)
        self.plan = _timed(openings, self.plan)
        return done


def _timed(openings: Openings, plan: Plan) -> Plan:
    """Return the routes of *openings* with exact times."""
    days = {day.id: day for day in openings.days}
    told = [openings.timetable.route(days[id_], stops)
            for id_, stops in openings.sequences().items()]  # fmt: skip
    made = tuple(route for route in told if route is not None)
    assert len(made) == len(told)
    return replace(plan, routes=made)


def _check(plan: Plan, problem: Problem, visit: str, relief: dict[str, Any]) -> None:
    """Take *relief* at its word, and put the whole week before the referee."""
    taken = _Taken(plan, problem, visit)
    assert taken.take(relief), relief
    served = taken.plan.served()
    joint = problem.visit(visit).meets
    assert {one.id for one in problem.visits
            if one.id == visit or (joint and one.meets == joint)} <= served  # fmt: skip
    week = taken.problem.replace(
        visits=tuple(one for one in taken.problem.visits if one.id in served)
    )
    done = replace(taken.plan, left=(), objective=objective(week, taken.plan.routes))
    assert verify(done, week) == [], relief


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6))
def test_whatever_is_left_out_has_a_reason_and_ways_that_work(seed: int) -> None:
    """In small overloaded weeks with every tie, each relief works when it is taken at its word."""
    problem = _week(seed)
    plan = _plan(problem, _greedy(problem, seed=seed))
    told = relieved(plan, problem)
    assert verify(told, problem) == []
    for left in told.left:
        reliefs = left.detail["reliefs"]
        assert len(reliefs) <= MOST
        assert [one["cost"] for one in reliefs] == sorted(one["cost"] for one in reliefs)
        for relief in reliefs:
            _check(plan, problem, left.visit, relief)
        joint = problem.visit(left.visit).meets
        same = [one.detail["reliefs"] for one in told.left
                if joint and problem.visit(one.visit).meets == joint]  # fmt: skip
        assert all(one == reliefs for one in same)
