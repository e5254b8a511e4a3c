"""What is due and why: re-inspections, revisits of closed sites, reports by the public.

A due date is a base date plus a chain of reasons, each with its days, its source and how far that
source was verified. The chain is data; the words are made elsewhere. What other kinds of obligation
are reckoned from stands in :mod:`scheduler.due`.

A revisit step is satisfied by the latest visit of a kind named in the rules, made on or after the
opening of the step's window: the step's date less a tolerance, but not before half of the interval
since the step before has passed. One visit satisfies every step whose window is open. Missed steps
collapse into the latest one whose date has come; how long it is overdue counts from the first.
A sign that the site is at work again begins the series anew.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from scheduler.due.reckoning import ONE_DAY, Reckoning, first_known, latest, rows_where
from scheduler.due.reinspection import reinspections
from scheduler.due.report import reports as report_items
from scheduler.due_items import DueItem, Reason
from scheduler.periods import Span, spans

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import pandas as pd

    from scheduler.due_rules import DueRules, Term
    from scheduler.periods import Period
    from scheduler.workdays import Workdays


def due_items(
    orders: pd.DataFrame,
    *,
    sites: pd.DataFrame,
    visits: pd.DataFrame,
    reports: pd.DataFrame | None = None,
    industries: Mapping[str, str] | None = None,
    periods: Sequence[Period] = (),
    blacklisted: Collection[str] = (),
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
        Industry code by object id, for the terms and periods that depend on it.
    periods
        Sensitive periods, which bring revisits forward.
    blacklisted
        Ids of the sites whose enterprise is on the black list.
    """
    with_ = Reckoning(today=today, workdays=workdays, rules=rules)
    known = industries or {}
    items = reinspections(orders, industries=known, with_=with_)
    items += revisits(
        sites, visits=visits, reports=reports, industries=known, periods=periods,
        blacklisted=blacklisted, with_=with_,
    )  # fmt: skip
    if reports is not None:
        items += report_items(reports, with_=with_)
    return in_order(items)


def due_by(items: list[DueItem], *, last: dt.date) -> list[DueItem]:
    """Return the items due on or before *last* whose visit makes sense by then, same order."""
    return [item for item in items if item.due <= last and item.opens <= last]


def in_order(items: list[DueItem]) -> list[DueItem]:
    """Return items by due date, kind and id."""
    return sorted(items, key=lambda item: (item.due, item.kind, item.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calendar:
    """Sensitive periods by industry and year, each worked out once."""

    periods: Sequence[Period]
    _known: dict[tuple[str | None, int], list[Span]] = field(default_factory=dict)

    def spans(self, first: dt.date, last: dt.date, *, industry: str | None) -> Iterator[Span]:
        """Yield the periods that touch some days, some of them twice."""
        for year in range(first.year, last.year + 1):
            if (industry, year) not in self._known:
                days = {"first": dt.date(year, 1, 1), "last": dt.date(year, 12, 31)}
                self._known[industry, year] = spans(self.periods, industry=industry, **days)
            for span in self._known[industry, year]:
                if span.first <= last and span.last >= first:
                    yield span


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """A closed site: its state, and what else its series of revisits depends on."""

    row: Mapping[str, Any]
    base: dt.date
    base_code: str
    blacklisted: bool
    industry: str | None
    calendar: _Calendar


def revisits(
    sites: pd.DataFrame,
    *,
    visits: pd.DataFrame,
    reports: pd.DataFrame | None = None,
    industries: Mapping[str, str],
    periods: Sequence[Period],
    blacklisted: Collection[str],
    with_: Reckoning,
) -> list[DueItem]:
    """Return the revisit of every closed site that counts now; see :func:`due_items`."""
    rows = rows_where(sites, "status", "closed")
    visits = visits[visits["object"].isin({row["id"] for row in rows})]
    last = _last_visits(visits, with_=with_)
    signs = _signs(visits, reports, with_=with_)
    calendar = _Calendar(periods=periods)
    found = []
    for row in rows:
        base, base_code = first_known(row, ("closed", "discovered"), with_.today)
        sign = signs.get(row["id"])
        if sign is not None and sign[0] > base:
            base, base_code = sign
        site = _Site(
            row=row, base=base, base_code=base_code, blacklisted=row["id"] in blacklisted,
            industry=industries.get(row["id"]), calendar=calendar,
        )  # fmt: skip
        item = _revisit(site, last.get(row["id"]), with_=with_)
        if item is not None:
            found.append(item)
    return found


def _last_visits(visits: pd.DataFrame, *, with_: Reckoning) -> dict[str, dt.date]:
    """Return by object the day of the latest visit that can satisfy a revisit step."""
    window = with_.rules.window
    counted = visits[
        visits["kind"].isin(window.kinds) & ~visits["result"].isin(window.ignored_results)
    ]
    return latest(counted["object"], counted["date"], today=with_.today)


def _signs(
    visits: pd.DataFrame, reports: pd.DataFrame | None, *, with_: Reckoning
) -> dict[str, tuple[dt.date, str]]:
    """Return by object the latest day on which something showed that it is at work again."""
    rule = with_.rules.sign
    seen = visits[visits["result"].isin(rule.results)]
    days = latest(seen["object"], seen["date"], today=with_.today)
    found = {object_: (day, "sign_visit") for object_, day in days.items()}
    if reports is not None:
        true = reports[reports["outcome"].isin(rule.outcomes)]
        told = latest(true["object"], true["verified"], today=with_.today)
        for object_, day in told.items():
            if object_ not in found or day > found[object_][0]:
                found[object_] = (day, "sign_report")
    return found


def _revisit(site: _Site, last: dt.date | None, *, with_: Reckoning) -> DueItem | None:
    """Return the revisit of a closed site that counts now; None when the series is done."""
    rules, base = with_.rules, site.base
    before = (0, *(step.days for step in rules.steps[:-1]))
    chains = [_chain(site, step, prior, with_=with_)
              for step, prior in zip(rules.steps, before, strict=True)]  # fmt: skip
    days = [(chain[-1].end - base).days for chain in chains]
    opens = _openings(base, days, rules)
    pending = [i for i, day in enumerate(opens) if last is None or last < day]
    if not pending:
        return None
    due = [with_.workdays.next_workday(base + dt.timedelta(days=n)) for n in days]
    counted = max((i for i in pending if due[i] <= with_.today), default=pending[0])
    reasons = with_.worked(*chains[counted])
    missed = [rules.steps[i].days for i in pending if i <= counted]
    if len(missed) > 1:
        since = {"steps": missed, "since": due[pending[0]].isoformat()}
        reasons.append(
            Reason.by("steps_collapsed", rules.window, due[counted], due[counted], since)
        )
    step, id_ = rules.steps[counted].days, site.row["id"]
    item = with_.item(
        f"revisit:{id_}:{base.isoformat()}:{step}", object_=id_, subject=id_, step=step, base=base,
        base_code=site.base_code, opens=opens[pending[0]], reasons=reasons,
    )  # fmt: skip
    return _overdue_from(item, due[pending[0]], with_.today)


def _openings(base: dt.date, days: list[int], rules: DueRules) -> list[dt.date]:
    """Return the day on which the window of every step opens, never before the day after *base*."""
    before = [0, *days[:-1]]
    early = [min(rules.window.tolerance_days, (n - m) // 2)
             for n, m in zip(days, before, strict=True)]  # fmt: skip
    return [base + max(ONE_DAY, dt.timedelta(days=n - e)) for n, e in zip(days, early, strict=True)]


def _chain(site: _Site, step: Term, before: int, *, with_: Reckoning) -> list[Reason]:
    """Return the sum of a step: its days after the base, and every rule that shortens them.

    *before* are the days of the step before it.
    """
    rules, base = with_.rules, site.base
    end = base + dt.timedelta(days=step.days)
    chain = [Reason.by("term_revisit", step, base, end, {"step": step.days})]
    relapses = min(int(site.row.get("relapses") or 0), rules.relapse.max_times)
    divisor = rules.relapse.divisor**relapses
    if relapses:
        detail = {"relapses": relapses, "divisor": divisor}
        chain += _shorter(chain, base, step, divisor, "relapse_shortened", rules.relapse, detail)
    if site.blacklisted:
        divisor *= rules.black_list.divisor
        detail = {"divisor": rules.black_list.divisor}
        chain += _shorter(
            chain, base, step, divisor, "black_list_shortened", rules.black_list, detail
        )
    return chain + _brought_forward(site, chain[-1].end, done=before // divisor)


def _shorter(
    chain: list[Reason],
    base: dt.date,
    step: Term,
    divisor: int,
    code: str,
    rule: Any,  # noqa: ANN401 - any rule with a source and a status
    detail: Mapping[str, Any],
) -> list[Reason]:
    """Return the link of a rule that divides the interval of a step; nothing if it is the same."""
    short = base + dt.timedelta(days=max(1, step.days // divisor))
    return [] if short == chain[-1].end else [Reason.by(code, rule, chain[-1].end, short, detail)]


def _brought_forward(site: _Site, end: dt.date, *, done: int) -> list[Reason]:
    """Return the link of the sensitive period that brings a date forward most, if there is one.

    The days since the step before (*done* days after the base) are divided, but the date never lies
    before the period; where the divided interval ends after it, the period changes nothing. So a
    later base never makes an earlier date, nor a later step.
    """
    best: tuple[dt.date, Span] | None = None
    start = site.base + dt.timedelta(days=done)
    for span in site.calendar.spans(start, end, industry=site.industry):
        shorter = max(1, (end - start).days // span.period.divisor)
        day = max(span.first, start + dt.timedelta(days=shorter))
        if day < (best[0] if best else end) and day <= span.last:
            best = (day, span)
    if best is None:
        return []
    day, span = best
    detail = {
        **span.period.words(), "first": span.first.isoformat(), "last": span.last.isoformat(),
        "divisor": span.period.divisor,
    }  # fmt: skip
    return [Reason.by("period_shortened", span.period, end, day, detail)]


def _overdue_from(item: DueItem, since: dt.date, today: dt.date) -> DueItem:
    return replace(item, overdue_since=since, overdue_days=max(0, (today - since).days))
