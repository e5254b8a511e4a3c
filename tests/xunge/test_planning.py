"""What is asked less of a week's visits that have no place in its plan."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from scheduler.plan import Plan, Unserved
from scheduler.problem import Depot, Problem, Visit
from xunge import planning

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

MONDAY = dt.date(2026, 11, 23)
DESK: Any = SimpleNamespace(nights=())


def _visit(at: int, **changes: Any) -> Visit:
    return Visit(id=f"V{at}", object=f"E{at}", place=at, kind="reinspection", service=3600,
                 **{"days": (MONDAY,), **changes})  # fmt: skip


def _problem(*visits: Visit) -> Problem:
    size = 1 + len(visits)
    return Problem(
        visits=visits, team_days=(), depots=(Depot(id="S", name="S", place=0),),
        seconds=np.zeros((size, size), np.int64), metres=np.zeros((size, size), np.int64),
    )  # fmt: skip


class _Planner:
    """Leaves out what it is told to, one list of ids for each plan."""

    def __init__(self, *left: Sequence[str]) -> None:
        self.left, self.asked, self.starts = list(left), [], []  # type: ignore[var-annotated]

    def __call__(self, problem: Problem, *, start: Plan | None = None, **_: object) -> Plan:
        left = self.left[len(self.asked)]
        self.asked.append(problem)
        self.starts.append(start)
        return Plan(
            routes=(), objective=len(self.asked), engine="",
            left=tuple(Unserved(visit=id_, reason="no_time_left", detail={}) for id_ in left),
        )  # fmt: skip


def _run(
    monkeypatch: pytest.MonkeyPatch, planner: _Planner, problem: Problem, **more: Any
) -> tuple[Plan, Problem, list[str]]:
    said: list[str] = []
    monkeypatch.setattr(planning, "_plan", planner)
    plan, eased = planning.plan_of(
        problem, drawn=frozenset(), desk=DESK, progress=said.append, **more
    )
    return plan, eased, said


def test_what_a_later_visit_pushes_out_may_be_later_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each further plan starts from the one before; the limits of days fall one after the other."""
    planner = _Planner(["V1"], ["V2"], [])
    plan, eased, said = _run(monkeypatch, planner, _problem(_visit(1), _visit(2), _visit(3)))
    assert [one.days for one in eased.visits] == [(), (), (MONDAY,)]
    assert (plan.objective, said) == (3, ["late", "late"])
    assert [start and start.objective for start in planner.starts] == [None, 1, 2]


def test_it_ends_where_nothing_can_be_asked_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """A visit that may be made on any day and still has no place is left out; so is the last."""
    planner = _Planner(["V1"])
    problem = _problem(_visit(1, days=()))
    assert _run(monkeypatch, planner, problem)[1:] == (problem, [])
    many = _problem(*(_visit(at) for at in range(1, 8)))
    endless = _Planner(*([f"V{at}"] for at in range(1, 8)))
    assert _run(monkeypatch, endless, many)[2] == ["late"] * 3


def test_who_merely_wishes_to_come_stays_away_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The visit is planned with those who have to come; asked twice, nothing more is less."""
    both, lead = frozenset({"lead", "fire"}), frozenset({"lead"})
    planner = _Planner(["V1"], ["V1"])
    problem = _problem(_visit(1, days=(), departments=both))
    _, eased, said = _run(monkeypatch, planner, problem, wished={"V1": lead})
    assert (eased.visits[0].departments, said) == (lead, ["late"])
