"""Hours in which driving takes longer or shorter, put into the one travel matrix of a week.

The planner knows one time for each pair of places, whatever the hour. So each pair gets the
largest factor of all moments at which it can possibly be driven: between the earliest leave from
the one place and the latest arrival at the other, by working hours, opening hours, time on site and
the drive from the station. A plan made with it holds at every hour; it may promise a drive slower
than it will be, never faster. Factors below one (by night) count only where the pair cannot be
driven at any other hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from layers.refusals import RuleSettingsError
from scheduler.problem import DAY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from scheduler.problem import Problem, Visit

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

MOST_FACTOR = 5.0
LEAST_FACTOR = 0.2
_NEVER = 4 * DAY_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Driving that begins or ends between *start* and *end* takes *factor* times as long.

    Seconds since midnight; an end before the start is on the next day. ``areas`` are ids or names
    of towns: a drive counts that begins or ends in one of them. Empty means everywhere.
    """

    start: int
    end: int
    factor: float
    areas: frozenset[str] = frozenset()


def load_traffic(overrides: Mapping[str, Any] | None = None) -> tuple[Hours, ...]:
    """Return the hours of the settings: ``"07:30-09:00" = 1.3``, or with ``areas`` a table.

    Raises
    ------
    layers.refusals.RuleSettingsError
        With every wrong entry at once.
    """
    found, wrong = [], []
    for text, value in (overrides or {}).items():
        try:
            found.append(_hours(text, value))
        except (TypeError, ValueError):
            wrong.append((text, "bad_setting", str(value)))
    if wrong:
        raise RuleSettingsError("bad_traffic", wrong)
    return tuple(sorted(found, key=lambda one: (one.start, one.end, sorted(one.areas))))


def _hours(text: str, value: object) -> Hours:
    table = value if isinstance(value, dict) else {"factor": value}
    factor, areas = table.get("factor"), table.get("areas", [])
    if isinstance(factor, bool) or not isinstance(factor, int | float):
        raise TypeError("factor")
    if set(table) - {"factor", "areas"} or not LEAST_FACTOR <= factor <= MOST_FACTOR:
        raise ValueError("factor")
    if not isinstance(areas, list) or not all(isinstance(one, str) and one for one in areas):
        raise TypeError("areas")
    begin, _, stop = text.partition("-")
    start, end = _clock(begin), _clock(stop)
    if start == end:
        raise ValueError("hours")
    return Hours(start=start, end=end, factor=float(factor), areas=frozenset(areas))


def _clock(text: str) -> int:
    hours, _, minutes = text.strip().partition(":")
    value = int(hours) * 3600 + int(minutes) * 60
    if not (0 <= int(minutes) < 60 and 0 <= value <= DAY_SECONDS):
        raise ValueError(text)
    return value


def with_traffic(
    problem: Problem,
    hours: Sequence[Hours],
    *,
    seconds: Ints,
    shifts: Sequence[tuple[int, int]],
    fixed: int,
    areas: Sequence[frozenset[str]] = (),
) -> Problem:
    """Return the problem with travel times that hold at whatever hour a pair is driven.

    Parameters
    ----------
    seconds
        Travel between the places at factor one.
    shifts
        Working hours of day and night, from and to in seconds since midnight. They come from the
        settings and not from the team-days, so that a team that is lost changes no drive of the
        others.
    fixed
        Seconds of every trip that are no driving: getting in and out.
    areas
        For each place ids and names of the towns that it lies in; may be empty where no hours are
        limited to any.
    """
    if not hours:
        return problem.replace(seconds=seconds)
    earliest, latest = _spans(problem, seconds, shifts=shifts, least=min(h.factor for h in hours))
    factor = np.zeros(seconds.shape)
    here = _masks(hours, areas, size=len(seconds))
    for begin, end, active in _segments(hours):
        value = np.full(seconds.shape, -np.inf)
        for number in active:
            value = np.where(here[number], np.maximum(value, hours[number].factor), value)
        value = np.where(np.isinf(value), 1.0, value)
        driven = (earliest < end) & (latest > begin)
        factor = np.where(driven, np.maximum(factor, value), factor)
    # What no team can drive takes the worst hour: it is in no plan.
    factor = np.where(factor > 0, factor, max(1.0, *(h.factor for h in hours)))
    driving = np.maximum(seconds - fixed, 0)
    slower = np.rint(driving * factor).astype(np.int64) + np.minimum(seconds, fixed)
    return problem.replace(seconds=np.asarray(slower, np.int64))


def _spans(
    problem: Problem, seconds: Ints, *, shifts: Sequence[tuple[int, int]], least: float
) -> tuple[Floats, Floats]:
    """Return for each pair the earliest departure and the latest arrival (rows: from)."""
    size = len(seconds)
    leave, arrive = np.full(size, float(_NEVER)), np.full(size, -1.0)
    first, last = np.full(size, float(_NEVER)), np.full(size, -1.0)
    homes = [depot.place for depot in problem.depots]
    out, back = _nearest_moments(
        problem, np.asarray(seconds * min(1.0, least), np.float64), homes=homes
    )
    for visit in problem.visits:
        place = visit.place
        for start, end in _open_shifts(visit, shifts):
            begin = max(visit.window[0], start + out[place])
            leave[place] = min(leave[place], begin + visit.service)
            arrive[place] = max(
                arrive[place], min(visit.window[1], end - visit.service - back[place])
            )
            first[place], last[place] = min(first[place], start), max(last[place], end)
    for place in homes:
        leave[place], arrive[place] = -_NEVER, _NEVER
        first[place], last[place] = -_NEVER, _NEVER
    # A drive lies in a shift in which both of its ends can be visited.
    earliest = np.maximum(leave[:, None], first[None, :])
    latest = np.minimum(arrive[None, :], last[:, None])
    return np.maximum(earliest, first[:, None]), np.minimum(latest, last[None, :])


def _nearest_moments(
    problem: Problem, driving: Floats, *, homes: Sequence[int]
) -> tuple[Floats, Floats]:
    """Return seconds from a station to each place and back, at least, whatever lies in between."""
    service = np.full(len(driving), float(_NEVER))
    for visit in problem.visits:
        service[visit.place] = min(service[visit.place], visit.service)
    out, back = driving[homes].min(axis=0), driving[:, homes].min(axis=1)
    while True:  # estimates may make a way round shorter than the straight one
        via_out = np.minimum(out, ((out + service)[:, None] + driving).min(axis=0))
        via_back = np.minimum(back, (driving + service + back).min(axis=1))
        if (via_out == out).all() and (via_back == back).all():
            return np.floor(out), np.floor(back)
        out, back = via_out, via_back


def _open_shifts(visit: Visit, shifts: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Return the working hours in which a visit can be made."""
    return (
        (start, end) for start, end in shifts
        if visit.window[1] >= start and visit.window[0] + visit.service <= end
    )  # fmt: skip


def _segments(hours: Sequence[Hours]) -> list[tuple[int, int, list[int]]]:
    """Cut the day and the one after it where hours begin or end; with the hours in force."""
    spans = [
        (number, one.start + day, (one.end if one.end > one.start else one.end + DAY_SECONDS) + day)
        for number, one in enumerate(hours)
        for day in (-DAY_SECONDS, 0, DAY_SECONDS)
    ]
    cuts = sorted(
        {
            0,
            2 * DAY_SECONDS,
            *(cut for _, *span in spans for cut in span if 0 < cut < 2 * DAY_SECONDS),
        }
    )
    return [
        (begin, end, sorted({n for n, start, stop in spans if start <= begin and end <= stop}))
        for begin, end in pairwise(cuts)
    ]


def _masks(
    hours: Sequence[Hours], areas: Sequence[frozenset[str]], *, size: int
) -> list[NDArray[np.bool_]]:
    """Return for each entry the pairs to which it applies."""
    found = []
    for one in hours:
        inside = np.ones(size, np.bool_)
        if one.areas:
            inside = np.array([bool(one.areas & names) for names in areas] or [False] * size)
        found.append(inside[:, None] | inside)
    return found
