"""Weeks to plan from a generator that is not part of the project, and their judge.

The generator is a Python file with ``gen(name, seed)``, which makes a week, ``evaluate(week,
routes)``, which judges routes without any of the project's code, and ``SIZES``, the names of weeks.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scheduler.plan import week_days
from scheduler.problem import MIN_CREW, Depot, Problem, TeamDay, Visit

if TYPE_CHECKING:
    from collections.abc import Mapping

Routes = dict[str, list[str]]
"""Ids of visits in order of driving, by id of the team-day."""

VARIABLE = "XUNGE_WEEK_GENERATOR"
_BESIDE = Path(__file__).parents[2] / "shared" / "bench" / "inspection_week.py"
_MONDAY = dt.date(2026, 11, 23)


class NoGenerator(FileNotFoundError):  # noqa: N818 - says what is missing
    """The generator of weeks is not where it was looked for; ``path`` says where."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"no generator of weeks at {path}: name one with --generator or {VARIABLE}, "
            "or put shared/bench/inspection_week.py next to the checkout"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the generator's own judge says of routes."""

    objective: int
    dropped: int
    mandatory_lost: int
    feasible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One week: ``week`` as its generator made it, ``problem`` as Xunge sees it."""

    name: str
    seed: int
    week: dict[str, Any]
    problem: Problem


class Generator:
    """A generator of weeks, loaded from its file."""

    def __init__(self, path: Path | None = None) -> None:
        """Load *path*, the file named by the environment, or the one beside the checkout.

        Raises
        ------
        NoGenerator
            If the file is not there.
        """
        named = os.environ.get(VARIABLE)
        file = path or (Path(named) if named else _BESIDE)
        if not file.is_file():
            raise NoGenerator(file)
        spec = importlib.util.spec_from_file_location("week_generator", file)
        assert spec is not None
        assert spec.loader is not None
        self._module: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self._module)

    @property
    def names(self) -> list[str]:
        """Names of the weeks that it makes."""
        return list(self._module.SIZES)

    def case(self, name: str, *, seed: int) -> Case:
        """Return the week *name* of *seed*."""
        week = self._module.gen(name, seed)
        return Case(name=name, seed=seed, week=week, problem=as_problem(week))

    def case_by_day(self, name: str, *, seed: int) -> Case:
        """Return the same week without late shifts: all teams and all visits by day."""
        week = self._module.gen(name, seed)
        by_day = min(week["vehicles"], key=lambda one: one["start"])
        for one in week["vehicles"]:
            one.update({key: by_day[key] for key in ("start", "end", "brk")})
        for one in week["visits"]:
            if one["tw"][0] + one["service"] > by_day["end"]:
                one["tw"] = by_day["start"], by_day["end"] - one["service"]
        return Case(name=f"{name} by day", seed=seed, week=week, problem=as_problem(week))

    def judge(self, case: Case, routes: Mapping[str, list[str]]) -> Verdict:
        """Return what the generator's file says of *routes*."""
        plain = {
            _number(team_day): [_number(visit) for visit in stops]
            for team_day, stops in routes.items()
            if stops
        }
        found = self._module.evaluate(case.week, plain)
        return Verdict(
            objective=int(found["obj"]),
            dropped=int(found["dropped"]),
            mandatory_lost=int(found["mand_dropped"]),
            feasible=bool(found["feasible"]),
        )


def as_problem(week: Mapping[str, Any]) -> Problem:
    """Return a generator's week as a planning problem.

    A vehicle of the generator is a team on one day; its break becomes lunch, its skills become
    specialities. A dropped mandatory visit weighs 1,000 hours in both objectives.
    """
    days = week_days(_MONDAY)
    spots = np.array(week["locs"], dtype=float) * 1000
    metres = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1))
    return Problem(
        visits=tuple(_visit(one, days) for one in week["visits"]),
        team_days=tuple(_team_day(one, days) for one in week["vehicles"]),
        depots=tuple(
            Depot(id=f"S{place}", name=f"S{place}", place=place) for place in range(week["nd"])
        ),
        seconds=np.asarray(week["T"], dtype=np.int64),
        metres=metres.astype(np.int64),
    )


def _visit(one: Mapping[str, Any], days: tuple[dt.date, ...]) -> Visit:
    """Return a visit; one that is open all week has no list of days."""
    opens, closes = one["tw"]
    allowed = tuple(days[day] for day in one["days"])
    return Visit(
        id=f"V{one['id']:04d}",
        object=f"E{one['id']:04d}",
        place=int(one["loc"]),
        kind="random" if one["mand"] else "patrol",
        service=int(one["service"]),
        window=(int(opens), int(closes)),
        days=() if allowed == days else allowed,
        specialities=frozenset([one["skill"]] if one["skill"] else []),
        mandatory=bool(one["mand"]),
        prize=0 if one["mand"] else int(one["prize"]),
        order=int(one["id"]),
    )


def _team_day(one: Mapping[str, Any], days: tuple[dt.date, ...]) -> TeamDay:
    earliest, latest, length = one["brk"]
    return TeamDay(
        id=f"K{one['id']:04d}",
        team=int(one["team"]),
        day=days[one["day"]],
        depot=f"S{one['station']}",
        vehicle=f"C{one['team']}",
        seats=MIN_CREW,
        start=int(one["start"]),
        end=int(one["end"]),
        lunch=(int(earliest), int(latest), int(length)),
        specialities=frozenset(one["skills"]),
    )


def _number(id_: str) -> int:
    return int(id_[1:])
