"""Joint visits: who rides with whom, and what one visit for several requests saves."""

from __future__ import annotations

import datetime as dt

import pytest

from scheduler.joint import Mode, Part, Request, Saving, days_met, parts_of, saving
from scheduler.problem import TeamDay

MONDAY = dt.date(2026, 11, 23)
DAYS = tuple(MONDAY + dt.timedelta(days=at) for at in range(3))


def _team(team: int, *departments: str, seats: int = 5, skills: str = "", day: int = 0,
          expert: str = "") -> TeamDay:  # fmt: skip
    return TeamDay(
        id=f"{DAYS[day]}-{team}", team=team, day=DAYS[day], depot="S", vehicle=f"C{team}",
        seats=seats, start=30_600, end=63_000, lunch=(41_400, 45_000, 3_600), expert=expert,
        departments=frozenset(departments), specialities=frozenset(skills.split()),
    )  # fmt: skip


def _parts(
    wanted: str, teams: list[TeamDay], *, mode: Mode = "auto", skills: str = ""
) -> list[list[str]]:
    found = parts_of(
        frozenset(wanted.split()), frozenset(skills.split()), teams, days=DAYS, mode=mode,
        lead="lead",
    )  # fmt: skip
    return [sorted(part.departments) for part in found]


def test_one_car_is_enough_where_one_team_can_promise_everything() -> None:
    """In the mode auto departments ride together whenever one team can bring all of them."""
    teams = [_team(1, "lead"), _team(2, "lead", "fire", "land"), _team(3, "fire")]
    assert _parts("lead fire land", teams) == [["fire", "land", "lead"]]
    assert _parts("lead fire", teams, mode="together") == [["fire", "lead"]]


def test_a_car_without_seats_does_not_count() -> None:
    """A team that promises more departments than its car holds takes nobody along."""
    teams = [_team(1, "lead"), _team(2, "lead", "fire", "land", seats=2), _team(3, "fire", "land")]
    assert _parts("lead fire land", teams) == [["lead"], ["fire", "land"]]
    assert _parts("lead fire land", teams, mode="together") == []


def test_departments_come_in_as_few_cars_as_possible() -> None:
    """What one car does not hold comes in two, not in four."""
    teams = [_team(1, "lead"), _team(2, "lead", "fire"), _team(3, "land", "x"),
             _team(4, "land", "road"), _team(5, "road", "x")]  # fmt: skip
    assert _parts("lead fire land road", teams) == [["fire", "lead"], ["land", "road"]]
    # A department that has a team of its own then comes with that.
    own = [*teams, _team(6, "fire"), _team(7, "lead", "land", "road")]
    assert _parts("lead fire land road", own) == [["land", "lead", "road"], ["fire"]]


def test_departments_with_teams_of_their_own_come_with_them() -> None:
    """In the mode own they do although one car would hold all; the others ride with the lead."""
    teams = [_team(1, "lead", "land"), _team(2, "lead", "land", "fire"), _team(3, "fire")]
    assert _parts("lead land fire", teams, mode="own") == [["land", "lead"], ["fire"]]
    assert _parts("lead land", teams, mode="own") == [["land", "lead"]]
    # Nobody can come for the lead at the same time: then one car does it all.
    assert _parts("lead fire", [_team(1, "lead", "fire")], mode="own") == [["fire", "lead"]]


def test_the_part_that_is_asked_for_a_speciality_can_have_it() -> None:
    """A speciality is asked of a car whose crew will have it, which then is the lead part."""
    teams = [_team(1, "lead"), _team(2, "fire", skills="chemical")]
    found = parts_of(frozenset({"lead", "fire"}), frozenset({"chemical"}), teams, days=DAYS)
    assert found == (
        Part(departments=frozenset({"fire"}), specialities=frozenset({"chemical"})),
        Part(departments=frozenset({"lead"})),
    )
    assert _parts("lead fire", [_team(1, "lead"), _team(2, "fire")], skills="chemical") == []


def test_the_way_that_works_on_most_days_is_taken() -> None:
    """Of two ways with equally few cars the one that more days allow wins."""
    teams = [_team(1, "lead", "fire"), _team(2, "land", "x")] + [
        team for day in (1, 2)
        for team in (_team(1, "lead", day=day), _team(2, "fire", "land", day=day))
    ]  # fmt: skip
    assert _parts("lead fire land", teams) == [["lead"], ["fire", "land"]]
    parts = parts_of(frozenset({"lead", "fire", "land"}), frozenset(), teams, days=DAYS)
    assert days_met(parts, teams) == 2


def test_one_team_cannot_be_two_parts() -> None:
    """Parts need different team-days, and an expert's day brings no department."""
    parts = (Part(departments=frozenset({"lead"})), Part(departments=frozenset({"fire"})))
    assert days_met(parts, [_team(1, "lead", "fire")]) == 0
    assert days_met(parts, [_team(1, "lead", "fire"), _team(2, "fire", expert="Z1")]) == 0
    assert days_met(parts, [_team(1, "lead", "fire"), _team(2, "fire")]) == 1


def test_days_that_the_visit_may_not_be_made_on_do_not_count() -> None:
    """A team that could do it on a day too late is no team for it."""
    late = _team(1, "lead", "fire", day=2)
    wanted = frozenset({"lead", "fire"})
    assert parts_of(wanted, frozenset(), [late], days=DAYS[:2]) == ()
    assert parts_of(wanted, frozenset(), [late], days=DAYS) != ()


@pytest.mark.parametrize(
    ("parts", "officers", "driving"),
    [
        # Two visits of two officers for an hour and half an hour of driving, against one.
        ([Part(departments=frozenset({"lead", "fire"}))], 2 * 5_400, 1_800),
        # In two cars nothing but the trouble at the gate is saved.
        ([Part(departments=frozenset({"lead"})), Part(departments=frozenset({"fire"}))], 0, 0),
    ],
)
def test_what_one_visit_saves(parts: list[Part], officers: int, driving: int) -> None:
    """Gate visits, officers' hours on site and on the road, and driving of cars."""
    asked = [
        Request(code="drawn", departments=frozenset({name}), service=3_600)
        for name in ("lead", "fire")
    ]
    found = saving(asked, parts=parts, service=3_600, leg_seconds=1_800)
    assert found == Saving(visits=1, officer_seconds=officers, driving_seconds=driving)
    with_expert = [*parts, Part(assists=True)]
    assert saving(asked, parts=with_expert, service=3_600, leg_seconds=1_800) == found
    assert found + found == Saving(
        visits=2, officer_seconds=2 * officers, driving_seconds=2 * driving
    )
