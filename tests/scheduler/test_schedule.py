"""Exact times of one team's day."""

from __future__ import annotations

import datetime as dt
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.plan import Plan
from scheduler.problem import Depot, Problem, TeamDay, Visit
from scheduler.schedule import Timetable, crew_size, has_room, obstacle
from scheduler.verify import verify

MONDAY = dt.date(2026, 11, 23)
HOUR = 3600
MINUTE = 60


def team_day(**changes: object) -> TeamDay:
    """Return a team-day from 8:30 to 17:30 with an hour of lunch from 11:30 to 12:30."""
    values: dict[str, object] = {
        "id": "T1", "team": 1, "day": MONDAY, "depot": "S", "vehicle": "C1", "seats": 5,
        "start": 510 * MINUTE, "end": 1050 * MINUTE,
        "lunch": (690 * MINUTE, 750 * MINUTE, HOUR),
    }  # fmt: skip
    return TeamDay(**(values | changes))  # type: ignore[arg-type]


def visit(name: str, *, place: int = 1, **changes: object) -> Visit:
    """Return an hour's visit."""
    values: dict[str, object] = {
        "id": name, "object": name, "place": place, "kind": "random", "service": HOUR,
    }  # fmt: skip
    return Visit(**(values | changes))  # type: ignore[arg-type]


def problem(visits: list[Visit], day: TeamDay, *, minutes: int = 30, places: int = 8) -> Problem:
    """Return a problem in which every drive takes *minutes*, also within a place."""
    seconds = np.full((places, places), minutes * MINUTE, dtype=np.int64)
    return Problem(
        visits=tuple(visits), team_days=(day,), depots=(Depot(id="S", name="S", place=0),),
        seconds=seconds, metres=seconds * 10,
    )  # fmt: skip


def test_leaves_late_without_delaying() -> None:
    """A car leaves as late as the earliest start of its first inspection allows."""
    one = visit("a", window=(10 * HOUR, 16 * HOUR))
    route = Timetable(problem([one], team_day())).route(team_day(), [one])
    assert route is not None
    assert (route.depart, route.stops[0].arrive, route.stops[0].start) == (
        9 * HOUR + 30 * MINUTE, 10 * HOUR, 10 * HOUR,
    )  # fmt: skip


def test_lunch_after_return() -> None:
    """A team back before the latest start of lunch eats at the station."""
    one = visit("a")
    route = Timetable(problem([one], team_day())).route(team_day(), [one])
    assert route is not None
    assert route.back == 630 * MINUTE
    assert route.lunch == 690 * MINUTE


def test_lunch_never_inside_a_visit() -> None:
    """A visit that would run over the whole lunch window starts after lunch."""
    one = visit("a", service=3 * HOUR, window=(10 * HOUR, 16 * HOUR))
    route = Timetable(problem([one], team_day())).route(team_day(), [one])
    assert route is not None
    assert route.lunch == 690 * MINUTE
    assert route.stops[0].start == 750 * MINUTE


def test_lunch_is_eaten_on_arrival_rather_than_on_the_road() -> None:
    """Lunch interrupts a drive only where it cannot begin on arrival."""
    first = visit("a", service=2 * HOUR + 10 * MINUTE)  # 9:00 to 11:10
    second = visit("b", place=2, service=4 * HOUR)
    day = team_day()
    route = Timetable(problem([first, second], day)).route(day, [first, second])
    assert route is not None
    assert route.stops[1].arrive == route.lunch == 700 * MINUTE
    assert route.stops[1].start == 760 * MINUTE
    far = problem([first, second], day, minutes=100)
    long_drive = Timetable(far).route(team_day(end=20 * HOUR), [visit("a"), second])
    assert long_drive is not None
    assert long_drive.lunch is not None
    assert long_drive.stops[1].arrive - long_drive.stops[0].leave == 160 * MINUTE


def test_no_lunch_where_none_is_foreseen() -> None:
    """A lunch of length 0 means none."""
    day = team_day(lunch=(0, 0, 0))
    one = visit("a")
    route = Timetable(problem([one], day)).route(day, [one])
    assert route is not None
    assert route.lunch is None


def test_no_travel_within_one_place() -> None:
    """Two visits at one place need no drive between them, whatever the matrix says."""
    day = team_day()
    both = [visit("a"), visit("b")]
    route = Timetable(problem(both, day)).route(day, both)
    assert route is not None
    assert route.seconds == 60 * MINUTE
    assert route.stops[1].arrive == route.stops[0].leave


@pytest.mark.parametrize(
    ("visits", "day"),
    [
        ([visit("a", window=(0, 500 * MINUTE))], team_day()),
        ([visit("a", service=8 * HOUR + MINUTE)], team_day(lunch=(0, 0, 0))),
        ([visit("a", service=7 * HOUR + MINUTE)], team_day()),
        ([visit("a"), visit("b")], team_day(max_visits=1)),
        ([], team_day()),
    ],
    ids=["window", "hours", "lunch", "count", "empty"],
)
def test_what_does_not_fit_has_no_route(visits: list[Visit], day: TeamDay) -> None:
    """A sequence that breaks a rule of time has no route."""
    assert Timetable(problem(visits, day)).route(day, visits) is None


def test_lateness_is_the_missing_time() -> None:
    """Lateness counts the seconds that are missing at the end of the day."""
    day = team_day(lunch=(0, 0, 0))
    one = visit("a", service=8 * HOUR + 10 * MINUTE)
    table = Timetable(problem([one], day))
    assert table.lateness(day, [one]) == 10 * MINUTE
    longer = team_day(end=day.end + 10 * MINUTE, lunch=(0, 0, 0))
    assert table.route(longer, [one]) is not None


def test_obstacles_come_in_order() -> None:
    """Department, speciality, seats and day are looked at in this order."""
    wanted = visit(
        "a", departments=frozenset({"fire"}), specialities=frozenset({"mine"}),
        days=(MONDAY + dt.timedelta(days=1),),
    )  # fmt: skip
    promise = {"departments": frozenset({"fire"})}
    skilled = promise | {"specialities": frozenset({"mine"})}
    assert obstacle(wanted, team_day()) == "no_department"
    assert obstacle(wanted, team_day(**promise)) == "no_speciality"
    assert obstacle(wanted, team_day(**skilled, seats=1)) == "no_seat"
    assert obstacle(wanted, team_day(**skilled)) == "no_day"
    assert obstacle(visit("b"), team_day()) is None
    assert (crew_size(frozenset()), crew_size(frozenset("abc"))) == (2, 3)


def _slow_earliest_back(day: TeamDay, visits: list[Visit], drive: int) -> int | None:
    """Return the earliest return by trying every minute at which lunch could start."""
    earliest, latest, length = day.lunch
    backs = []
    for lunch in range(earliest, latest + 1, MINUTE):
        free: int | None = day.start
        for goal in [*visits, None]:
            assert free is not None
            ready = free + drive
            if lunch < ready and lunch + length > free:
                ready = free + drive + length if lunch >= free else lunch + length + drive
            if goal is None:
                backs.append(ready)
                break
            start = max(ready, goal.window[0])
            if start + goal.service > lunch and start < lunch + length:
                start = lunch + length
            if start > goal.window[1]:
                break
            free = start + goal.service
    good = [back for back in backs if back <= day.end]
    return min(good) if good else None


@settings(deadline=None, max_examples=150)
@given(
    services=st.lists(st.integers(1, 18).map(lambda n: n * 10 * MINUTE), min_size=1, max_size=4),
    opens=st.lists(st.integers(48, 96), min_size=4, max_size=4),
    widths=st.lists(st.integers(0, 40), min_size=4, max_size=4),
    drive=st.integers(1, 8).map(lambda n: n * 10 * MINUTE),
)
def test_earliest_return_against_trying_every_minute(
    services: list[int], opens: list[int], widths: list[int], drive: int
) -> None:
    """The timetable returns as early as any start of lunch allows, and its times pass the rules."""
    day = team_day()
    visits = [
        visit(f"v{at}", place=at + 1, service=service,
              window=(opens[at] * 10 * MINUTE, (opens[at] + widths[at]) * 10 * MINUTE))
        for at, service in enumerate(services)
    ]  # fmt: skip
    task = problem(visits, day, minutes=drive // MINUTE)
    route = Timetable(task).route(day, visits)
    expected = _slow_earliest_back(day, visits, drive)
    assert (route.back if route else None) == expected
    if route is not None:
        plan = Plan(routes=(route,), left=(), objective=route.seconds, engine="hand")
        assert verify(plan, task) == []


def test_order_of_visits_matters_not_for_driving_at_equal_distances() -> None:
    """Driving is the sum of the drives of the round trip."""
    day = team_day()
    both = [visit("a"), visit("b", place=2)]
    table = Timetable(problem(both, day))
    assert {
        table.driving(day, list(order)) for order in product(both, both) if order[0] != order[1]
    } == {90 * MINUTE}
    assert table.driving(day, []) == 0


def test_round_ends_at_another_station() -> None:
    """The last drive leads to the station named as the finish, and detours know it."""
    day = team_day(finish="N", lunch=(0, 0, 0))
    stops = [visit("a", place=1), visit("b", place=2)]
    week = problem(stops, day)
    seconds = week.seconds.copy()
    seconds[2, 7], seconds[1, 7] = 3 * MINUTE, 40 * MINUTE
    week = week.replace(seconds=seconds, depots=(*week.depots, Depot(id="N", name="N", place=7)))
    timetable = Timetable(week)
    route = timetable.route(day, stops)
    assert route is not None
    assert route.back == route.stops[-1].leave + 3 * MINUTE
    assert route.seconds == timetable.driving(day, stops) == 63 * MINUTE
    for new, base in ((stops[0], stops[1:]), (stops[1], stops[:1]), (stops[0], [])):
        expected = [
            timetable.driving(day, [*base[:at], new, *base[at:]]) - timetable.driving(day, base)
            for at in range(len(base) + 1)
        ]
        assert timetable.detours(day, base, new) == expected


@pytest.mark.parametrize(
    "lunch", [(0, 0, 0), (690 * MINUTE, 750 * MINUTE, HOUR), (900 * MINUTE, 990 * MINUTE, HOUR)]
)
def test_open_end_stops_at_the_last_leave(lunch: tuple[int, int, int]) -> None:
    """Where the end is open nobody drives back, and lunch may come after the last visit."""
    day = team_day(open_end=True, lunch=lunch, end=690 * MINUTE)
    stops = [visit("a", place=1), visit("b", place=2)]
    week = problem(stops, day)
    timetable = Timetable(week)
    route = timetable.route(day, stops)
    assert route is not None
    assert route.back == route.stops[-1].leave == 690 * MINUTE
    assert route.seconds == timetable.driving(day, stops) == 60 * MINUTE
    assert timetable.detours(day, stops[:1], stops[1]) == [30 * MINUTE, 30 * MINUTE]
    assert timetable.detours(day, [], stops[1]) == [30 * MINUTE]
    assert timetable.lateness(team_day(open_end=True, lunch=lunch, end=689 * MINUTE), stops) == 60
    plan = Plan(routes=(route,), left=(), objective=route.seconds, engine="hand")
    assert verify(plan, week) == []


def test_overtime_is_allowed_and_priced() -> None:
    """A round may end so much after its hours as overtime allows; each second has its price."""
    day = team_day(lunch=(0, 0, 0), end=640 * MINUTE, overtime=20 * MINUTE, overtime_price=3)
    stops = [visit("a", place=1)]
    week = problem(stops, day).replace(prices={("a", "T1"): 50, ("a", "T2"): 999})
    timetable = Timetable(week)
    assert timetable.overtime(day, stops) == 0
    tight = team_day(lunch=(0, 0, 0), end=620 * MINUTE, overtime=20 * MINUTE, overtime_price=3)
    assert timetable.overtime(tight, stops) == 10 * MINUTE
    assert timetable.cost(tight, stops) == 60 * MINUTE + 50 + 3 * 10 * MINUTE
    assert timetable.lateness(tight, stops) == 0
    short = team_day(lunch=(0, 0, 0), end=620 * MINUTE, overtime=9 * MINUTE)
    assert timetable.lateness(short, stops) == 1 * MINUTE
    assert timetable.route(short, stops) is None


def test_several_services_at_one_place_take_no_drive() -> None:
    """Visits at one place follow each other without a drive, whatever the matrix says."""
    stops = [visit("a"), visit("b"), visit("c")]
    day = team_day(lunch=(0, 0, 0))
    route = Timetable(problem(stops, day)).route(day, stops)
    assert route is not None
    assert [stop.start for stop in route.stops[1:]] == [stop.leave for stop in route.stops[:2]]


def test_load_fills_the_car() -> None:
    """A round takes no more on board than its car carries."""
    day = team_day(capacity=5)
    stops = [visit("a", load=3), visit("b", load=2), visit("c", load=1)]
    timetable = Timetable(problem(stops, day))
    assert timetable.route(day, stops[:2]) is not None
    assert timetable.route(day, stops) is None
    assert has_room(day, stops[:1], stops[1])
    assert not has_room(day, stops[:2], stops[2])


@pytest.mark.parametrize(
    ("wanted", "given_", "code"),
    [
        ({"equipment": frozenset({"gas"})}, {}, "no_equipment"),
        ({"equipment": frozenset({"gas"})}, {"equipment": frozenset({"gas", "tape"})}, None),
        ({"load": 6}, {"capacity": 5}, "no_room_on_car"),
        ({"assists": True}, {}, "no_expert"),
        ({"assists": True}, {"expert": "E1", "seats": 1}, None),
        ({}, {"expert": "E1", "seats": 1}, "no_officer"),
    ],
)
def test_obstacles_of_cars_and_experts(
    wanted: dict[str, object], given_: dict[str, object], code: str | None
) -> None:
    """Cars must carry what is needed; experts travel alone and only assist."""
    assert obstacle(visit("a", **wanted), team_day(**given_)) == code


def test_locked_visit_has_one_team_day() -> None:
    """A locked visit is made by its own team-day or by none."""
    assert obstacle(visit("a"), team_day(), locked={"a": "T2"}) == "locked"
    assert obstacle(visit("a"), team_day(), locked={"a": "T1", "b": "T2"}) is None
