"""Joint visits, followers and rounds that are left out are told what would make room for them."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from typing import Any

import numpy as np
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
    for name in names * 4:  # what was followed may have come later
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
        firsts: list[dict[str, Any]] = []
        for step in (relief, *relief["also"]):
            if step["code"] == "relief_before":
                self._name = step["detail"]["visits"][0]
                firsts.append(step["detail"])
            elif step["code"] == "relief_then":
                first = firsts.pop()
                self._start, self._at = _clock(first["start"]), first["team_days"]
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
        elif code == "relief_gate":
            self._change(gate="")
        elif code == "relief_gap":
            part = next(one for one in self._parts() if one.follows
                        and one.follows.visit == detail["others"][0])  # fmt: skip
            wider = Follows(visit=detail["others"][0], least=detail["least"], most=detail["most"])
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
            first, last = self._start, self._start + 59
            parts = [
                replace(one, window=(max(first, one.window[0]), min(last, one.window[1])))
                for one in parts
            ]
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


@settings(deadline=None, max_examples=20)
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


A, B = {"departments": frozenset("a")}, {"departments": frozenset("b")}


def _small(*visits: Visit, days: list[TeamDay] | None = None, **changes: Any) -> Problem:
    """Return visits half an hour apart, and a team of a and one of b from nine to five."""
    hours: dict[str, Any] = {"start": 540 * M, "end": 1020 * M, "lunch": (0, 0, 0), "depot": "S"}
    two = [_team_day(0, 1, **A, **hours), _team_day(0, 2, **B, **hours)]
    problem = _problem(list(visits), days or two, **changes)
    seconds = np.full((40, 40), 30 * M, dtype=np.int64)
    return problem.replace(seconds=seconds, metres=seconds)


def _visit(id_: str, **changes: Any) -> Visit:
    one = Visit(id=id_, object=id_, place=2, kind="random", service=120 * M, **A)
    return replace(one, **changes)


def _joint(**changes: Any) -> list[Visit]:
    return [_visit("j", meets="J", **changes), _visit("k", meets="J", **(changes | B))]


def _told(problem: Problem, routes: dict[str, list[str]], visit: str) -> list[dict[str, Any]]:
    """Return the reliefs of *visit* beside *routes*, all of them taken at their word."""
    stops = {id_: [problem.visit(one) for one in ids] for id_, ids in routes.items()}
    plan = _plan(problem, Openings(problem, stops))
    told = relieved(plan, problem)
    reliefs: list[dict[str, Any]] = told.unserved[visit].detail["reliefs"]
    for relief in reliefs:
        _check(plan, problem, visit, relief)
    return reliefs


def _codes(relief: dict[str, Any]) -> list[str]:
    return [relief["code"], *(step["code"] for step in relief["also"])]


def test_both_parts_of_a_joint_visit_work_longer() -> None:
    """Where both teams are full each works longer; what each of them takes adds up."""
    full: dict[str, Any] = {"service": 400 * M, "window": (570 * M, 570 * M)}
    problem = _small(_visit("x", **full), _visit("y", **full, **B), *_joint())
    found = _told(problem, {"D0-1": ["x"], "D0-2": ["y"]}, "j")
    first = found[0]
    assert _codes(first) == ["relief_later", "relief_later", "relief_meet"]
    assert [first["detail"]["team_day"], first["also"][0]["detail"]["team_day"]] == ["D0-1", "D0-2"]
    # 60 driving, 400 and 120 at work, out of 480: 100 minutes are missing to each.
    assert first["detail"]["until"] == "18:40"
    assert first["cost"] == 2 * 10
    assert first["also"][-1]["detail"] == {
        "day": "2026-11-23", "start": "16:10", "team_days": ["D0-1", "D0-2"], "visits": ["j", "k"],
    }  # fmt: skip


def test_one_window_counts_once_for_all_parts() -> None:
    """The firm is asked once for another hour, however many departments come."""
    problem = _small(
        _visit("x", window=(570 * M,) * 2), _visit("y", **B, window=(570 * M,) * 2),
        *_joint(window=(570 * M, 600 * M)),
    )  # fmt: skip
    first = _told(problem, {"D0-1": ["x"], "D0-2": ["y"]}, "k")[0]
    assert _codes(first) == ["relief_window", "relief_meet"]
    assert first["cost"] == 2 + 9


def test_a_department_that_is_not_there_is_sent_for() -> None:
    """A part for whose department no team goes out is made by another team with its officer."""
    days = [_team_day(0, team, **A) for team in (1, 2)]
    first = _told(_small(*_joint(), days=days), {}, "j")[0]
    assert _codes(first) == ["relief_department", "relief_meet"]
    assert first["cost"] == 24
    assert first["detail"]["departments"] == ["b"]


def test_an_optional_visit_gives_way_to_a_joint_one() -> None:
    """Of the routes of all parts, optional visits may be left out, at what each is worth."""
    firm = [_visit("x", service=400 * M, mandatory=False, prize=600)]
    found = _told(_small(*firm, *_joint()), {"D0-1": ["x"]}, "j")
    assert _codes(found[0]) == ["relief_drop", "relief_meet"]
    assert found[0]["cost"] == 2


def test_an_optional_joint_visit_is_made_anyway() -> None:
    """What is only not worth it needs no limit loosened, but the driving of all cars."""
    parts = _joint(mandatory=False, prize=100)
    found = _told(_small(*parts), {}, "j")
    assert [_codes(one) for one in found] == [["relief_anyway", "relief_meet"]]
    assert found[0]["cost"] == 12


def test_a_joint_visit_on_another_day() -> None:
    """Where the teams are together on another day only, that day is allowed once for all parts."""
    days = [_team_day(0, 1, **A), _team_day(1, 1, **A), _team_day(1, 2, **B)]
    found = _told(_small(*_joint(days=(MONDAY,)), days=days), {}, "j")
    assert _codes(found[0]) == ["relief_day", "relief_meet"]
    assert found[0]["cost"] == 6


def test_what_follows_comes_with_what_it_follows() -> None:
    """Where what a visit follows is not made either, both are made, one after the other."""
    problem = _small(
        _visit("x", equipment=frozenset({"gas"})), _visit("y", follows=Follows(visit="x")),
    )  # fmt: skip
    found = _told(problem, {}, "y")
    assert _codes(found[0]) == [
        "relief_before", "relief_equipment", "relief_then", "relief_fits",
    ]  # fmt: skip
    assert found[0]["cost"] == 6


def test_the_distance_of_a_follower_gives_way() -> None:
    """A visit that comes too late after another is told how much later it may come."""
    follows = Follows(visit="x", least=1, most=100 * M)
    found = _told(_small(_visit("x"), _visit("y", follows=follows)), {"D0-1": ["x"]}, "y")
    gap = next(one for one in found if one["code"] == "relief_gap")
    # Both are at one place and x takes two hours: twenty minutes more than allowed.
    assert (gap["cost"], gap["also"]) == (4, [])
    assert gap["detail"] == {
        "team_day": "D0-1", "others": ["x"], "minutes": 20, "least": 1, "most": 120 * M,
    }  # fmt: skip


def test_a_follower_never_comes_first() -> None:
    """Whatever is loosened, what follows begins after what it follows."""
    follows = Follows(visit="x", least=1)
    problem = _small(
        _visit("x", window=(840 * M, 840 * M)), _visit("y", follows=follows, days=(MONDAY,)),
    )  # fmt: skip
    for relief in _told(problem, {"D0-1": ["x"]}, "y"):
        assert relief["code"] != "relief_window"


def test_a_round_may_be_split_if_it_must() -> None:
    """One of an unannounced round is made on another day, or its day becomes longer."""
    days = [_team_day(0, 1, **A, lunch=(0, 0, 0)), _team_day(1, 1, **A)]
    problem = _small(_visit("x", service=450 * M, round="R"), _visit("y", round="R"), days=days)
    found = {one["code"]: one for one in _told(problem, {"D0-1": ["x"]}, "y")}
    assert found["relief_round"]["cost"] == 12
    assert found["relief_earlier"]["cost"] == 9


def test_a_gate_may_be_two_stops_if_it_must() -> None:
    """Where the team at a gate is full another one may come to it."""
    days = [_team_day(0, team, **A, lunch=(0, 0, 0), max_visits=1) for team in (1, 2)]
    problem = _small(_visit("x", gate="G"), _visit("y", gate="G"), days=days)
    found = {one["code"]: one for one in _told(problem, {"D0-1": ["x"]}, "y")}
    assert found["relief_gate"]["cost"] == 12
    assert found["relief_limit"]["cost"] == 3


def test_what_follows_itself_has_no_way() -> None:
    """Where nothing helps the list is empty, so that it can be said."""
    problem = _small(
        _visit("x", follows=Follows(visit="y")), _visit("y", follows=Follows(visit="x"))
    )
    assert _told(problem, {}, "x") == []


def test_carried_parts_take_their_turn_together() -> None:
    """The parts of a carried joint visit count as one that waits, and are made at once."""
    drawn = [*_joint(), _visit("z")]
    problem = _small(*drawn)
    plan = _plan(problem, Openings(problem, {}))
    carried = tuple(
        replace(left, reason="carried", detail={"ticket_rank": rank})
        for left, rank in zip(plan.left, (1, 1, 2), strict=True)
    )
    told = relieved(replace(plan, left=carried), problem)
    assert [one.detail["before"] for one in told.left] == [0, 0, 1]
    assert told.left[0].detail["reliefs"] == told.left[1].detail["reliefs"]
