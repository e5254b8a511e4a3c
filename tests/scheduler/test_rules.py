"""Every planning rule: one plan that keeps it, one that breaks it and nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from scheduler import rules
from scheduler.plan import Plan, Route, Stop, Unserved
from scheduler.problem import Depot, Follows, Limit, Problem, TeamDay, Visit
from scheduler.verify import PlanRejected, notices, require, verify

MONDAY = dt.date(2026, 11, 23)
TUESDAY = dt.date(2026, 11, 24)
M = 60


def _problem() -> Problem:
    """Return two visits by one team on Monday, an optional third, and an idle team on Tuesday."""
    day = TeamDay(
        id="mon", team=1, day=MONDAY, depot="S", vehicle="C1", seats=3, start=510 * M,
        end=1050 * M, lunch=(690 * M, 750 * M, 60 * M), departments=frozenset({"fire", "lead"}),
        specialities=frozenset({"mine"}), max_visits=2,
    )  # fmt: skip
    visits = (
        Visit(id="a", object="A", place=1, kind="joint", service=60 * M,
              window=(540 * M, 900 * M), days=(MONDAY,), departments=frozenset({"fire"}),
              specialities=frozenset({"mine"}), due=MONDAY),
        Visit(id="b", object="B", place=2, kind="random", service=60 * M, due=MONDAY),
        Visit(id="c", object="C", place=1, kind="patrol", service=30 * M, mandatory=False,
              prize=100),
    )  # fmt: skip
    seconds = np.full((3, 3), 30 * M, dtype=np.int64)
    return Problem(
        visits=visits,
        team_days=(
            day,
            replace(day, id="tue", day=TUESDAY),
            replace(day, id="too", team=2, vehicle="C2"),
        ),
        depots=(Depot(id="S", name="S", place=0),),
        seconds=seconds,
        metres=seconds * 10,
    )


def _plan() -> Plan:
    """Return a plan of :func:`_problem` that keeps every rule."""
    route = Route(
        team_day="mon", depart=510 * M, back=730 * M, lunch=730 * M, metres=54_000, seconds=90 * M,
        stops=(
            Stop(visit="a", arrive=540 * M, start=540 * M, leave=600 * M),
            Stop(visit="b", arrive=630 * M, start=640 * M, leave=700 * M),
        ),
    )  # fmt: skip
    left = Unserved(visit="c", reason="not_worth_it", detail={})
    return Plan(routes=(route,), left=(left,), objective=5_500, engine="hand")


def _route(**changes: object) -> Plan:
    plan = _plan()
    return replace(plan, routes=(replace(plan.routes[0], **changes),))  # type: ignore[arg-type]


def _stop(at: int, **changes: object) -> Plan:
    stops = list(_plan().routes[0].stops)
    stops[at] = replace(stops[at], **changes)  # type: ignore[arg-type]
    return _route(stops=tuple(stops))


def _visit(id_: str, **changes: object) -> Problem:
    problem = _problem()
    visits = [replace(v, **changes) if v.id == id_ else v for v in problem.visits]  # type: ignore[arg-type]
    return problem.replace(visits=tuple(visits))


def _day(**changes: object) -> Problem:
    problem = _problem()
    first, *rest = problem.team_days
    return problem.replace(team_days=(replace(first, **changes), *rest))  # type: ignore[arg-type]


def _visits(**changes: object) -> Problem:
    """Return the problem with both visits that are made changed."""
    problem = _problem()
    visits = [v if v.id == "c" else replace(v, **changes) for v in problem.visits]  # type: ignore[arg-type]
    return problem.replace(visits=tuple(visits))


def _days(*changes: dict[str, object]) -> Problem:
    """Return the problem with its team-days changed, in turn."""
    days = zip(_problem().team_days, changes, strict=True)
    return _problem().replace(team_days=tuple(replace(day, **to) for day, to in days))  # type: ignore[arg-type]


def _meeting(problem: Problem, *, start: int = 640) -> tuple[Plan, Problem]:
    """Return a plan in which both visits are made at once by two cars, the second at *start*."""
    whole = _plan().routes[0]
    first, second = (
        replace(whole, team_day=day, depart=(begin - 30) * M, back=(begin + 150) * M,
                stops=(Stop(visit=visit, arrive=begin * M, start=begin * M,
                            leave=(begin + 60) * M),),
                lunch=(begin + 60) * M, seconds=60 * M, metres=36_000)
        for day, visit, begin in (("mon", "a", 640), ("too", "b", start))
    )  # fmt: skip
    problem = problem.replace(visits=tuple(
        v if v.id == "c" else replace(v, meets="J") for v in problem.visits
    ))  # fmt: skip
    return replace(_carried(), routes=(first, second), objective=7_300), problem


def _carried(**detail: object) -> Plan:
    return replace(_plan(), left=(Unserved(visit="c", reason="carried", detail=dict(detail)),))


_OPEN = replace(_route(back=700 * M, seconds=60 * M, metres=36_000), objective=3_700)
_EXPERT = _days({}, {}, {"expert": "E", "seats": 1, "departments": frozenset()})
_LATE = replace(_plan(), objective=5_500 + 2 * 30 * M)


def _twice(*, team_day: str) -> Plan:
    """Return the plan with its second visit on a route of its own."""
    plan = _plan()
    whole = plan.routes[0]
    first = replace(whole, stops=whole.stops[:1], back=630 * M, lunch=690 * M, seconds=60 * M,
                    metres=36_000)  # fmt: skip
    second = replace(whole, team_day=team_day, stops=whole.stops[1:], depart=600 * M,
                     seconds=60 * M, metres=36_000)  # fmt: skip
    return replace(_carried(), routes=(first, second), objective=7_300)


def _left(reason: str) -> Plan:
    """Return the plan with another reason for what is left out."""
    return replace(_plan(), left=(Unserved(visit="c", reason=reason, detail={}),))


def test_good_plan_keeps_every_rule() -> None:
    """The plan that all other tests spoil is accepted."""
    assert verify(_plan(), _problem()) == []
    require(_plan(), _problem())


BROKEN: list[tuple[str, Plan, Problem]] = [
    ("unknown_id", replace(_plan(), left=(
        *_plan().left, Unserved(visit="z", reason="carried", detail={}))), _problem()),
    ("visit_twice", replace(_route(
        stops=(*_plan().routes[0].stops, Stop(visit="b", arrive=700 * M, start=700 * M,
                                              leave=760 * M)),
        back=790 * M, lunch=None)), _day(max_visits=3, lunch=(0, 0, 0))),
    ("route_not_single", _twice(team_day="mon"), _problem()),
    ("outside_window", _plan(), _visit("a", window=(541 * M, 900 * M))),
    ("outside_window", _plan(), _visit("a", window=(500 * M, 539 * M))),
    ("wrong_day", _plan(), _visit("a", days=(TUESDAY,))),
    ("travel_too_short", _stop(1, arrive=629 * M), _problem()),
    ("travel_too_short", _route(depart=511 * M), _problem()),
    ("travel_too_short", _route(back=729 * M), _problem()),
    ("travel_too_short", _route(lunch=700 * M), _problem()),
    ("start_before_arrival", _stop(1, arrive=641 * M), _problem()),
    ("service_cut_short", _stop(1, leave=699 * M), _problem()),
    ("service_too_long", _stop(1, start=635 * M), _problem()),
    ("lunch_missing", _route(lunch=None), _problem()),
    ("lunch_missing", _plan(), _day(lunch=(0, 0, 0))),
    ("lunch_outside_window", _route(lunch=751 * M), _problem()),
    ("lunch_in_visit", _route(lunch=695 * M, back=785 * M), _problem()),
    ("outside_hours", _plan(), _day(end=729 * M)),
    ("outside_hours", _plan(), _day(start=511 * M)),
    ("speciality_missing", _plan(), _day(specialities=frozenset())),
    ("department_missing", _plan(), _day(departments=frozenset({"lead"}))),
    ("too_few_seats", _plan(), _day(seats=1)),
    ("vehicle_twice", _twice(team_day="too"), _days({}, {}, {"vehicle": "C1"})),
    ("vehicle_twice", _twice(team_day="tue"), _days(
        {"end": 1050 * M}, {"start": -500 * M, "team": 3}, {})),
    ("team_twice", _twice(team_day="too"), _days({}, {}, {"team": 1})),
    ("overtime_exceeded", replace(_plan(), objective=5_500 + 29 * M),
     _day(end=700 * M, overtime=29 * M)),
    ("finish_wrong", replace(_OPEN, routes=(replace(_OPEN.routes[0], back=701 * M),)),
     _day(open_end=True)),
    ("equipment_missing", _plan(), _visit("a", equipment=frozenset({"gas"}))),
    ("overloaded", _plan(), _visits(load=2).replace(team_days=_day(capacity=3).team_days)),
    ("expert_alone", _plan(), _day(expert="E")),
    ("expert_missing", _plan(), _visit("b", assists=True)),
    ("lock_broken", _plan(), _problem().replace(locked={"a": "too"})),
    ("not_together", *_meeting(_problem(), start=641)),
    ("not_together", _plan(), _visits(meets="J")),
    ("not_together", _plan(), _visit("b", meets="J").replace(visits=(
        *_visit("b", meets="J").visits[:2], replace(_problem().visits[2], meets="J")))),
    ("order_broken", _plan(), _visit("b", follows=Follows(visit="a", least=100 * M + 1))),
    ("order_broken", _plan(), _visit("b", follows=Follows(visit="a", most=100 * M - 1))),
    ("order_broken", _plan(), _visit("b", follows=Follows(visit="c"))),
    ("round_split", _twice(team_day="tue"), _visits(round="R")),
    ("gate_split", _twice(team_day="too"), _visits(gate="G")),
    ("limit_exceeded", _plan(), _problem().replace(limits=(
        Limit(code="annual_cap", visits=frozenset({"a", "b"})),))),
    ("limit_exceeded", _plan(), _problem().replace(limits=(
        Limit(code="forbidden_pair", visits=frozenset({"a", "b"}), within="team_day"),))),
    ("room_was_left", _left("no_time_left"), _problem()),
    ("worth_it", replace(_plan(), objective=5_400 + 3_601), _visit("c", prize=3_601)),
    ("ticket_order", _carried(ticket_rank=3, kept=1, queue=4), _problem()),
    ("too_many_visits", _plan(), _day(max_visits=1)),
    ("mandatory_lost", replace(_plan(), left=(
        *_plan().left, Unserved(visit="d", reason="lazy", detail={})), objective=3_605_500),
     _problem().replace(visits=(*_problem().visits, replace(_problem().visits[1], id="d")))),
    ("not_accounted_once", replace(_plan(), left=()), _problem()),
    ("not_accounted_once", replace(_plan(), left=_plan().left * 2), _problem()),
    ("not_accounted_once", replace(_plan(), left=(
        *_plan().left, Unserved(visit="a", reason="carried", detail={}))), _problem()),
    ("reason_unknown", _left("lazy"), _problem()),
    ("reason_untrue", _left("no_day"), _problem()),
    ("reason_untrue", _left("too_far"), _day(lunch=(0, 0, 0), max_visits=1)),
    ("mandatory_weighed", replace(_plan(), objective=3_605_400), _visit("c", mandatory=True)),
    ("totals_wrong", _route(metres=53_999), _problem()),
    ("objective_wrong", replace(_plan(), objective=5_400), _problem()),
]  # fmt: skip


@pytest.mark.parametrize(("code", "plan", "problem"), BROKEN, ids=[code for code, *_ in BROKEN])
def test_broken_rule_is_named(code: str, plan: Plan, problem: Problem) -> None:
    """A plan that breaks one rule is rejected with that rule named, and the rule alone sees it."""
    found = {violation.rule for violation in verify(plan, problem)}
    assert code in found
    assert found <= {code, *_COMPANIONS.get(code, ())}
    own = next(rule for rule in rules.RULES if rule.code == code)
    assert own.violations(plan, problem)
    assert own.violations(_plan(), _problem()) == []
    with pytest.raises(PlanRejected) as caught:
        require(plan, problem)
    assert code in caught.value.rules


KEPT: list[tuple[str, Plan, Problem]] = [
    ("overtime", _LATE, _day(end=700 * M, overtime=30 * M, overtime_price=2)),
    ("open end", _OPEN, _day(open_end=True)),
    ("finish", _plan(), _day(finish="N").replace(depots=(
        *_problem().depots, Depot(id="N", name="N", place=2)))),
    ("equipment", _plan(), _visit("a", equipment=frozenset({"gas"})).replace(
        team_days=_day(equipment=frozenset({"gas", "tape"})).team_days)),
    ("load", _plan(), _visits(load=2).replace(team_days=_day(capacity=4).team_days)),
    ("lock", _plan(), _problem().replace(locked={"a": "mon", "c": "tue"})),
    ("night round", _twice(team_day="too"), _days(
        {"end": 640 * M}, {}, {"start": 600 * M, "day": TUESDAY, "vehicle": "C1", "team": 1})),
    ("prices", replace(_plan(), objective=5_507), _problem().replace(
        prices={("a", "mon"): 7, ("b", "tue"): 99})),
    ("meets", *_meeting(_problem())),
    ("none of a joint visit", replace(
        _plan(), left=(*_plan().left, Unserved(visit="d", reason="no_department", detail={})),
        objective=3_605_500), _problem().replace(visits=(*_problem().visits, replace(
            _problem().visits[1], id="d", meets="J", departments=frozenset({"x"}))))),
    ("follows", _plan(), _visit("b", follows=Follows(visit="a", least=100 * M, most=100 * M))),
    ("round", _plan(), _visits(round="R")),
    ("gate", _plan(), _visits(gate="G")),
    ("limit", _plan(), _problem().replace(limits=(
        Limit(code="annual_cap", visits=frozenset({"a", "b"}), most=2, within="day"),))),
    ("limit that keeps a visit out", _left("over_limit"), _problem().replace(limits=(
        Limit(code="annual_cap", visits=frozenset({"a", "b", "c"}), most=2),))),
    ("no room", _left("no_time_left"), _problem().replace(
        visits=(*_problem().visits[:2], replace(_problem().visits[2], service=500 * M)))),
    ("tickets", _carried(ticket_rank=3, kept=2, queue=3), _problem()),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "problem"), [one[1:] for one in KEPT], ids=[k for k, *_ in KEPT])
def test_rule_is_kept(plan: Plan, problem: Problem) -> None:
    """A plan that uses what a rule allows is accepted."""
    if problem.team_days[0].finish:
        plan = replace(plan, routes=(replace(plan.routes[0], seconds=60 * M, metres=36_000,
                                             back=700 * M, lunch=700 * M),),
                       objective=3_700)  # fmt: skip
    assert verify(plan, problem) == []


def test_expert_assists_where_officers_inspect() -> None:
    """An expert's part of a joint visit is legal beside the officers' part, and not without it."""
    plan, problem = _meeting(_EXPERT)
    a, b, c = problem.visits
    assisted = problem.replace(visits=(a, replace(b, assists=True), c))
    assert verify(plan, assisted) == []
    alone = problem.replace(visits=(replace(a, assists=True), replace(b, assists=True), c))
    assert {one.rule for one in verify(plan, alone)} == {"expert_alone", "expert_missing"}


def test_uneven_hours_are_told() -> None:
    """Weekly hours that lie further apart than asked for are a notice with the spread reached."""
    problem = _problem()
    too = replace(problem.team_days[2], id="tuesday", day=TUESDAY)
    even = problem.replace(spread=2_000, team_days=(*problem.team_days, too))
    assert notices(_plan(), even) == []
    [told] = notices(_plan(), even.replace(spread=1_999))
    assert (told.rule, told.detail) == ("hours_uneven", {"spread": 2_000, "most": 1_999})


def test_hours_of_teams_that_are_out_for_longer_or_shorter_are_their_own() -> None:
    """A team of one day is not held against one of two days, nor an expert against officers."""
    problem = _problem().replace(spread=1)
    assert notices(_plan(), problem) == []
    first, second, _ = problem.team_days
    night = replace(first, id="night", team=3, start=1140 * M, end=1380 * M)
    expert = [replace(day, id=f"x{day.id}", team=4, expert="X") for day in (first, second)]
    pair = [replace(day, id=f"y{day.id}", team=5) for day in (first, second)]
    assert notices(_plan(), problem.replace(team_days=(first, second, night, *expert))) == []
    [told] = notices(_plan(), problem.replace(team_days=(first, second, night, *expert, *pair)))
    assert told.rule == "hours_uneven"


_COMPANIONS = {
    # What cannot be broken alone: moving one thing moves another.
    "visit_twice": {"totals_wrong"},
    "lunch_in_visit": {"travel_too_short"},
    "mandatory_lost": {"reason_unknown"},
    "reason_untrue": {"lunch_missing", "too_many_visits"},
}


def test_every_rule_has_a_broken_plan() -> None:
    """No rule is without a plan that breaks it."""
    assert {code for code, *_ in BROKEN} == {rule.code for rule in rules.RULES}


def test_every_rule_has_a_sentence() -> None:
    """Each rule states itself in its docstring."""
    for rule in (*rules.RULES, *rules.NOTICES):
        assert (type(rule).__doc__ or "").strip().endswith((".", ")."))


def test_unknown_team_day_and_station() -> None:
    """Routes of unknown team-days and of team-days without a station are named, not crashed on."""
    assert verify(_route(team_day="?"), _problem())[0].rule == "unknown_id"
    assert verify(_plan(), _day(depot="?"))[0].rule == "unknown_id"


def test_mandatory_that_vanished() -> None:
    """A mandatory visit in neither list breaks both rules of account."""
    problem = _problem()
    more = problem.replace(visits=(*problem.visits, replace(problem.visits[1], id="d")))
    found = {violation.rule for violation in verify(_plan(), more)}
    assert found == {"mandatory_lost", "not_accounted_once", "objective_wrong"}


def test_lunch_during_a_drive_counts_as_no_driving() -> None:
    """A drive with lunch on the way takes the travel time and the whole lunch."""
    first = replace(_plan().routes[0].stops[0], arrive=615 * M, start=615 * M, leave=675 * M)
    for arrive, expected in ((765 * M, []), (764 * M, ["travel_too_short"])):
        second = Stop(visit="b", arrive=arrive, start=765 * M, leave=825 * M)
        plan = _route(stops=(first, second), lunch=690 * M, back=855 * M)
        assert [violation.rule for violation in verify(plan, _problem())] == expected


def test_after_due_is_told_with_the_days_in_time() -> None:
    """A visit after its due date is a notice that names the days open in time, not a breach."""
    problem = _visit("b", due=dt.date(2026, 11, 20))
    assert verify(_plan(), problem) == []
    assert [(v.rule, v.visit, v.detail["earlier"]) for v in notices(_plan(), problem)] == [
        ("after_due", "b", [])
    ]
    assert notices(_plan(), _problem()) == []
