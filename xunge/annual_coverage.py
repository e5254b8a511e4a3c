"""How far full coverage (全覆盖) can go within caps and staff, and who is out of reach."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from layers.codes import TABLES
from scheduler.coverage import Group, Missing, Officer, Reach, reach
from xunge import annual_facts as facts
from xunge.annual_facts import KEY, Base, Due, Subject

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from fractions import Fraction

    from scheduler.annual import Pace
    from scheduler.coverage import Need


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """Enterprises of a class that need the same department and speciality.

    ``wanted`` are not covered yet and could be; ``reached`` of them can be covered at most;
    ``person_days`` are what the others take.
    """

    class_: str
    department: str
    speciality: str
    wanted: int
    reached: int
    person_days: float
    reason: str = ""

    @property
    def short(self) -> int:
        """How many cannot be reached."""
        return self.wanted - self.reached


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassReach:
    """Coverage of a class: on the register, covered, reachable besides, barred, short of days."""

    name: str
    objects: int
    covered: int
    reached: int
    barred: int
    short: int

    @property
    def share(self) -> float | None:
        """Share of the objects that is or can be covered; None without objects."""
        return (self.covered + self.reached) / self.objects if self.objects else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """An enterprise that cannot be covered whoever is drawn, with the reason."""

    id: str
    name: str
    class_: str
    industry: str
    speciality: str
    reason: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Full coverage of a period: how far it can go, and what is missing.

    Enterprises that are closed are listed, but belong to no class.
    """

    classes: tuple[ClassReach, ...]
    groups: tuple[GroupRow, ...]
    unreachable: tuple[Unreachable, ...]
    due_missed: int
    missing: Missing
    binding: tuple[str, ...]
    proven: bool

    @property
    def objects(self) -> int:
        """Enterprises that are not closed."""
        return sum(one.objects for one in self.classes)

    @property
    def reached(self) -> int:
        """Those that are covered or can be."""
        return sum(one.covered + one.reached for one in self.classes)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "objects": self.objects, "reached": self.reached, "due_missed": self.due_missed,
            "classes": [{**asdict(one), "share": one.share} for one in self.classes],
            "groups": [{**asdict(one), "short": one.short} for one in self.groups],
            "unreachable": [asdict(one) for one in self.unreachable],
            "missing": self.missing.to_json(), "binding": list(self.binding),
            "proven": self.proven,
        }  # fmt: skip


def coverage_of(
    base: Base,
    firms: Sequence[Subject],
    *,
    pace: Pace,
    days: Mapping[str, Fraction],
    due: Due,
    car_days: int,
    whole_year: bool,
) -> Coverage:
    """Return how far full coverage can go with the days of a period.

    Parameters
    ----------
    days, due, car_days
        Days of every officer, due work and crew-days of cars in the period.
    whole_year
        Cover all from the start of a year, or those that are not covered yet.
    """
    wanted = facts.groups(firms, pace=pace, whole_year=whole_year)
    found = reach(
        wanted, due=due.groups, day_seconds=pace.day_seconds,
        crew=base.folder.settings.plan.min_crew, car_days=car_days,
        officers=_officers(base, days, needs={one.need for one in (*wanted, *due.groups)}),
    )  # fmt: skip
    rows = _rows(wanted, found, base=base, pace=pace)
    return Coverage(
        classes=_classes(firms, rows, whole_year=whole_year), groups=rows,
        unreachable=_unreachable(firms, rows, whole_year=whole_year),
        due_missed=due.visits - sum(found.due), missing=found.missing,
        binding=found.binding, proven=found.proven,
    )  # fmt: skip


def _officers(
    base: Base, days: Mapping[str, Fraction], *, needs: Collection[Need]
) -> list[Officer]:
    """Return all officers; a department borrows those who know what nobody of its own knows."""
    at_home = {
        (one.department, skill)
        for one in base.people
        if days.get(one.id)
        for skill in one.specialities
    }
    lacking = {need for need in needs if need[1] and need not in at_home}
    return [
        Officer(
            id=one.id, department=one.department, specialities=one.specialities, days=days[one.id],
            lends=frozenset(need for need in lacking if need[1] in one.specialities),
        )
        for one in (*base.people, *base.guests)
        if one.id in days
    ]  # fmt: skip


def _rows(wanted: Sequence[Group], found: Reach, *, base: Base, pace: Pace) -> tuple[GroupRow, ...]:
    parts: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for at, one in enumerate(wanted):
        part = parts[one.name, one.department, one.speciality, found.impossible.get(at, "")]
        part[0] += one.count
        part[1] += found.covered[at]
        part[2] += one.minutes * (one.count - found.covered[at])
    crew, day = base.folder.settings.plan.min_crew, max(1, pace.day_seconds // 60)
    order = {code: at for at, code in enumerate(base.folder.tables["enterprise_class"].codes)}
    return tuple(
        GroupRow(class_=class_, department=department, speciality=skill, wanted=count,
                 reached=done, person_days=ceil(minutes * crew * 10 / day) / 10, reason=reason)
        for (class_, department, skill, reason), (count, done, minutes) in sorted(
            parts.items(), key=lambda item: (order.get(item[0][0], 99), item[0])
        )
    )  # fmt: skip


def _classes(
    firms: Sequence[Subject], rows: Sequence[GroupRow], *, whole_year: bool
) -> tuple[ClassReach, ...]:
    total: Counter[str] = Counter()
    covered: Counter[str] = Counter()
    for one in firms:
        if one.reason != "closed":
            total[one.class_] += 1
            covered[one.class_] += one.wanted == 0 or (not whole_year and one.covered)
    found = []
    known = [*TABLES["enterprise_class"].codes, *sorted(total)]
    for name in (name for name in dict.fromkeys(known) if total[name]):
        own = [row for row in rows if row.class_ == name]
        reached, short = sum(row.reached for row in own), sum(row.short for row in own)
        lost = sum(row.short for row in own if row.reason)
        found.append(ClassReach(
            name=name, objects=total[name], covered=covered[name], reached=reached,
            barred=total[name] - covered[name] - reached - short + lost, short=short - lost,
        ))  # fmt: skip
    return tuple(found)


def _unreachable(
    firms: Sequence[Subject], rows: Sequence[GroupRow], *, whole_year: bool
) -> tuple[Unreachable, ...]:
    """Return everybody who cannot be covered whoever is drawn, the key class first."""
    lost = {(row.class_, row.department, row.speciality): row.reason for row in rows if row.reason}
    found = []
    for one in firms:
        reason = one.reason if one.reason != "cap_reached" else ""
        needed = one.wanted if whole_year else one.wanted - one.done
        if needed <= 0:
            continue
        if not reason and needed > (one.cap if whole_year else one.left):
            reason = "cap_reached" if not whole_year and not one.left else "cap_below_demand"
        reason = reason or lost.get((one.class_, one.department, one.speciality), "")
        if reason:
            detail = {**one.detail, "wanted": one.wanted, "department": one.department}
            found.append(Unreachable(
                id=one.id, name=one.name, class_=one.class_, industry=one.industry,
                speciality=one.speciality, reason=reason, detail=detail,
            ))  # fmt: skip
    return tuple(sorted(found, key=_place))


def _place(one: Unreachable) -> tuple[bool, bool, str, str]:
    return one.reason == "closed", one.class_ != KEY, one.reason, one.id
