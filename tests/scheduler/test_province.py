"""Many counties at once: each planned as alone, in order, one that fails named."""

from __future__ import annotations

import datetime as dt

import numpy as np

from scheduler import solve
from scheduler.problem import Depot, Problem, TeamDay, Visit
from scheduler.province import plan_many
from scheduler.verify import verify
from scheduler.workers import Processes

MONDAY = dt.date(2026, 11, 23)


def _county(seed: int) -> Problem:
    matrix = np.random.default_rng(seed).integers(300, 3_000, (7, 7))
    return Problem(
        visits=tuple(
            Visit(id=f"V{at}", object=f"E{at}", place=at + 1, kind="random", service=3_600)
            for at in range(6)
        ),
        team_days=(
            TeamDay(
                id="K", team=0, day=MONDAY, depot="S", vehicle="C", seats=2, start=30_600,
                end=63_000, lunch=(41_400, 45_000, 3_600),
            ),
        ),
        depots=(Depot(id="S", name="S", place=0),), seconds=matrix, metres=matrix,
    )  # fmt: skip


def test_counties_are_planned_as_alone_and_in_order() -> None:
    """Two processes give every county the plan that it gets alone, in the order of the names."""
    counties = {f"县{seed}": _county(seed) for seed in range(3)}
    shares = []
    with Processes(2) as crew:
        found = plan_many(
            counties, workers=crew, progress=lambda share, _: shares.append(share), effort=1, seed=5
        )
    assert list(found) == list(counties)
    assert shares == [1 / 3, 2 / 3, 1]
    for name, problem in counties.items():
        plan = found[name].plan
        assert plan == solve.plan(problem, effort=1, seed=5)
        assert verify(plan, problem) == []


def test_a_county_that_fails_is_named_and_takes_no_other_along() -> None:
    """A county with the same visit twice has no plan and says why; the others have theirs."""
    good = _county(1)
    bad = good.replace(visits=(*good.visits, good.visits[0]))
    found = plan_many({"甲县": good, "乙县": bad, "丙县": good}, effort=1)
    assert found["乙县"].plan is None
    assert "visit_repeated: V0" in found["乙县"].said
    assert "BadProblem" in found["乙县"].trace
    assert found["甲县"].plan == found["丙县"].plan is not None
