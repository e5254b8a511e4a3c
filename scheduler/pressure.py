"""Mandatory visits that stay out of a week weigh more and more, until an easier one gives way.

Where each of them counts the same, no search takes off what it could place again elsewhere for one
that fits hardly anywhere. The idea is that of guided ejection for vehicle routes (Nagata and Bräysy
2009): count how long something has been left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scheduler.kernel import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from scheduler.kernel.tables import Routes, Week
    from scheduler.problem import Sequences, Visit

_STEP, _EASE = 16, 128  # parts of the usual penalty that are added to it, and taken off again
_MOST = 2  # usual penalties that are added at most: a joint visit of two parts may give way
_FROM, _UNTIL = 0.3, 0.7  # shares of a search: what is absent in the heat may come back by itself


class Pressure:
    """Surcharges on the penalties of mandatory visits, in the costs of a search while it goes on.

    There are none where mandatory visits have different penalties: those say which is to give way.
    What the search takes for its best week counts with surcharges, so the best one without them is
    kept here.

    Attributes
    ----------
    kept, cost
        The best week that was seen since there are surcharges and what it costs without them;
        None before.
    """

    def __init__(
        self, week: Week, routes: Routes, *, visits: Sequence[Visit], best: Callable[[], Sequences]
    ) -> None:
        self._week, self._routes, self._best = week, routes, best
        self.kept: Sequences | None = None
        self.cost = 0
        must = np.flatnonzero([visit.mandatory for visit in visits])
        penalties = week.visit[must, tables.PENALTY]
        self._usual = int(penalties.max(initial=0))
        self._must = must if (penalties == self._usual).all() else must[:0]

    def press(self, share: float) -> None:
        """Raise the penalties of what is absent now, and lower those raised before.

        ``share`` is the part of the search that is over.
        """
        visit, numbers = self._week.visit, self._routes.numbers
        penalties = visit[self._must, tables.PENALTY]
        absent = self._routes.place[self._must, tables.ROUTE] < 0
        if share < _FROM or not (absent.any() or (penalties > self._usual).any()):
            return
        if self.kept is None:  # later on the search has been followed up to here
            self._note()
        raised = np.minimum(penalties + self._usual // _STEP, self._usual + self._usual * _MOST)
        eased = np.maximum(penalties - self._usual // _EASE, self._usual)
        changed = np.where(absent, raised, eased) if share < _UNTIL else self._usual
        visit[self._must, tables.PENALTY] = changed
        numbers[tables.COST] += int((changed - penalties)[absent].sum())
        out = self._out_of_best()
        numbers[tables.BEST] += int((changed - penalties)[out].sum())

    def follow(self) -> int:
        """Keep the best week if it is better than the one kept; return what the best one costs."""
        if self.kept is not None:
            self._note()
            return self.cost
        return int(self._routes.numbers[tables.BEST])

    def _note(self) -> None:
        cost = int(self._routes.numbers[tables.BEST]) - self._surcharge()
        if self.kept is None or cost < self.cost:
            self.kept, self.cost = self._best(), cost

    def _surcharge(self) -> int:
        """Return what the best week counts more than it would without surcharges."""
        extra = self._week.visit[self._must, tables.PENALTY] - self._usual
        return int(extra[self._out_of_best()].sum()) if extra.any() else 0

    def _out_of_best(self) -> NDArray[np.bool_]:
        made = np.zeros(len(self._week.visit), bool)
        for row, count in zip(
            self._routes.best, self._routes.route[:, tables.KEPT].tolist(), strict=True
        ):
            made[row[:count]] = True
        return ~made[self._must]
