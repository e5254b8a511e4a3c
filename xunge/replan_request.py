"""What a bureau says has happened to a week, read from the words of the command line."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers.rows import records
from xunge.rounds import WeekError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

_SPAN = ".."


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for, as it was written.

    Attributes
    ----------
    cars, absent
        ``WHO@DAY``, ``WHO@DAY..DAY`` or ``WHO`` (for the rest of the week): a car by id or plate,
        an officer or expert by id or name.
    urgent
        Ids of objects, or files of reports.
    cancelled, locked
        Ids of visits; ``locked`` also days and teams (``T2``).
    reason
        Words for the record; what happened stands there in any case.
    """

    cars: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    urgent: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    reason: str = ""

    @property
    def empty(self) -> bool:
        """Tell whether nothing has happened."""
        return not (self.cars or self.absent or self.urgent or self.cancelled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """A car or a person who is not there on some days."""

    id: str
    days: tuple[dt.date, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"id": self.id, "days": [day.isoformat() for day in self.days]}


def away(
    texts: Sequence[str],
    register: pd.DataFrame,
    *,
    names: Sequence[str],
    days: Sequence[dt.date],
    code: str,
) -> tuple[Away, ...]:
    """Return who is away on which of *days*.

    Parameters
    ----------
    names
        Columns of *register* by which one may be called; the first match in their order counts.
    days
        The days of the week that can still be changed.
    code
        What it is called in an error: ``replan_unknown_<code>``, ``replan_several_<code>``.

    Raises
    ------
    WeekError
        With that code, or ``replan_bad_day`` with what was written.
    """
    return tuple(_away(text, register, names=names, days=days, code=code) for text in texts)


def _away(
    text: str, register: pd.DataFrame, *, names: Sequence[str], days: Sequence[dt.date], code: str
) -> Away:
    who, at, span = text.rpartition("@")
    if not at:
        who, span = text, ""
    first, _, last = span.partition(_SPAN)
    begin, end = (_day(word, text) if word else None for word in (first, last or first))
    chosen = tuple(
        day for day in days
        if (begin is None or begin <= day) and (end is None or day <= end)
    )  # fmt: skip
    if not chosen:
        raise WeekError("replan_bad_day", value=text, first=days[0], last=days[-1])
    found = _called(who.strip(), register, names)
    if len(found) != 1:
        said = "several" if found else "unknown"
        raise WeekError(f"replan_{said}_{code}", value=who.strip(), ids="、".join(found))
    return Away(id=found[0], days=chosen)


def _called(who: str, register: pd.DataFrame, names: Sequence[str]) -> list[str]:
    rows = records(register)
    for name in names:
        found = [str(row["id"]) for row in rows if str(row[name] or "") == who]
        if found:
            return found
    return []


def _day(word: str, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(word)
    except ValueError:
        raise WeekError("replan_bad_day", value=text, first="…", last="…") from None


def locks_of(
    texts: Sequence[str], visits: Collection[str]
) -> tuple[tuple[str, ...], tuple[dt.date, ...], tuple[int, ...]]:
    """Return what is locked: visits by id, days, and teams by number.

    Raises
    ------
    WeekError
        ``replan_unknown_lock`` for what is none of the three.
    """
    ids: list[str] = []
    days: list[dt.date] = []
    teams: list[int] = []
    for text in texts:
        if text in visits:
            ids.append(text)
        elif text[:1] in "Tt" and text[1:].isdigit():
            teams.append(int(text[1:]))
        elif text.endswith("组") and text[:-1].isdigit():
            teams.append(int(text[:-1]))
        else:
            try:
                days.append(dt.date.fromisoformat(text))
            except ValueError:
                raise WeekError("replan_unknown_lock", value=text) from None
    return tuple(ids), tuple(days), tuple(teams)


def known_visits(
    texts: Sequence[str], record: Mapping[str, Any], *, open_visits: Collection[str]
) -> frozenset[str]:
    """Return the visits to cancel.

    Raises
    ------
    WeekError
        ``replan_unknown_visit``, or ``replan_visit_over`` for one that can no longer be changed.
    """
    ids = {visit["id"] for visit in record["visits"]}
    for text in texts:
        if text not in ids:
            raise WeekError("replan_unknown_visit", value=text)
        if text not in open_visits:
            raise WeekError("replan_visit_over", value=text)
    return frozenset(texts)
