"""Where cars meet, in words, and how experts join visits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scheduler.expert_rules import load_expert_rules
from scheduler.joint import Part, Request
from scheduler.problem import Depot, Inspector, Problem, Visit
from xunge.experts import wanting, with_experts
from xunge.meetings import meetings, merge_notes
from xunge.planning import without_experts
from xunge.tasks import Task


def _record() -> dict[str, Any]:
    def visit(id_: str, *departments: str, meets: str = "V1") -> dict[str, Any]:
        return {"id": id_, "meets": meets, "departments": list(departments)}

    def day(id_: str, team: int, **more: Any) -> dict[str, Any]:
        return {"id": id_, "team": team, "vehicle": f"C{team}", "night": False, "expert": ""} | more

    def route(id_: str, *stops: tuple[str, int]) -> dict[str, Any]:
        return {"team_day": id_, "stops": [{"visit": v, "start": s} for v, s in stops]}

    return {
        "visits": [visit("V1", "应急"), visit("V1-2", "消防"), visit("V1-3"),
                   visit("V2", "应急", meets="")],
        "team_days": [day("A", 1), day("B", 2, night=True), day("Z", 9, expert="Z1")],
        "vehicles": {"C1": "湘L1", "C2": "", "C9": ""},
        "people": {"Z1": {"name": "周某"}},
        "plan": {"routes": [route("A", ("V1", 34_800), ("V2", 40_000)),
                            route("B", ("V1-2", 34_800)), route("Z", ("V1-3", 34_800))]},
    }  # fmt: skip


def test_every_team_reads_when_and_with_whom_it_meets() -> None:
    """Teams have number, departments and plate, an expert a name; who comes alone reads nothing."""
    found = meetings(_record(), "zh")
    assert found == {
        "V1": "会合 09:40，与2组（夜查）（消防）、专家周某（自行前往）",
        "V1-2": "会合 09:40，与1组（应急·湘L1）、专家周某（自行前往）",
        "V1-3": "会合 09:40，与1组（应急·湘L1）、2组（夜查）（消防）",
    }
    assert meetings(_record(), "en")["V1-2"] == (
        "Meet at 09:40: Team 1 (应急, 湘L1), expert 周某 (comes by himself)"
    )


def test_a_meeting_that_fell_through_is_not_told() -> None:
    """Where one part alone is planned there is nobody to meet."""
    record = _record()
    record["plan"]["routes"] = record["plan"]["routes"][:1]
    assert meetings(record, "zh") == {}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_request_and_every_reason_has_words(lang: str) -> None:
    """What was merged and what was not is said in full, with names of departments."""
    codes = ("combined", "asked_order", "asked_report", "joint", "reinspection", "revisit",
             "report", "random", "key", "floor", "special", "covert")  # fmt: skip
    record = {
        "merged": [{"name": "甲厂", "requests": [{"code": one, "departments": ["应急"]}
                                                for one in codes],
                    "saved_officer_seconds": 9_000}],
        "apart": [{"name": "乙厂", "code": code, "departments": ["消防"]}
                  for code in ("apart_hours", "apart_days", "apart_team", "apart_time",
                               "apart_expert")],
    }  # fmt: skip
    lines = merge_notes(record, lang)
    assert len(lines) == 6
    assert "2.5" in lines[0]
    assert not any("request_" in line or "apart_" in line or "{" in line for line in lines)


def _task(object_: str, *, industry: str = "coal_mine", **changes: Any) -> Task:
    lead = frozenset({"lead"})
    values: dict[str, Any] = {
        "object": object_, "kind": "key", "name": object_, "lon": 0.0, "lat": 0.0,
        "service": 3_600, "window": (0, 3_600), "departments": lead,
        "specialities": frozenset({"mine"}), "industry": industry,
        "asked": (Request(code="key", departments=lead, service=3_600),),
    }  # fmt: skip
    return Task(**(values | changes))


def _expert(id_: str, *domains: str, **changes: Any) -> Inspector:
    return Inspector(id=id_, name=id_, department="", specialities=frozenset(domains),
                     may_inspect=False, **changes)  # fmt: skip


def _assisted(tasks: list[Task], experts: list[Inspector], most: int = 9
              ) -> tuple[list[Task], list[Inspector]]:  # fmt: skip
    return with_experts(
        tasks, experts, rules=load_expert_rules(), most=most, names={"E1": ["甲 厂"]}, seed="s",
        round_id="r", digest="sha256",
    )  # fmt: skip


def test_the_most_urgent_visits_that_want_one_get_an_expert() -> None:
    """So many visits have a part for an expert who knows the trade; one expert serves several."""
    tasks = [_task("E1"), _task("E2", urgency=5), _task("E3", industry="food"),
             _task("E4", mandatory=False), _task("E5", night=True)]  # fmt: skip
    assert [one.object for one in wanting(tasks, load_expert_rules())] == ["E2", "E1"]
    found, coming = _assisted(tasks, [_expert("Z1", "mine"), _expert("Z2", "metal")])
    assert [one.id for one in coming] == ["Z1"]
    part = Part(specialities=frozenset({"mine"}), assists=True)
    assert [task.parts[1:] for task in found] == [(part,), (part,), (), (), ()]
    assert found[0].parts[0] == Part(
        departments=frozenset({"lead"}), specialities=frozenset({"mine"})
    )
    only, _ = _assisted(tasks, [_expert("Z1", "mine")], most=1)
    assert [bool(task.parts) for task in only] == [False, True, False, False, False]


def test_an_expert_who_must_keep_away_does_not_come() -> None:
    """The avoidance list holds for experts, by any name of the firm."""
    shy = _expert("Z1", "mine", avoid=frozenset({"甲厂"}))
    assert _assisted([_task("E1")], [shy]) == ([_task("E1")], [])


def test_a_visit_is_made_without_its_expert_where_he_has_no_time() -> None:
    """The expert's part is taken off; what is left of two parts meets nobody any more."""
    parts = [
        Visit(id=f"V{at}", object="E", place=0, kind="key", service=1, meets=meets, assists=helps)
        for at, meets, helps in (
            (1, "V1", False), (2, "V1", True), (3, "V3", False), (4, "V3", False), (5, "V3", True),
        )
    ]  # fmt: skip
    zero = np.zeros((1, 1), dtype=np.int64)
    problem = Problem(
        visits=tuple(parts), team_days=(), depots=(Depot(id="S", name="S", place=0),),
        seconds=zero, metres=zero,
    )  # fmt: skip
    found = without_experts(problem, {"V1", "V3"})
    assert [(one.id, one.meets) for one in found.visits] == [("V1", ""), ("V3", "V3"), ("V4", "V3")]
    assert without_experts(problem, ()) == problem
