"""The records that indicators count, joined with where, by whom and in which industry."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

# Day that a record counts for, and the columns that are read, by register.
DATED: dict[str, str] = {
    "visits": "date", "orders": "issued", "hazards": "found", "cases": "filed",
    "penalties": "decided", "seizures": "on", "handovers": "sent", "listings": "start",
    "remedies": "filed", "closures": "closed", "restarts": "applied", "reports": "received",
    "accidents": "on", "sites": "discovered",
}  # fmt: skip
READ: dict[str, tuple[str, ...]] = {
    "visits": ("id", "object", "kind", "inspectors", "experts", "vehicles", "findings",
               "serious_findings", "lower_bounds", "result", "departments"),
    "orders": ("id", "object", "kind", "deadline", "reviewed", "outcome", "count", "state", "visit",
               "departments"),
    "hazards": ("id", "object", "visit", "mode", "serious", "types", "source", "deadline",
                "rectified", "cancelled", "state", "department"),
    "cases": ("id", "object", "kind", "procedure", "behaviours", "concluded", "state",
              "department"),
    "penalties": ("id", "case", "object", "kind", "amount", "collected", "persons", "lower_bounds",
                  "procedure", "state", "department"),
    "seizures": ("id", "object", "kind", "goods", "quantity", "unit", "at_least", "state",
                 "department"),
    "handovers": ("id", "object", "kind", "persons", "detained", "lower_bounds", "receiver",
                  "state", "department"),
    "listings": ("id", "object", "kind", "level", "reason", "until", "state", "department"),
    "remedies": ("id", "object", "kind", "stage", "outcome", "state", "department"),
    "closures": ("site", "items", "required", "missing", "full", "published", "department"),
    "restarts": ("id", "object", "outcome", "restarted", "state", "department"),
    "reports": ("id", "report_class", "object", "verified", "outcome", "state", "handed_over_to",
                "rewarded", "rewarded_on", "lower_bounds"),
    "accidents": ("id", "object", "deaths", "injured", "lower_bounds", "illegal", "grade",
                  "department"),
    "sites": ("id", "status", "closed", "relapses", "behaviour", "departments"),
}  # fmt: skip
PLACED = ("subject", "name", "sort", "county", "town", "village", "industry", "unit_department")
"""Columns that every frame of :class:`Facts` has besides: the object, its name and kind
(enterprise, site, report), its area codes, its industry, and the department that acted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days from ``since`` to ``until``, both included."""

    since: dt.date
    until: dt.date

    def __post_init__(self) -> None:
        if self.since > self.until:
            raise ValueError(f"{self.since} is after {self.until}")

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.until - self.since).days + 1

    def year_before(self) -> Period:
        """Return the same days of the year before; 29 February becomes the 28th."""
        return Period(since=_year_back(self.since), until=_year_back(self.until))

    def just_before(self) -> Period:
        """Return the period of equal length that ends the day before."""
        last = self.since - dt.timedelta(days=1)
        return Period(since=last - dt.timedelta(days=self.days - 1), until=last)


def _year_back(day: dt.date) -> dt.date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Facts:
    """All records as they were known on the evening of a day.

    Attributes
    ----------
    day
        As-of date of every figure.
    frames
        State frames by register, with :data:`PLACED`; a register that is not kept is empty.
    objects
        Enterprises, sites and reports: id, kind, name, industry, town_code, village_code, active.
    areas
        Register of areas: id, name, level, parent.
    """

    day: dt.date
    frames: Mapping[str, pd.DataFrame]
    objects: pd.DataFrame
    areas: pd.DataFrame
    _days: dict[tuple[str, str], np.ndarray] = field(default_factory=dict, repr=False)
    _within: dict[tuple[str, str, Period], pd.DataFrame] = field(default_factory=dict, repr=False)

    def within(self, register: str, period: Period, *, on: str | None = None) -> pd.DataFrame:
        """Return the records of *register* whose day (column *on*) lies in *period*."""
        column = on or DATED[register]
        key = (register, column, period)
        if key not in self._within:
            frame = self.frames[register]
            days = self._ordinals(register, column)
            first, last = period.since.toordinal(), period.until.toordinal()
            self._within[key] = frame[(first <= days) & (days <= last)]
        return self._within[key]

    def _ordinals(self, register: str, column: str) -> np.ndarray:
        """Return the days of a column as numbers, 0 where there is none."""
        if (register, column) not in self._days:
            told = [
                day.toordinal() if isinstance(day, dt.date) else 0
                for day in self.frames[register][column]
            ]
            self._days[register, column] = np.array(told, dtype=np.int64)
        return self._days[register, column]

    def area_name(self, code: str) -> str:
        """Return the name of an area, its code where it has none."""
        found = self.areas.loc[self.areas["id"] == code, "name"]
        return str(found.iloc[0]) if len(found) else code


def gather(
    frames: Mapping[str, pd.DataFrame],
    *,
    objects: pd.DataFrame,
    areas: pd.DataFrame,
    day: dt.date,
) -> Facts:
    """Put states and registers together.

    Parameters
    ----------
    frames
        State frames of :mod:`layers.cases` by register; what is missing counts as not kept.
    objects
        Index or column ``id``; columns kind, name, industry, town_code, village_code, active,
        departments.
    """
    known = objects.set_index("id", drop=False) if "id" in objects else objects
    known = known[~known.index.duplicated()]
    looked = {name: _lookup(known, name) for name in ("name", "kind", "industry", "town_code",
                                                      "village_code")}  # fmt: skip
    placed = {
        name: _placed(_shaped(frames.get(name), name), looked) for name in DATED
    }  # fmt: skip
    return Facts(day=day, frames=placed, objects=known, areas=areas)


def _lookup(known: pd.DataFrame, column: str) -> dict[str, Any]:
    if column not in known:
        return {}
    return {
        str(key): value
        for key, value in zip(known.index, known[column], strict=True)
        if value is not None and value == value
    }


def _shaped(frame: pd.DataFrame | None, register: str) -> pd.DataFrame:
    """Return a frame with at least the columns that are read, in any case a new one."""
    wanted = (*READ[register], DATED[register])
    if frame is None:
        return pd.DataFrame(columns=list(dict.fromkeys(wanted)), dtype=object)
    missing = {name: None for name in wanted if name not in frame}
    return frame.assign(**missing).reset_index(drop=True)


def _placed(frame: pd.DataFrame, looked: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    subjects = _subjects(frame)
    town = [looked["town_code"].get(s) for s in subjects]
    columns: dict[str, list[Any]] = {
        "subject": subjects,
        "name": [looked["name"].get(s, s) for s in subjects],
        "sort": [looked["kind"].get(s) for s in subjects],
        "county": [None if code is None else str(code)[:6] for code in town],
        "town": town,
        "village": [looked["village_code"].get(s) for s in subjects],
        "industry": [looked["industry"].get(s) for s in subjects],
        "unit_department": _departments(frame),
    }
    return frame.assign(
        **{
            name: pd.Series(values, index=frame.index, dtype=object)
            for name, values in columns.items()
        }
    )


def _subjects(frame: pd.DataFrame) -> list[Any]:
    """Return what a record is about: its object, else itself (a site, a report)."""
    own = frame["site"] if "site" in frame else frame["id"]
    if "object" not in frame:
        return list(own)
    return [
        about if isinstance(about, str) and about else key
        for about, key in zip(frame["object"], own, strict=True)
    ]


def _departments(frame: pd.DataFrame) -> list[Any]:
    """Return the department that acted; of several the first, which leads."""
    if "department" in frame:
        return [None if value is None or value != value else value for value in frame["department"]]
    if "departments" not in frame:
        return [None] * len(frame)
    return [
        value[0] if isinstance(value, tuple | list) and len(value) else None
        for value in frame["departments"]
    ]
