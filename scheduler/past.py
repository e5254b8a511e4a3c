"""What past visits say of an object: how often it was visited, when, in which way and by whom."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from layers import codes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pandas as pd

    from layers.codes import CodeTable


class PastVisit(NamedTuple):
    """One visit that was made; ``own`` tells whether the bureau itself took part."""

    day: dt.date
    kind: str
    result: str
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Every visit up to a day, by object, oldest first.

    Attributes
    ----------
    today
        Last day that is known.
    counting
        Kinds of visit that use up the yearly cap (``counts_to_cap`` of the code table).
    """

    today: dt.date
    visits: Mapping[str, tuple[PastVisit, ...]]
    counting: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(
        cls,
        visits: pd.DataFrame,
        *,
        today: dt.date,
        agency: Collection[str] = (),
        tables: Mapping[str, CodeTable] = codes.TABLES,
    ) -> Past:
        """Read a frame of visits; those after *today* and those without a date are left out.

        Parameters
        ----------
        visits
            Columns ``object, date, kind``, and ``result`` and ``departments`` if they are known.
        agency
            Every name of the bureau: a visit that names no department or one of these is its own.
            Without names every visit is.
        """
        names = frozenset(agency)
        found: dict[str, list[PastVisit]] = {}
        for object_, raw, kind, result, departments in _rows(visits):
            if raw is None or raw != raw:  # NaN and NaT differ from themselves
                continue
            day = raw.date() if isinstance(raw, dt.datetime) else raw
            if day > today:
                continue
            whose = departments if isinstance(departments, list | tuple) else ()
            one = PastVisit(
                day=day, kind=kind if isinstance(kind, str) else "",
                result=result if isinstance(result, str) else "",
                own=not names or not whose or not names.isdisjoint(whose),
            )  # fmt: skip
            found.setdefault(object_, []).append(one)
        kinds = tables["visit_kind"]
        return cls(
            today=today,
            visits={key: tuple(sorted(rows, key=attrgetter("day"))) for key, rows in found.items()},
            counting=frozenset(c for c in kinds.codes if kinds.data_of(c).get("counts_to_cap")),
        )

    def counted(self, object_: str, *, own: bool = False) -> int:
        """Count the visits of this year that use up the cap; only the bureau's if *own*."""
        return sum(
            visit.day.year == self.today.year and visit.kind in self.counting
            and (visit.own or not own)
            for visit in self.visits.get(object_, ())
        )  # fmt: skip

    def last_counting(self, object_: str) -> dt.date | None:
        """Return the day of the last visit of a kind that counts."""
        days = [v.day for v in self.visits.get(object_, ()) if v.kind in self.counting]
        return days[-1] if days else None

    def made(
        self,
        object_: str,
        *,
        kinds: Collection[str],
        first: dt.date,
        last: dt.date | None = None,
        ignored: Collection[str] = (),
    ) -> int:
        """Count visits of *kinds* from *first* to *last* whose result is not one of *ignored*."""
        end = self.today if last is None else last
        return sum(
            first <= visit.day <= end and visit.kind in kinds and visit.result not in ignored
            for visit in self.visits.get(object_, ())
        )


def _rows(visits: pd.DataFrame) -> Iterator[tuple[str, dt.date | None, object, object, object]]:
    nothing = [None] * len(visits)
    columns = [
        visits[name].tolist() if name in visits else nothing
        for name in ("object", "date", "kind", "result", "departments")
    ]
    yield from zip(*columns, strict=True)
