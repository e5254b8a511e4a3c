"""What is counted: each measure names its register, its unit and which records count.

Definitions that matter: 家次 counts visits and 家 the enterprises visited; 处次 and 处 the same of
illegal sites. 人次 counts an inspector once for each day out, 台次 a vehicle likewise, so that
several visits on one day do not add up to a crowd. Patrols and visits that found nobody are no
checks. 罚没款 sums fines and confiscations decided in the period; what was collected is that of
the same decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.figures import Count
from layers.quantities import is_bound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from layers.indicators.facts import Facts, Period

Row = dict[str, Any]
ON_PAPER = ("record", "rectify", "measure", "opinion", "suspend")
FINES = ("fine", "confiscation")
DONE = ("rectified", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One thing that is counted.

    Attributes
    ----------
    code
        Its name; the words are those of ``indicator_<code>``.
    register, on
        Whose records, and the column with the day that decides on the period (empty: the usual).
    unit
        Chinese unit of the count.
    where
        Equal values that a record must have, by column; a tuple allows any of its values.
    sums
        Column that is summed; empty counts records.
    distinct
        Columns whose different values are counted instead of records; lists count each member.
    present
        Column that must say something.
    """

    code: str
    register: str
    unit: str
    on: str = ""
    where: tuple[tuple[str, Any], ...] = ()
    sums: str = ""
    distinct: tuple[str, ...] = ()
    present: str = ""


def _m(code: str, register: str, unit: str, **rest: Any) -> Measure:
    return Measure(code=code, register=register, unit=unit, **rest)


CHECK = (("check", True),)
_ENTERPRISE, _SITE = (*CHECK, ("sort", "enterprise")), (*CHECK, ("sort", "site"))
_CHECK_FOUND = (("source", ("check", "report", None)),)
MEASURES: Mapping[str, Measure] = {
    one.code: one
    for one in (
        _m("checks", "visits", "家次", where=_ENTERPRISE),
        _m("enterprises", "visits", "家", where=_ENTERPRISE, distinct=("subject",)),
        _m("site_checks", "visits", "处次", where=_SITE),
        _m("sites_checked", "visits", "处", where=_SITE, distinct=("subject",)),
        _m("persons", "visits", "人次", distinct=("date", "inspectors"), present="inspectors"),
        _m("vehicles", "visits", "台次", distinct=("date", "vehicles"), present="vehicles"),
        _m("experts", "visits", "人次", distinct=("id", "experts"), present="experts"),
        _m("expert_findings", "visits", "项", sums="findings", present="experts"),
        _m("findings", "visits", "项", sums="findings"),
        _m("serious_findings", "visits", "项", sums="serious_findings"),
        _m("hazards", "hazards", "项", where=_CHECK_FOUND),
        _m("serious", "hazards", "项", where=(*_CHECK_FOUND, ("serious", True))),
        _m("on_the_spot", "hazards", "项", where=(*_CHECK_FOUND, ("mode", "on_the_spot"))),
        _m("time_limited", "hazards", "项", where=(*_CHECK_FOUND, ("mode", "time_limited"))),
        _m("rectified", "hazards", "项", where=(*_CHECK_FOUND, ("state", DONE))),
        _m("self_checked", "hazards", "项", where=(("source", "self_check"),)),
        _m("records", "orders", "份", where=(("kind", "record"),)),
        _m("rectify_orders", "orders", "份", where=(("kind", "rectify"),)),
        _m("measure_orders", "orders", "份", where=(("kind", "measure"),)),
        _m("opinions", "orders", "份", where=(("kind", "opinion"),)),
        _m("reviews", "orders", "份", on="reviewed"),
        _m("suspended", "orders", "家", where=(("kind", "suspend"),), distinct=("subject",)),
        _m("sites", "sites", "处"),
        _m("closed", "closures", "处"),
        _m("closed_in_full", "closures", "处", where=(("full", True),)),
        _m("relapses", "sites", "处", where=(("relapsed", True),)),
        _m("cases", "cases", "起"),
        _m("accident_cases", "cases", "起", where=(("kind", "accident"),)),
        _m("other_cases", "cases", "起", where=(("kind", "non_accident"),)),
        _m("simple_cases", "cases", "起", where=(("procedure", "simple"),)),
        _m("concluded", "cases", "起", on="concluded"),
        _m("penalties", "penalties", "次"),
        _m("fined", "penalties", "元", where=(("kind", FINES),), sums="amount"),
        _m("collected", "penalties", "元", where=(("kind", FINES),), sums="collected"),
        _m("detained", "penalties", "人", where=(("kind", "detention"),), sums="persons"),
        _m("handovers", "handovers", "起"),
        _m("to_departments", "handovers", "起", where=(("kind", "department"),)),
        _m("criminal", "handovers", "起", where=(("kind", "criminal"),)),
        _m("criminal_detained", "handovers", "人", sums="detained"),
        _m("supervised", "listings", "家", where=(("kind", "supervision"),), distinct=("subject",)),
        _m("black_listed", "listings", "家", where=(("kind", "black_list"),),
           distinct=("subject",)),
        _m("hearings", "remedies", "起", where=(("kind", "hearing"),)),
        _m("reconsiderations", "remedies", "起", where=(("kind", "reconsideration"),)),
        _m("suits", "remedies", "起", where=(("kind", "suit"),)),
        _m("enforcements", "remedies", "起", where=(("kind", "enforcement"),)),
        _m("reports", "reports", "件"),
        _m("verified", "reports", "件", present="verified"),
        _m("substantiated", "reports", "件", where=(("outcome", "substantiated"),)),
        _m("unsubstantiated", "reports", "件", where=(("outcome", "unsubstantiated"),)),
        _m("reports_handed_over", "reports", "件", where=(("outcome", "handed_over"),)),
        _m("rewards", "reports", "元", on="rewarded_on", sums="rewarded"),
        _m("restarted", "restarts", "家", on="restarted", where=(("state", "accepted"),),
           distinct=("subject",)),
        _m("accidents", "accidents", "起"),
        _m("deaths", "accidents", "人", sums="deaths"),
        _m("injured", "accidents", "人", sums="injured"),
        _m("illegal_accidents", "accidents", "起", where=(("illegal", True),)),
    )
}  # fmt: skip
NO_CHECK_KINDS, NO_CHECK_RESULTS = ("patrol",), ("not_found",)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figure:
    """A count and the records behind it."""

    measure: Measure
    count: Count
    rows: pd.DataFrame

    def by(self, *columns: str) -> dict[Any, Count]:
        """Return the count for each value of *columns* of the records; missing ones under None."""
        keys = self.rows[list(columns)]
        values: list[Any] = [
            None if key is None or key != key else key
            for key in (keys.iloc[:, 0] if len(columns) == 1 else keys.itertuples(index=False))
        ]
        groups: dict[Any, list[int]] = {}
        for number, key in enumerate(values):
            groups.setdefault(key, []).append(number)
        return {key: _value(self.measure, self.rows.iloc[at]) for key, at in groups.items()}


def figure(facts: Facts, code: str, period: Period) -> Figure:
    """Return a measure over a period, 0 where nothing counts.

    Raises
    ------
    KeyError
        If there is no such measure.
    """
    measure = MEASURES[code]
    rows = facts.within(measure.register, period, on=measure.on or None)
    rows = narrowed(rows, measure)
    return Figure(measure=measure, count=_value(measure, rows), rows=rows)


def narrowed(rows: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Return the records that *measure* counts."""
    if not len(rows):
        return rows
    kept = pd.Series(True, index=rows.index)
    for column, wanted in measure.where:
        kept &= _holds(rows, column, wanted)
    if measure.present:
        kept &= pd.Series([_says(v) for v in rows[measure.present]], index=rows.index, dtype=bool)
    return rows[kept]


def _holds(rows: pd.DataFrame, column: str, wanted: Any) -> pd.Series:  # noqa: ANN401
    if column in DERIVED:
        return DERIVED[column](rows)
    values = [None if value is None or value != value else value for value in rows[column]]
    if isinstance(wanted, tuple):
        found = [value in wanted for value in values]
    elif isinstance(wanted, bool):
        found = [bool(value) == wanted for value in values]
    else:
        found = [value == wanted for value in values]
    return pd.Series(found, index=rows.index, dtype=bool)


def is_check(visits: pd.DataFrame) -> pd.Series:
    """Tell which visits are checks: no patrols, and somebody was there."""
    return ~visits["kind"].isin(NO_CHECK_KINDS) & ~visits["result"].isin(NO_CHECK_RESULTS)


def _relapsed(sites: pd.DataFrame) -> pd.Series:
    found = [bool(value) and value > 0 for value in sites["relapses"]]
    return pd.Series(found, index=sites.index, dtype=bool)


DERIVED: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "check": is_check, "relapsed": _relapsed,
}  # fmt: skip


def _says(value: object) -> bool:
    if isinstance(value, tuple | list):
        return bool(len(value))
    return value is not None and value == value and value != ""


def _value(measure: Measure, rows: pd.DataFrame) -> Count:
    if measure.sums:
        counted = rows[rows[measure.sums].notna()]
        return Count(
            value=_whole(sum(float(v) for v in counted[measure.sums])), unit=measure.unit,
            at_least=some_bound(counted, measure.sums),
        )  # fmt: skip
    if measure.distinct:
        return Count(value=len(_members(rows, measure.distinct)), unit=measure.unit)
    return Count(value=len(rows), unit=measure.unit)


def some_bound(rows: pd.DataFrame, column: str) -> bool:
    """Tell whether one of the records knows of its number only that it was no less."""
    if "lower_bounds" not in rows:
        return False
    return any(is_bound({"lower_bounds": said}, column) for said in rows["lower_bounds"])


def _whole(value: float) -> float:
    return int(value) if value == int(value) else round(value, 2)


def _members(rows: pd.DataFrame, columns: tuple[str, ...]) -> set[Any]:
    """Return the different values of *columns*; of a list each member is one."""
    found: set[Any] = set()
    for values in rows[list(columns)].itertuples(index=False, name=None):
        *first, last = values
        members = last if isinstance(last, tuple | list) else (last,)
        found.update((*first, member) for member in members)
    return found
