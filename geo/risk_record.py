"""The own record of each enterprise up to any day, summed in whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo.risk_visits import Visits

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

RECENT_DAYS = 365.0
"""Days in which a visit's weight falls to 1/e in the recent record."""
_UNIT = 1 << 20  # whole numbers: what comes later cannot even move the last digit of a sum
_BIG = 1 << 22  # more than the ordinal of any day


class OwnRecord:
    """Sums over the visits of each enterprise before any day.

    Parameters
    ----------
    visits
        Of which the first so many are known as there are expectations.
    due
        By measure what was expected of each of these visits.
    cut
        Day to which the recent record fades.
    """

    def __init__(self, visits: Visits, due: Mapping[str, Floats], *, cut: int) -> None:
        rows = len(due["severity"])
        order = np.lexsort((np.arange(rows), visits.day[:rows], visits.object[:rows]))
        self._key = visits.object[order] * _BIG + visits.day[order]
        self._cut = cut
        self._severity, self._day = visits.severity[order], visits.day[order]
        self._serious, self._due = visits.serious[order], due["severity"][order]
        kept = np.exp((self._day - cut) / RECENT_DAYS)
        self._sums = {
            name: np.concatenate([[0], np.cumsum(np.rint(values * _UNIT).astype(np.int64))])
            for name, values in {
                "severity": self._severity, "due": self._due, "serious": self._serious,
                "serious_due": due["serious"][order], "recent": self._severity * kept,
                "recent_due": self._due * kept, "log": np.log1p(self._severity),
            }.items()
        }  # fmt: skip

    def read(self, object_: Ints, day: Ints) -> dict[str, Floats]:
        """Return the record of each enterprise before its day.

        ``visits``; sums of ``severity``, ``serious``, their expectations ``due``,
        ``serious_due``, the same fading as ``recent``, ``recent_due``, and of ``log`` severities;
        of the last visit ``last``, ``last_due``, ``last_serious``, ``last_day`` (NaN without one);
        ``worst`` severity (0 without one).
        """
        start = np.searchsorted(self._key, object_ * _BIG)
        end = np.searchsorted(self._key, object_ * _BIG + day)
        found = {name: (sums[end] - sums[start]) / _UNIT for name, sums in self._sums.items()}
        fade = np.exp((self._cut - day) / RECENT_DAYS)
        found["recent"] *= fade
        found["recent_due"] *= fade
        has = end > start
        found["visits"] = (end - start).astype(float)
        for name, values in (
            ("last", self._severity), ("last_due", self._due), ("last_serious", self._serious),
            ("last_day", self._day),
        ):  # fmt: skip
            found[name] = np.full(len(day), np.nan)
            found[name][has] = values[end[has] - 1]
        found["worst"] = np.zeros(len(day))
        if has.any():
            bounds = np.column_stack([start[has], end[has]]).ravel()
            found["worst"][has] = np.maximum.reduceat(np.append(self._severity, 0.0), bounds)[::2]
        return found
