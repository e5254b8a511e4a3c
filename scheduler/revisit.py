"""What is due and why: re-inspections, revisits of closed sites, reports by the public.

A due date is a base date plus a chain of reasons, each with its days, its source and how far that
source was verified. The chain is data; the words are made elsewhere.

A revisit step is satisfied by the latest visit of a kind named in the rules, made on or after the
opening of the step's window: the step's date less a tolerance, but not before half of the interval
since the step before has passed. One visit satisfies every step whose window is open. Missed steps
collapse into the latest one whose date has come; how long it is overdue counts from the first.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from scheduler.due_items import DueItem, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scheduler.due_rules import DueRules, Term
    from scheduler.workdays import Workdays


def due_items(
    orders: pd.DataFrame,
    *,
    sites: pd.DataFrame,
    visits: pd.DataFrame,
    reports: pd.DataFrame | None = None,
    industries: Mapping[str, str] | None = None,
    today: dt.date,
    workdays: Workdays,
    rules: DueRules,
) -> list[DueItem]:
    """Return all that is outstanding, in order of due date, kind and id.

    Items of the future are included; :func:`due_by` picks those of a week.

    Parameters
    ----------
    orders, sites, reports
        States as :mod:`layers.cases` makes them: open orders, closed sites and open reports count.
    visits
        Frame with ``object, date, kind, result``.
    industries
        Industry code by object id, for the terms that depend on it.
    """
    frames = {
        "reinspection": _open(orders, "state", "open"),
        "revisit": _open(sites, "status", "closed"),
        "report": [] if reports is None else _open(reports, "state", "open"),
    }
    last = _last_visits(visits, rules=rules, today=today)
    known = industries or {}
    items = [_reinspection(row, known, today=today, workdays=workdays, rules=rules)
             for row in frames["reinspection"]]  # fmt: skip
    for row in frames["revisit"]:
        item = _revisit(row, last.get(row["id"]), today=today, workdays=workdays, rules=rules)
        if item is not None:
            items.append(item)
    items += [_report(row, today=today, workdays=workdays, rules=rules)
              for row in frames["report"]]  # fmt: skip
    return sorted(items, key=lambda item: (item.due, item.kind, item.id))


def due_by(items: list[DueItem], *, last: dt.date) -> list[DueItem]:
    """Return the items due on or before *last* whose visit makes sense by then, same order."""
    return [item for item in items if item.due <= last and item.opens <= last]


def _open(frame: pd.DataFrame, column: str, wanted: str) -> list[dict[str, Any]]:
    rows = frame[frame[column] == wanted].to_dict("records")
    return [{str(name): _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:  # noqa: ANN401 - cells are of any kind
    """Return a cell with missing as None and timestamps as dates."""
    if isinstance(value, list | tuple | dict):
        return value
    if value is None or pd.isna(value):
        return None
    return value.date() if isinstance(value, dt.datetime) else value


def _last_visits(visits: pd.DataFrame, *, rules: DueRules, today: dt.date) -> dict[str, dt.date]:
    """Return by object the day of the latest visit that can satisfy a revisit step."""
    counted = visits[
        visits["kind"].isin(rules.window.kinds)
        & ~visits["result"].isin(rules.window.ignored_results)
    ]
    last: dict[str, dt.date] = {}
    for object_, raw in zip(counted["object"], counted["date"], strict=True):
        day = _plain(raw)
        if day is not None and day <= today and (object_ not in last or day > last[object_]):
            last[object_] = day
    return last


def _reinspection(
    row: Mapping[str, Any],
    industries: Mapping[str, str],
    *,
    today: dt.date,
    workdays: Workdays,
    rules: DueRules,
) -> DueItem:
    """Count from the request or the expiry, whichever is earlier; from a failed one if no new."""
    reasons: list[Reason] = []
    base, base_code = _order_base(row, today)
    start = base
    if base_code == "issued":
        reasons.append(_add(base, rules.rectification, code="no_deadline", workdays=workdays))
        start = reasons[-1].end
    term = rules.reinspection_term(
        order_kind=row.get("kind") or "", industry=industries.get(row["object"], "")
    )
    reasons.append(_add(start, term, code="term_reinspection", workdays=workdays))
    reasons += _shift(reasons[-1].end, workdays=workdays, rules=rules)
    count = int(row.get("count") or 0)
    # An expiring period is the firm's until its last day; a request invites at once.
    waits = base_code in ("deadline", "issued")
    return _item(
        f"reinspection:{row['id']}:{count}",
        object_=row["object"],
        subject=row["id"],
        step=count,
        base=base,
        base_code=base_code,
        opens=start + dt.timedelta(days=int(waits)),
        reasons=reasons,
        today=today,
    )


def _order_base(row: Mapping[str, Any], today: dt.date) -> tuple[dt.date, str]:
    requested, deadline, reviewed = (row.get(k) for k in ("requested", "deadline", "reviewed"))
    if deadline is not None and deadline == reviewed:
        return deadline, "failed_review"
    if requested is not None and (deadline is None or requested <= deadline):
        return requested, "requested"
    if deadline is not None:
        return deadline, "deadline"
    issued = row.get("issued")
    return (today, "unknown") if issued is None else (issued, "issued")


def _revisit(
    row: Mapping[str, Any],
    last: dt.date | None,
    *,
    today: dt.date,
    workdays: Workdays,
    rules: DueRules,
) -> DueItem | None:
    """Return the revisit of a closed site that counts now; None when the series is done."""
    base, base_code = _first_known(row, ("closed", "discovered"), today)
    halvings = min(int(row.get("relapses") or 0), rules.relapse.max_times)
    divisor = rules.relapse.divisor**halvings
    days = [max(1, step.days // divisor) for step in rules.steps]
    pending = [i for i, opens in enumerate(_openings(base, days, rules))
               if last is None or last < opens]  # fmt: skip
    if not pending:
        return None
    due = [workdays.next_workday(base + dt.timedelta(days=n)) for n in days]
    counted = max((i for i in pending if due[i] <= today), default=pending[0])
    reasons = _revisit_chain(base, rules.steps[counted], days[counted], halvings, rules=rules)
    reasons += _shift(reasons[-1].end, workdays=workdays, rules=rules)
    missed = [rules.steps[i].days for i in pending if i <= counted]
    if len(missed) > 1:
        since = {"steps": missed, "since": due[pending[0]].isoformat()}
        reasons.append(
            Reason.by("steps_collapsed", rules.window, due[counted], due[counted], since)
        )
    step = rules.steps[counted].days
    item = _item(
        f"revisit:{row['id']}:{base.isoformat()}:{step}",
        object_=row["id"],
        subject=row["id"],
        step=step,
        base=base,
        base_code=base_code,
        opens=_openings(base, days, rules)[pending[0]],
        reasons=reasons,
        today=today,
    )
    return _overdue_from(item, due[pending[0]], today)


def _openings(base: dt.date, days: list[int], rules: DueRules) -> list[dt.date]:
    """Return the day on which the window of every step opens, never before the day after *base*."""
    before = [0, *days[:-1]]
    early = [min(rules.window.tolerance_days, (n - m) // 2)
             for n, m in zip(days, before, strict=True)]  # fmt: skip
    return [base + dt.timedelta(days=max(1, n - e)) for n, e in zip(days, early, strict=True)]


def _revisit_chain(
    base: dt.date, step: Term, days: int, halvings: int, *, rules: DueRules
) -> list[Reason]:
    full = base + dt.timedelta(days=step.days)
    chain = [Reason.by("term_revisit", step, base, full, {"step": step.days})]
    if days != step.days:
        detail = {"relapses": halvings, "divisor": rules.relapse.divisor**halvings}
        short = base + dt.timedelta(days=days)
        chain.append(Reason.by("relapse_shortened", rules.relapse, full, short, detail))
    return chain


def _report(
    row: Mapping[str, Any], *, today: dt.date, workdays: Workdays, rules: DueRules
) -> DueItem:
    """Plan an open report early; its legal limit stands beside the planned date."""
    base, base_code = _first_known(row, ("received",), today)
    planned = [_add(base, rules.report_plan, code="term_report", workdays=workdays)]
    planned += _shift(planned[-1].end, workdays=workdays, rules=rules)
    limit = [_add(base, rules.report_limit, code="term_report_limit", workdays=workdays)]
    limit += _shift(limit[-1].end, workdays=workdays, rules=rules)
    item = _item(
        f"report:{row['id']}",
        object_=row.get("object") or row["id"],
        subject=row["id"],
        step=0,
        base=base,
        base_code=base_code,
        opens=base,
        reasons=planned,
        today=today,
    )
    return replace(item, limit=limit[-1].end, limit_reasons=tuple(limit))


def _item(
    id_: str,
    *,
    object_: str,
    subject: str,
    step: int,
    base: dt.date,
    base_code: str,
    opens: dt.date,
    reasons: list[Reason],
    today: dt.date,
) -> DueItem:
    due = reasons[-1].end
    item = DueItem(
        id=id_, object=object_, kind=id_.split(":", 1)[0], subject=subject, step=step, base=base,
        base_code=base_code, opens=opens, due=due, reasons=tuple(reasons), overdue_since=due,
        overdue_days=0,
    )  # fmt: skip
    return _overdue_from(item, due, today)


def _overdue_from(item: DueItem, since: dt.date, today: dt.date) -> DueItem:
    return replace(item, overdue_since=since, overdue_days=max(0, (today - since).days))


def _first_known(
    row: Mapping[str, Any], names: tuple[str, ...], today: dt.date
) -> tuple[dt.date, str]:
    """Return the first date that the row has; today as ``unknown`` where it has none."""
    return next(((row[name], name) for name in names if row.get(name)), (today, "unknown"))


def _add(start: dt.date, term: Term, *, code: str, workdays: Workdays) -> Reason:
    if term.unit == "workdays":
        code = f"{code}_workdays"
        end = workdays.add_workdays(start, term.days)
    else:
        end = start + dt.timedelta(days=term.days)
    detail = {"rule": term.name, "count": term.days, "unit": term.unit}
    return Reason.by(code, term, start, end, detail)


def _shift(day: dt.date, *, workdays: Workdays, rules: DueRules) -> list[Reason]:
    """Return the move to the next working day; nothing where *day* is worked."""
    why = workdays.why_off(day)
    if not why:
        return []
    end = workdays.next_workday(day)
    return [Reason.by("nonworking_shift", rules.nonworking, day, end, {"why": why})]
