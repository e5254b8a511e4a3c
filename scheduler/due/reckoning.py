"""How a due date is reckoned: base date, terms, working days; the same for every kind."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.rows import records
from scheduler.due_items import DueItem, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scheduler.disclosure import PublicationTerm
    from scheduler.due_rules import DueRules, Term
    from scheduler.workdays import Workdays

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """What every kind of obligation is reckoned with: today, the working days and the rules."""

    today: dt.date
    workdays: Workdays
    rules: DueRules

    def add(self, start: dt.date, term: Term | PublicationTerm, *, code: str) -> Reason:
        """Return the link that a term adds; ``_workdays`` ends the code of one in working days."""
        if term.unit == "workdays":
            code = f"{code}_workdays"
            end = self.workdays.add_workdays(start, term.days)
        else:
            end = start + dt.timedelta(days=term.days)
        detail = {"rule": term.name, "count": term.days, "unit": term.unit}
        return Reason.by(code, term, start, end, detail)

    def shift(self, day: dt.date) -> list[Reason]:
        """Return the move to the next working day; nothing where *day* is worked."""
        why = self.workdays.why_off(day)
        if not why:
            return []
        end = self.workdays.next_workday(day)
        return [Reason.by("nonworking_shift", self.rules.nonworking, day, end, {"why": why})]

    def worked(self, *reasons: Reason) -> list[Reason]:
        """Return a chain that ends on a working day."""
        return [*reasons, *self.shift(reasons[-1].end)]

    def not_later(self, *reasons: Reason, rule: Any) -> list[Reason]:  # noqa: ANN401 - has a source
        """Return a chain that ends on the last working day up to its end: a power must not run on.

        Parameters
        ----------
        rule
            What the end comes from; its source stands with the move.
        """
        end = reasons[-1].end
        why = self.workdays.why_off(end)
        if not why:
            return list(reasons)
        day = self.workdays.add_workdays(end, -1)
        return [*reasons, Reason.by("earlier_shift", rule, end, day, {"why": why})]

    def item(
        self,
        id_: str,
        *,
        object_: str,
        subject: str,
        base: dt.date,
        base_code: str,
        opens: dt.date,
        reasons: Sequence[Reason],
        step: int = 0,
        visit: str = "",
        place: str = "visit",
    ) -> DueItem:
        """Return the item that a chain of reasons makes; its kind is what its id begins with."""
        due = reasons[-1].end
        return DueItem(
            id=id_, object=object_, kind=id_.split(":", 1)[0], subject=subject, step=step,
            base=base, base_code=base_code, opens=opens, due=due, reasons=tuple(reasons),
            overdue_since=due, overdue_days=max(0, (self.today - due).days), visit=visit,
            place=place,
        )  # fmt: skip

    def duty(
        self,
        id_: str,
        *,
        object_: str,
        subject: str,
        base: tuple[dt.date, str],
        reasons: Sequence[Reason],
        opens: dt.date | None = None,
    ) -> DueItem:
        """Return an item that is met at the desk: no visit is made for it."""
        return self.item(
            id_, object_=object_, subject=subject, base=base[0], base_code=base[1],
            opens=opens or base[0], reasons=reasons, place="desk",
        )  # fmt: skip

    def duty_of(
        self,
        row: Mapping[str, Any],
        kind: str,
        *,
        base: tuple[dt.date, str],
        reasons: Sequence[Reason],
    ) -> DueItem:
        """Return the duty that comes from a row of a state; where it has no object, its id is."""
        id_ = row["id"]
        return self.duty(
            f"{kind}:{id_}", object_=row.get("object") or id_, subject=id_, base=base,
            reasons=reasons,
        )  # fmt: skip


def rows_where(frame: pd.DataFrame, column: str, *wanted: str) -> list[dict[str, Any]]:
    """Return the rows whose *column* is one of *wanted*, as plain values."""
    rows = records(frame[frame[column].isin(wanted)])
    return [{name: plain(value) for name, value in row.items()} for row in rows]


def latest(objects: pd.Series, days: pd.Series, *, today: dt.date) -> dict[str, dt.date]:
    """Return the latest day of each object, up to *today*."""
    last: dict[str, dt.date] = {}
    for object_, raw in zip(objects.tolist(), days.tolist(), strict=True):
        day = raw if type(raw) is dt.date else plain(raw)
        if day is not None and day <= today and (object_ not in last or day > last[object_]):
            last[object_] = day
    return last


def plain(value: Any) -> Any:  # noqa: ANN401 - cells are of any kind
    """Return a cell with missing as None and timestamps as dates."""
    if value is None or isinstance(value, str | list | tuple | dict):
        return value
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, dt.datetime) else value


def first_known(
    row: Mapping[str, Any], names: tuple[str, ...], today: dt.date
) -> tuple[dt.date, str]:
    """Return the first date that the row has and its name; today as ``unknown`` without any."""
    return next(((row[name], name) for name in names if row.get(name)), (today, "unknown"))
