"""What holds for a visit as a whole: its window, days, round, limits, and what it follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scheduler.opening_up import FIXED, Step
from scheduler.plan import clock
from scheduler.problem import DAY_SECONDS
from scheduler.slack import FULL, NEVER
from scheduler.ways import Sorts, raise_step

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from scheduler.links import Links
    from scheduler.problem import Follows, Limit, Visit

_STEP, _SHORT = 600, 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of a visit (of all parts of a joint one) on one day, each loosened at its cost.

    ``begun`` is when the visit that a part follows begins, on the clock of all days; ``always`` are
    the steps that this day takes whatever the moment.
    """

    parts: tuple[Visit, ...]
    day: dt.date
    begun: dict[str, int]
    always: tuple[Step, ...]
    fixed: int
    raises: tuple[tuple[Limit, int], ...]
    sorts: Sorts

    def costs(self, moments: NDArray[np.int64], *, banned: int) -> NDArray[np.int64]:
        """Return what terms cost for a start at each of *moments*, without *banned* steps."""
        found = np.full(len(moments), self.fixed * FULL, dtype=np.int64)
        if self.sorts.bits([step.code for step in self.always]) & banned:
            found[:] = NEVER
        wide = self._window_steps(moments)
        width = np.where(wide > 0, (2 + wide) * FULL, 0)
        found += np.where((wide > 0) & self._is(banned, "relief_window"), NEVER, width)
        for part in self.parts:
            found += self._gap_costs(part, moments, banned=banned)
        return np.minimum(found, NEVER)

    def steps(self, start: int) -> list[Step]:
        """Return the steps for a start at *start*."""
        found = list(self.always)
        wide = int(self._window_steps(np.array([start]))[0])
        if wide:
            opens, closes = self._window(start)
            found.append(Step(code="relief_window", detail={
                "minutes": wide * _STEP // 60, "opens": clock(opens), "closes": clock(closes),
            }))  # fmt: skip
        for part in self.parts:
            short = self._gap(part, np.array([start]))
            if part.follows and short is not None and short[0] > 0:
                follows = self._follows(part, part.follows, start)
                found.append(Step(code="relief_gap", detail={
                    "others": [follows.visit], "minutes": -(-int(short[0]) // _STEP) * 10,
                    "least": follows.least, "most": follows.most,
                }))  # fmt: skip
        return found

    def pinned(self, part: Visit, start: int) -> Visit:
        """Return *part* with its appointment, and without what was loosened for it."""
        apart = any(step.code == "relief_round" for step in self.always)
        return replace(
            part, window=(start, start), days=(self.day,), round="" if apart else part.round,
            follows=self._follows(part, part.follows, start) if part.follows else None,
        )  # fmt: skip

    def moments(self) -> set[int]:
        """Return moments on this day at which a term begins or ends."""
        found = {part.window[0] for part in self.parts} | {part.window[1] for part in self.parts}
        midnight = self.day.toordinal() * DAY_SECONDS
        for part in self.parts:
            if part.follows:
                begun = self.begun[part.id] - midnight
                found.add(begun + part.follows.least)
                found.add(begun + (part.follows.most or part.follows.least))
        return {one for one in found if 0 <= one < 2 * DAY_SECONDS}

    def _is(self, banned: int, code: str) -> bool:
        return bool(self.sorts.bits([code]) & banned)

    def _window_steps(self, moments: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return by how many steps the windows are missed, the worst of all parts."""
        away = [np.maximum(part.window[0] - moments, moments - part.window[1])
                for part in self.parts]  # fmt: skip
        found: NDArray[np.int64] = -(-np.maximum(np.max(away, axis=0), 0) // _STEP)
        return found

    def _window(self, start: int) -> tuple[int, int]:
        """Return the window that holds those of all parts, and *start*."""
        wide = int(self._window_steps(np.array([start]))[0]) * _STEP
        opens = min(part.window[0] for part in self.parts)
        closes = max(part.window[1] for part in self.parts)
        if start < max(part.window[0] for part in self.parts):
            opens = min(opens, max(0, max(part.window[0] for part in self.parts) - wide))
        if start > min(part.window[1] for part in self.parts):
            closes = max(closes, min(part.window[1] for part in self.parts) + wide)
        return opens, closes

    def _gap(self, part: Visit, moments: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """Return the seconds by which *part* begins too soon or too late after what it follows."""
        if part.follows is None:
            return None
        after = self.day.toordinal() * DAY_SECONDS + moments - self.begun[part.id]
        short = np.maximum(part.follows.least - after, 0)
        if part.follows.most is not None:
            short = np.maximum(short, after - part.follows.most)
        found: NDArray[np.int64] = np.where(after < 1, -1, short)
        return found

    def _gap_costs(
        self, part: Visit, moments: NDArray[np.int64], *, banned: int
    ) -> NDArray[np.int64]:
        short = self._gap(part, moments)
        if short is None:
            return np.zeros(len(moments), dtype=np.int64)
        steps = -(-short // _STEP)
        days = -(-np.maximum(short - _SHORT * _STEP, 0) // DAY_SECONDS)
        cost = (2 + np.minimum(steps, _SHORT) + FIXED["relief_day"] * days) * FULL
        loose = np.where(self._is(banned, "relief_gap"), NEVER, cost)
        found: NDArray[np.int64] = np.where(short < 0, NEVER, np.where(short > 0, loose, 0))
        return found

    def _follows(self, part: Visit, follows: Follows, start: int) -> Follows:
        """Return *follows*, as much wider in full steps as a start at *start* takes."""
        short = self._gap(part, np.array([start]))
        wider = 0 if short is None else -(-int(short[0]) // _STEP) * _STEP
        after = self.day.toordinal() * DAY_SECONDS + start - self.begun[part.id]
        least, most = follows.least, follows.most
        if after < least:
            least = max(1, least - wider)
        elif most is not None and after > most:
            most += wider
        return replace(follows, least=least, most=most)


def terms_of(parts: Sequence[Visit], links: Links, *, day: dt.date, sorts: Sorts) -> Terms:
    """Return the terms of a visit on *day*."""
    steps: list[Step] = []
    cost = 0
    if not all(part.allowed(day) for part in parts):
        steps.append(Step(code="relief_day", detail={"day": day.isoformat()}))
        cost += FIXED["relief_day"]
    for name in sorted({part.round for part in parts} - {""}):
        those = links.round_days(name)
        if those and day not in those:
            detail = {"round": name, "day": day.isoformat()}
            steps.append(Step(code="relief_round", detail=detail))
            cost += FIXED["relief_round"]
    raises = links.raises(parts, day=day)
    for limit, most in raises:
        step, more = raise_step(limit, most)
        steps.append(step)
        cost += more
    begun = {part.id: links.moment(part.follows.visit) or 0 for part in parts if part.follows}
    return Terms(
        parts=tuple(parts), day=day, begun=begun, always=tuple(steps), fixed=cost,
        raises=tuple(raises), sorts=sorts,
    )  # fmt: skip
