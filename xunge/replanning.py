"""A week that is planned already is planned again, because something has happened to it.

The recorded plan and its problem are read back; what is over stays; the rest is changed as little
as possible (:mod:`scheduler.replan`). The new plan is one more link of the chain and names the one
whose place it takes; the files of that one move to ``superseded/``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layers.events import EventKind
from layers.rows import records
from scheduler.match import NoCrew
from scheduler.plan import plan_from_json
from scheduler.replan import Disruption, locks, replan
from scheduler.schedule import crew_size
from scheduler.verify import PlanRejected, require
from xunge import publish, rounds
from xunge.compute import _desk
from xunge.geography import travel_between
from xunge.knowledge import experts, inspectors, know
from xunge.lock import alone
from xunge.outputs import render
from xunge.planning import timed
from xunge.problem_record import problem_of_json
from xunge.replan_crews import NewCrews, crews_again
from xunge.replan_record import Again, again_record, roster_of
from xunge.replan_reports import take_in_reports
from xunge.replan_request import Away, Request, away, known_visits, locks_of
from xunge.replan_urgent import Urgent, urgent_of
from xunge.rounds import WeekError
from xunge.week import OUT, inputs_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from geo.travel import Travel
    from scheduler.problem import Inspector, Problem, TeamDay
    from scheduler.replan import Replanned
    from xunge.compute import Inputs
    from xunge.knowledge import Knowledge
    from xunge.rounds import Round
    from xunge.week import Folder

_ATTEMPTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplanResult:
    """What planning again did: the week, where its files are, and its record."""

    week: str
    out: Path
    record: Mapping[str, Any]

    @property
    def replan(self) -> Mapping[str, Any]:
        """What changed, and what that cost."""
        found: Mapping[str, Any] = self.record["replan"]
        return found


def run_replan(
    folder: Folder,
    request: Request,
    *,
    monday: dt.date,
    as_of: dt.date,
    out: Path | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> ReplanResult:
    """Plan the rest of the week of *monday* again.

    Parameters
    ----------
    as_of
        First day that can still be changed.

    Raises
    ------
    WeekError
        ``replan_no_plan``, ``replan_old_record`` (the plan was made before weeks could be planned
        again), ``replan_week_over``, ``replan_nothing``, ``later_week_recorded``, or what is wrong
        with the request.
    layers.problems.UnreadableFile, xunge.replan_reports.ReportsRefusedError
        If a file of urgent reports cannot be taken in.
    scheduler.verify.PlanRejected
    """
    place = out or folder.path / OUT / rounds.week_name(monday)
    with alone(folder.path):
        current = _current(monday)
        again = _Again(folder, request, current=current, as_of=as_of, progress=progress)
        record = again.record()
        files = again.rendered(record)
        progress("rendered")
        place.mkdir(parents=True, exist_ok=True)
        manifest = publish.stage(place, files)
        progress("staged")
        rounds.conclude(current, record=record, manifest=manifest)
        progress("recorded")
        publish.settle(place, manifest, label=rounds.label_of(current, record))
        progress("published")
    return ReplanResult(week=current.week, out=place, record=record)


def _current(monday: dt.date) -> Round:
    """Return the planned round of a week, which must be the last that is drawn."""
    from xunge.web.ledger import frames

    current = rounds.latest(monday)
    if current is None or current.planned is None:
        raise WeekError("replan_no_plan", week=rounds.week_name(monday))
    if "problem" not in current.planned["record"]:
        raise WeekError("replan_old_record", week=current.week)
    last = frames.last_event(EventKind.COMMITTED, EventKind.DRAWN)
    if last is not None and last["on"] > monday:
        raise WeekError("later_week_recorded", week=current.week, later=last["subject"])
    return current


class _Again:
    """One run of planning again."""

    def __init__(
        self,
        folder: Folder,
        request: Request,
        *,
        current: Round,
        as_of: dt.date,
        progress: Callable[[str], None],
    ) -> None:
        assert current.planned is not None  # noqa: S101 - the caller has looked
        self.folder, self.request, self.progress = folder, request, progress
        self.current, self.as_of = current, as_of
        self.before: Mapping[str, Any] = current.planned["record"]
        self.problem = problem_of_json(self.before["problem"])
        self.plan = plan_from_json(self.before["plan"])
        self.days = tuple(
            day for day in sorted({one.day for one in self.problem.team_days}) if day >= as_of
        )
        if not self.days:
            raise WeekError("replan_week_over", week=current.week, date=as_of)
        if request.empty and not self._substituted():
            raise WeekError("replan_nothing")
        self.done = self._done()

    def record(self) -> dict[str, Any]:
        """Return the record of the week as it is planned now."""
        reports = self._take_in_reports()
        self.inputs = self._inputs()
        known = know(self.as_of, tables=self.folder.tables)
        people, helpers = self._people(known)
        cars = away(self.request.cars, known.registers["vehicles"], names=("id", "plate"),
                    days=self.days, code="car")  # fmt: skip
        desk, workdays = _desk(self.inputs)
        urgent = urgent_of(
            [*self._objects(), *reports], playing=self.current.bench.playing, before=self.before,
            problem=self.problem, plan=self.plan, known=known, desk=desk, workdays=workdays,
            days=self.days, as_of=self.as_of,
        )  # fmt: skip
        ways, points = self._ways(urgent)
        problem = self._timed(urgent, ways, points)
        problem, lost, spare = _without(problem, cars, self._spares(known))
        off = {(one.id, day) for one in self.absent for day in one.days}
        lost |= {day.id for day in problem.team_days if (day.expert, day.day) in off}
        self.progress("problem")
        done, crews, problem = self._settled(problem, urgent, people, helpers, lost=lost)
        self.progress("verified")
        return again_record(
            Again(
                before=self.before, current=self.current, as_of=self.as_of, request=self.request,
                absent=self.absent, cars=cars, spare=spare, urgent=urgent, problem=problem,
                points=points, done=done, crews=crews, ways=ways, lost=self.lost,
                inputs=self.inputs,
            )
        )  # fmt: skip

    def rendered(self, record: Mapping[str, Any]) -> dict[str, bytes]:
        """Return every file of the week."""
        return render(
            record, self.current.link, self.inputs.knowledge, self.inputs.geography,
            settings=self.folder.settings, tables=self.folder.tables, progress=self.progress,
        )  # fmt: skip

    def _substituted(self) -> bool:
        return set(self.current.bench.playing) != set(self.before["drawn"])

    def _done(self) -> frozenset[str]:
        from xunge.web.ledger import frames

        told = frames.events(EventKind.VISITED, EventKind.NOT_VISITED)
        planned = self.plan.served()
        return frozenset(rounds.reported(told, self.current.monday) & planned)

    def _take_in_reports(self) -> list[str]:
        """Take in the files among the urgent ones; return the ids of their reports."""
        files = [text for text in self.request.urgent if self._is_file(text)]
        return [
            id_
            for text in files
            for id_ in take_in_reports(self.folder, Path(text), today=self.as_of)
        ]

    def _objects(self) -> list[str]:
        return [text for text in self.request.urgent if not self._is_file(text)]

    def _is_file(self, text: str) -> bool:
        return Path(text).suffix.lower() in (".xlsx", ".xls", ".csv", ".tsv")

    def _inputs(self) -> Inputs:
        return inputs_of(
            self.folder, self.current.monday, redraw_reason="", seed=self.before["seed"],
            number=self.current.number,
        )  # fmt: skip

    def _people(self, known: Knowledge) -> tuple[tuple[Inspector, ...], tuple[Inspector, ...]]:
        """Return officers and experts; who is away has the days as leave."""
        registers = known.registers
        columns = ["id", "name"]
        everyone = pd.concat([registers["inspectors"][columns], registers["experts"][columns]])
        self.absent = away(
            self.request.absent, everyone, names=("id", "name"), days=self.days, code="person"
        )
        return (
            _on_leave(inspectors(known, tables=self.folder.tables), self.absent),
            _on_leave(experts(known), self.absent),
        )

    def _ways(self, urgent: Urgent) -> tuple[Travel, list[tuple[float, float]]]:
        points = [(float(lon), float(lat)) for lon, lat in self.before["problem"]["points"]]
        points += urgent.points
        lon, lat = (np.array(values, dtype=float) for values in zip(*points, strict=True))
        ways = travel_between(lon, lat, self.inputs.geography, settings=self.folder.settings)
        return ways, points

    def _timed(self, urgent: Urgent, ways: Travel, points: list[tuple[float, float]]) -> Problem:
        """Return the recorded problem with travel times, those of urgent visits among them."""
        known = self.problem.visits
        both = timed(
            self.problem.replace(visits=(*known, *urgent.visits)), ways, self.inputs.geography,
            points=points, settings=self.folder.settings,
        )  # fmt: skip
        return both.replace(visits=known)

    def _spares(self, known: Knowledge) -> list[dict[str, Any]]:
        return records(known.registers["vehicles"])

    def _settled(
        self,
        problem: Problem,
        urgent: Urgent,
        people: Sequence[Inspector],
        helpers: Sequence[Inspector],
        *,
        lost: frozenset[str],
    ) -> tuple[Replanned, NewCrews, Problem]:
        """Return plan and crews: a round for which nobody can go is lost as well."""
        ids, days, teams = locks_of(self.request.locked, self.plan.served())
        locked = locks(self.plan, problem, visits=ids, days=days, teams=teams)
        open_visits = frozenset(
            visit.id for visit in problem.visits if self._open(visit.id, problem)
        )
        cancelled = known_visits(self.request.cancelled, self.before, open_visits=open_visits) | (
            urgent.replaced & open_visits
        )
        # A joint visit goes as a whole.
        met = {visit.meets for visit in problem.visits if visit.id in cancelled} - {""}
        cancelled |= {visit.id for visit in problem.visits if visit.meets in met}
        for _ in range(_ATTEMPTS):
            self.lost = lost
            done = self._planned(problem, urgent, lost=lost, cancelled=cancelled, locked=locked)
            self.progress("planned")
            roster = roster_of(
                self.before, self.inputs, done, urgent=urgent, people=people, helpers=helpers,
                revision=rounds.revision_of(self.before) + 1,
            )  # fmt: skip
            try:
                crews = crews_again(done.open_plan, done.open_problem, roster)
            except NoCrew as error:
                lost |= {error.team_day}
                continue
            broken = crews.checked(done.open_plan, done.open_problem, roster)
            if broken:
                raise PlanRejected(broken)
            return done, crews, problem
        raise WeekError("replan_no_crews", week=self.current.week)

    def _open(self, visit: str, problem: Problem) -> bool:
        """Tell whether a visit can still be changed."""
        if visit in self.done:
            return False
        over = {day.id for day in problem.team_days if day.day < self.as_of}
        under_way = {
            route.team_day
            for route in self.plan.routes
            if any(stop.visit in self.done for stop in route.stops)
        }
        return not any(
            stop.visit == visit and route.team_day in over | under_way
            for route in self.plan.routes
            for stop in route.stops
        )

    def _planned(
        self,
        problem: Problem,
        urgent: Urgent,
        *,
        lost: frozenset[str],
        cancelled: frozenset[str],
        locked: Mapping[str, str],
    ) -> Replanned:
        settings = self.folder.settings.plan
        disruption = Disruption(
            lost=lost, cancelled=cancelled, urgent=urgent.visits, wanted=urgent.wanted,
            today=self.as_of, done=self.done,
        )  # fmt: skip
        done = replan(
            problem, self.plan, disruption, locked=locked, drawn=urgent.tickets,
            move_seconds=settings.move_minutes * 60, effort=settings.effort,
            time_limit_s=settings.time_limit_s, engine=settings.engine,
        )  # fmt: skip
        require(done.open_plan, done.open_problem)
        return done


def _on_leave(people: Sequence[Inspector], absent: Sequence[Away]) -> tuple[Inspector, ...]:
    off = {one.id: one.days for one in absent}
    return tuple(
        replace(one, leave=(*one.leave, *((day, day) for day in off.get(one.id, ()))))
        for one in people
    )


def _without(
    problem: Problem, cars: Sequence[Away], register: Sequence[Mapping[str, Any]]
) -> tuple[Problem, frozenset[str], dict[str, str]]:
    """Return the problem with spare cars where there are some, and the team-days that are lost."""
    broken = {(one.id, day) for one in cars for day in one.days}
    used = {(one.vehicle, one.day) for one in problem.team_days}
    lost: set[str] = set()
    spare: dict[str, str] = {}
    team_days: list[TeamDay] = []
    for day in problem.team_days:
        if (day.vehicle, day.day) not in broken:
            team_days.append(day)
            continue
        other = _spare(day, register, taken=used | broken)
        team_days.append(replace(day, vehicle=other) if other else day)
        if other:
            used.add((other, day.day))
            spare[day.id] = other
        else:
            lost.add(day.id)
    return problem.replace(team_days=tuple(team_days)), frozenset(lost), spare


def _spare(
    day: TeamDay, register: Sequence[Mapping[str, Any]], *, taken: set[tuple[str, dt.date]]
) -> str:
    """Return a car of the same station and owner that is free on that day and has room."""
    own = next((one["department"] or "" for one in register if one["id"] == day.vehicle), "")
    for row in sorted(register, key=lambda one: (one["seats"] or 0, str(one["id"]))):
        away_ = any(first <= day.day <= last for first, last in row["unavailable"])
        fits = (row["seats"] or 0) >= max(day.seats, crew_size(day.departments))
        free = (str(row["id"]), day.day) not in taken and not away_
        free &= own == (row["department"] or "")
        if row["station"] == day.depot and free and fits and not day.equipment:
            return str(row["id"])
    return ""
