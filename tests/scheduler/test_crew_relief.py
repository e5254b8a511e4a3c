"""Where no crew can be formed the ways out are tried, priced and said in both languages."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from maps.messages import sentence
from scheduler.crew_relief import COSTS, Form, NoCrew, diagnose
from scheduler.crews import Task
from scheduler.plan import Route
from scheduler.problem import Inspector, TeamDay, Visit

MONDAY = dt.date(2026, 11, 23)
UNTIL = dt.date(2027, 12, 31)
WORDS = tomllib.loads(
    (Path(__file__).parents[2] / "maps" / "messages" / "crews.toml").read_text("utf-8")
)


def task(*visits: Visit, seats: int = 4, id_: str = "T0", departments: str = "A") -> Task:
    """Return a route with its visits on Monday; promised departments as letters."""
    day = TeamDay(
        id=id_, team=1, day=MONDAY, depot="S", vehicle="C", seats=seats, start=0, end=86_400,
        lunch=(0, 0, 0), departments=frozenset(departments), specialities=frozenset(),
    )  # fmt: skip
    route = Route(team_day=id_, depart=0, stops=(), back=0, lunch=None, metres=0, seconds=0)
    return Task(route=route, team_day=day, visits=visits)


def visit(number: int, **changes: Any) -> Visit:
    """Return a visit V1, V2 … to E1, E2 …."""
    return Visit(
        id=f"V{number}", object=f"E{number}", place=0, kind="random", service=60, **changes
    )


def officer(id_: str, department: str = "A", **changes: Any) -> Inspector:
    """Return a certified officer."""
    return Inspector(id=id_, name=id_, department=department, certified_until=UNTIL, **changes)


def trouble(people: list[Inspector], *tasks: Task) -> NoCrew:
    """Return what is said about the first crew that cannot be formed."""
    form = Form(people={one.id: one for one in people}, names={}, min_crew=2)
    return diagnose(form, tasks)


def told(error: NoCrew) -> list[tuple[str, int]]:
    """Return codes and costs of the reliefs in their order."""
    return [(one.code, one.cost) for one in error.reliefs]


def test_one_officer_whom_all_avoid() -> None:
    """One officer who has to avoid the firm: people bind, and leaving the visit is cheapest."""
    error = trouble([officer("P1", avoid=frozenset({"E1"}))], task(visit(1)))
    assert (error.constraint, error.visits) == ("people", ("V1",))
    assert told(error) == [("relief_visits", 3), ("relief_officer", 4)]
    assert error.reliefs[1].detail == {
        "team_day": "T0", "day": "2026-11-23", "officers": 2, "departments": ["A"],
    }  # fmt: skip


def test_all_avoiding_names_the_avoidances_last() -> None:
    """Where all avoid one of three firms, that one is left out; lifting avoidances comes last."""
    people = [officer(f"P{at}", avoid=frozenset({"E2"})) for at in range(4)]
    error = trouble(people, task(visit(1), visit(2), visit(3)))
    assert (error.constraint, error.visits) == ("avoidance", ("V2",))
    assert told(error) == [("relief_visits", 3), ("relief_officer", 4), ("relief_avoidance", 20)]
    assert error.reliefs[-1].detail["persons"] == ["P0", "P1"]
    assert error.reliefs[-1].detail["objects"] == ["E2"]


def test_one_more_officer_is_cheaper_than_a_visit() -> None:
    """One officer short: the officer of that department is the cheapest way out."""
    people = [officer("P1"), officer("P2"), officer("Q1", "B", avoid=frozenset({"E1"}))]
    need = visit(1, departments=frozenset("AB"))
    error = trouble(people, task(need, visit(2), departments="AB"))
    assert error.constraint == "avoidance"
    assert told(error) == [("relief_officer", 2), ("relief_visits", 3), ("relief_avoidance", 10)]
    assert error.reliefs[0].detail["departments"] == ["B"]
    assert error.detail()["reliefs"][0]["code"] == "relief_officer"


def test_a_missing_speciality_is_asked_for_alone() -> None:
    """The officer asked for knows what is missing and nothing that others know."""
    people = [officer("P1", specialities=frozenset({"fire"})), officer("P2"), officer("P3")]
    need = visit(1, specialities=frozenset({"fire", "mine"}))
    error = trouble(people, task(need))
    assert (error.constraint, error.missing) == ("speciality", "mine")
    assert told(error)[0] == ("relief_officer_skill", 2)
    assert error.reliefs[0].detail["specialities"] == ["mine"]


@pytest.mark.parametrize(("seats", "code"), [(5, "relief_larger"), (2, "relief_seats")])
def test_a_larger_crew_where_two_do_not_know_enough(seats: int, code: str) -> None:
    """Three officers who each know one thing: a larger crew, in a bigger car if need be."""
    names = ("mine", "fire", "gas")
    people = [officer(name, specialities=frozenset({name})) for name in names]
    error = trouble(people, task(visit(1, specialities=frozenset(names)), seats=seats))
    assert told(error)[0] == (code, 1)
    assert error.reliefs[0].detail["seats"] == 3


def test_optional_visits_go_first() -> None:
    """Of visits that help equally the optional one is left out, then the last in ticket order."""
    people = [officer("P1"), officer("P2"), officer("P3", specialities=frozenset({"mine"}))]
    other = task(visit(9, specialities=frozenset({"mine"})), id_="T0")
    alone = task(visit(1), visit(2, mandatory=False), id_="T1")
    error = trouble(people, other, alone)
    assert error.team_day == "T1"
    assert error.visits == ("V1", "V2")
    shunning = [officer(f"P{at}", avoid=frozenset({f"E{at}"})) for at in (1, 2)]
    error = trouble(shunning, task(visit(1), visit(2, mandatory=False)))
    assert error.constraint == "avoidance"
    assert set(error.visits) == {"V1", "V2"}


def test_crews_that_can_be_formed_have_no_relief() -> None:
    """Asking for a diagnosis where nothing is wrong is an error."""
    with pytest.raises(ValueError, match="can be formed"):
        trouble([officer("P1"), officer("P2")], task(visit(1)))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("code", [*COSTS, *(f"no_crew_{one}" for one in (
    "avoidance", "speciality", "department", "people"))])  # fmt: skip
def test_every_relief_is_said_with_its_data(code: str, lang: str) -> None:
    """Sentences use only data that a relief or the error has; nothing reads as a dash."""
    data = {
        "team_day": "T0", "day": "2026-11-23", "officers": 1, "departments": ["A"], "have": 2,
        "specialities": ["mine"], "visits": ["V1"], "count": 1, "persons": ["P1"], "seats": 3,
        "objects": ["E1"], "missing": "mine", "constraint": "x",
    }  # fmt: skip
    said = sentence(code, lang=lang, **data)
    assert "—" not in said
    assert "{" not in said


def test_no_sentence_of_crews_without_a_code() -> None:
    """Every sentence of crews.toml belongs to a code of the draw of crews."""
    known = {
        *COSTS, "relief_first", "relief_or", "crew_days_raised", "crew_not_uniform",
        *(f"no_crew_{one}" for one in ("avoidance", "speciality", "department", "people")),
    }  # fmt: skip
    assert set(WORDS) == known
    for row in WORDS.values():
        fields = [{name for _, name, _, _ in Formatter().parse(row[x]) if name} for x in row]
        assert all(one == fields[0] for one in fields)
