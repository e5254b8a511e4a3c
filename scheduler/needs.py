"""What frequency floors ask for now: visits missing in the running period, due work, conflicts.

A period counts from the day on which an enterprise came under the rule, or by the calendar. A rule
of several visits a period has them in equal parts: the k-th is wanted by the end of the k-th part.
Until some weeks before that the enterprise is certain in the draw; then the visit is due work. If
the period before passed without enough visits and none was made since, that one is overdue.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers import codes
from layers.rows import records
from scheduler.due_items import DueItem, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from layers.codes import CodeTable
    from scheduler.caps import Caps
    from scheduler.floors import Floor, Floors
    from scheduler.past import Past
    from scheduler.workdays import Workdays

ONE_DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One enterprise under one rule, in the period that counts now.

    Attributes
    ----------
    since
        Day on which it came under the rule, None where that is not known.
    first, last
        The period: the running one, or the one before if that is overdue.
    made
        Visits of the period that satisfy the rule.
    opens, closes
        The part of the period in which the next visit is wanted.
    due
        Last working day before it becomes late to plan it; from the week of that day on it is due
        work.
    held
        ``over_cap`` where it is due but waits for a decision, see ``floors.toml``; else empty.
    left, cap
        Visits that the cap leaves this year, and the number, source and status of that cap.
    needed
        Visits still wanted by the end of this year, at least one if a period before was missed.
    exempt
        Its visits do not use up the cap.
    """

    object: str
    rule: Floor
    since: dt.date | None
    first: dt.date
    last: dt.date
    made: int
    opens: dt.date
    closes: dt.date
    due: dt.date
    held: str
    left: int
    cap: Mapping[str, Any]
    needed: int
    exempt: bool

    @property
    def missing(self) -> int:
        """Visits of the period that are not made yet."""
        return max(0, self.rule.visits - self.made)

    @property
    def draw_by(self) -> dt.date:
        """Last day before the week in which the visit becomes due work."""
        return self.due - dt.timedelta(days=self.due.weekday() + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A floor that asks for more visits this year than the cap leaves.

    Attributes
    ----------
    needed
        Visits still wanted by the end of this year.
    left
        Visits that the cap leaves.
    exempt
        The visits of the floor do not count against the cap: both can be kept.
    held
        The cap is reached and the floor waits for a decision.
    rule, cap
        Words of both, with ``source`` and ``status``.
    """

    object: str
    needed: int
    left: int
    exempt: bool
    held: bool
    rule: Mapping[str, Any]
    cap: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "object": self.object, "needed": self.needed, "left": self.left,
            "exempt": self.exempt, "held": self.held, "rule": dict(self.rule),
            "cap": dict(self.cap),
        }  # fmt: skip


def needs(
    enterprises: pd.DataFrame,
    *,
    orders: pd.DataFrame,
    past: Past,
    floors: Floors,
    caps: Caps,
    workdays: Workdays,
    tables: Mapping[str, CodeTable] = codes.TABLES,
) -> list[Need]:
    """Return every enterprise under a floor, also where it is met, by due day, id and rule.

    Parameters
    ----------
    enterprises
        Frame with the columns of the register; closed ones are under no floor.
    orders
        States as :func:`layers.cases.order_states` makes them.
    past
        Visits up to the day that counts as today.
    """
    open_orders = _open_orders(orders)
    found = []
    for values in records(enterprises):
        if values.get("operating_status") == "closed":
            continue
        for rule in floors.rules:
            issued = [day for kind, day in open_orders.get(values["id"], ())
                      if kind in rule.open_orders]  # fmt: skip
            if not _fits(rule, values) or (rule.open_orders and not issued):
                continue
            since = min(issued) if issued else _listed(rule, values)
            if since is None or since <= past.today:
                found.append(
                    _need(values, rule, since, past=past, floors=floors, caps=caps,
                          workdays=workdays, tables=tables)
                )  # fmt: skip
    return sorted(found, key=lambda need: (need.due, need.object, need.rule.name))


def floor_items(
    found: Iterable[Need], *, floors: Floors, workdays: Workdays, today: dt.date
) -> list[DueItem]:
    """Return a due item for every floor that is not met, with the chain of its reasons."""
    return [
        _item(need, floors=floors, workdays=workdays, today=today) for need in found if need.missing
    ]


def conflicts(found: Iterable[Need]) -> tuple[Conflict, ...]:
    """Return the floors that ask for more this year than caps leave, by object and rule."""
    rows = [
        Conflict(object=need.object, needed=need.needed, left=need.left, exempt=need.exempt,
                 held=bool(need.held), rule=need.rule.words(), cap=need.cap)
        for need in found
        if need.needed > need.left
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda one: (one.object, str(one.rule["rule"]))))


def _open_orders(orders: pd.DataFrame) -> dict[str, list[tuple[str, dt.date]]]:
    """Return kind and day of every open order by object."""
    found: dict[str, list[tuple[str, dt.date]]] = {}
    here = orders[orders["state"] == "open"]
    for object_, kind, issued in zip(here["object"], here["kind"], here["issued"], strict=True):
        found.setdefault(object_, []).append((kind, issued))
    return found


def _fits(rule: Floor, values: Mapping[str, Any]) -> bool:
    return all(values.get(column) in wanted for column, wanted in rule.who.items())


def _listed(rule: Floor, values: Mapping[str, Any]) -> dt.date | None:
    """Return since when the credit standing holds, where the rule is about it."""
    listed = values.get("listed")
    known = "standing" in rule.who and isinstance(listed, dt.date) and listed == listed  # NaT
    return listed if known else None


def _need(
    values: Mapping[str, Any],
    rule: Floor,
    since: dt.date | None,
    *,
    past: Past,
    floors: Floors,
    caps: Caps,
    workdays: Workdays,
    tables: Mapping[str, CodeTable],
) -> Need:
    id_, today = values["id"], past.today
    anchor = since if floors.count_from.value == "since" else None
    running = _period(rule, anchor, today)
    now = _made(past, id_, rule, running, floors)
    first, last, made = *running, now
    before = _period(rule, anchor, running[0] - ONE_DAY)
    missed = 0
    if now == 0 and since is not None and since <= before[0]:
        made_before = _made(past, id_, rule, before, floors)
        missed = rule.visits - made_before
        if missed > 0:
            first, last, made = *before, made_before
    opens, closes = _part(first, last, min(made, rule.visits - 1), rule.visits)
    left, counted, cap = caps.left(
        past, id_, industry=_text(values.get("industry")),
        grade=_text(values.get("risk_grade")) or caps.unknown_grade,
    )  # fmt: skip
    exempt = rule.exempt(tables)
    held = left == 0 and not exempt and floors.over_cap.value == "show"
    return Need(
        object=id_, rule=rule, since=since, first=first, last=last, made=made, opens=opens,
        closes=closes, due=_due_day(opens, closes, floors, workdays),
        held="over_cap" if held else "", left=left,
        cap={"made": counted, "cap": cap.visits, "cap_source": cap.source,
             "cap_status": cap.status},
        needed=max(_wanted(rule, anchor, running, today.year) - now, int(missed > 0), 0),
        exempt=exempt,
    )  # fmt: skip


def _made(
    past: Past, id_: str, rule: Floor, period: tuple[dt.date, dt.date], floors: Floors
) -> int:
    return past.made(
        id_, kinds=rule.kinds, first=period[0], last=period[1],
        ignored=floors.ignored_results.value,
    )  # fmt: skip


def _period(rule: Floor, anchor: dt.date | None, day: dt.date) -> tuple[dt.date, dt.date]:
    """Return first and last day of the period of *day*, counted from *anchor* if there is one."""
    start = anchor or dt.date(day.year, 1, 1)
    months = (day.year - start.year) * 12 + day.month - start.month
    number = months // rule.months
    if _add_months(start, number * rule.months) > day:
        number -= 1
    first = _add_months(start, number * rule.months)
    return first, _add_months(start, (number + 1) * rule.months) - ONE_DAY


def _wanted(
    rule: Floor, anchor: dt.date | None, running: tuple[dt.date, dt.date], year: int
) -> int:
    """Count the visits from the running period on that are wanted by the end of *year*."""
    count, period = 0, running
    while period[0].year <= year:
        closing = [_part(*period, number, rule.visits)[1] for number in range(rule.visits)]
        count += sum(day.year <= year for day in closing)
        period = _period(rule, anchor, period[1] + ONE_DAY)
    return count


def _part(first: dt.date, last: dt.date, number: int, parts: int) -> tuple[dt.date, dt.date]:
    """Return first and last day of one of *parts* equal parts of a period, *number* from 0."""
    days = (last - first).days + 1
    begins, ends = (first + dt.timedelta(days=days * k // parts) for k in (number, number + 1))
    return begins, ends - ONE_DAY


def _due_day(opens: dt.date, closes: dt.date, floors: Floors, workdays: Workdays) -> dt.date:
    """Return the last working day on which the visit is not late to be planned.

    A minimum cannot be met after its period, so a day off moves it back, not on; only where the
    part would begin with days off does it move on.
    """
    wanted = max(opens, closes - WEEK * (floors.lead_weeks.value - 1))
    day = wanted
    while day > opens and not workdays.is_workday(day):
        day -= ONE_DAY
    return day if workdays.is_workday(day) else workdays.next_workday(wanted)


def _item(need: Need, *, floors: Floors, workdays: Workdays, today: dt.date) -> DueItem:
    rule = need.rule
    number = need.made + 1
    return DueItem(
        id=f"floor:{rule.name}:{need.object}:{need.first.isoformat()}:{number}",
        object=need.object, kind="floor", subject=rule.name, step=number, base=need.first,
        base_code="floor_since" if need.since else "floor_period", opens=need.opens, due=need.due,
        reasons=tuple(_chain(need, floors=floors, workdays=workdays)), overdue_since=need.due,
        overdue_days=max(0, (today - need.due).days), visit=rule.visit, held=need.held,
    )  # fmt: skip


def _chain(need: Need, *, floors: Floors, workdays: Workdays) -> Sequence[Reason]:
    """Return the sum from the first day of the period to the due day."""
    rule, lead = need.rule, floors.lead_weeks
    words = {
        **rule.words(), "made": need.made, "number": need.made + 1,
        "first": need.first.isoformat(), "last": need.last.isoformat(),
    }  # fmt: skip
    chain = [Reason.by(f"term_floor_{rule.period}", rule, need.first, need.closes, words)]
    wanted = max(need.opens, need.closes - WEEK * (lead.value - 1))
    if wanted < need.closes:
        chain.append(Reason.by("floor_lead", lead, need.closes, wanted, {"weeks": lead.value}))
    if need.due != wanted:
        why = {"why": workdays.why_off(wanted)}
        chain.append(Reason.by("floor_shift", lead, wanted, need.due, why))
    if need.held:
        held = {**need.cap, "then": floors.over_cap.value}
        chain.append(Reason.by("floor_over_cap", floors.over_cap, need.due, need.due, held))
    return chain


def _add_months(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
