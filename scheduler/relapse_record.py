"""What a record says of a place at its closing: how clean it was at first, what it heard lately.

A place where something is found as soon as anybody keeps a record was most likely at it before; one
that was quiet for a year of that record is less likely to do it again and again. Without this, a
model that is fitted on the first years of a record takes their places for the usual ones, and
foresees too many relapses of those that are found later.

Nothing later than the first discovery of a place is used, so the figure never changes afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["GAP_DAYS", "MEMORY_DAYS", "Record", "recency"]

GAP_DAYS = 365
"""After so many days without a discovery anywhere the record begins anew (product choice): an old
site that somebody entered by hand does not make the record of a county ten years long."""

MEMORY_DAYS = 30.0
"""What was heard of a place counts less by a factor of e after so many days; chosen on the stand-in
by what it foretold of 2012 from 2011 (docs/revisits.md)."""


@dataclass(slots=True)
class Record:
    """Discoveries in the order of time, told one after the other by :meth:`found`."""

    _began: int = 0
    _last: int | None = None
    _clean: dict[str, int] = field(default_factory=dict)
    _days: dict[str, list[int]] = field(default_factory=dict)

    def found(self, place: str, on: int) -> None:
        """Take in that something was found at a place.

        Parameters
        ----------
        on
            Number of the day, none earlier than that of the discovery told before.

        Raises
        ------
        ValueError
            If it is earlier.
        """
        if self._last is not None and on < self._last:
            raise ValueError(f"day {on} after day {self._last}: discoveries come in order of time")
        if self._last is None or on - self._last > GAP_DAYS:
            self._began = on
        self._last = on
        self._clean.setdefault(place, on - self._began)
        self._days.setdefault(place, []).append(on)

    def clean_days(self, place: str) -> int:
        """Return for how many days the record ran before the place was first found in it.

        Raises
        ------
        KeyError
            If nothing was found there yet.
        """
        return self._clean[place]

    def before_last(self, place: str) -> list[int]:
        """Return the days on which the place was found, all but the last."""
        return self._days.get(place, [])[:-1]


def recency(ages: Sequence[int] | NDArray[np.int64]) -> float:
    """Return how much was heard of a place lately: each time counts less with its age in days."""
    return float(np.exp(-np.asarray(ages, dtype=float) / MEMORY_DAYS).sum())
