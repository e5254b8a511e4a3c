"""Weeks with joint visits of two departments, and a judge of their starts.

The weeks are those of the generator of :mod:`benchmarks.week_cases`. Teams belong to one of three
departments by turns; some daytime visits get a second part, at the same place and of the same
length, for a team of another department. What the visit was worth is divided between its parts.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.week_cases import Case, as_problem
from scheduler.problem import LEFT_OUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from benchmarks.week_cases import Generator
    from scheduler.problem import Problem

DEPARTMENTS = 3
_LONGEST = 7_200  # seconds of service that a joint visit takes at most
_NOT = "mine"  # skill that too few teams of a department have
_SHUFFLE = 99

Starts = dict[str, dict[str, int]]
"""Start of each visit in order of driving, by id of the team-day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointCase:
    """A week with joint visits: ``case`` with them, ``apart`` without their synchronisation.

    ``pairs`` are the ids of the two parts of each.
    """

    case: Case
    apart: Problem
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JointVerdict:
    """What is true of joint visits: made, made by halves, made at two starts or on two days."""

    made: int
    halves: int
    unequal: int
    late: int


def joint_case(
    generator: Generator, name: str, *, seed: int, joint: int, mandatory: Collection[int] = ()
) -> JointCase:
    """Return the week *name* of *seed* with *joint* joint visits.

    ``mandatory`` are the numbers of those that must be made, beside those that must be anyway.
    """
    plain = generator.case(name, seed=seed)
    week = copy.deepcopy(plain.week)
    visits, known = week["visits"], len(week["visits"])
    hosts = [
        one
        for one in visits
        if not one["night"] and one["service"] <= _LONGEST and one["skill"] != _NOT
    ]
    np.random.default_rng(_SHUFFLE + joint).shuffle(hosts)
    pairs: list[tuple[int, int]] = []
    for one in hosts:
        second = {**one, "id": known + len(pairs), "skill": None, "dept": 1}
        if len(pairs) < joint and _possible({**one, "dept": 0}, week) and _possible(second, week):
            one["dept"] = 0
            visits.append(second)
            pairs.append((one["id"], second["id"]))
    for number, pair in enumerate(pairs):
        for id_ in pair:
            visits[id_]["mand"] = bool(visits[pair[0]]["mand"] or number in mandatory)
        _share_out(visits, pair)
    problem = _with_departments(as_problem(week), week)
    names = {id_: f"J{number:03d}" for number, pair in enumerate(pairs) for id_ in pair}
    together = problem.replace(
        visits=tuple(
            replace(one, meets=names.get(v, "")) for v, one in enumerate(problem.visits)
        )
    )  # fmt: skip
    return JointCase(
        case=Case(name=name, seed=seed, week=week, problem=together), apart=problem,
        pairs=tuple((problem.visits[a].id, problem.visits[b].id) for a, b in pairs),
    )  # fmt: skip


def _share_out(visits: list[dict[str, Any]], pair: tuple[int, int]) -> None:
    """Let a mandatory part weigh what any mandatory visit weighs, others half of the prize."""
    first, second = pair
    must = visits[first]["mand"]
    worth = LEFT_OUT_SECONDS if must else visits[first]["prize"] // 2
    visits[first]["prize"] = visits[second]["prize"] = worth


def _possible(one: Mapping[str, Any], week: Mapping[str, Any]) -> bool:
    """Tell whether some vehicle may make a visit by department, skill, day and hours."""
    opens, closes = one["tw"]
    return any(
        car["team"] % DEPARTMENTS == one["dept"]
        and (not one["skill"] or one["skill"] in car["skills"])
        and car["day"] in one["days"]
        and closes >= car["start"]
        and opens + one["service"] <= car["end"]
        for car in week["vehicles"]
    )


def _with_departments(problem: Problem, week: Mapping[str, Any]) -> Problem:
    return problem.replace(
        visits=tuple(
            replace(visit, departments=frozenset([f"D{one['dept']}"])) if "dept" in one else visit
            for visit, one in zip(problem.visits, week["visits"], strict=True)
        ),
        team_days=tuple(
            replace(day, departments=frozenset([f"D{day.team % DEPARTMENTS}"]))
            for day in problem.team_days
        ),
    )


def judge_starts(joint: JointCase, starts: Starts) -> JointVerdict:
    """Return what is true of explicit *starts*, by arithmetic on the generator's own week."""
    week = joint.case.week
    cars = {f"K{car['id']:04d}": car for car in week["vehicles"]}
    made = {
        visit: (cars[team_day]["day"], start, team_day)
        for team_day, stops in starts.items()
        for visit, start in stops.items()
    }
    there = [[made[part] for part in pair if part in made] for pair in joint.pairs]
    whole = [both for both in there if len(both) > 1]
    return JointVerdict(
        made=len(whole),
        halves=sum(len(both) == 1 for both in there),
        unequal=sum(a[:2] != b[:2] or a[2] == b[2] for a, b in whole),
        late=sum(_breaches(week, cars[at], stops) for at, stops in starts.items()),
    )


def _breaches(week: Mapping[str, Any], car: Mapping[str, Any], stops: Mapping[str, int]) -> int:
    """Count windows, drives, hours and breaks that a route with explicit starts breaks."""
    early, late, length = car["brk"]
    seconds, here, free, wrong, fed = week["T"], car["station"], car["start"], 0, False
    for id_, start in stops.items():
        visit = week["visits"][int(id_[1:])]
        spare = start - free - int(seconds[here, visit["loc"]])
        opens, closes = visit["tw"]
        wrong += spare < 0 or not opens <= start <= closes or car["day"] not in visit["days"]
        fed = fed or (spare >= length and max(free, early) <= min(late, start - length))
        # Before the car leaves a break costs only what it takes of the working day.
        ahead = here == car["station"] and early + length - free <= spare
        fed = fed or (ahead and early + length <= start)
        free, here = start + visit["service"], visit["loc"]
    back = free + int(seconds[here, car["station"]])
    if not fed and back > late:
        wrong += max(free, early) > late
        back = max(back, max(free, early)) + length
    return int(wrong + (back > car["end"]))
