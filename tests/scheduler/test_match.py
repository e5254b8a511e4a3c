"""Crews drawn after the routes: tickets decide, rules hold, nobody is drawn who must not be."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from scheduler import solve
from scheduler.match import Crews, ExpertRule, NoCrew, check_crews, draw_crews, replay_crews
from scheduler.problem import Depot, Inspector, Problem, TeamDay, Visit
from scheduler.tickets import ticket

if TYPE_CHECKING:
    from scheduler.plan import Plan

MONDAY = dt.date(2026, 11, 23)
UNTIL = dt.date(2027, 12, 31)


def _problem(needs: list[dict[str, Any]], *, teams: int = 1, **day: Any) -> Problem:
    """Return *teams* team-days a day, each with the one visit that fits its hour."""
    team_days = tuple(
        TeamDay(
            **{
                "id": f"T{at}", "team": at, "day": MONDAY + dt.timedelta(days=at // teams),
                "depot": "S", "vehicle": f"C{at}", "seats": 4,
                "start": at * 3600, "end": at * 3600 + 3600,
                "lunch": (0, 0, 0), "max_visits": 1,
                "departments": frozenset({"lead", "fire", "road"}),
                "specialities": frozenset({"mine", "chem"}),
            } | day
        )
        for at in range(len(needs))
    )  # fmt: skip
    visits = tuple(
        Visit(**{"id": f"V{at}", "object": f"E{at}", "place": 0, "kind": "random", "service": 60,
                 "window": (at * 3600, at * 3600 + 60)} | need)
        for at, need in enumerate(needs)
    )  # fmt: skip
    zero = np.zeros((1, 1), dtype=np.int64)
    depots = (Depot(id="S", name="S", place=0),)
    return Problem(visits=visits, team_days=team_days, depots=depots, seconds=zero, metres=zero)


def _officer(id_: str, department: str = "lead", **changes: Any) -> Inspector:
    values: dict[str, Any] = {"name": id_, "certified_until": UNTIL} | changes
    return Inspector(id=id_, department=department, **values)


def _draw(problem: Problem, people: list[Inspector], **options: Any) -> tuple[Plan, Crews]:
    plan = solve.plan(problem, effort=1)
    assert not plan.left
    options = {"seed": "s", "round_id": "r", "lead_department": "lead"} | options
    crews = draw_crews(plan, problem, inspectors=people, **options)
    experts, names = options.get("experts", ()), options.get("names")
    assert check_crews(crews, plan, problem, inspectors=people, experts=experts, names=names) == []
    return plan, crews


STAFF = [_officer(f"L{at}") for at in range(6)]


def test_the_leader_has_the_smallest_ticket() -> None:
    """Members are named in the order of their tickets; the first of the lead department leads."""
    need = {"departments": frozenset({"lead", "fire"})}
    people = [*STAFF, *(_officer(f"F{at}", "fire") for at in range(4))]
    for seed in ("s", "t", "u", "v"):
        _, crews = _draw(_problem([need]), people, seed=seed)
        crew = crews.of("T0")
        tickets = [ticket(x, seed=seed, round_id="r", stratum="crew:T0") for x in crew.inspectors]
        assert tickets == sorted(tickets)
        assert crew.leader == next(one for one in crew.inspectors if one.startswith("L"))
    listed = crews.record["crews"][0]["candidates"]
    assert [one["ticket"] for one in listed] == sorted(one["ticket"] for one in listed)
    assert {one["id"] for one in listed if one["taken"]} == set(crew.inspectors)
    with pytest.raises(KeyError):
        crews.of("T9")


def test_crews_depend_on_tickets_only() -> None:
    """The order of the list changes nothing, another seed or round does."""
    problem = _problem([{}] * 6, teams=2)
    _, crews = _draw(problem, STAFF)
    _, again = _draw(problem, STAFF[::-1])
    _, other = _draw(problem, STAFF, seed="t")
    assert again == crews
    assert other.crews != crews.crews


def test_who_can_be_in_no_crew_changes_nothing() -> None:
    """Officers who are away, or of no department that goes, have no influence on the crews."""
    problem = _problem([{}] * 4, teams=2)
    _, crews = _draw(problem, STAFF)
    others = [_officer("A0", leave=((MONDAY, MONDAY + dt.timedelta(days=9)),)),
              _officer("B0", "elsewhere"), _officer("C0", may_inspect=False)]  # fmt: skip
    _, again = _draw(problem, [*others, *STAFF])
    assert again == crews


def test_every_pair_has_the_same_chance() -> None:
    """Over many seeds all pairs of equal officers are drawn about equally often."""
    problem = _problem([{}])
    plan = solve.plan(problem, effort=1)
    found = Counter(
        draw_crews(plan, problem, inspectors=STAFF[:4], seed=str(seed), round_id="r").of("T0")
        .inspectors for seed in range(240)
    )  # fmt: skip
    pairs = Counter(frozenset(pair) for pair in found.elements())
    assert len(pairs) == 6
    assert stats.chisquare(list(pairs.values())).pvalue > 0.001


def test_sm3_gives_other_crews_that_are_repeatable() -> None:
    """The hash function is part of the record and changes tickets and crews."""
    problem = _problem([{}] * 6, teams=2)
    _, ours = _draw(problem, STAFF)
    _, theirs = _draw(problem, STAFF, digest="sm3")
    assert (ours.record["digest"], theirs.record["digest"]) == ("sha256", "sm3")
    assert ours.crews != theirs.crews
    assert replay_crews(theirs.record) == []


def test_departments_specialities_leave_and_certificates() -> None:
    """A crew has every department and speciality, and only certified people who are present."""
    need = {"departments": frozenset({"fire", "road", "lead"}),
            "specialities": frozenset({"mine"})}  # fmt: skip
    people = [
        *STAFF,
        _officer("F0", "fire"),
        _officer("F1", "fire", specialities=frozenset({"mine"})),
        _officer("R0", "road", leave=((MONDAY, MONDAY),)),
        _officer("R1", "road", certified_until=MONDAY - dt.timedelta(days=1)),
        _officer("R2", "road", may_inspect=False),
        _officer("R3", "road"),
        _officer("X0", "elsewhere", specialities=frozenset({"mine"})),
    ]
    _, crews = _draw(_problem([need]), people)
    crew = crews.of("T0")
    assert set(crew.inspectors) > {"F1", "R3"}
    assert len(crew.inspectors) == 3
    assert crew.leader.startswith("L")


def test_crew_grows_to_what_was_promised() -> None:
    """Where two officers cannot know enough, more of the promised departments ride along."""
    need = {"specialities": frozenset({"mine", "chem", "gas"})}
    people = [_officer(name, specialities=frozenset({name})) for name in ("mine", "chem", "gas")]
    problem = _problem([need], specialities=frozenset({"mine", "chem", "gas"}))
    _, crews = _draw(problem, people)
    assert len(crews.of("T0").inspectors) == 3


@pytest.mark.parametrize("shunned", ["E0", "东方 石场", "ｅ０"])
def test_avoidance_by_id_or_name(shunned: str) -> None:
    """An officer is not sent to an object on their avoidance list, by id or by name."""
    people = [_officer("A", avoid=frozenset({shunned})), _officer("B"), _officer("C")]
    _, crews = _draw(_problem([{}]), people, names={"E0": ["东方石场"]})
    assert set(crews.of("T0").inspectors) == {"B", "C"}


def test_one_crew_a_day() -> None:
    """Nobody is in two crews on one day."""
    _, crews = _draw(_problem([{}] * 3, teams=3), STAFF)
    riders = [person for crew in crews.crews for person in crew.inspectors]
    assert sorted(riders) == sorted(one.id for one in STAFF)


def test_days_a_week_are_limited_and_relaxed_with_a_note() -> None:
    """Nobody works more days than the limit, unless there is no other way, which is noted."""
    problem = _problem([{}] * 5)
    _, crews = _draw(problem, STAFF[:4], max_days=3)
    riders = [person for crew in crews.crews for person in crew.inspectors]
    assert max(riders.count(one.id) for one in STAFF) <= 3
    assert crews.notes == ()
    _, crews = _draw(problem, STAFF[:2], max_days=3)
    assert crews.notes == (("crew_days_relaxed", "3"), ("crew_days_raised", "5"))
    assert crews.record["max_days"] == 5


def test_experts_assist_and_never_count() -> None:
    """An expert of the domain joins where the rule wants one and a seat is left, once a day."""
    mine = {"specialities": frozenset({"mine"})}
    people = [_officer(f"M{at}", specialities=frozenset({"mine"})) for at in range(6)]
    experts = [
        Inspector(id="X", name="X", department="", specialities=frozenset({"mine"})),
        Inspector(id="Y", name="Y", department="", specialities=frozenset({"chem"})),
        Inspector(id="Z", name="Z", department="", specialities=frozenset({"mine"}),
                  avoid=frozenset({"E0"})),
    ]  # fmt: skip
    rule = ExpertRule(specialities=frozenset({"mine"}))
    problem = _problem([mine, {}, mine], teams=3)
    _, crews = _draw(problem, people, experts=experts, expert_rule=rule)
    assert [crew.experts for crew in crews.crews] == [("X",), (), ("Z",)]
    full = _problem([mine], seats=2, departments=frozenset({"lead"}))
    _, crews = _draw(full, people, experts=experts, expert_rule=rule)
    assert crews.notes == (("expert_no_seat", "T0"),)
    _, crews = _draw(problem, people, experts=experts[:2], expert_rule=rule)
    assert crews.notes == (("expert_none", "T2"),)
    other = replace(rule, kinds=frozenset({"joint"}))
    _, crews = _draw(problem, people, experts=experts, expert_rule=other)
    assert not any(crew.experts for crew in crews.crews)


@pytest.mark.parametrize(
    ("need", "people", "constraint", "missing"),
    [
        ({"departments": frozenset({"fire"})}, STAFF, "department", "fire"),
        ({"specialities": frozenset({"mine"})}, STAFF, "speciality", "mine"),
        ({}, [_officer(f"A{at}", avoid=frozenset({"E0"})) for at in range(3)], "avoidance", ""),
        ({}, STAFF[:1], "people", ""),
    ],
)
def test_no_crew_names_what_binds(
    need: dict[str, Any], people: list[Inspector], constraint: str, missing: str
) -> None:
    """Where no crew can be formed the error names the team-day, the constraint and the visits."""
    problem = _problem([need])
    with pytest.raises(NoCrew) as caught:
        _draw(problem, people)
    error = caught.value
    assert (error.team_day, error.constraint, error.missing) == ("T0", constraint, missing)
    assert error.visits == ("V0",)
    assert error.code == "no_crew"


def test_check_names_every_breach() -> None:
    """The recheck of crews names each rule that a spoilt crew breaks."""
    need = {"departments": frozenset({"lead"}), "specialities": frozenset({"mine"})}
    people = [
        _officer("A", specialities=frozenset({"mine"})), _officer("B"), _officer("C", "fire"),
        _officer("D", certified_until=None), _officer("E", leave=((MONDAY, MONDAY),)),
        _officer("F", avoid=frozenset({"E0"})),
    ]  # fmt: skip
    problem = _problem([need, {}], teams=2)
    plan, crews = _draw(problem, people)
    first, second = crews.crews

    def found(**changes: Any) -> set[str]:
        spoilt = replace(crews, crews=(replace(first, **changes), second))
        return {v.rule for v in check_crews(spoilt, plan, problem, inspectors=people)}

    spare = "A" if "A" not in second.inspectors else "B"
    assert found(inspectors=(spare,), leader=spare) >= {"crew_too_small"}
    assert "crew_too_large" in found(inspectors=tuple("ABCDEF"))
    assert found(leader="Q") == {"crew_leader"}
    assert "crew_unknown_person" in found(inspectors=("A", "Q"), leader="A")
    assert "crew_unknown_person" in found(experts=("Q",))
    assert "crew_uncertified" in found(inspectors=("A", "D"), leader="A")
    assert "crew_on_leave" in found(inspectors=("A", "E"), leader="A")
    assert "crew_avoidance" in found(inspectors=("A", "F"), leader="A")
    assert {"crew_department", "crew_speciality"} <= found(inspectors=("C", "Q"), leader="C")
    assert "crew_double_booked" in found(inspectors=second.inspectors, leader=second.leader)
    assert found(team_day="T9") == {"crew_missing", "crew_unknown"}


def test_crews_as_json() -> None:
    """Crews are plain JSON data with the record of the draw."""
    _, crews = _draw(_problem([{}]), STAFF)
    data = crews.to_json()
    assert data["crews"][0]["team_day"] == "T0"
    assert data["record"]["seed"] == "s"
