"""Sensitive periods of the year (重点时段): when they are and what they change, as data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from layers import codes
from scheduler.conditions import Condition, Promotion
from scheduler.overlay import bad_codes, is_count, shipped, tables_in_use, unknown_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from layers.codes import CodeTable
    from layers.refusals import WrongSetting

PREFIX = "period:"
"""In front of a period where it is the reason of an enterprise in the frame."""

_KEYS = frozenset(
    {"use", "title", "en", "from", "to", "festival", "from_day", "to_day", "years", "divisor",
     "factor", "industries", "source", "status"}
)  # fmt: skip
_LEAP = 2028  # a year in which every month and day exists


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One sensitive period; see ``periods.toml`` for what each setting means.

    ``days`` are its first and last day by the year in which it begins; ``yearly`` are month and day
    of both in every other year, None where there is no such rule.
    """

    name: str
    title: str
    en: str
    days: Mapping[int, tuple[dt.date, dt.date]]
    yearly: tuple[tuple[int, int], tuple[int, int]] | None
    divisor: int
    factor: int
    industries: tuple[str, ...]
    source: str
    status: str

    def of(self, year: int) -> tuple[dt.date, dt.date] | None:
        """Return first and last day of the period that begins in *year*, None if there is none."""
        if year in self.days:
            return self.days[year]
        if self.yearly is None:
            return None
        first, last = self.yearly
        return _day(year, first), _day(year + (last < first), last)

    def fits(self, industry: str | None) -> bool:
        """Tell whether it is about an object of *industry*."""
        return not self.industries or industry in self.industries

    def condition(self) -> Condition:
        """Return the period as a condition of the draw, so that it stands on the same record."""
        return Condition(
            name=f"{PREFIX}{self.name}", title=self.title, en=self.en, about="periods",
            kinds=self.industries, at_least=1, within_days=1, effect="weight", factor=self.factor,
            source=self.source, status=self.status,
        )  # fmt: skip

    def words(self) -> dict[str, Any]:
        """Return what sentences need; ``title_en`` stands in for the title in English."""
        return {"rule": self.name, "title": self.title, "title_en": self.en or self.title}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A period in one year."""

    period: Period
    first: dt.date
    last: dt.date


def load_periods(
    overrides: Mapping[str, Any] | None = None,
    *,
    tables: Mapping[str, CodeTable] = codes.TABLES,
) -> tuple[Period, ...]:
    """Return the shipped periods with the user's settings laid over them, those in use only.

    Parameters
    ----------
    overrides
        ``{name: {…}}``, only what differs, or new ones. What is changed has the status ``setting``.

    Raises
    ------
    layers.refusals.RuleSettingsError
        With every setting that is unknown, missing or of the wrong kind.
    """
    raw = shipped("periods.toml")
    own = {name: _flat(table) for name, table in (overrides or {}).items()}
    festivals = {
        name: [dt.date.fromisoformat(day) for day in table["days"]]
        for name, table in raw["festivals"].items()
    }
    found = tables_in_use(
        raw, "periods", own, keys=_KEYS,
        check=partial(_bad, festivals=festivals, tables=tables), code="bad_periods",
    )  # fmt: skip
    return tuple(_period(name, table, festivals) for name, table in found.items())


def spans(
    periods: Iterable[Period], *, first: dt.date, last: dt.date, industry: str | None = None
) -> list[Span]:
    """Return the periods that touch the days from *first* to *last*, by their first day and name.

    Parameters
    ----------
    industry
        Of the object that is asked about; periods of other industries are left out.
    """
    found = []
    for period in periods:
        for year in range(first.year - 1, last.year + 1):
            days = period.of(year)
            if days and days[0] <= last and days[1] >= first and period.fits(industry):
                found.append(Span(period=period, first=days[0], last=days[1]))
    return sorted(found, key=lambda span: (span.first, span.period.name))


def period_promotions(
    industries: Mapping[str, str | None],
    *,
    periods: Iterable[Period],
    days: tuple[dt.date, ...],
) -> dict[str, list[Promotion]]:
    """Return by enterprise the periods that raise its weight in the draw, the heaviest first.

    Parameters
    ----------
    industries
        Industry of each enterprise.
    days
        Days of the week that is drawn for.
    """
    weighty = [
        span for span in spans_of_week(periods, days)
        if span.period.factor > 1 and span.period.industries
    ]  # fmt: skip
    weighty.sort(key=lambda span: (-span.period.factor, span.period.name))
    found: dict[str, list[Promotion]] = {}
    for id_, industry in industries.items():
        fits = [span for span in weighty if span.period.fits(industry)]
        if fits:
            found[id_] = [
                Promotion(condition=span.period.condition(), last=days[0], until=span.last)
                for span in fits
            ]
    return found


def spans_of_week(periods: Iterable[Period], days: tuple[dt.date, ...]) -> list[Span]:
    """Return the periods of any industry that touch the days of a week."""
    found = []
    for period in periods:
        industry = period.industries[0] if period.industries else None
        found += spans([period], first=days[0], last=days[-1], industry=industry)
    return sorted(found, key=lambda span: (span.first, span.period.name))


def _day(year: int, month_day: tuple[int, int]) -> dt.date:
    """Return a day of a year; 29 February is the 28th where there is none."""
    month, day = month_day
    try:
        return dt.date(year, month, day)
    except ValueError:
        return dt.date(year, month, day - 1)


def _flat(table: Any) -> Any:  # noqa: ANN401 - whatever the settings hold
    """Return the settings of a period with its years as pairs, so that tables do not nest."""
    if isinstance(table, dict) and isinstance(table.get("years"), dict):
        return {**table, "years": [[year, days] for year, days in table["years"].items()]}
    return table


def _period(name: str, table: Mapping[str, Any], festivals: Mapping[str, list[dt.date]]) -> Period:
    days: dict[int, tuple[dt.date, dt.date]] = {}
    yearly = None
    for festival in festivals.get(table.get("festival", ""), ()):
        first, last = (festival + dt.timedelta(days=table[key]) for key in ("from_day", "to_day"))
        days[first.year] = (first, last)
    if "from" in table:
        ends = _end(table["from"]), _end(table["to"])
        if isinstance(ends[0], dt.date) and isinstance(ends[1], dt.date):
            days[ends[0].year] = (ends[0], ends[1])
        elif isinstance(ends[0], tuple) and isinstance(ends[1], tuple):
            yearly = (ends[0], ends[1])
    for year, pair in table.get("years", ()):
        days[int(year)] = (dt.date.fromisoformat(pair[0]), dt.date.fromisoformat(pair[1]))
    return Period(
        name=name, title=table.get("title", name), en=table.get("en", ""), days=days,
        yearly=yearly, divisor=table.get("divisor", 1), factor=table.get("factor", 1),
        industries=tuple(table.get("industries", ())), source=table["source"],
        status=table["status"],
    )  # fmt: skip


def _end(text: object) -> dt.date | tuple[int, int] | None:
    """Return an end of a period: a date, or month and day; None where it is neither."""
    try:
        if isinstance(text, str) and len(text) == len("04-25"):
            day = dt.date.fromisoformat(f"{_LEAP}-{text}")
            return day.month, day.day
        return dt.date.fromisoformat(str(text))
    except ValueError:
        return None


def _bad(
    period: str,
    table: Mapping[str, Any],
    festivals: Mapping[str, list[dt.date]],
    tables: Mapping[str, CodeTable],
) -> list[WrongSetting]:
    name = f"periods.{period}"
    bad = unknown_names(name, table, _KEYS)
    bad += bad_codes(name, table, {"industries": tables["industry"].codes})
    right = {
        "use": isinstance(table.get("use", True), bool),
        "divisor": is_count(table.get("divisor", 1), least=1),
        "factor": is_count(table.get("factor", 1), least=1),
        "festival": table.get("festival", next(iter(festivals))) in festivals,
        "years": all(_is_pair(one) for one in table.get("years", ())),
        **{key: isinstance(table.get(key, ""), str) for key in ("title", "en", "source", "status")},
    }
    bad += [(f"{name}.{key}", "bad_setting", str(table[key]))
            for key, fits in right.items() if not fits]  # fmt: skip
    return bad or _bad_days(name, table)


def _bad_days(name: str, table: Mapping[str, Any]) -> list[WrongSetting]:
    """Return what is wrong with the days of a period: both ends of one kind, in order."""
    if "festival" in table:
        keys = ("from_day", "to_day")
        missing = [(f"{name}.{key}", "missing_setting", "") for key in keys if key not in table]
        wrong = [key for key in keys if not isinstance(table.get(key, 0), int)]
        return missing or [(f"{name}.{key}", "bad_setting", str(table[key])) for key in wrong]
    if "from" not in table or "to" not in table:
        if table.get("years") and "from" not in table and "to" not in table:
            return []
        return [(f"{name}.{key}", "missing_setting", "") for key in ("from", "to")
                if key not in table]  # fmt: skip
    first, last = _end(table["from"]), _end(table["to"])
    bad = [(f"{name}.{key}", "bad_setting", str(table[key]))
           for key, end in (("from", first), ("to", last)) if end is None]  # fmt: skip
    if not bad and type(first) is not type(last):
        bad.append((f"{name}.to", "bad_setting", str(table["to"])))
    if not bad and isinstance(first, dt.date) and isinstance(last, dt.date) and last < first:
        bad.append((f"{name}.to", "bad_setting", str(table["to"])))
    return bad


def _is_pair(one: object) -> bool:
    """Tell whether *one* is a year with its first and last day."""
    if not isinstance(one, list) or len(one) != 2 or not str(one[0]).isdigit():
        return False
    days = one[1]
    if not isinstance(days, list) or len(days) != 2:
        return False
    first, last = _end(days[0]), _end(days[1])
    return isinstance(first, dt.date) and isinstance(last, dt.date) and first <= last
