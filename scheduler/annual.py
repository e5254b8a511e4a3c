"""The year in numbers: officers' days, what is left for inspections, targets and progress.

The arithmetic is the one of published county plans (年度监督检查计划, 安监总政法〔2017〕150号):
statutory working days times officers, less other enforcement, less what is no enforcement, is what
inspections have; that is split into key and general ones. Days are whole, so that every line can be
added up by hand.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from scheduler.problem import Inspector


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The lines of a plan as somebody wrote them down; None where the plan is silent.

    ``shares`` are (part in days, stated percent of the total).
    """

    workdays: int
    officers: int
    total: int
    other: int
    non_enforcement: int
    inspection: int
    key: int | None = None
    general: int | None = None
    shares: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """A figure that does not follow from the others.

    ``code`` is ``slip_total``, ``slip_inspection``, ``slip_split`` or ``slip_share``.
    """

    code: str
    stated: float
    computed: float

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)


def slips(figures: Figures) -> tuple[Slip, ...]:
    """Return every figure of a plan that does not add up; a share may be off by rounding only."""
    one = figures
    found = [
        ("slip_total", one.total, one.workdays * one.officers),
        ("slip_inspection", one.inspection, one.total - one.other - one.non_enforcement),
    ]
    if one.key is not None and one.general is not None:
        found.append(("slip_split", one.key + one.general, one.inspection))
    wrong = [Slip(code=code, stated=said, computed=is_) for code, said, is_ in found if said != is_]
    for part, stated in one.shares:
        percent = 100 * part / one.total if one.total else 0.0
        if abs(percent - stated) > 0.5:
            wrong.append(Slip(code="slip_share", stated=stated, computed=round(percent, 1)))
    return tuple(wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What takes officers away from inspections, in days of one officer in a whole year."""

    other_enforcement: float
    non_enforcement: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Person-days of a period, line by line; :func:`person_days` makes it.

    Attributes
    ----------
    first, last
        The period.
    workdays, officers, total
        Statutory working days, certified officers, and their product.
    uncertified
        Working days of these officers without a valid certificate.
    other, non_enforcement
        Other enforcement; training, duty, study and leave. ``leave`` of the register is in it.
    inspection, key, general
        What is left for inspections, and its split.
    by_officer
        The inspection days of every officer; they sum up to ``inspection``.
    """

    first: dt.date
    last: dt.date
    workdays: int
    officers: int
    total: int
    uncertified: int
    other: int
    non_enforcement: int
    leave: int
    inspection: int
    key: int
    general: int
    by_officer: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def slips(self) -> tuple[Slip, ...]:
        """What does not add up; always empty, and shown to be."""
        return slips(
            Figures(
                workdays=self.workdays, officers=self.officers, total=self.total,
                other=self.other, non_enforcement=self.non_enforcement + self.uncertified,
                inspection=self.inspection, key=self.key, general=self.general,
            )
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            **asdict(self), "first": self.first.isoformat(), "last": self.last.isoformat(),
            "by_officer": {id_: round(float(days), 2) for id_, days in self.by_officer.items()},
            "adds_up": not self.slips,
        }  # fmt: skip


def person_days(
    officers: Sequence[Inspector],
    *,
    days: Sequence[dt.date],
    period: tuple[dt.date, dt.date],
    year_days: int,
    duties: Duties,
    key_share: float,
) -> Capacity:
    """Return what *officers* have for inspections in a period.

    Duties of a year fall evenly on its working days; leave on the register counts where it is more
    than the days without enforcement that the settings foresee. Sums are rounded against
    inspections, key days upwards.

    Parameters
    ----------
    officers
        Those who may inspect; others are not counted. A certificate that ends in the period ends
        the officer's days.
    days
        Working days of the period.
    year_days
        Working days of the whole year.
    """
    able = [one for one in officers if any(one.certified(day) for day in days)]
    exact: dict[str, Fraction] = {}
    other = away = Fraction()
    leave = certified = 0
    for one in able:
        own = [day for day in days if one.certified(day)]
        absent = sum(not one.available(day) for day in own)
        part = Fraction(len(own), max(1, year_days))
        no = min(Fraction(len(own)), max(_exact(duties.non_enforcement) * part, Fraction(absent)))
        else_ = min(len(own) - no, _exact(duties.other_enforcement) * part)
        exact[one.id] = len(own) - no - else_
        other, away = other + else_, away + no
        leave, certified = leave + absent, certified + len(own)
    lost = min(certified, ceil(away))
    busy = min(certified - lost, ceil(other))
    left = certified - lost - busy
    scale = Fraction(left) / (sum(exact.values()) or 1)
    key = min(left, ceil(left * _exact(key_share)))
    return Capacity(
        first=period[0], last=period[1], workdays=len(days), officers=len(able),
        total=len(days) * len(able), uncertified=len(days) * len(able) - certified,
        other=busy, non_enforcement=lost, leave=leave, inspection=left, key=key,
        general=left - key, by_officer={id_: one * scale for id_, one in exact.items()},
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What a crew gets done: seconds of a day for visits and driving, and driving per visit.

    ``source`` is ``recorded`` (planned weeks: ``weeks``, ``visits``, ``crew_days``) or
    ``estimated`` (working hours less lunch, reserve and the way home; typical leg).
    """

    source: str
    day_seconds: int
    leg_seconds: int
    weeks: int = 0
    visits: int = 0
    crew_days: int = 0

    def cost(self, service: int) -> int:
        """Return the seconds that a visit with *service* seconds on site takes of a crew-day."""
        return service + self.leg_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLine:
    """Visits of a kind expected in a period besides planned checks.

    ``open`` are known to fall due, ``rate`` those of a working day on record; the greater counts.
    """

    kind: str
    open: int
    rate: float
    expected: int


def expected_due(
    *, open_items: Mapping[str, int], made: Mapping[str, int], window_days: int, days: int
) -> tuple[DueLine, ...]:
    """Return what will fall due in *days* working days, by kind of visit.

    Parameters
    ----------
    open_items
        Items by kind known to fall due in the period.
    made
        Visits by kind made within *window_days* working days.
    """
    found = []
    for kind in sorted({*open_items, *made}):
        known = open_items.get(kind, 0)
        rate = Fraction(made.get(kind, 0), max(1, window_days))
        count = max(known, ceil(rate * days))
        found.append(DueLine(kind=kind, open=known, rate=round(float(rate), 3), expected=count))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Planned checks of a period: from person-days over crew-days to visits, key and general.

    Attributes
    ----------
    by_officers, by_cars
        Crew-days that the officers and the cars allow; ``crew_days`` is the lesser.
    due_visits, due_crew_days
        What falls due anyway.
    visits_a_day
        Planned checks that a crew makes in a day.
    visits
        Planned checks that fit beside what falls due.
    key, general
        Those that are wanted and fit; key first, up to its share. ``spare`` fit, but nobody is
        left to want them.
    weeks, key_a_week, general_a_week
        Weeks of the period with working days, and what each should bring.
    """

    by_officers: float
    by_cars: float
    crew_days: float
    due_visits: int
    due_crew_days: float
    visits_a_day: float
    visits: int
    key: int
    general: int
    spare: int
    weeks: int
    key_a_week: float
    general_a_week: float


def targets(
    capacity: Capacity,
    *,
    min_crew: int,
    car_days: int,
    day_seconds: int,
    due: tuple[int, int],
    mean_cost: int,
    wanted: tuple[int, int],
    key_share: float,
    weeks: int,
) -> Targets:
    """Return how many checks a period can hold and how many of them are planned.

    Parameters
    ----------
    car_days
        Crew-days that the cars allow.
    due
        Visits that fall due, and their seconds.
    mean_cost
        Seconds of a crew-day that a planned check takes on average.
    wanted
        Checks wanted of the key class and of all others.
    weeks
        Weeks of the period that have working days.
    """
    crews = Fraction(capacity.inspection, min_crew)
    able = min(crews, Fraction(car_days))
    # What is shown is what is counted with: anybody gets the same product.
    busy = Fraction(ceil(Fraction(10 * due[1], max(1, day_seconds))), 10)
    rate = Fraction(100 * day_seconds // max(1, mean_cost), 100)
    visits = int(max(able - busy, Fraction()) * rate)
    key = min(wanted[0], ceil(visits * _exact(key_share)), visits)
    general = min(wanted[1], visits - key)
    return Targets(
        by_officers=float(crews), by_cars=float(car_days), crew_days=float(able),
        due_visits=due[0], due_crew_days=float(busy), visits_a_day=float(rate), visits=visits,
        key=key, general=general, spare=visits - key - general, weeks=weeks,
        key_a_week=round(key / max(1, weeks), 1), general_a_week=round(general / max(1, weeks), 1),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassProgress:
    """A class of enterprises against the plan of the year.

    ``objects`` can be visited; ``target`` is the part of ``planned`` that the elapsed working days
    make; ``ahead`` is done less target, in visits and in ``weeks_ahead`` (negative: behind).
    ``kinds`` are checks done by kind, ``months`` by month.
    """

    name: str
    objects: int
    planned: int
    target: int
    done: int
    ahead: int
    weeks_ahead: float
    covered: int
    kinds: Mapping[str, int]
    months: Mapping[int, int]

    @property
    def share(self) -> float | None:
        """Share of the objects that are covered; None without objects."""
        return self.covered / self.objects if self.objects else None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        months = {str(month): number for month, number in self.months.items()}
        return {**asdict(self), "months": months, "share": self.share}


def progress(
    name: str,
    *,
    objects: int,
    covered: int,
    planned: int,
    done: Sequence[tuple[str, dt.date]],
    elapsed: tuple[int, int],
    weeks: int,
) -> ClassProgress:
    """Return how a class stands against the plan.

    Parameters
    ----------
    done
        Kind and day of every planned check of this year.
    elapsed
        Working days gone, and of the whole year.
    weeks
        Weeks of the year with working days.
    """
    gone = Fraction(elapsed[0], max(1, elapsed[1]))
    target = int(planned * gone + Fraction(1, 2))
    kinds: dict[str, int] = {}
    months: dict[int, int] = {}
    for kind, day in done:
        kinds[kind] = kinds.get(kind, 0) + 1
        months[day.month] = months.get(day.month, 0) + 1
    a_week = Fraction(planned, max(1, weeks))
    ahead = len(done) - target
    return ClassProgress(
        name=name, objects=objects, planned=planned, target=target, done=len(done), ahead=ahead,
        weeks_ahead=round(float(ahead / a_week), 1) if a_week else 0.0, covered=covered,
        kinds=dict(sorted(kinds.items())), months=dict(sorted(months.items())),
    )  # fmt: skip


def _exact(value: float) -> Fraction:
    """Return a setting exactly as it is written: 0.65 is 13/20."""
    return Fraction(str(value))
