"""Teams of a week: their promises can be kept by the officers who are there."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from scheduler.problem import Inspector, TeamDay, Visit
from scheduler.teams import Need, TeamSettings, Vehicle, build_team_days, needs_of

MONDAY = dt.date(2026, 11, 23)
DAYS = tuple(MONDAY + dt.timedelta(days=at) for at in range(5))
UNTIL = dt.date(2027, 12, 31)


def _officers(**departments: int) -> list[Inspector]:
    """Return so many officers of each department; the first of each knows a speciality."""
    return [
        Inspector(
            id=f"{department}{at}", name="x", department=department, certified_until=UNTIL,
            specialities=frozenset({f"of_{department}"}) if at == 0 else frozenset(),
        )
        for department, count in departments.items()
        for at in range(count)
    ]  # fmt: skip


def _build(
    needs: list[Need],
    *,
    officers: list[Inspector] | None = None,
    vehicles: list[Vehicle] | None = None,
    **settings: Any,
) -> tuple[TeamDay, ...]:
    cars = [Vehicle(id=f"C{at}", depot=f"S{at % 3}", seats=5) for at in range(8)]
    return build_team_days(
        days=DAYS,
        vehicles=cars if vehicles is None else vehicles,
        inspectors=_officers(lead=8, fire=3, land=3, road=3) if officers is None else officers,
        needs=needs,
        lead_department="lead",
        settings=TeamSettings(**settings),
    )


def test_ordinary_week() -> None:
    """Without joint needs every team is of the lead department, on cars of different stations."""
    teams = _build([])
    assert len(teams) == 20
    assert {team.departments for team in teams} == {frozenset({"lead"})}
    assert [team.depot for team in teams[:4]] == ["S0", "S1", "S2", "S0"]
    assert len({team.id for team in teams}) == 20
    assert _build([]) == teams


def test_joint_sets_are_packed_into_few_teams_for_the_week() -> None:
    """Sets that fit together share one team, the same over the week; the rest stays ordinary."""
    needs = [
        Need(departments=frozenset({"lead", "fire"}), visits=2),
        Need(departments=frozenset({"lead", "land", "road"}), visits=3),
    ]
    teams = _build(needs)
    joint = [team for team in teams if len(team.departments) > 1]
    assert {team.departments for team in joint} == {frozenset({"lead", "fire", "land", "road"})}
    assert [team.team for team in joint] == [1] * 5


def test_too_large_sets_take_turns() -> None:
    """More joint profiles than joint teams take turns over the days."""
    needs = [Need(departments=frozenset({"lead", other})) for other in ("fire", "land", "road")]
    teams = _build(needs, max_teams=2, max_crew=2)
    seen = {team.departments for team in teams if len(team.departments) > 1}
    assert seen == {need.departments for need in needs}
    assert sum(team.departments == frozenset({"lead"}) for team in teams) >= 5


def test_leave_breaks_a_promise_only_on_its_days() -> None:
    """A department is not promised on a day on which all its officers are on leave."""
    officers = _officers(lead=6)
    officers.append(
        Inspector(id="f", name="f", department="fire", certified_until=UNTIL,
                  leave=((DAYS[1], DAYS[1]),))
    )  # fmt: skip
    teams = _build([Need(departments=frozenset({"lead", "fire"}))], officers=officers)
    with_fire = {team.day for team in teams if "fire" in team.departments}
    assert with_fire == set(DAYS) - {DAYS[1]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"certified_until": None},
        {"may_inspect": False},
        {"certified_until": DAYS[0] - dt.timedelta(days=1)},
    ],
)
def test_uncertified_people_are_not_counted(wrong: dict[str, Any]) -> None:
    """People without a valid certificate or the right to inspect form no team."""
    values: dict[str, Any] = {"certified_until": UNTIL} | wrong
    officers = [Inspector(id=f"i{at}", name="x", department="lead", **values) for at in range(4)]
    assert _build([], officers=officers) == ()


def test_specialities_are_promised_as_far_as_officers_allow() -> None:
    """One expert officer is promised to one team a day, each needed speciality at least once."""
    needs = [Need(specialities=frozenset({"of_lead"}), visits=9)]
    teams = _build(needs)
    for day in DAYS:
        able = [team for team in teams if team.day == day and "of_lead" in team.specialities]
        assert len(able) == 1


def test_officer_of_another_department_brings_a_speciality() -> None:
    """A speciality that the lead department lacks is brought by an officer of another one."""
    teams = _build([Need(specialities=frozenset({"of_road"}))], max_teams=2)
    able = [team for team in teams if "of_road" in team.specialities]
    assert {team.departments for team in able} == {frozenset({"lead", "road"})}
    assert {team.day for team in able} == set(DAYS)


def test_unknown_speciality_is_not_promised() -> None:
    """What nobody knows is promised by no team."""
    assert not any(team.specialities for team in _build([Need(specialities=frozenset({"x"}))]))


def test_cars_in_repair_and_small_cars_stay_home() -> None:
    """A car runs only when it is available and seats a crew; its place is taken by another."""
    cars = [
        Vehicle(id="A", depot="S", seats=5, unavailable=((DAYS[0], DAYS[1]),)),
        Vehicle(id="B", depot="S", seats=1),
        Vehicle(id="C", depot="S", seats=4),
    ]
    teams = _build([], vehicles=cars)
    assert [(team.day, team.vehicle) for team in teams if team.day < DAYS[2]] == [
        (DAYS[0], "C"), (DAYS[1], "C"),
    ]  # fmt: skip
    assert [team.vehicle for team in teams if team.day == DAYS[2]] == ["A", "C"]


def test_few_officers_make_few_teams() -> None:
    """There are no more teams than crews of certified officers."""
    teams = _build([], officers=_officers(lead=3, fire=2))
    assert [team.departments for team in teams if team.day == MONDAY] == [
        frozenset({"lead"}), frozenset(),
    ]  # fmt: skip


def test_needs_of_visits() -> None:
    """The needs of visits are counted, the most frequent first."""
    one = Visit(id="a", object="a", place=0, kind="joint", service=1,
                departments=frozenset({"fire"}))  # fmt: skip
    two = Visit(id="b", object="b", place=0, kind="random", service=1)
    assert needs_of([one, two, two]) == (
        Need(visits=2), Need(departments=frozenset({"fire"}), visits=1),
    )  # fmt: skip


def _own(department: str, *, seats: int = 5) -> Vehicle:
    return Vehicle(id=f"X_{department}", depot="S9", seats=seats, department=department)


def _cars(*own: Vehicle) -> list[Vehicle]:
    return [*(Vehicle(id=f"C{at}", depot=f"S{at % 3}") for at in range(6)), *own]


def test_a_car_of_a_department_carries_no_shared_team() -> None:
    """Who rides together does so in shared cars; a department's own car then stays at home."""
    needs = [Need(departments=frozenset({"lead", "fire"}), visits=2)]
    teams = _build(needs, vehicles=_cars(_own("fire")), joint="together")
    assert {team.vehicle for team in teams} == {"C0", "C1", "C2", "C3"}


def test_departments_come_in_their_own_cars_where_that_is_wanted() -> None:
    """A department with a car and officers runs its own team every day; others ride along."""
    needs = [Need(departments=frozenset({"lead", "fire", "land"}), visits=3)]
    teams = _build(needs, vehicles=_cars(_own("fire"), _own("road")), joint="own")
    alone = [team for team in teams if team.departments == {"fire"}]
    assert [(team.team, team.vehicle, team.depot) for team in alone] == [(5, "X_fire", "S9")] * 5
    assert any(team.departments == {"lead", "land"} for team in teams)
    assert not any("road" in team.departments for team in teams)


def test_own_cars_help_out_where_one_car_does_not_do() -> None:
    """In the mode auto they run only for department sets that no shared team can promise."""
    small = [Need(departments=frozenset({"lead", "fire"}), visits=2)]
    assert len(_build(small, vehicles=_cars(_own("fire")), joint="auto")) == 20
    large = [Need(departments=frozenset({"lead", "fire", "land", "road"}))]
    teams = _build(large, vehicles=_cars(_own("fire"), _own("road")), joint="auto", max_crew=3)
    monday = [team.departments for team in teams if team.day == MONDAY]
    assert monday[-2:] == [{"fire"}, {"road"}]
    assert any({"lead", "land"} <= one for one in monday)


def test_a_department_without_enough_officers_runs_no_team_of_its_own() -> None:
    """Two officers make a team; one who is left cannot go alone, nor a car that is away."""
    needs = [Need(departments=frozenset({"lead", "fire"}), visits=2)]
    few = _officers(lead=8, fire=1)
    teams = _build(needs, officers=few, vehicles=_cars(_own("fire")), joint="own")
    assert not any(team.departments == {"fire"} for team in teams)
    away = Vehicle(id="X", depot="S9", department="fire", unavailable=((MONDAY, DAYS[3]),))
    teams = _build(needs, vehicles=_cars(away), joint="own")
    assert [team.day for team in teams if team.departments == {"fire"}] == [DAYS[4]]
