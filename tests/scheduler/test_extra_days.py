"""Night rounds and experts' own days: who has to rest, who can be promised, who is drawn."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from layers.refusals import RuleSettingsError
from scheduler.crews import Crew, Crews, check_crews
from scheduler.expert_rules import load_expert_rules, wish_for
from scheduler.extra_days import NightSettings, expert_days, night_days
from scheduler.match import NoCrew, draw_crews, replay_crews
from scheduler.plan import Plan, Route, Stop
from scheduler.problem import Depot, Inspector, Problem, TeamDay, Visit
from scheduler.shifts import is_night, rests_between
from scheduler.teams import Vehicle

MONDAY = dt.date(2026, 11, 23)
TUESDAY = MONDAY + dt.timedelta(days=1)
UNTIL = dt.date(2027, 12, 31)
HOUR = 3600
REST = 11 * HOUR
SETTINGS = NightSettings(start=20 * HOUR, end=25 * HOUR, teams=1, rest=REST, first_team=9)


def _officers(count: int, **changes: Any) -> list[Inspector]:
    return [
        Inspector(id=f"L{at}", name="x", department="lead", certified_until=UNTIL, **changes)
        for at in range(count)
    ]


def _day(id_: str, day: dt.date, *, hours: tuple[int, int] = (8, 17), **changes: Any) -> TeamDay:
    return TeamDay(
        **{
            "id": id_, "team": 1, "day": day, "depot": "S", "vehicle": f"C{id_}", "seats": 5,
            "start": hours[0] * HOUR, "end": hours[1] * HOUR, "lunch": (0, 0, 0),
            "departments": frozenset({"lead"}),
        } | changes
    )  # fmt: skip


def _nights(officers: list[Inspector], *, skills: tuple[str, ...] = (), teams: int = 1,
            cars: int = 3) -> tuple[TeamDay, ...]:  # fmt: skip
    week = [_day("M", MONDAY, vehicle="C0"), _day("T", TUESDAY, vehicle="C0")]
    return night_days(
        week, nights=[MONDAY], inspectors=officers, lead_department="lead", specialities=skills,
        vehicles=[Vehicle(id=f"C{at}", depot="S") for at in range(cars)],
        settings=replace(SETTINGS, teams=teams),
    )  # fmt: skip


def test_rest_counts_from_the_end_of_one_to_the_start_of_the_next() -> None:
    """After a night until one o'clock eleven hours end at noon; the order does not matter."""
    night = _day("N", MONDAY, hours=(20, 25))
    assert is_night(night)
    morning, noon = _day("A", TUESDAY), _day("B", TUESDAY, hours=(12, 18))
    assert not is_night(noon)
    assert not rests_between(night, morning, rest=REST)
    assert not rests_between(morning, night, rest=REST)
    assert rests_between(night, noon, rest=REST)
    # The day before the night ends at five: three hours are enough only if so few are asked.
    assert not rests_between(_day("D", MONDAY), night, rest=REST)
    assert rests_between(_day("D", MONDAY), night, rest=3 * HOUR)
    assert not rests_between(noon, _day("E", TUESDAY, hours=(15, 19)), rest=0)


def test_a_night_round_leaves_enough_officers_for_the_days_around() -> None:
    """Four officers man the night and the days beside it, three do not."""
    (night,) = _nights(_officers(4))
    assert (night.id, night.team, night.day) == ("2026-11-23-9", 9, MONDAY)
    assert (night.start, night.end, night.lunch) == (20 * HOUR, 25 * HOUR, (0, 0, 0))
    assert _nights(_officers(3)) == ()


def test_a_car_that_rests_by_day_goes_first() -> None:
    """One that is out by day goes again only where there is no other."""
    assert [one.vehicle for one in _nights(_officers(8))] == ["C1"]
    assert [one.vehicle for one in _nights(_officers(8), cars=1)] == ["C0"]
    assert [one.vehicle for one in _nights(_officers(8), teams=3, cars=2)] == ["C1", "C0"]


def test_a_night_promises_what_its_officers_can_know() -> None:
    """Specialities are promised as far as enough officers know them."""
    people = [*_officers(4), Inspector(id="X", name="x", department="lead", certified_until=UNTIL,
                                       specialities=frozenset({"fire"}))]  # fmt: skip
    (night,) = _nights(people, skills=("fire", "mine"))
    assert night.specialities == {"fire"}


def test_an_expert_has_a_day_whenever_he_is_there() -> None:
    """He goes by himself, alone, and does not inspect."""
    away = Inspector(
        id="Z1", name="x", department="", specialities=frozenset({"mine"}), may_inspect=False,
        leave=((TUESDAY, TUESDAY),),
    )  # fmt: skip
    (day,) = expert_days(
        [away], days=[MONDAY, TUESDAY], depot="S", hours=(8 * HOUR, 17 * HOUR), lunch=(0, 0, 0),
        first_team=7,
    )  # fmt: skip
    assert (day.id, day.expert, day.seats, day.departments) == ("2026-11-23-Z1", "Z1", 1, set())
    assert (day.team, day.specialities) == (7, {"mine"})


def _made(*days: TeamDay, assists: str = "") -> tuple[Plan, Problem]:
    """Return a plan in which every team-day makes one visit as it begins."""
    visits = tuple(
        Visit(id=f"V{day.id}", object=f"E{day.id}", place=0, kind="random", service=60,
              departments=day.departments, assists=day.id == assists)
        for day in days
    )  # fmt: skip
    routes = tuple(
        Route(team_day=day.id, depart=day.start, back=day.start + 60, lunch=None, metres=0,
              seconds=0, stops=(Stop(visit=f"V{day.id}", arrive=day.start, start=day.start,
                                     leave=day.start + 60),))
        for day in days
    )  # fmt: skip
    zero = np.zeros((1, 1), dtype=np.int64)
    return Plan(routes=routes, left=(), objective=0, engine="none"), Problem(
        visits=visits, team_days=days, depots=(Depot(id="S", name="S", place=0),),
        seconds=zero, metres=zero,
    )  # fmt: skip


def test_who_goes_out_by_night_rests() -> None:
    """Nobody of a night round is in the crews of the days around it, whatever the seed."""
    days = (_day("M", MONDAY), _day("N", MONDAY, hours=(20, 25)), _day("T", TUESDAY))
    plan, problem = _made(*days)
    people = _officers(4)
    for seed in "abcdef":
        crews = draw_crews(plan, problem, inspectors=people, seed=seed, round_id="r", rest=REST)
        assert check_crews(crews, plan, problem, inspectors=people, rest=REST) == []
        assert set(crews.of("N").inspectors).isdisjoint(crews.of("M").inspectors)
        assert set(crews.of("N").inspectors).isdisjoint(crews.of("T").inspectors)
        assert replay_crews(crews.record) == replay_crews(crews.night_record) == []
    # Three officers cannot: the night is given up, not the days.
    with pytest.raises(NoCrew) as caught:
        draw_crews(plan, problem, inspectors=people[:3], seed="a", round_id="r", rest=REST)
    assert (caught.value.team_day, caught.value.visits) == ("N", ("VN",))


def test_too_little_rest_is_found() -> None:
    """The recheck names who is on a night round and on a team of the next morning."""
    days = (_day("N", MONDAY, hours=(20, 25)), _day("T", TUESDAY))
    plan, problem = _made(*days)
    people = _officers(3)
    crews = Crews(
        crews=tuple(
            Crew(team_day=day.id, inspectors=("L0", f"L{at}"), leader="L0")
            for at, day in enumerate(days, start=1)
        ),
        record={},
    )
    found = check_crews(crews, plan, problem, inspectors=people, rest=REST)
    assert [(one.rule, one.detail["person"]) for one in found] == [("crew_no_rest", "L0")]
    assert check_crews(crews, plan, problem, inspectors=people, rest=7 * HOUR) == []


def test_an_expert_on_his_own_way_is_the_crew() -> None:
    """His day has no officer; he rides with no team on that day, and nobody takes his place."""
    expert = Inspector(id="Z1", name="x", department="", specialities=frozenset({"mine"}))
    own = _day("Z", MONDAY, expert="Z1", seats=1, departments=frozenset())
    plan, problem = _made(_day("M", MONDAY), own, assists="Z")
    people = _officers(3)
    crews = draw_crews(plan, problem, inspectors=people, experts=[expert], seed="a", round_id="r")
    assert crews.of("Z") == Crew(team_day="Z", inspectors=(), leader="", experts=("Z1",))
    check = {"inspectors": people, "experts": [expert]}
    assert check_crews(crews, plan, problem, **check) == []
    stray = tuple(replace(one, experts=()) if one.team_day == "Z" else one for one in crews.crews)
    found = check_crews(replace(crews, crews=stray), plan, problem, **check)
    assert [one.rule for one in found] == ["crew_expert"]


def test_which_visits_want_an_expert_is_data() -> None:
    """High-risk industries do as shipped; a bureau changes lists and adds rules."""
    rules = load_expert_rules()
    assert wish_for(rules, kind="key", industry="coal_mine") is rules[0]
    assert wish_for(rules, kind="key", industry="food") is None
    assert wish_for(rules, kind="patrol", industry="coal_mine") is None
    own = load_expert_rules({"high_risk": {"use": False}, "food": {"industries": ["food"]}})
    assert [(one.name, one.status) for one in own] == [("food", "setting")]
    assert wish_for(own, kind="report", industry="food") is own[0]


@pytest.mark.parametrize(
    "wrong",
    [{"high_risk": {"industry": ["food"]}}, {"x": {"industries": ["nothing"]}},
     {"x": {"kinds": "key"}}, {"x": {"use": "yes"}}],
)  # fmt: skip
def test_wrong_rules_of_experts_are_refused(wrong: dict[str, Any]) -> None:
    """An unknown name, code or kind of value is an error that says where."""
    with pytest.raises(RuleSettingsError, match="bad_experts") as caught:
        load_expert_rules(wrong)
    assert caught.value.rows[0][0].startswith("experts.")
