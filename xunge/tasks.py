"""What the week has to do, before anyone knows who and when: due, joint, drawn and patrol visits.

A task is a visit without a place in time. What falls on one object in one week is made one visit
by :mod:`xunge.requests`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from layers.rows import records
from scheduler.joint import Part, Request
from scheduler.problem import Visit
from xunge.sections import seconds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import pandas as pd

    from layers.codes import CodeTable
    from scheduler.due_items import DueItem
    from xunge.config import Settings

    # Placed objects by id, see placed().
    Rows = Mapping[str, Mapping[str, Any]]

MINUTE = 60
HOUR = 3600
# An optional due visit that did not fit the share of due work is worth so much driving.
DUE_PRIZE = 6 * HOUR
# What is overdue goes before all that is not, however long an illegal site has been open.
OVERDUE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A visit to make this week.

    ``why`` are reasons as data (code and details); ``refs`` the orders, reports and revisit steps
    that the visit settles; ``urgency`` sorts what must not be left out (higher first). ``days`` are
    those on which it may be made, empty for any; ``asked`` the requests it answers; ``parts`` the
    cars in which its departments come, none where one car does. What is wanted by ``night`` is made
    on a night round, however late in the week that is. ``required`` are the departments that have
    to come where others merely wish to, empty for all.
    """

    object: str
    kind: str
    name: str
    lon: float
    lat: float
    service: int
    window: tuple[int, int]
    departments: frozenset[str]
    specialities: frozenset[str]
    due: dt.date | None = None
    last_day: dt.date | None = None
    mandatory: bool = True
    prize: int = 0
    urgency: int = 0
    why: tuple[Mapping[str, Any], ...] = ()
    refs: tuple[str, ...] = ()
    days: tuple[dt.date, ...] = ()
    night: bool = False
    industry: str = ""
    required: frozenset[str] = frozenset()
    asked: tuple[Request, ...] = ()
    parts: tuple[Part, ...] = ()

    def allowed(self, days: Sequence[dt.date]) -> tuple[dt.date, ...]:
        """Return the days of the week on which it may be made, empty for any of them."""
        if not self.days and self.last_day is None:
            return ()
        last = self.last_day or days[-1]
        return tuple(day for day in self.days or days if day <= last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every task needs to know: settings, code tables, the days of the week."""

    settings: Settings
    tables: Mapping[str, CodeTable]
    days: tuple[dt.date, ...]
    lead: str

    @property
    def nights(self) -> tuple[dt.date, ...]:
        """The days of the week on whose evenings teams go out."""
        night = self.settings.night
        wanted = night.weekdays if night.teams else ()
        return tuple(day for day in self.days if day.weekday() in wanted)

    def daylight(self, task: Task) -> Task:
        """Return a task of the night as one of the day, where nobody can go out by night."""
        return replace(task, night=False, days=(), window=self.window(None, service=task.service))

    def by_night(self, *, service: int) -> dict[str, Any]:
        """Return what a task has that is wanted by night."""
        start, end = self.settings.night.hours
        return {"night": True, "days": self.nights, "last_day": None,
                "window": (start, max(start, end - service))}  # fmt: skip

    def service(self, *, kind: str, industry: str | None) -> int:
        """Return seconds on site for a visit of *kind* to an object of *industry*."""
        plan = self.settings.plan
        if kind == "patrol":
            return plan.patrol_minutes * MINUTE
        minutes = int(self.tables["industry"].data_of(industry or "other").get("service_min", 60))
        if kind in ("reinspection", "revisit", "report"):
            minutes = min(minutes, plan.short_visit_minutes)
        return minutes * MINUTE

    def speciality(self, industry: str | None) -> frozenset[str]:
        """Return what a crew must know for an object of *industry*."""
        wanted = self.tables["industry"].data_of(industry or "other").get("speciality", "")
        return frozenset([wanted]) if wanted else frozenset()

    def window(self, hours: tuple[int, int] | None, *, service: int) -> tuple[int, int]:
        """Return earliest and latest start inside opening and working hours.

        Opening hours that leave no room inside working hours (a night shop) fall back to working
        hours: the officers come when they work.
        """
        plan = self.settings.plan
        first, last = seconds(plan.work_start), seconds(plan.work_end)
        usual = plan.opening.split("-")
        opens, closes = hours or (seconds(usual[0]), seconds(usual[1]))
        start, end = max(first, opens), min(last, closes) - service
        return (start, end) if start <= end else (first, last - service)


def task(
    row: Mapping[str, Any], kind: str, desk: Desk, **details: Any,
) -> Task:  # fmt: skip
    """Return a task for the object *row* of :func:`xunge.objects.objects`."""
    service = desk.service(kind=kind, industry=row["industry"])
    departments = frozenset(details.pop("departments", ()) or ()) or frozenset([desk.lead])
    return Task(
        object=row["id"], kind=kind, name=row["name"], lon=float(row["lon"]),
        lat=float(row["lat"]), service=service,
        window=desk.window(row["opening_hours"], service=service),
        departments=departments, specialities=desk.speciality(row["industry"]),
        industry=row["industry"] or "",
        asked=(Request(code=kind, departments=departments, service=service),), **details,
    )  # fmt: skip


def placed(objects: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return the objects that have a place, by id; the others cannot be driven to."""
    here = objects[objects["lon"].notna() & objects["lat"].notna()]
    return {row["id"]: row for row in records(here)}


def due_tasks(
    items: Iterable[DueItem], rows: Rows, desk: Desk, *, night: Collection[str] = ()
) -> list[Task]:
    """Return a task for every due item of a placed object, most overdue first.

    A due day inside the week is the last allowed day; what is overdue is wanted in the first days.
    An item that is held waits for a decision and has no task. Reports of *night* (by id) are
    checked by night where there are night rounds.
    """
    found = []
    for item in items:
        if item.object not in rows or item.held:
            continue
        made = (
            task(
                rows[item.object], item.visit or item.kind, desk,
                due=item.due, last_day=_last_day(item, desk),
                urgency=_urgency(item, desk),
                why=({"code": item.kind, "due": item.due.isoformat(),
                      "overdue_days": item.overdue_days, "item": item.id,
                      "subject": item.subject, **_rule_of(item)},),
                refs=(item.id,),
            )
        )  # fmt: skip
        if item.kind == "report" and item.subject in night and desk.nights:
            made = replace(made, **desk.by_night(service=made.service))
        found.append(made)
    return sorted(found, key=lambda t: (-t.urgency, t.object, t.refs))


def _urgency(item: DueItem, desk: Desk) -> int:
    """Return the days since the due date; overdue ones count more than any other task."""
    if item.overdue_days > 0:
        return OVERDUE + item.overdue_days
    return (desk.days[0] - item.due).days


def _rule_of(item: DueItem) -> Mapping[str, Any]:
    """Return the words of the rule that a floor's item is about; nothing for all others."""
    return item.reasons[0].detail if item.kind == "floor" else {}


def _last_day(item: DueItem, desk: Desk) -> dt.date | None:
    """Return the last day of the week on which an item is wanted, None for any day."""
    if item.overdue_days > 0:
        return desk.days[: desk.settings.plan.overdue_within_days][-1]
    return item.due if desk.days[0] <= item.due <= desk.days[-1] else None


def joint_tasks(
    site_states: pd.DataFrame, visits: pd.DataFrame, rows: Rows, desk: Desk
) -> list[Task]:
    """Return a joint visit for every open site of two or more departments not seen lately."""
    joint = visits[visits["kind"] == "joint"]
    last: dict[str, dt.date] = dict(zip(joint["object"], joint["date"], strict=True))
    wait = dt.timedelta(days=desk.settings.plan.joint_interval_days)
    found = []
    for site in records(site_states):
        departments = tuple(site["departments"] or ())
        seen = last.get(site["id"])
        if site["status"] != "open" or len(departments) < 2 or site["id"] not in rows:
            continue
        if seen is not None and seen + wait > desk.days[-1]:
            continue
        age = (desk.days[0] - (seen or site["discovered"])).days
        found.append(
            task(
                rows[site["id"]], "joint", desk, departments=departments,
                urgency=min(age, 60), refs=(f"joint:{site['id']}",),
                why=({"code": "joint", "departments": list(departments), "days": age},),
            )
        )  # fmt: skip
    return sorted(found, key=lambda t: (-t.urgency, t.object))


def patrol_tasks(cells: pd.DataFrame, desk: Desk) -> list[Task]:
    """Return an optional patrol for each cell of *cells* (cell, lon, lat, score, town).

    Where there are night rounds the first ones are patrolled by night.
    """
    service = desk.service(kind="patrol", industry=None)
    prize = desk.settings.plan.patrol_prize_minutes * MINUTE
    by_day = [
        Task(
            object=cell["cell"], kind="patrol", name=f"{cell['town'] or ''} {cell['cell']}".strip(),
            lon=float(cell["lon"]), lat=float(cell["lat"]), service=service,
            window=desk.window(None, service=service), departments=frozenset([desk.lead]),
            specialities=frozenset(), mandatory=False, prize=prize,
            why=({"code": "patrol", "rank": rank, "score": round(float(cell["score"]), 3)},),
        )
        for rank, cell in enumerate(records(cells), start=1)
    ]  # fmt: skip
    dark = desk.settings.night.patrols if desk.nights else 0
    return [
        replace(one, **desk.by_night(service=service)) if rank < dark else one
        for rank, one in enumerate(by_day)
    ]


def drawn_tasks(selected: Sequence[Mapping[str, Any]], rows: Rows, desk: Desk) -> list[Task]:
    """Return a task for every drawn object, in ticket order.

    One that lost its place after the draw (a ledger was changed before an interrupted week went on)
    has none; it is carried to the next week.
    """
    return [
        task(
            rows[entry["id"]], entry["kind"], desk,
            why=({"code": "drawn", "stratum": entry["stratum"], "rank": rank},),
        )
        for rank, entry in enumerate(selected, start=1)
        if entry["id"] in rows
    ]  # fmt: skip


def within_share(tasks: Sequence[Task], *, seconds_free: int, leg_seconds: int) -> list[Task]:
    """Return *tasks* with those beyond the share of the week made optional, keeping their order.

    What falls due can exceed what the week can do without starving the draw. The most urgent stay
    mandatory; the rest stay in the problem with a high prize, so that free time goes to them.
    Night rounds have their own time.
    """
    left = seconds_free
    result = []
    for item in tasks:
        cost = 0 if item.night else item.service + leg_seconds
        if item.mandatory and cost > left:
            result.append(replace(item, mandatory=False, prize=DUE_PRIZE + item.urgency * MINUTE))
            continue
        left -= cost if item.mandatory else 0
        result.append(item)
    return result


def as_visits(
    tasks: Sequence[Task], *, week: str, first_place: int, desk: Desk
) -> list[tuple[Task, Visit]]:
    """Return the tasks as visits of the planning problem, numbered in order.

    The place of the n-th task is ``first_place + n`` in the travel matrices. A task of several
    parts is as many visits, which meet; the first has the number of the task and names them all.
    """
    return [
        (item, visit)
        for number, item in enumerate(tasks, start=1)
        for visit in _visits(item, f"{week}-V{number:03d}", number, first_place, desk)
    ]


def _visits(item: Task, id_: str, number: int, first_place: int, desk: Desk) -> list[Visit]:
    whole = Visit(
        id=id_, object=item.object, place=first_place + number - 1,
        kind=item.kind, service=item.service, window=item.window, days=item.allowed(desk.days),
        departments=item.departments, specialities=item.specialities,
        mandatory=item.mandatory, prize=item.prize, due=item.due, order=number,
        reasons=tuple(str(reason["code"]) for reason in item.why),
    )  # fmt: skip
    if len(item.parts) < 2:
        return [whole]
    return [
        replace(
            whole, id=id_ if at == 0 else f"{id_}-{at + 1}", meets=id_,
            departments=part.departments, specialities=part.specialities, assists=part.assists,
            prize=item.prize // len(item.parts),
        )
        for at, part in enumerate(item.parts)
    ]  # fmt: skip
