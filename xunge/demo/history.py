"""Two years of visits: planned checks with their season, raids and revisits, checked reports."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layers.rows import records
from scheduler.workdays import Workdays
from xunge.demo.county import rng_of
from xunge.demo.crews import staff_visits
from xunge.demo.enterprises import FULL_COUNT
from xunge.demo.orders import make_orders
from xunge.demo.reports import make_reports, report_visits
from xunge.demo.sites import UNTOUCHED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from xunge.demo.people import Staff

    Floats = NDArray[np.float64]

DAYS = 730
_PRIMARY_PER_YEAR = 2_150  # planned visits a year in the full county
_SEASON = {1: 0.8, 2: 0.6, 3: 1.0, 4: 1.05, 5: 1.1, 6: 1.35, 7: 1.1, 8: 1.0, 9: 1.2,
           10: 0.95, 11: 1.15, 12: 1.25}  # fmt: skip
_QUIET_DAYS = 7  # around a long holiday
_QUIET = 0.45
_LONG_BREAK_DAYS = 6
_GRADE_WEIGHT = {"major": 8.0, "larger": 4.0, "general": 2.0, "low": 1.0}
_KEY_KINDS = {"key": 0.55, "random": 0.2, "special": 0.15, "covert": 0.1}
_OTHER_KINDS = {"random": 0.6, "special": 0.2, "covert": 0.06, "joint": 0.06, "patrol": 0.05,
                "licence": 0.03}  # fmt: skip
_REVISIT_STEPS = (7, 30, 90, 180, 365)
_SERIOUS_RATE = {"major": 0.07, "larger": 0.04, "general": 0.02, "low": 0.01}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the ledgers of visits, orders and reports say, before anyone made a slip in them."""

    visits: pd.DataFrame
    orders: pd.DataFrame
    reports: pd.DataFrame


def make_history(
    firms: pd.DataFrame, sites: pd.DataFrame, staff: Staff, *, seed: int, today: dt.date
) -> History:
    """Return 24 months of visits, orders and reports up to *today*.

    Visits carry the columns of their register with codes; orders and reports likewise.
    """
    calendar = Workdays()
    days = calendar.between(today - dt.timedelta(days=DAYS), today)
    rng = rng_of(seed, "visits")
    planned = _planned(firms, days, today, rng=rng)
    raids = _raids(sites, days[0], today, rng=rng)
    revisits = _revisits(sites, calendar, days[0], today, rng=rng)
    planned["key"] = np.arange(len(planned))
    orders, reviews = make_orders(planned, firms, calendar, today, rng=rng_of(seed, "orders"))
    reports = make_reports(firms, sites, days, today, rng=rng_of(seed, "reports"))
    checks = report_visits(reports, rng=rng_of(seed, "report visits"))
    visits = pd.concat([planned, reviews, raids, revisits, checks], ignore_index=True)
    visits = visits.sort_values(["date", "object", "kind"], kind="stable").reset_index(drop=True)
    visits["id"] = _numbers(visits["date"])
    visits = staff_visits(visits, firms, sites, staff, rng=rng_of(seed, "crews"))
    by_key = visits.dropna(subset=["key"]).set_index("key")["id"]
    orders["visit"] = orders["visit"].map(by_key)
    return History(visits=visits, orders=orders, reports=reports)


def season(days: tuple[dt.date, ...]) -> Floats:
    """Return the weight of each working day: by month, and quiet around long holidays."""
    weight = np.array([_SEASON[day.month] for day in days])
    serial = np.array([day.toordinal() for day in days])
    breaks = np.flatnonzero(np.diff(serial) > _LONG_BREAK_DAYS)
    for i in breaks:
        near = (serial >= serial[i] - _QUIET_DAYS) & (serial <= serial[i + 1] + _QUIET_DAYS)
        weight[near] *= _QUIET
    return weight


def _planned(
    firms: pd.DataFrame, days: tuple[dt.date, ...], today: dt.date, *, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the planned checks of both years with what they found."""
    half = today - dt.timedelta(days=365)
    years = [[d for d in days if d <= half], [d for d in days if d > half]]
    budget = round(_PRIMARY_PER_YEAR * len(firms) / FULL_COUNT)
    parts = []
    for year in years:
        rows = _drawn(firms, budget, rng=rng)
        weight = season(tuple(year))
        when = rng.choice(len(year), size=rows.size, p=weight / weight.sum())
        parts.append(pd.DataFrame({"row": rows, "date": [year[i] for i in when]}))
    frame = pd.concat(parts, ignore_index=True)
    chosen = firms.iloc[frame["row"]].reset_index(drop=True)
    frame["object"] = chosen["id"]
    key = (chosen["enterprise_class"] == "key").to_numpy()
    frame["kind"] = np.where(
        key, _some(_KEY_KINDS, len(frame), rng=rng), _some(_OTHER_KINDS, len(frame), rng=rng)
    )
    gone = (chosen["operating_status"] == "closed") & (frame["date"] > half)
    gone |= (chosen["enterprise_class"] == "scattered") & (rng.random(len(frame)) < 0.025)
    _find(frame, chosen, gone.to_numpy(), rng=rng)
    return frame.drop(columns="row")


def _drawn(firms: pd.DataFrame, budget: int, *, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return the rows of the firms visited in a year: all key ones, the others by grade."""
    key = (firms["enterprise_class"] == "key").to_numpy()
    every = np.repeat(np.flatnonzero(key), 1 + rng.binomial(2, 0.45, int(key.sum())))
    weight = firms["risk_grade"].map(_GRADE_WEIGHT).to_numpy()
    weight = weight * np.where(firms["enterprise_class"] == "scattered", 1.6, 1.0)
    weight = weight * np.where(firms["operating_status"] == "operating", 1.0, 0.4)
    slots = np.concatenate([weight, 0.2 * weight])  # a second visit in the year is rarer
    slots[np.concatenate([key, key])] = 1e-12
    luck = np.log(slots) + rng.gumbel(size=slots.size)
    top = np.argsort(-luck, kind="stable")[: max(budget - every.size, 0)]
    return np.concatenate([every, top % len(firms)])


def _some(shares: dict[str, float], count: int, *, rng: np.random.Generator) -> NDArray[np.str_]:
    return rng.choice(list(shares), size=count, p=list(shares.values()))


def _find(
    frame: pd.DataFrame, chosen: pd.DataFrame, gone: NDArray[np.bool_], *, rng: np.random.Generator
) -> None:
    """Fill in findings and result of planned checks."""
    found = rng.poisson(chosen["propensity"].to_numpy())
    found[gone] = 0
    serious = rng.binomial(found, chosen["risk_grade"].map(_SERIOUS_RATE).to_numpy())
    luck = rng.random(len(frame))
    result = np.full(len(frame), "pass", dtype=object)
    result[found > 0] = "on_the_spot"
    result[(found > 0) & (luck > 0.7**found)] = "ordered"
    result[(serious > 0) & (luck < 0.85)] = "ordered"
    result[(serious > 0) & (luck >= 0.85)] = "suspended"
    result[gone] = "not_found"
    frame["findings"], frame["serious_findings"], frame["result"] = found, serious, result
    refused = rng.permutation(np.flatnonzero(found == 0))[: len(frame) // 600]
    frame.loc[refused, "result"] = "refused"
    frame["note"] = None


def _row(day: dt.date, site: str, kind: str, result: str, **facts: Any) -> dict[str, Any]:
    return {
        "date": day, "object": site, "kind": kind, "result": result,
        "findings": 0, "serious_findings": 0, "note": None, **facts,
    }  # fmt: skip


def _raids(
    sites: pd.DataFrame, first: dt.date, today: dt.date, *, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the visits that found each site and closed it."""
    rows = []
    for site in records(sites):
        name, found, closed = str(site["id"]), site["discovered"], site["closed"]
        kind = str(rng.choice(["patrol", "special", "covert", "report"]))
        at_once = closed == found
        lax = site["industry"] == UNTOUCHED
        result = "closed" if at_once else "on_the_spot" if lax else "suspended"
        rows.append(_row(found, name, kind, result, findings=1, serious_findings=1))
        if isinstance(site["origin"], str):
            rows.append(_row(found, site["origin"], "revisit", "ordered", findings=1,
                             serious_findings=1, note=f"发现死灰复燃，另立案{name}"))  # fmt: skip
        if isinstance(closed, dt.date) and not at_once:
            rows.append(_row(closed, name, "joint", "closed", findings=1, note="已拆除清理"))
    return pd.DataFrame([row for row in rows if first <= row["date"] <= today])


def _revisits(
    sites: pd.DataFrame, calendar: Workdays, first: dt.date, today: dt.date,
    *, rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """Return the revisits of closed sites; most on time, some late, the newest partly to come."""
    rows = []
    for site in records(sites[sites["closed"].notna()]):
        for step in _REVISIT_STEPS:
            due = site["closed"] + dt.timedelta(days=step)
            lag = int(rng.choice([0, 1, 3, 8, 14, 30], p=[0.35, 0.2, 0.2, 0.13, 0.08, 0.04]))
            day = calendar.next_workday(due + dt.timedelta(days=lag))
            skipped = (today - due).days < 40 and rng.random() < 0.5
            if first <= day <= today and not skipped:
                result = str(rng.choice(["pass", "on_the_spot", "not_found"], p=[0.84, 0.05, 0.11]))
                rows.append(_row(day, str(site["id"]), "revisit", result,
                                 findings=int(result == "on_the_spot")))  # fmt: skip
    return pd.DataFrame(rows)


def _numbers(dates: pd.Series[Any]) -> list[str]:
    months = pd.Series([f"{day:%Y%m}" for day in dates])
    serial = months.groupby(months).cumcount() + 1
    return [f"JC{month}-{number:03d}" for month, number in zip(months, serial, strict=True)]
