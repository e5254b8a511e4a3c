"""Several visits at one gate are one stop: bundled before the search, single visits after it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from scheduler.gates import bundle, unbundle
from scheduler.problem import Depot, Limit, Problem, TeamDay, Visit
from scheduler.solve import plan
from scheduler.verify import verify

MONDAY = date(2026, 11, 23)
DAYS = tuple(MONDAY + timedelta(days=at) for at in range(3))
M = 60


def _team_day(at: int, **changes: object) -> TeamDay:
    day = TeamDay(
        id=f"T{at}", team=1, day=DAYS[at], depot="S", vehicle="C", seats=4, start=510 * M,
        end=1050 * M, lunch=(690 * M, 750 * M, 60 * M), departments=frozenset({"fire", "labour"}),
    )  # fmt: skip
    return replace(day, **changes)  # type: ignore[arg-type]


def _visit(name: str, **changes: object) -> Visit:
    one = Visit(id=name, object=name, place=1, kind="random", service=60 * M, gate="G")
    return replace(one, **changes)  # type: ignore[arg-type]


def _week(*visits: Visit, days: tuple[TeamDay, ...] | None = None) -> Problem:
    seconds = np.full((9, 9), 30 * M, dtype=np.int64)
    return Problem(
        visits=visits, team_days=days or tuple(_team_day(at) for at in range(3)),
        depots=(Depot(id="S", name="S", place=0),), seconds=seconds, metres=seconds * 10,
    )  # fmt: skip


def test_a_bundle_is_what_its_parts_need_together() -> None:
    """Services, prizes and loads add up, needs unite, windows and days intersect."""
    a = _visit("a", window=(600 * M, 700 * M), departments=frozenset({"fire"}), days=DAYS[:2],
               prize=5, load=1, mandatory=False)  # fmt: skip
    b = _visit("b", window=(0, 800 * M), departments=frozenset({"labour"}), days=DAYS[1:], order=3,
               load=2, due=DAYS[1])  # fmt: skip
    problem = _week(a, b, _visit("c", gate="")).replace(
        prices={("a", "T1"): 7, ("b", "T1"): 4, ("c", "T1"): 1}, locked={"b": "T1"}
    )
    bundles = bundle(problem)
    single, one = bundles.problem.visits
    assert single.id == "c"
    assert (one.id, one.service, one.window) == ("a+b", 120 * M, (600 * M, 700 * M))
    assert (one.days, one.mandatory, one.prize, one.load, one.due) == (
        (DAYS[1],), True, 5, 3, DAYS[1],
    )  # fmt: skip
    assert one.departments == {"fire", "labour"}
    assert bundles.problem.prices == {("a+b", "T1"): 11, ("c", "T1"): 1}
    assert bundles.problem.locked == {"a+b": "T1"}
    assert bundles.packed(["c", "b", "a"]) == ["c", "a+b"]
    routes = bundles.routes({"T1": [b, a, problem.visit("c")]})
    assert [visit.id for visit in routes["T1"]] == ["a+b", "c"]
    assert [visit.id for visit in unbundle(bundles, routes)["T1"]] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"days": DAYS[1:]}, "no day in common"),
        ({"window": (900 * M, 960 * M)}, "no moment at which both can follow each other"),
        ({"service": 270 * M}, "too long for one day together"),
        ({"departments": frozenset({"fire", "labour", "x"})}, "nobody can make it"),
    ],
)
def test_what_cannot_be_one_stop_stays_apart(changes: dict[str, object], reason: str) -> None:
    """Visits that cannot be made in one go are not bundled, and come on different days."""
    a = _visit("a", days=DAYS[:1], window=(540 * M, 600 * M))
    problem = _week(a, _visit("b", **changes))
    bundles = bundle(problem)
    assert bundles.members == {}, reason
    apart = [] if "departments" in changes else [frozenset({"a", "b"})]
    assert [one.visits for one in bundles.problem.limits] == apart


def test_limits_count_every_visit_of_a_bundle() -> None:
    """A limit that two visits of a gate would break keeps them apart; another is lowered."""
    pair = frozenset({"a", "b"})
    problem = _week(_visit("a"), _visit("b"), _visit("c"))
    tight = problem.replace(limits=(Limit(code="cap", visits=pair),))
    assert sorted(bundle(tight).members) == ["a+c"]
    loose = problem.replace(limits=(Limit(code="cap", visits=pair | {"c", "d"}, most=3),))
    assert [one.most for one in bundle(loose).problem.limits] == [1]


def test_drawn_visits_keep_their_own_tickets() -> None:
    """No bundle has two drawn visits, so that each can be carried by its own ticket."""
    problem = _week(_visit("a"), _visit("b"), _visit("c"))
    assert sorted(bundle(problem, drawn=["a", "b"]).members) == ["a+c"]


def test_week_without_gates_is_left_alone() -> None:
    """Where there is no gate the problem is handed back as it is."""
    problem = _week(_visit("a", gate=""))
    assert bundle(problem).problem is problem


def _random_week(number: int) -> Problem:
    rng = random.Random(number)
    visits = [
        _visit(
            f"V{at}", place=2 + at // 3 if at < 9 else 5 + at % 4,
            gate=f"G{at // 3}" if at < 9 else "", service=rng.choice((30, 60, 90)) * M,
            mandatory=rng.random() < 0.4, prize=rng.randint(600, 9000), order=at,
            window=rng.choice(((0, 1439 * M), (540 * M, 720 * M), (780 * M, 960 * M))),
            days=tuple(sorted(rng.sample(DAYS, 2))) if rng.random() < 0.3 else (),
        )
        for at in range(14)
    ]  # fmt: skip
    days = tuple(
        _team_day(at, id=f"T{at}{team}", team=team, vehicle=f"C{team}",
                  end=rng.choice((840, 1050)) * M)
        for at in range(2) for team in range(2)
    )  # fmt: skip
    seconds = np.array([[rng.randint(5, 40) * M for _ in range(9)] for _ in range(9)])
    return _week(*visits, days=days).replace(seconds=seconds, metres=seconds * 10)


@pytest.mark.parametrize("engine", ["auto", "ortools"])
def test_plans_with_gates_keep_every_rule(engine: str) -> None:
    """Whatever is made at a gate on a day is one stop, and most of it is made in bundles."""
    together = 0
    for number in range(12 if engine == "auto" else 4):
        problem = _random_week(number)
        found = plan(problem, effort=1, engine=engine)
        assert verify(found, problem) == [], number
        gates = {visit.id: visit.gate for visit in problem.visits}
        for route in found.routes:
            names = [gates[stop.visit] for stop in route.stops if gates[stop.visit]]
            together += len(names) - len(set(names))
    assert together > 8


def test_carried_tickets_of_a_gate_keep_their_order() -> None:
    """Drawn visits at gates give way by ticket, and what is left out with them says why."""
    visits = [_visit(f"V{at}", gate=f"G{at % 3}", place=1 + at % 3, service=120 * M)
              for at in range(9)]  # fmt: skip
    problem = _week(*visits, _visit("x", gate="G0", mandatory=False, prize=9),
                    days=(_team_day(0), _team_day(1)))  # fmt: skip
    drawn = [f"V{at}" for at in range(9)]
    found = plan(problem, effort=1, drawn=drawn)
    assert verify(found, problem) == []
    carried = [one.visit for one in found.left if one.reason == "carried"]
    assert carried
    assert carried == drawn[-len(carried) :]
