"""Hours in which driving takes longer: each pair at the slowest hour in which it can be driven."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from layers.refusals import RuleSettingsError
from scheduler import solve
from scheduler.problem import Depot, Problem, TeamDay, Visit
from scheduler.traffic import Hours, load_traffic, with_traffic
from scheduler.verify import verify

DAY = dt.date(2026, 11, 23)
H = 3600
WORK, DARK = (8 * H + 1800, 17 * H + 1800), (20 * H, 23 * H + 1800)
DRIVE, FIXED = 1_320, 120


def visit(n: int, **changes: Any) -> Visit:
    """Return a visit of an hour and a half at place *n*."""
    plain: dict[str, Any] = {
        "id": f"V{n}", "object": f"E{n}", "place": n, "kind": "random", "service": 5_400,
        "window": (WORK[0], WORK[1] - 5_400),
    }  # fmt: skip
    return Visit(**{**plain, **changes})


def week(*visits: Visit, size: int = 4) -> Problem:
    """Return a week of one team by day and one by night, every drive as long."""
    seconds = np.full((size, size), DRIVE + FIXED)
    np.fill_diagonal(seconds, 0)
    days = [
        TeamDay(id=id_, team=team, day=DAY, depot="D", vehicle="C", seats=5, start=start, end=end,
                lunch=lunch)
        for id_, team, (start, end), lunch in (
            ("day", 1, WORK, (11 * H + 1800, 12 * H + 1800, H)), ("night", 2, DARK, (0, 0, 0)),
        )
    ]  # fmt: skip
    return Problem(
        visits=visits, team_days=tuple(days), depots=(Depot(id="D", name="D", place=0),),
        seconds=seconds, metres=seconds,
    )  # fmt: skip


def drives(problem: Problem, entries: dict[str, Any], **options: Any) -> np.ndarray:
    """Return the factors that the drives of a problem get."""
    made = with_traffic(
        problem, load_traffic(entries), seconds=problem.seconds,
        shifts=[WORK, DARK], fixed=FIXED, **options,
    )  # fmt: skip
    assert (np.diagonal(made.seconds) == 0).all()
    return np.where(made.seconds > 0, (made.seconds - FIXED) / DRIVE, 0)


def test_without_hours_nothing_changes() -> None:
    """Off by default."""
    problem = week(visit(1), visit(2))
    assert (drives(problem, {}) == (problem.seconds > 0)).all()


def test_the_morning_peak_is_in_first_drives_only() -> None:
    """Who has driven out and inspected is past it; the time of getting in is no driving."""
    found = drives(week(visit(1), visit(2)), {"07:30-09:00": 1.3})
    assert found[0, 1] == found[0, 2] == pytest.approx(1.3)
    assert found[1, 2] == found[2, 1] == 1.0
    assert found[1, 0] == found[2, 0] == 1.0


def test_the_evening_peak_is_in_drives_that_can_be_late() -> None:
    """A visit that must start in the morning is not reached in the evening."""
    early = visit(2, window=(WORK[0], 10 * H))
    found = drives(week(visit(1), early), {"15:00-18:00": 1.2})
    assert found[2, 1] == found[1, 0] == found[2, 0] == pytest.approx(1.2)
    assert found[1, 2] == found[0, 2] == 1.0
    # At 1 by 15:36 or the team is not back in time.
    assert drives(week(visit(1), early), {"15:40-18:00": 1.2})[2, 1] == 1.0


def test_nights_are_faster_only_for_what_is_driven_by_night_alone() -> None:
    """A place that may be visited by day as well keeps the factor of the day."""
    night = visit(1, window=(DARK[0], 21 * H), service=1_800)
    also = visit(2, window=(DARK[0], 21 * H), service=1_800)
    either = visit(3, window=(0, 24 * H), service=1_800)
    found = drives(week(night, also, either), {"19:00-06:00": 0.8, "17:00-19:00": 1.5})
    assert found[0, 1] == found[1, 2] == found[1, 0] == pytest.approx(0.8)
    assert found[0, 3] == found[3, 0] == pytest.approx(1.5)
    assert found[1, 3] == pytest.approx(0.8)  # both are only visited in one round by night


def test_hours_of_some_towns_count_at_either_end() -> None:
    """A drive that begins or ends there is slower, one between other places is not."""
    areas = [frozenset({"城关镇"}), frozenset(), frozenset({"便江街道"}), frozenset()]
    hours = {"07:00-19:00": {"factor": 1.4, "areas": ["便江街道"]}}
    found = drives(week(visit(1), visit(2), visit(3)), hours, areas=areas)
    assert found[0, 2] == found[2, 1] == found[1, 2] == pytest.approx(1.4)
    assert found[0, 1] == found[1, 3] == 1.0


def test_of_hours_that_overlap_the_slowest_counts() -> None:
    """Whole days and peaks can be written side by side."""
    found = drives(week(visit(1)), {"00:00-24:00": 1.1, "07:30-09:00": 1.3})
    assert found[0, 1] == pytest.approx(1.3)
    assert found[1, 0] == pytest.approx(1.1)


def test_a_way_round_that_is_shorter_than_the_straight_one_is_counted() -> None:
    """Estimates may break the triangle: the earliest moment is by way of the other place."""
    problem = week(visit(1, service=60), visit(2))
    seconds = problem.seconds.copy()
    seconds[0, 2] = 4 * H
    problem = problem.replace(seconds=seconds)
    found = drives(problem, {"10:30-11:00": 2.0})
    assert found[2, 1] == 2.0  # at 2 by 9:19 through 1, free at 10:49


@pytest.mark.parametrize(
    ("hours", "value"),
    [
        ("07:30", 1.3), ("7:30-25:00", 1.3), ("07:30-09:00", "1.3"), ("07:30-09:00", 9),
        ("07:30-07:30", 1.2), ("07:30-09:00", True), ("07:30-09:75", 1.2),
        ("07:30-09:00", {"factor": 1.2, "area": ["x"]}),
        ("07:30-09:00", {"factor": 1.2, "areas": "x"}), ("07:30-09:00", {"areas": ["x"]}),
    ],
)  # fmt: skip
def test_hours_that_make_no_sense_are_named(hours: str, value: object) -> None:
    """Every wrong entry at once."""
    with pytest.raises(RuleSettingsError, match="bad_traffic") as caught:
        load_traffic({hours: value, "12:00-13:00": 1.1, "noon": 2})
    assert {row[0] for row in caught.value.rows} == {hours, "noon"}


def test_hours_are_read_in_order() -> None:
    """The order in which they are written does not matter."""
    one = load_traffic({"17:00-18:00": 1.2, "07:00-08:00": 1.1})
    assert one == load_traffic({"07:00-08:00": 1.1, "17:00-18:00": 1.2})
    assert one[0] == Hours(start=7 * H, end=8 * H, factor=1.1)


def test_a_plan_is_made_and_checked_with_the_slower_drives() -> None:
    """What fits at factor one and not in the peak is rejected; the planner leaves it out."""
    must = visit(1, window=(WORK[0], WORK[0] + DRIVE + FIXED))
    plain = week(must)
    slow = with_traffic(
        plain, load_traffic({"07:30-09:00": 1.3}), seconds=plain.seconds, shifts=[WORK],
        fixed=FIXED,
    )  # fmt: skip
    fits = solve.plan(plain, drawn=[], effort=1, engine="ortools")
    assert fits.served() == {"V1"}
    assert not verify(fits, plain)
    broken = {one.rule for one in verify(fits, slow)}
    assert broken
    assert solve.plan(slow, drawn=[], effort=1, engine="ortools").served() == frozenset()
