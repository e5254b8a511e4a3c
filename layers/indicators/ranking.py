"""Ranking of units, and who is among the last three again and again.

Ranked is how well open matters are closed, how timely, and how far those with risk are covered.
Counts of checks and fines can be named, but rules of 2025 forbid to tie appraisal to them: whoever
does is told so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from layers.indicators.facts import Period
from layers.indicators.measures import DONE, MEASURES, figure, narrowed
from layers.indicators.rates import due_hazards, due_orders, in_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from layers.indicators.facts import Facts

QUALITY = ("closure", "timeliness", "coverage")
COUNTS = ("checks", "cases", "fines")
"""Not to be appraised by: 青岛市规范应急管理涉企行政检查管理办法（试行）2025-06-20 §2."""
LAST = 3
"""How many are named at the end, as the monthly appraisal of Miluo has it."""

Dimension = Literal["town", "department"]
Alarm = Literal["one_month", "two_in_a_row", "three_in_all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One unit in one month.

    Attributes
    ----------
    unit
        Code of the town, or name of the department.
    scores
        Each measure between 0 and 1, None where there was nothing to measure.
    score
        Mean of the measures that there are; None where there is none, then it is not ranked.
    place
        1 is best; equal scores share the better place. 0 where it is not ranked.
    tied
        How many units share the place, itself included.
    last
        Whether it is among the last three.
    """

    unit: str
    scores: Mapping[str, float | None]
    score: float | None
    place: int
    tied: int
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bottom:
    """A unit that the rules on the last three name: which rule, and the months that count."""

    unit: str
    alarm: Alarm
    months: tuple[str, ...]


def forbidden(measures: Sequence[str]) -> tuple[str, ...]:
    """Return those of *measures* that nobody may be appraised by."""
    return tuple(name for name in measures if name in COUNTS)


def rank(
    facts: Facts,
    period: Period,
    *,
    units: Sequence[str],
    by: Dimension = "town",
    measures: Sequence[str] = QUALITY,
) -> tuple[Standing, ...]:
    """Rank *units* over a period, best first; those without any measure come last, unranked.

    Raises
    ------
    KeyError
        If a measure does not exist.
    """
    found = {name: _MEASURED[name](facts, period, by, units) for name in measures}
    scores = {unit: {name: found[name].get(unit) for name in measures} for unit in units}
    means = {
        unit: round(sum(known) / len(known), 6)
        for unit, each in scores.items()
        if (known := [score for score in each.values() if score is not None])
    }
    last = _last(means)
    ordered = sorted(means, key=lambda unit: (-means[unit], units.index(unit)))
    ranked = [
        Standing(
            unit=unit, scores=scores[unit], score=means[unit],
            place=1 + sum(other > means[unit] for other in means.values()),
            tied=sum(other == means[unit] for other in means.values()), last=unit in last,
        )
        for unit in ordered
    ]  # fmt: skip
    ranked += [
        Standing(unit=unit, scores=scores[unit], score=None, place=0, tied=0, last=False)
        for unit in units
        if unit not in means
    ]
    return tuple(ranked)


def _last(means: Mapping[str, float]) -> frozenset[str]:
    """Return the last three; whoever is level with the third from the end belongs to them.

    With three units or fewer, or where all are level, nobody is last.
    """
    ordered = sorted(means.values())
    if len(ordered) <= LAST or ordered[0] == ordered[-1]:
        return frozenset()
    limit = ordered[LAST - 1]
    if limit == ordered[-1]:
        # Level with the best: only those who are worse are last.
        return frozenset(unit for unit, mean in means.items() if mean < limit)
    return frozenset(unit for unit, mean in means.items() if mean <= limit)


def bottoms(months: Mapping[str, Sequence[Standing]]) -> tuple[Bottom, ...]:
    """Return whom the rules name after the latest of *months* (in order, of one year).

    Among the last three in one month; in two months in a row; in three months of the year. Only
    the gravest rule that the latest month brings is told for a unit.
    """
    if not months:
        return ()
    names = list(months)
    was_last = {
        unit: [name for name in names if unit in _units_last(months[name])]
        for unit in (one.unit for one in months[names[-1]])
    }
    found = []
    for unit, when in was_last.items():
        if not when or when[-1] != names[-1]:
            continue
        alarm: Alarm = "one_month"
        told: tuple[str, ...] = (names[-1],)
        if len(when) >= LAST:
            alarm, told = "three_in_all", tuple(when)
        elif len(names) > 1 and names[-2] in when:
            alarm, told = "two_in_a_row", (names[-2], names[-1])
        found.append(Bottom(unit=unit, alarm=alarm, months=told))
    order = ("three_in_all", "two_in_a_row", "one_month")
    return tuple(sorted(found, key=lambda one: (order.index(one.alarm), one.unit)))


def _units_last(standings: Sequence[Standing]) -> frozenset[str]:
    return frozenset(one.unit for one in standings if one.last)


# Measures -----------------------------------------------------------------------------------------

_COLUMN = {"town": "town", "department": "unit_department"}


def _shares(good: pd.Series, units: pd.Series) -> dict[str, float]:
    """Return the share of what is good by unit."""
    table = pd.DataFrame({"unit": units, "good": good.astype(float)}).dropna(subset=["unit"])
    return {str(unit): float(mean) for unit, mean in table.groupby("unit")["good"].mean().items()}


def _closure(facts: Facts, period: Period, by: Dimension, units: Sequence[str]) -> dict[str, float]:
    """Return due orders and hazards of the period that are closed."""
    orders, hazards = due_orders(facts, period), due_hazards(facts, period)
    good = [*orders["state"].isin(("met", "cancelled")), *hazards["state"].isin(DONE)]
    where = [*orders[_COLUMN[by]], *hazards[_COLUMN[by]]]
    return _shares(pd.Series(good, dtype=bool), pd.Series(where, dtype=object))


def _timeliness(
    facts: Facts, period: Period, by: Dimension, units: Sequence[str]
) -> dict[str, float]:
    """Return due hazards mended in time; where no hazards are kept, orders met by their deadline.

    An order met at its first re-inspection counts as in time, as its deadline is only moved by one
    that fails.
    """
    hazards = due_hazards(facts, period)
    if len(hazards):
        return _shares(in_time(hazards), hazards[_COLUMN[by]])
    orders = due_orders(facts, period)
    good = (orders["state"] == "met") & (orders["count"] == 1)
    return _shares(good, orders[_COLUMN[by]])


def _coverage(
    facts: Facts, period: Period, by: Dimension, units: Sequence[str]
) -> dict[str, float]:
    """Return enterprises with risk that had a check in the year up to the end of the period.

    With risk are key enterprises and the grades major and larger. A second check adds nothing.
    """
    objects = facts.objects
    risky = objects["risk_grade"].isin(("major", "larger")) | (objects["enterprise_class"] == "key")
    wanted = objects[(objects["kind"] == "enterprise") & objects["active"].astype(bool) & risky]
    year = Period(since=period.year_before().until, until=period.until)
    checked = set(figure(facts, "enterprises", year).rows["subject"])
    where = wanted["town_code"] if by == "town" else wanted["departments"].map(_first)
    return _shares(wanted.index.to_series().isin(list(checked)), where)


def _first(names: object) -> str | None:
    return str(names[0]) if isinstance(names, tuple | list) and len(names) else None


def _count(code: str) -> Callable[[Facts, Period, Dimension, Sequence[str]], dict[str, float]]:
    def measured(
        facts: Facts, period: Period, by: Dimension, units: Sequence[str]
    ) -> dict[str, float]:
        rows = narrowed(facts.within(MEASURES[code].register, period), MEASURES[code])
        column = MEASURES[code].sums
        weights = rows[column].fillna(0).astype(float) if column else pd.Series(1.0, rows.index)
        sums = weights.groupby(rows[_COLUMN[by]]).sum()
        most = float(sums.max()) if len(sums) else 0.0
        return {unit: float(sums.get(unit, 0.0)) / most if most else 0.0 for unit in units}

    return measured


_MEASURED: Mapping[
    str, Callable[[Facts, Period, Dimension, Sequence[str]], Mapping[str, float]]
] = {
    "closure": _closure, "timeliness": _timeliness, "coverage": _coverage,
    "checks": _count("checks"), "cases": _count("cases"), "fines": _count("fined"),
}  # fmt: skip
MEASURED = tuple(_MEASURED)
