"""Reports and documents that the bureau itself owes: weekly, monthly, two-monthly, of campaigns."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.rows import records
from scheduler.cycles import period_name, period_of
from scheduler.due.reckoning import ONE_DAY, plain
from scheduler.due_items import Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import pandas as pd

    from scheduler.cycles import Cycle
    from scheduler.due.reckoning import Reckoning
    from scheduler.due_items import DueItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan of a campaign as a source."""

    source: str
    status: str


def documents(since: dt.date, *, settled: Collection[str], with_: Reckoning) -> list[DueItem]:
    """Return every periodic document that is not handed in, the running period's included.

    Parameters
    ----------
    since
        Day from which the bureau owes them; periods that ended before are not asked for.
    settled
        Ids of the items that are met.
    """
    found = (
        item for cycle in with_.rules.documents for item in _of(cycle, since=since, with_=with_)
    )
    return [item for item in found if item.id not in settled]


def summaries(phases: pd.DataFrame, *, settled: Collection[str], with_: Reckoning) -> list[DueItem]:
    """Return the summary of every phase of a campaign, and the final one after the last phase.

    Parameters
    ----------
    phases
        One row a phase: ``campaign, phase, name, first, last, final`` (whether it is the last
        phase) and ``report_by`` where the plan names the day itself.
    """
    found = []
    for row in phases.to_dict("records"):
        first, last = plain(row["first"]), plain(row["last"])
        kind = "final_summary" if row["final"] else "stage_summary"
        id_ = f"{kind}:{row['campaign']}:{row['phase']}"
        if id_ in settled or first is None or last is None or first > with_.today:
            continue
        named = plain(row.get("report_by"))
        if named is None:
            chain = [with_.add(last, with_.rules.term(kind), code=f"term_{kind}")]
        else:
            chain = [Reason.by("report_by_plan", with_.rules.term(kind), last, named, {})]
        found.append(
            with_.duty(id_, object_=str(row["name"]), subject=str(row["campaign"]),
                       base=(last, "phase_ends"), opens=first, reasons=with_.worked(*chain))
        )  # fmt: skip
    return found


def papers(frame: pd.DataFrame, *, with_: Reckoning) -> list[DueItem]:
    """Return the documents that units owe for a campaign, by the day that its plan names.

    Parameters
    ----------
    frame
        One row a document and unit that has not handed it in: ``campaign, code, title, unit,
        since, due, document`` (number of the plan).
    """
    found = []
    for row in records(frame):
        source = Plan(source=str(row["document"] or row["campaign"]), status="setting")
        detail = {"title": row["title"]}
        reason = Reason.by("term_paper", source, row["since"], row["due"], detail)
        found.append(
            with_.duty(f"paper:{row['campaign']}:{row['code']}:{row['unit']}", object_=row["unit"],
                       subject=row["code"], base=(row["since"], "campaign"),
                       reasons=with_.worked(reason))
        )  # fmt: skip
    return found


def _of(cycle: Cycle, *, since: dt.date, with_: Reckoning) -> Iterator[DueItem]:
    first, last = period_of(since, cycle)
    while first <= with_.today:
        name = period_name(first, last, cycle)
        detail = {"period": name, "first": first.isoformat(), "last": last.isoformat()}
        end = _end(last, cycle, with_)
        reason = Reason.by(f"term_{cycle.name}", cycle, last, end, {**detail, "count": cycle.days})
        yield with_.duty(
            f"{cycle.name}:{name}", object_=name, subject=cycle.name, base=(last, "period_ends"),
            reasons=with_.worked(reason), opens=first,
        )  # fmt: skip
        first, last = period_of(last + ONE_DAY, cycle)


def _end(last: dt.date, cycle: Cycle, with_: Reckoning) -> dt.date:
    if cycle.unit == "workdays":
        return with_.workdays.add_workdays(last, cycle.days)
    return last + dt.timedelta(days=cycle.days)
