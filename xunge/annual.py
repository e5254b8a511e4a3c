"""The plan of the year: what the officers' days allow, how far it is done, whom it can reach."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from layers.rows import records
from scheduler.annual import (
    Capacity,
    ClassProgress,
    Duties,
    Pace,
    Targets,
    person_days,
    targets,
)
from scheduler.annual import progress as progress_of
from xunge import annual_facts as facts
from xunge.annual_coverage import Coverage, coverage_of
from xunge.annual_facts import KEY, OTHER, Base, Due, Subject
from xunge.knowledge import know

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from xunge.week import Folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A period with all that is counted of it: days, due work, targets.

    ``guests`` are the days of officers of other departments; no line of the plan counts them.
    """

    capacity: Capacity
    guests: Capacity
    due: Due
    targets: Targets

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "capacity": self.capacity.to_json(),
            "due": [asdict(line) for line in self.due.lines],
            "targets": asdict(self.targets),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnualReport:
    """The plan of a year as it stands on the morning of ``today``.

    Attributes
    ----------
    year, rest
        The whole year, and what is left of it from ``today`` on.
    planned
        Checks of the year by class; ``approved`` tells whether an approved plan says so.
    random
        Double-random checks and all planned checks of this year so far.
    week
        Draws and split of the latest recorded week, None where there is none.
    notes
        Codes and data of what a reader should know.
    """

    today: dt.date
    bureau: str
    lead: str
    officers: str
    pace: Pace
    year: Term
    rest: Term
    planned: Mapping[str, int]
    approved: bool
    classes: tuple[ClassProgress, ...]
    random: tuple[int, int]
    random_wanted: float
    crew: int
    duties: Duties
    key_share: float
    coverage_rest: Coverage
    coverage_year: Coverage
    week: Mapping[str, Any] | None
    notes: tuple[tuple[str, Mapping[str, Any]], ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "today": self.today.isoformat(), "bureau": self.bureau, "lead": self.lead,
            "officers": self.officers, "pace": asdict(self.pace), "year": self.year.to_json(),
            "rest": self.rest.to_json(), "planned": dict(self.planned), "approved": self.approved,
            "classes": [one.to_json() for one in self.classes],
            "random": {"done": self.random[0], "checks": self.random[1],
                       "wanted": self.random_wanted},
            "crew": self.crew, "duties": asdict(self.duties), "key_share": self.key_share,
            "coverage": {"rest": self.coverage_rest.to_json(),
                         "year": self.coverage_year.to_json()},
            "week": self.week, "notes": [{"code": code, **data} for code, data in self.notes],
        }  # fmt: skip


def annual(
    folder: Folder, *, today: dt.date, progress: Callable[[str], None] = lambda stage: None
) -> AnnualReport:
    """Return the plan of the year of *today*; what happened from *today* on is not seen.

    A folder whose ledgers were never read takes them in first. *progress* is told the name of
    every stage as it ends.

    Raises
    ------
    xunge.intake.NoLedgersError
        If there are no ledgers.
    """
    base = _base(folder, today, progress=progress)
    firms = facts.subjects(base)
    past = facts.plans(base)
    pace = facts.pace_of(base, past)
    year = _term(base, firms, pace, first=base.first)
    rest = _term(base, firms, pace, first=today)
    settings = folder.settings.year
    planned = _planned(base, year)
    checks = _checks(base, firms)
    progress("year")
    return AnnualReport(
        today=today, bureau=folder.settings.bureau.name, lead=base.desk.lead,
        officers=settings.officers, pace=pace, year=year, rest=rest, planned=planned,
        approved=_approved(base), classes=_progress(base, firms, checks, planned),
        random=(sum(kind == "random" for _, kind, _ in checks), len(checks)),
        random_wanted=settings.random_share, crew=folder.settings.plan.min_crew,
        duties=_duties(base), key_share=settings.key_share,
        coverage_rest=_coverage(base, firms, pace, rest), week=_week(past, today),
        coverage_year=_coverage(base, firms, pace, year), notes=_notes(base, pace),
    )  # fmt: skip


def _base(folder: Folder, today: dt.date, *, progress: Callable[[str], None]) -> Base:
    """Return what is known; ledgers that were never read are read first."""
    day = today - dt.timedelta(days=1)
    known = know(day, tables=folder.tables)
    if known.registers["enterprises"].empty:
        _take_in(folder, day, progress=progress)
        known = know(day, tables=folder.tables)
    progress("known")
    return facts.base_of(folder, known, today=today)


def _take_in(folder: Folder, day: dt.date, *, progress: Callable[[str], None]) -> None:
    from xunge.intake import take_in
    from xunge.lock import alone

    with alone(folder.path):
        take_in(folder.path, day=day, settings=folder.settings, tables=folder.tables,
                mapping=None, strict=False, progress=progress)  # fmt: skip


def _duties(base: Base) -> Duties:
    settings = base.folder.settings.year
    return Duties(
        other_enforcement=settings.other_enforcement_days,
        non_enforcement=settings.non_enforcement_days,
    )


def _term(base: Base, firms: Sequence[Subject], pace: Pace, *, first: dt.date) -> Term:
    """Count the days, the due work and the targets of the year from *first* on."""
    settings = base.folder.settings
    days, whole = base.days(first), first == base.first
    capacity, guests = (
        person_days(
            people, days=days, period=(first, base.last), year_days=len(base.days(base.first)),
            duties=_duties(base), key_share=settings.year.key_share,
        )
        for people in (base.people, base.guests)
    )  # fmt: skip
    due = facts.due_work(base, pace=pace, days=len(days), open_items=not whole)
    wanted = facts.groups(firms, pace=pace, whole_year=whole)
    visits = {True: 0, False: 0}
    cost = 0
    for one in wanted:
        visits[one.first] += one.count * one.visits
        cost += one.seconds * one.count * one.visits
    total = sum(visits.values())
    return Term(
        capacity=capacity, guests=guests, due=due,
        targets=targets(
            capacity, min_crew=settings.plan.min_crew, car_days=facts.car_days(base, days),
            day_seconds=pace.day_seconds, due=(due.visits, due.seconds),
            mean_cost=cost // total if total else pace.day_seconds,
            wanted=(visits[True], visits[False]), key_share=settings.year.key_share,
            weeks=base.workdays.weeks_left(first),
        ),
    )  # fmt: skip


def _approved(base: Base) -> bool:
    settings = base.folder.settings.year
    return bool(settings.approved_key or settings.approved_general)


def _planned(base: Base, year: Term) -> dict[str, int]:
    """Return the checks of the year by class: those of the approved plan, else what fits."""
    settings = base.folder.settings.year
    if _approved(base):
        return {KEY: settings.approved_key, OTHER: settings.approved_general}
    return {KEY: year.targets.key, OTHER: year.targets.general}


def _coverage(base: Base, firms: Sequence[Subject], pace: Pace, term: Term) -> Coverage:
    return coverage_of(
        base, firms, pace=pace, due=term.due,
        days={**term.guests.by_officer, **term.capacity.by_officer},
        car_days=int(term.targets.by_cars), whole_year=term.capacity.first == base.first,
    )  # fmt: skip


# Progress -----------------------------------------------------------------------------------------

Check = tuple[str, str, dt.date]


def _checks(base: Base, firms: Iterable[Subject]) -> list[Check]:
    """Return class, kind and day of every planned check of an enterprise made this year."""
    kinds = base.folder.tables["visit_kind"]
    classes = {one.id: KEY if one.class_ == KEY else OTHER for one in firms}
    return [
        (classes[row["object"]], row["kind"], row["date"])
        for row in records(base.known.visits)
        if row["object"] in classes
        and isinstance(row["date"], dt.date)
        and base.first <= row["date"] <= base.known.day
        and kinds.data_of(row["kind"] or "").get("counts_to_cap")
    ]


def _progress(
    base: Base, firms: Sequence[Subject], checks: Sequence[Check], planned: Mapping[str, int]
) -> tuple[ClassProgress, ...]:
    days = base.days(base.first)
    gone = sum(day < base.today for day in days)
    rows = []
    for name in (KEY, OTHER):
        own = [one for one in firms if (one.class_ == KEY) == (name == KEY)]
        own = [one for one in own if one.reason != "closed"]
        rows.append(progress_of(
            name, objects=len(own), covered=sum(one.covered for one in own), planned=planned[name],
            done=[(kind, day) for class_, kind, day in checks if class_ == name],
            elapsed=(gone, len(days)), weeks=base.workdays.weeks_left(base.first),
        ))  # fmt: skip
    return tuple(rows)


def _week(
    past: Sequence[tuple[dt.date, Mapping[str, Any]]], today: dt.date
) -> Mapping[str, Any] | None:
    """Return what the latest recorded week of this year drew."""
    if not past or past[-1][0].year != today.year:
        return None
    record = past[-1][1]
    return {
        "week": record["week"], "draws": record["quota"]["draws"],
        "due": record["quota"]["due_visits"], **{
            name: record["split"][name]
            for name in ("certainty", "weighted", "uniform", "key_needed", "key_allowed")
        },
    }  # fmt: skip


def _notes(base: Base, pace: Pace) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    found: list[tuple[str, Mapping[str, Any]]] = [
        (one.code, {"year": one.year})
        for one in base.workdays.warnings
        if one.year == base.today.year
    ]
    if not base.people:
        found.append(("year_no_officers", {"department": base.desk.lead}))
    if pace.source == "estimated":
        found.append(("year_pace_estimated", {}))
    return tuple(found)
