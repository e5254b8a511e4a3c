"""Rates of enforcement, each over one cohort of records so that none is above 100 %."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from layers.figures import Count, Rate
from layers.indicators.measures import DONE, MEASURES, figure, is_check, narrowed, some_bound
from layers.rows import where

if TYPE_CHECKING:
    from layers.indicators.facts import Facts, Period

ORDERS = ("rectify", "measure", "suspend")
"""Documents that ask for a re-inspection."""
AGES = ((0, 7), (8, 30), (31, 90), (91, None))
"""Ages in days by which open hazards are told."""


def part_of(facts: Facts, part: str, whole: str, period: Period) -> Rate:
    """Return two measures of the same records as a rate."""
    return Rate(part=figure(facts, part, period).count, whole=figure(facts, whole, period).count)


def due_hazards(facts: Facts, period: Period) -> pd.DataFrame:
    """Return the hazards that fell due in a period by the day: to be mended on the spot, or then.

    A deadline counts as it was last set.
    """
    rows = narrowed(facts.frames["hazards"], MEASURES["hazards"])
    last = min(period.until, facts.day)
    return where(
        rows,
        (
            _within(found if mode == "on_the_spot" else deadline, period.since, last)
            for found, mode, deadline in zip(
                rows["found"], rows["mode"], rows["deadline"], strict=True
            )
        ),
    )


def _within(day: object, since: dt.date, until: dt.date) -> bool:
    return isinstance(day, dt.date) and since <= day <= until


def in_time(rows: pd.DataFrame) -> pd.Series:
    """Tell which hazards were mended on the spot or by their deadline."""
    return pd.Series(
        [
            state in DONE
            and (
                mode == "on_the_spot"
                or not isinstance(deadline, dt.date)
                or (isinstance(done, dt.date) and done <= deadline)
            )
            for state, mode, deadline, done in zip(
                rows["state"], rows["mode"], rows["deadline"], rows["rectified"], strict=True
            )
        ],
        index=rows.index, dtype=bool,
    )  # fmt: skip


def timeliness(facts: Facts, period: Period) -> Rate:
    """Return hazards mended in time, of those that fell due in the period."""
    rows = due_hazards(facts, period)
    return _rate(int(in_time(rows).sum()), len(rows), "项")


def open_hazards(facts: Facts) -> pd.DataFrame:
    """Return all hazards that are open on the day, whenever found, with their age in days."""
    rows = narrowed(facts.frames["hazards"], MEASURES["hazards"])
    rows = rows[rows["state"].isin(("open", "overdue"))]
    return rows.assign(age=[(facts.day - found).days for found in rows["found"]])


def open_by_age(facts: Facts) -> list[tuple[int, int | None, pd.DataFrame]]:
    """Return open hazards in bands of age: first and last day, and the records."""
    rows = open_hazards(facts)
    return [
        (low, high, rows[(rows["age"] >= low) & (rows["age"] <= (high or 10**6))])
        for low, high in AGES
    ]


def due_orders(facts: Facts, period: Period) -> pd.DataFrame:
    """Return the orders that fell due in a period by the day; a deadline counts as last set."""
    rows = facts.frames["orders"]
    rows = rows[rows["kind"].isin(ORDERS)]
    last = min(period.until, facts.day)
    return where(rows, (_within(day, period.since, last) for day in rows["deadline"]))


def review_rate(facts: Facts, period: Period) -> Rate:
    """Return orders re-inspected at least once, of those that fell due in the period.

    A second re-inspection of an order, or one of an order of another period, does not count: the
    documents written (:data:`~layers.indicators.measures.MEASURES` ``reviews``) may be more.
    """
    rows = due_orders(facts, period)
    done = sum(1 for day in rows["reviewed"] if isinstance(day, dt.date))
    return _rate(done, len(rows), "份")


def closing_rate(facts: Facts, period: Period) -> Rate:
    """Return orders that are met or ended, of those that fell due in the period."""
    rows = due_orders(facts, period)
    return _rate(int(rows["state"].isin(("met", "cancelled")).sum()), len(rows), "份")


def recorded(facts: Facts, period: Period) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the checks with a record of inspection, and all (安全生产法 §68 asks for one each)."""
    visits = facts.within("visits", period)
    checks = visits[is_check(visits)]
    orders = facts.frames["orders"]
    written = set(orders.loc[orders["kind"] == "record", "visit"].dropna())
    return checks[checks["id"].isin(written)], checks


def record_rate(facts: Facts, period: Period) -> Rate:
    """Return checks with a record of inspection."""
    written, checks = recorded(facts, period)
    return _rate(len(written), len(checks), "次")


def covered(facts: Facts, period: Period) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the enterprises checked in the period, and all active ones of the register."""
    register = _enterprises(facts)
    checked = set(figure(facts, "enterprises", period).rows["subject"])
    return register[register.index.isin(list(checked))], register


def coverage(facts: Facts, period: Period) -> Rate:
    """Return enterprises checked in the period, of the active ones of the register."""
    checked, register = covered(facts, period)
    return _rate(len(checked), len(register), "家")


def covered_areas(
    facts: Facts, period: Period, *, level: str = "town"
) -> tuple[list[str], list[str]]:
    """Return codes of areas of *level* with a check, and of all with anything to check."""
    column = f"{level}_code"
    areas = set(facts.areas.loc[facts.areas["level"] == level, "id"])
    known = {code for code in facts.objects[column] if code is not None and code == code}
    known &= areas or known
    visits = facts.within("visits", period)
    seen = set(visits.loc[is_check(visits), level].dropna())
    return sorted(known & seen), sorted(known)


def area_coverage(facts: Facts, period: Period, *, level: str = "town") -> Rate:
    """Return areas of *level* with a check in the period, of those with anything to check."""
    seen, known = covered_areas(facts, period, level=level)
    return _rate(len(seen), len(known), "个")


def never_checked(facts: Facts, period: Period) -> pd.DataFrame:
    """Return the active enterprises without a check in the period."""
    register = _enterprises(facts)
    checked = set(figure(facts, "enterprises", period).rows["subject"])
    return register[~register.index.isin(list(checked))]


def _enterprises(facts: Facts) -> pd.DataFrame:
    objects = facts.objects
    return objects[(objects["kind"] == "enterprise") & objects["active"].astype(bool)]


def _rate(part: int, whole: int, unit: str) -> Rate:
    return Rate(part=Count(value=part, unit=unit), whole=Count(value=whole, unit=unit))


def seized(facts: Facts, period: Period) -> list[Count]:
    """Return what was seized, one total for each unit of goods: 吨 and 箱 are not added."""
    totals: dict[str, Count] = {}
    for row in facts.within("seizures", period).to_dict("records"):
        if row["quantity"] is None or row["quantity"] != row["quantity"] or not row["unit"]:
            continue
        one = Count(value=row["quantity"], unit=str(row["unit"]), at_least=bool(row["at_least"]))
        totals[one.unit] = totals[one.unit] + one if one.unit in totals else one
    return [totals[unit] for unit in sorted(totals)]


def fined(facts: Facts, period: Period) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the fines and confiscations of which something came in, and all of the period."""
    rows = narrowed(facts.within("penalties", period), MEASURES["fined"])
    return where(rows, (_number(got) > 0 for got in rows["collected"])), rows


def collection(facts: Facts, period: Period) -> Rate:
    """Return what was collected of the fines and confiscations decided in the period.

    Surcharges for late payment are no part of the decision: a decision counts as collected up to
    its own amount.
    """
    _, rows = fined(facts, period)
    amounts = [_number(value) for value in rows["amount"]]
    paid = [min(_number(got), due) for got, due in zip(rows["collected"], amounts, strict=True)]
    part, whole = (some_bound(rows, name) for name in ("collected", "amount"))
    return Rate(
        part=Count(value=round(sum(paid), 2), unit="元", at_least=part),
        whole=Count(value=round(sum(amounts), 2), unit="元", at_least=whole),
    )


def _number(value: float | None) -> float:
    return 0.0 if value is None or value != value else float(value)
