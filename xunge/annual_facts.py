"""What the annual plan stands on, read from the registers and the record of an open folder."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers.events import EventKind
from layers.rows import records
from scheduler import revisit
from scheduler.annual import DueLine, Pace, expected_due
from scheduler.caps import Caps, load_caps
from scheduler.coverage import Group
from scheduler.past import Past
from xunge import geography
from xunge.due import outstanding, workdays_of
from xunge.knowledge import department_names, inspectors
from xunge.planning import stations_of
from xunge.sections import seconds
from xunge.tasks import Desk
from xunge.workload import typical_leg

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.problem import Inspector
    from scheduler.workdays import Workdays
    from xunge.knowledge import Knowledge
    from xunge.week import Folder

KEY, OTHER = "key", "other"
WINDOW = 365
"""Days of the record from which rates are taken."""
_USUAL_VISITS = 60
_USUAL_SEATS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An enterprise as the plan of the year sees it.

    Attributes
    ----------
    wanted, done
        Checks that cover it in a year, and those made this year.
    reason, detail
        Why it cannot be visited at all; empty if it can.
    left
        Visits that its cap leaves this year.
    cap
        Visits that its cap allows in a year.
    """

    id: str
    name: str
    class_: str
    industry: str
    department: str
    speciality: str
    service: int
    weight: int
    wanted: int
    done: int
    left: int
    cap: int
    reason: str
    detail: Mapping[str, Any]

    @property
    def covered(self) -> bool:
        """Tell whether it has all its checks of this year."""
        return self.done >= self.wanted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Base:
    """An open folder on a day: what is known, who works, and by which calendar.

    ``people`` are the officers whose days the plan counts; ``guests`` those of other departments,
    who only come along where nobody of ``people`` has the speciality, as in the week.
    """

    folder: Folder
    known: Knowledge
    today: dt.date
    workdays: Workdays
    desk: Desk
    caps: Caps
    people: tuple[Inspector, ...]
    guests: tuple[Inspector, ...]

    @property
    def last(self) -> dt.date:
        """Last day of the year."""
        return dt.date(self.today.year, 12, 31)

    @property
    def first(self) -> dt.date:
        """First day of the year."""
        return dt.date(self.today.year, 1, 1)

    def days(self, first: dt.date) -> tuple[dt.date, ...]:
        """Return the working days from *first* to the end of the year."""
        return self.workdays.between(first, self.last)

    def home(self, department: str) -> str:
        """Return the department whose officers visit what *department* supervises."""
        own = self.folder.settings.year.officers == "own"
        return (department if own else "") or self.desk.lead


def base_of(folder: Folder, known: Knowledge, *, today: dt.date) -> Base:
    """Gather what the plan of the year of *today* needs."""
    settings = folder.settings
    names = department_names(known)
    lead = names.get(settings.bureau.lead_department, settings.bureau.lead_department)
    officers = [one for one in inspectors(known, tables=folder.tables) if one.may_inspect]
    own = settings.year.officers == "own"
    return Base(
        folder=folder, known=known, today=today, workdays=workdays_of(settings),
        desk=Desk(settings=settings, tables=folder.tables, days=(), lead=lead),
        caps=load_caps(settings.caps),
        people=tuple(one for one in officers if own or one.department == lead),
        guests=tuple(one for one in officers if not own and one.department != lead),
    )  # fmt: skip


# Enterprises --------------------------------------------------------------------------------------


def subjects(base: Base) -> list[Subject]:
    """Return every enterprise of the register, by id."""
    tables, year = base.folder.tables, base.folder.settings.year
    names = department_names(base.known)
    lead = base.folder.settings.bureau.lead_department
    past = Past.of(
        base.known.visits, today=base.known.day, tables=tables,
        agency={word for word, name in names.items() if name == names.get(lead, lead)} | {lead},
    )  # fmt: skip
    placed = base.known.objects
    here = set(placed[placed["lon"].notna()]["id"])
    found = []
    for row in records(base.known.registers["enterprises"]):
        values = {name: value if isinstance(value, str) else "" for name, value in row.items()}
        class_ = values["enterprise_class"] or "general"
        industry = values["industry"] or "other"
        reason, detail, left, cap = _bar(values, base=base, past=past, here=here)
        grades = tables["risk_grade"]
        grade = grades.data_of(values["risk_grade"] or base.caps.unknown_grade)
        found.append(Subject(
            id=values["id"], name=values["name"] or values["id"], class_=class_, industry=industry,
            department=base.home(names.get(values["department"], values["department"])),
            speciality=next(iter(base.desk.speciality(industry)), ""),
            service=base.desk.service(kind="random", industry=industry),
            weight=int(grade.get("weight", 1)) if year.aim == "risk" else 1,
            wanted=year.key_visits if class_ == KEY else year.general_visits,
            done=past.made(values["id"], kinds=base.caps.coverage_kinds, first=base.first)
            if base.known.day >= base.first else 0,
            left=left, cap=cap, reason=reason, detail=detail,
        ))  # fmt: skip
    return sorted(found, key=lambda one: one.id)


def _bar(
    values: Mapping[str, str], *, base: Base, past: Past, here: set[str]
) -> tuple[str, Mapping[str, Any], int, int]:
    """Return why an enterprise cannot be visited, the visits its cap leaves, and the cap."""
    id_, status = values["id"], values["operating_status"]
    grade = values["risk_grade"] or base.caps.unknown_grade
    left, made, cap = base.caps.left(past, id_, industry=values["industry"], grade=grade)
    if past.today.year != base.today.year:
        left, made = cap.visits, 0
    state = base.folder.tables["operating_status"].data_of(status)
    if state.get("eligible") is False:
        return "closed" if status == "closed" else "suspended", {}, left, cap.visits
    if id_ not in here:
        return "unplaced", {}, left, cap.visits
    detail = {"visits": made, "cap": cap.visits, "source": cap.source, "status": cap.status}
    return "" if left else "cap_reached", detail, left, cap.visits


def groups(found: Iterable[Subject], *, pace: Pace, whole_year: bool) -> list[Group]:
    """Return the demand for coverage: of the rest of the year, or of a year from its first day.

    Who cannot be visited at all, or whose cap is below what covers it, is in no group.
    """
    counts: Counter[tuple[str, str, str, int, int, int]] = Counter()
    for one in found:
        needed = one.wanted if whole_year else one.wanted - one.done
        room = one.cap if whole_year else one.left
        stopped = one.reason not in ("", "cap_reached")
        if needed > 0 and not stopped and room >= needed:
            cost = pace.cost(one.service)
            counts[one.class_, one.department, one.speciality, cost, needed, one.weight] += 1
    return [
        Group(name=class_, department=department, speciality=skill, seconds=cost, count=count,
              visits=needed, first=class_ == KEY, weight=weight)
        for (class_, department, skill, cost, needed, weight), count in sorted(counts.items())
    ]  # fmt: skip


# What falls due -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What falls due in a period: by kind, as groups of the coverage model, and in seconds."""

    lines: tuple[DueLine, ...]
    groups: tuple[Group, ...]

    @property
    def visits(self) -> int:
        """Number of visits."""
        return sum(line.expected for line in self.lines)

    @property
    def seconds(self) -> int:
        """Seconds of crew-days."""
        return sum(one.seconds * one.count for one in self.groups)


def due_work(base: Base, *, pace: Pace, days: int, open_items: bool) -> Due:
    """Return the visits besides planned checks that *days* working days will ask for."""
    made = _made(base)
    first = base.today - dt.timedelta(days=WINDOW)
    window = len(base.workdays.between(first, base.known.day))
    waiting: Counter[str] = Counter()
    if open_items:
        items = outstanding(
            base.known, today=base.today, workdays=base.workdays, settings=base.folder.settings
        )
        waiting.update(item.kind for item in revisit.due_by(items, last=base.last))
    kinds: Counter[str] = Counter()
    for (kind, _, _, _), count in made.items():
        kinds[kind] += count
    lines = expected_due(open_items=waiting, made=kinds, window_days=window, days=days)
    found: list[Group] = []
    for line in lines:
        shares = {key[1:]: n for key, n in made.items() if key[0] == line.kind}
        usual = base.desk.service(kind=line.kind, industry=None)
        shares = shares or {(base.desk.lead, "", usual): 1}
        found += [
            Group(name=line.kind, department=department, speciality=skill,
                  seconds=pace.cost(service), count=count)
            for (department, skill, service), count in _allotted(line.expected, shares)
        ]  # fmt: skip
    return Due(lines=lines, groups=tuple(found))


def _made(base: Base) -> Counter[tuple[str, str, str, int]]:
    """Count the visits of the window that were no planned checks: by kind and what they need."""
    kinds = base.folder.tables["visit_kind"]
    industries = base.known.objects["industry"]
    names = department_names(base.known)
    first = base.today - dt.timedelta(days=WINDOW)
    counts: Counter[tuple[str, str, str, int]] = Counter()
    for row in records(base.known.visits):
        kind, day = row["kind"], row["date"]
        if not isinstance(day, dt.date) or day < first or kind is None:
            continue
        if kinds.data_of(kind).get("counts_to_cap"):
            continue
        known = industries.get(row["object"])
        industry = known if isinstance(known, str) else None
        chief = names.get(row["departments"][0], "") if row["departments"] else ""
        skill = next(iter(base.desk.speciality(industry)), "") if kind != "patrol" else ""
        counts[kind, base.home(chief), skill, base.desk.service(kind=kind, industry=industry)] += 1
    return counts


def _allotted(
    total: int, shares: Mapping[tuple[str, str, int], int]
) -> list[tuple[tuple[str, str, int], int]]:
    """Split *total* in proportion (largest remainders first), leaving out nothing and nobody."""
    whole = sum(shares.values())
    parts = {key: divmod(total * count, whole) for key, count in shares.items()}
    rest = total - sum(quotient for quotient, _ in parts.values())
    ranked = sorted(parts, key=lambda key: (-parts[key][1], key))
    more = set(ranked[:rest])
    found = [(key, parts[key][0] + (key in more)) for key in sorted(parts)]
    return [(key, count) for key, count in found if count]


# Pace ---------------------------------------------------------------------------------------------


def plans(base: Base) -> list[tuple[dt.date, Mapping[str, Any]]]:
    """Return Monday and record of the planned weeks of a year back, the last plan of each."""
    from xunge.web.ledger import frames

    first = base.today - dt.timedelta(days=WINDOW)
    found: dict[str, tuple[dt.date, Mapping[str, Any]]] = {}
    for event in records(frames.events(EventKind.PLANNED)):
        if first <= event["on"] <= base.today:
            found[event["subject"]] = event["on"], event["data"]["record"]
    return sorted(found.values(), key=lambda one: one[0])


def pace_of(base: Base, past: Sequence[tuple[dt.date, Mapping[str, Any]]]) -> Pace:
    """Return what a crew-day holds: by the planned weeks, else by hours and the typical leg."""
    routes = [route for _, plan in past for route in plan["plan"]["routes"] if route["stops"]]
    if not routes:
        return _estimated(base)
    service = sum(
        {visit["id"]: visit["service"] for visit in plan["visits"]}[stop["visit"]]
        for _, plan in past
        for route in plan["plan"]["routes"]
        for stop in route["stops"]
    )
    driving = sum(route["seconds"] for route in routes)
    visits = sum(len(route["stops"]) for route in routes)
    return Pace(
        source="recorded", day_seconds=(service + driving) // len(routes),
        leg_seconds=driving // visits, weeks=len(past), visits=visits, crew_days=len(routes),
    )  # fmt: skip


def _estimated(base: Base) -> Pace:
    known, settings = base.known, base.folder.settings
    firms = known.objects[known.objects["kind"] == "enterprise"]
    stations = stations_of(known.registers["stations"])
    leg = 0
    if len(stations) and firms["lon"].notna().any():
        ground = geography.survey(
            base.folder.path, areas=known.registers["areas"], points=firms[["lon", "lat"]],
            settings=settings, tables=base.folder.tables,
        )  # fmt: skip
        leg = typical_leg(known.objects, stations, ground, visits=_USUAL_VISITS, desk=base.desk)
    plan = settings.plan
    day = seconds(plan.work_end) - seconds(plan.work_start) - plan.lunch_minutes * 60
    usable = int(day * (1 - settings.draw.reserve)) - leg
    return Pace(source="estimated", day_seconds=max(1, usable), leg_seconds=leg)


def car_days(base: Base, days: Sequence[dt.date]) -> int:
    """Return the crew-days that the cars at known stations allow."""
    plan = base.folder.settings.plan
    placed = {station.id for station in stations_of(base.known.registers["stations"])}
    cars = [
        row["unavailable"]
        for row in records(base.known.registers["vehicles"])
        if row["station"] in placed and (row["seats"] or _USUAL_SEATS) >= plan.min_crew
    ]
    total = 0
    for day in days:
        free = sum(not any(first <= day <= last for first, last in away) for away in cars)
        total += min(free, plan.teams or free)
    return total
