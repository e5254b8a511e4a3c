"""Rectification orders and their re-inspections, with an honest share of late ones."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layers.rows import records
from xunge.demo import names
from xunge.demo.county import table
from xunge.demo.enterprises import FULL_COUNT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scheduler.workdays import Workdays

OVERDUE_COUNT = 25
"""Open orders whose re-inspection is overdue in the full county."""
SOON_COUNT = 20
"""Open orders whose re-inspection falls due within two weeks."""
REVIEW_DAYS = 10
SOON_DAYS = 14
_DEADLINES = (7, 10, 15, 15, 15, 20, 30)
_DOCUMENTS = {"rectify": "责改", "suspend": "停产", "measure": "现决"}


def make_orders(
    planned: pd.DataFrame, firms: pd.DataFrame, calendar: Workdays, today: dt.date,
    *, rng: np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Return the orders that followed the planned visits, and the visits that reviewed them.

    Returns
    -------
    orders
        Columns of the register ``orders``; ``visit`` is the ``key`` of the planned visit.
    reviews
        Visits of kind ``reinspection``.
    """
    caused = planned[planned["result"].isin(["ordered", "suspended"])]
    caused = caused.sort_values(["date", "object"], kind="stable")
    frame = _issued(caused, firms, rng=rng)
    _review(frame, calendar, today, rng=rng)
    full = len(firms) / FULL_COUNT
    _leave_open(frame, calendar, today, (-10_000, -1), round(OVERDUE_COUNT * full), rng=rng)
    _leave_open(frame, calendar, today, (0, SOON_DAYS), round(SOON_COUNT * full), rng=rng)
    reviews = _visits(frame)
    return frame.drop(columns=["second", "first_outcome", "base", "due"]), reviews


def _issued(caused: pd.DataFrame, firms: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    industry = caused["object"].map(firms.set_index("id")["industry"])
    frame = pd.DataFrame({"object": caused["object"], "visit": caused["key"]})
    frame["issued"] = caused["date"]
    measure = rng.random(len(frame)) < 0.05
    frame["kind"] = np.where(
        caused["result"] == "suspended", "suspend", np.where(measure, "measure", "rectify")
    )
    frame["hazard"] = [_hazards(str(code), rng=rng) for code in industry]
    frame = frame.reset_index(drop=True)
    terms = rng.choice(_DEADLINES, size=len(frame))
    asked = rng.random(len(frame)) < 0.35
    early = 2 + np.floor((terms - 3) * rng.random(len(frame))).astype(int)
    frame["deadline"] = [d + dt.timedelta(days=int(t)) for d, t in zip(frame["issued"], terms)]  # noqa: B905
    frame["requested"] = [
        day + dt.timedelta(days=int(t)) if ask else None
        for day, t, ask in zip(frame["issued"], early, asked, strict=True)
    ]
    years = frame["issued"].map(lambda day: day.year).astype(str) + frame["kind"]
    serial = frame.groupby(years).cumcount() + 1
    frame["id"] = [
        f"永应急{_DOCUMENTS[kind]}〔{day.year}〕{number:03d}号"
        for kind, day, number in zip(frame["kind"], frame["issued"], serial, strict=True)
    ]
    return frame


def _hazards(industry: str, *, rng: np.random.Generator) -> str:
    texts = table("texts")["hazards"]
    known = [*texts.get(industry, []), *texts.get(industry, []), *texts["common"]]
    chosen = dict.fromkeys(names.pick(known, rng=rng) for _ in range(int(rng.integers(1, 4))))
    return "；".join(chosen)


def _review(
    frame: pd.DataFrame, calendar: Workdays, today: dt.date, *, rng: np.random.Generator
) -> None:
    """Re-inspect each order some days after request or deadline; a failed one a second time."""
    frame["requested"] = [day if day is not None and day <= today else None
                          for day in frame["requested"]]  # fmt: skip
    rows: list[dict[str, Any]] = []
    for order in records(frame):
        base = min(order["requested"] or order["deadline"], order["deadline"])
        first = _visit_day(base, calendar, today, rng=rng)
        outcome = str(rng.choice(["met", "partly", "not_met"], p=[0.88, 0.06, 0.06]))
        again = _visit_day(first, calendar, today, rng=rng) if first and outcome != "met" else None
        rows.append(
            {
                "reviewed": again or first,
                "outcome": None if first is None else "met" if again else outcome,
                "first_outcome": outcome if again else None,
                "second": first if again else None,
                "base": first if first and outcome != "met" and not again else base,
            }
        )
    for column in rows[0] if rows else ():
        frame[column] = pd.Series([row[column] for row in rows], dtype=object)
    frame["due"] = [base + dt.timedelta(days=REVIEW_DAYS) for base in frame["base"]]


def _visit_day(
    base: dt.date, calendar: Workdays, today: dt.date, *, rng: np.random.Generator
) -> dt.date | None:
    """Return the day of a re-inspection; 82 % within the ten days, the others late."""
    luck = rng.random()
    low, high = (1, 9) if luck < 0.82 else (11, 30) if luck < 0.96 else (31, 70)
    day = calendar.next_workday(base + dt.timedelta(days=int(rng.integers(low, high + 1))))
    return day if day <= today else None


def _leave_open(
    frame: pd.DataFrame, calendar: Workdays, today: dt.date, window: tuple[int, int], count: int,
    *, rng: np.random.Generator,
) -> None:  # fmt: skip
    """Bring the open orders whose due date lies in *window* (days from today) to *count*."""
    left = np.array([(due - today).days for due in frame["due"]])
    inside = (left >= window[0]) & (left <= window[1])
    opened = (frame["outcome"] != "met").to_numpy()
    surplus = int((inside & opened).sum()) - count
    if surplus > 0:
        started = np.array([base < today for base in frame["base"]])
        some = rng.permutation(np.flatnonzero(inside & opened & started))[:surplus]
        _review_now(frame, some, calendar, today, rng=rng)
        return
    fresh = inside & (left > -60) & ~opened & frame["second"].isna().to_numpy()
    some = rng.permutation(np.flatnonzero(fresh))[:-surplus]
    for i in some:
        frame.at[i, "reviewed"], frame.at[i, "outcome"] = None, None
    missing = -surplus - len(some)
    later = opened & (left > window[1]) & np.array([d < today for d in frame["issued"]])
    for i in rng.permutation(np.flatnonzero(later))[:missing]:
        frame.at[i, "requested"] = frame.at[i, "base"] = today
        frame.at[i, "due"] = today + dt.timedelta(days=REVIEW_DAYS)


def _review_now(
    frame: pd.DataFrame, rows: NDArray[np.intp], calendar: Workdays, today: dt.date,
    *, rng: np.random.Generator,
) -> None:  # fmt: skip
    """Close orders by a re-inspection on one of the last working days."""
    bases: list[dt.date] = frame["base"].tolist()
    for i in rows:
        back = int(rng.integers(0, min((today - bases[i]).days, 20)))
        day = calendar.next_workday(today - dt.timedelta(days=back))
        frame.at[i, "reviewed"] = day if day <= today else calendar.add_workdays(today, -1)
        frame.at[i, "outcome"] = "met"


def _visits(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the re-inspections as visits, with the number of the document in the note."""
    rows = []
    for order in records(frame):
        done = [(order["second"], order["first_outcome"]), (order["reviewed"], order["outcome"])]
        for day, outcome in done:
            if isinstance(day, dt.date):
                rows.append(
                    {
                        "date": day, "object": order["object"], "kind": "reinspection",
                        "findings": 0 if outcome == "met" else 1, "serious_findings": 0,
                        "result": "pass" if outcome == "met" else "ordered",
                        "note": f"复查{order['id']}",
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)
