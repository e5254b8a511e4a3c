"""Requests for one object become one visit where hours, days and teams allow."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from layers.codes import TABLES
from scheduler.due_items import DueItem
from scheduler.joint import Part, Request
from scheduler.problem import TeamDay
from xunge import config
from xunge.requests import Wish, alone, combine, merge, merged_json, share_out, total_saving
from xunge.tasks import Desk, Task, as_visits, due_tasks, joint_tasks, within_share

MONDAY = dt.date(2026, 11, 23)
DAYS = tuple(MONDAY + dt.timedelta(days=at) for at in range(5))
DESK = Desk(
    settings=config.load(Path("nowhere")), tables=TABLES, days=DAYS, lead="lead"
)  # fmt: skip
HOUR = 3600


def _task(object_: str = "E1", *names: str, kind: str = "random", **changes: Any) -> Task:
    departments = frozenset(names or ("lead",))
    made = Task(
        object=object_, kind=kind, name=object_, lon=113.0, lat=26.0, service=HOUR,
        window=(30_600, 59_400), departments=departments, specialities=frozenset(),
        why=({"code": kind},), asked=(Request(code=kind, departments=departments, service=HOUR),),
    )  # fmt: skip
    return replace(made, **changes)


def _team(team: int, *departments: str, day: int = 0, start: int = 30_600) -> TeamDay:
    return TeamDay(
        id=f"{DAYS[day]}-{team}", team=team, day=DAYS[day], depot="S", vehicle=f"C{team}", seats=5,
        start=start, end=start + 32_400, lunch=(41_400, 45_000, 3_600),
        departments=frozenset(departments),
    )  # fmt: skip


def test_requests_for_one_object_are_one_visit() -> None:
    """Departments, days and reasons are united, and every request stays on record."""
    due = _task(kind="reinspection", last_day=DAYS[2], refs=("Z1",))
    joint = _task("E1", "lead", "fire", kind="joint", service=2 * HOUR, window=(30_600, 55_800))
    (both,) = merge([due, joint], TABLES)
    assert (both.kind, both.departments) == ("joint", {"lead", "fire"})
    assert (both.service, both.window, both.last_day) == (2 * HOUR, (30_600, 55_800), DAYS[2])
    assert [one.code for one in both.asked] == ["reinspection", "joint"]
    assert [visit.days for _, visit in as_visits([both], week="W", first_place=0, desk=DESK)] == [
        DAYS[:3]
    ]


def test_day_and_night_are_two_visits_and_it_is_said() -> None:
    """What is wanted by night cannot be merged with what is wanted by day."""
    night = _task(kind="report", window=(72_000, 80_000), night=True, days=(DAYS[1],))
    tasks = merge([_task(), night, _task("E2")], TABLES)
    assert [task.object for task in tasks] == ["E1", "E1", "E2"]
    _, apart = share_out(tasks, tasks, [_team(1, "lead")], desk=DESK)
    assert [(one.object, one.code) for one in apart] == [("E1", "apart_hours")]


def test_two_nights_without_a_common_day_are_two_visits() -> None:
    """Days that exclude each other keep requests apart, days that meet do not."""
    one = _task(window=(72_000, 80_000), night=True, days=DAYS[:2])
    other = replace(one, days=DAYS[1:3])
    (both,) = merge([one, other], TABLES)
    assert both.days == (DAYS[1],)
    tasks = merge([one, replace(one, days=(DAYS[3],))], TABLES)
    _, apart = share_out(tasks, tasks, [], desk=DESK)
    assert [one.code for one in apart] == ["apart_days"]


def test_other_departments_come_along_where_teams_allow() -> None:
    """Wishes join the visit; what no teams can stand for is visited without those who wished."""
    wishes = [
        Wish(object="E1", departments=frozenset({"fire"}), code="combined", source="a.json"),
        Wish(object="E1", departments=frozenset({"land"}), code="combined", source="b.json"),
        Wish(object="E2", departments=frozenset({"road"}), code="asked_order", source="Z7"),
        Wish(object="E2", departments=frozenset({"lead"}), code="asked_order", source="Z8"),
    ]
    single = [_task("E1"), _task("E2"), _task("E3")]
    both = combine(single, wishes)
    assert both[0].why[-1] == {
        "code": "combined", "departments": ["fire", "land"], "source": "b.json"
    }  # fmt: skip
    assert [len(task.asked) for task in both] == [3, 2, 1]
    # Without those who merely wish to come each is as it was before.
    assert [alone(task) for task in both[:2]] == [_task("E1"), _task("E2")]
    teams = [_team(1, "lead"), _team(2, "lead", "fire", "land")]
    shared, apart = share_out(both, single, teams, desk=DESK)
    assert shared[0].parts == (Part(departments=frozenset({"lead", "fire", "land"})),)
    assert [task.departments for task in shared[1:]] == [{"lead"}, {"lead"}]
    assert [(one.object, one.code, one.departments) for one in apart] == [
        ("E2", "apart_team", ("road",))
    ]


def test_a_joint_visit_in_several_cars_is_several_visits_that_meet() -> None:
    """Every car has its part; the first has the number of the visit and names the meeting."""
    task = _task("E1", "lead", "fire", kind="joint")
    teams = [_team(1, "lead"), _team(2, "fire")]
    shared, apart = share_out([task], [task], teams, desk=DESK)
    assert apart == []
    found = [visit for _, visit in as_visits([*shared, _task("E2")], week="W", first_place=3,
                                             desk=DESK)]  # fmt: skip
    assert [(one.id, one.meets, one.place) for one in found] == [
        ("W-V001", "W-V001", 3), ("W-V001-2", "W-V001", 3), ("W-V002", "", 4)
    ]  # fmt: skip
    assert [one.departments for one in found] == [{"lead"}, {"fire"}, {"lead"}]
    # By night nobody goes out: a team by day is no help.
    night = replace(task, night=True, window=(72_000, 80_000))
    assert share_out([night], [night], teams, desk=DESK)[0][0].parts == ()


def test_what_merging_saved_is_counted_for_visits_that_are_made() -> None:
    """A merged visit that is left out saves nothing."""
    task = merge([_task(), _task("E1", "fire")], TABLES)[0]
    made = merged_json({"V1": task, "V2": task}, frozenset({"V1"}), leg_seconds=600)
    assert [(one["visit"], one["saved_visits"], one["saved_driving_seconds"]) for one in made] == [
        ("V1", 1, 600)
    ]
    total = total_saving(made)
    # Two officers for an hour and ten minutes less.
    assert (total.visits, total.officer_seconds, total.driving_seconds) == (1, 8_400, 600)


def _due(id_: str, days: int) -> DueItem:
    """Return a re-inspection that is so many days overdue on Monday, or due as much later."""
    due = MONDAY - dt.timedelta(days=days)
    return DueItem(
        id=id_, object=id_, kind="reinspection", subject=id_, step=0, base=due,
        base_code="deadline", opens=due, due=due, reasons=(), overdue_since=due,
        overdue_days=max(0, days),
    )  # fmt: skip


def test_what_is_overdue_goes_before_everything_else() -> None:
    """Even by one day it comes before a site that has been open for months and what is due soon."""
    row = {"industry": "", "name": "", "lon": 113.0, "lat": 26.0, "opening_hours": None}
    rows = {id_: {**row, "id": id_} for id_ in ("late", "later", "soon", "site")}
    due = due_tasks([_due("soon", -2), _due("late", 1), _due("later", 9)], rows, DESK)
    sites = pd.DataFrame(
        [{"id": "site", "status": "open", "departments": ("lead", "fire"),
          "discovered": dt.date(2026, 1, 5)}], dtype=object,
    )  # fmt: skip
    visits = pd.DataFrame([], columns=["kind", "object", "date"], dtype=object)
    joint = joint_tasks(sites, visits, rows, DESK)
    ordered = sorted([*joint, *due], key=lambda task: -task.urgency)
    assert [task.object for task in ordered] == ["later", "late", "site", "soon"]
    share = within_share(ordered, seconds_free=0, leg_seconds=0)
    assert [task.prize for task in share] == sorted((one.prize for one in share), reverse=True)
